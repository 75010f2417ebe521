/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * G1 exclusive: at most one thread is inside the handler of one connection.
 * G2 ordered: input, output and memory.
 *
 * A request is a number of four bytes; the reply is the same four bytes.
 */
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "support/client.h"
#include "support/patterns.h"
#include "support/run.h"
#include "support/server.h"
#include "support/sync.h"

enum {
	CONNECTIONS = 4,
	POSTERS = 3,
	REQUESTS = 500,
	MESSAGES = 300,
	/* Requests that wait at a gate. */
	BLOCK = 0x7ffffff0,
	BLOCK_TOO
};

/* What the handler keeps for a connection: plain memory, but for what looks
 * whether plain memory is enough. */
struct mine {
	atomic_int inside;
	uint32_t next; /* the number that is due */
	uint32_t calls;
};

struct world {
	struct test_gate gates[2]; /* of BLOCK and BLOCK_TOO */
	struct test_counter opened;
	struct test_counter entered; /* blocking requests */
	struct test_counter messages;
	atomic_int overlaps;
	atomic_int disorders;
	atomic_int calls; /* on_data and on_message */
	atomic_int n_connections;
	atomic_int thread; /* of the last on_data */
	atomic_ullong ids[CONNECTIONS];
	struct mine mine[CONNECTIONS];
};

static struct world world;

static void
set_up(void)
{
	test_leaks_begin();
	gate_init(&world.gates[0]);
	gate_init(&world.gates[1]);
	counter_init(&world.opened);
	counter_init(&world.entered);
	counter_init(&world.messages);
}

static void
tear_down(void)
{
	gate_deinit(&world.gates[0]);
	gate_deinit(&world.gates[1]);
	test_leaks_end();
}

static void
enter(struct mine *mine)
{
	if (atomic_fetch_add(&mine->inside, 1) != 0) {
		atomic_fetch_add(&world.overlaps, 1);
	}
	mine->calls++;
	atomic_fetch_add(&world.calls, 1);
	/* Another thread that may enter shall have the time to. */
	sched_yield();
}

static void
leave(struct mine *mine)
{
	atomic_fetch_sub(&mine->inside, 1);
}

static ptrdiff_t
frame_number(const void *data, size_t length, void *context)
{
	(void)data;
	(void)length;
	(void)context;
	return sizeof(uint32_t);
}

static int
remember(echelon_conn *conn)
{
	int n = atomic_fetch_add(&world.n_connections, 1);

	echelon_conn_set_data(conn, &world.mine[n]);
	atomic_store(&world.ids[n], echelon_conn_get_id(conn));
	counter_add(&world.opened, 1);
	return 0;
}

static ptrdiff_t
answer_number(echelon_conn *conn, const void *data, size_t length)
{
	struct mine *mine = echelon_conn_data(conn);
	uint32_t number;

	enter(mine);
	memcpy(&number, data, sizeof(number));
	atomic_store(&world.thread, gettid());
	if (number >= BLOCK) {
		counter_add(&world.entered, 1);
		gate_pass(&world.gates[number - BLOCK]);
	} else if (number != mine->next++) {
		atomic_fetch_add(&world.disorders, 1);
	}
	(void)echelon_write(conn, data, length);
	leave(mine);
	return (ptrdiff_t)length;
}

/** A message is a number that is to be written. */
static void
write_message(echelon_conn *conn, void *message)
{
	struct mine *mine = echelon_conn_data(conn);
	uint32_t number = (uint32_t)(uintptr_t)message;

	enter(mine);
	if (number != 0) {
		(void)echelon_write(conn, &number, sizeof(number));
	}
	counter_add(&world.messages, 1);
	leave(mine);
}

static const struct echelon_handler handler = ECHELON_HANDLER(
	.frame = frame_number, .on_open = remember, .on_data = answer_number,
    .on_message = write_message);

static struct test_server *
start(int row, const char *const *settings)
{
	return test_server_start(test_patterns[row].name, &handler, NULL,
	    settings);
}

/** Connects; its record is the next one of the world. */
static int
connect_next(const struct test_server *server)
{
	long n = counter_get(&world.opened);
	int fd = test_server_connect(server);

	ck_assert(counter_wait(&world.opened, n + 1));
	return fd;
}

static void
send_number(int fd, uint32_t number)
{
	client_send(fd, &number, sizeof(number));
}

static void
expect_number(int fd, uint32_t number)
{
	uint32_t answer;

	client_receive(fd, &answer, sizeof(answer));
	ck_assert_uint_eq(answer, number);
}

static void
post_until_taken(echelon_engine *engine, int n, uint32_t number)
{
	while (echelon_post(engine, atomic_load(&world.ids[n]),
		   (void *)(uintptr_t)number, NULL) == -EAGAIN) {
		sched_yield();
	}
}

/* ---- G1 ---- */

static void *
post_to_all(void *engine)
{
	for (int i = 0; i < MESSAGES; i++) {
		for (int n = 0; n < CONNECTIONS; n++) {
			post_until_taken(engine, n, 0);
		}
	}
	return NULL;
}

static void
exchange_numbers(const int *fds)
{
	for (uint32_t i = 0; i < REQUESTS; i++) {
		for (int n = 0; n < CONNECTIONS; n++) {
			send_number(fds[n], i);
		}
		for (int n = 0; n < CONNECTIONS; n++) {
			expect_number(fds[n], i);
		}
	}
}

START_TEST(g1_one_thread_at_a_time_while_input_and_messages_come)
{
	struct test_server *server = start(_i, NULL);
	pthread_t posters[POSTERS];
	int fds[CONNECTIONS];

	for (int n = 0; n < CONNECTIONS; n++) {
		fds[n] = connect_next(server);
	}
	for (int i = 0; i < POSTERS; i++) {
		ck_assert_int_eq(pthread_create(&posters[i], NULL, post_to_all,
				     test_server_engine(server)),
		    0);
	}
	exchange_numbers(fds);
	for (int i = 0; i < POSTERS; i++) {
		pthread_join(posters[i], NULL);
	}
	ck_assert(counter_wait(&world.messages,
	    (long)POSTERS * MESSAGES * CONNECTIONS));
	for (int n = 0; n < CONNECTIONS; n++) {
		close(fds[n]);
	}
	test_server_stop(server);
	ck_assert_int_eq(atomic_load(&world.overlaps), 0);
}
END_TEST

START_TEST(g1_nobody_enters_while_a_handler_blocks)
{
	struct test_server *server = start(_i, NULL);
	int blocked = connect_next(server);
	int other = connect_next(server);
	int calls;

	/* With one thread, nobody is there to enter or to serve the other. */
	if (test_patterns[_i].keeps_g5) {
		send_number(blocked, BLOCK);
		ck_assert(counter_wait(&world.entered, 1));
		send_number(blocked, 0);
		post_until_taken(test_server_engine(server), 0, 0);
		ck_assert_int_eq(shutdown(blocked, SHUT_WR), 0);
		for (uint32_t i = 0; i < REQUESTS; i++) {
			send_number(other, i);
			expect_number(other, i);
		}
		calls = atomic_load(&world.calls);
		ck_assert_int_eq(calls, 1 + REQUESTS);
		gate_open_all(&world.gates[0]);
		expect_number(blocked, BLOCK);
		expect_number(blocked, 0);
		ck_assert(counter_wait(&world.messages, 1));
		ck_assert(client_sees_fin(blocked));
	}
	close(blocked);
	close(other);
	test_server_stop(server);
	ck_assert_int_eq(atomic_load(&world.overlaps), 0);
}
END_TEST

/* ---- G2 ---- */

/** Sends the numbers 0 to REQUESTS - 1 on all, in pieces of 1 to 9 bytes. */
static void
send_in_pieces(const int *fds)
{
	static uint32_t numbers[REQUESTS];
	size_t sent[CONNECTIONS] = { 0 };
	size_t left = CONNECTIONS * sizeof(numbers);
	unsigned random = 1;

	for (uint32_t i = 0; i < REQUESTS; i++) {
		numbers[i] = i;
	}
	while (left > 0) {
		int n = rand_r(&random) % CONNECTIONS;
		size_t piece = 1 + (size_t)rand_r(&random) % 9;

		if (piece > sizeof(numbers) - sent[n]) {
			piece = sizeof(numbers) - sent[n];
		}
		client_send(fds[n], (char *)numbers + sent[n], piece);
		sent[n] += piece;
		left -= piece;
	}
}

START_TEST(g2_requests_and_replies_keep_their_order)
{
	struct test_server *server = start(_i, NULL);
	int fds[CONNECTIONS];

	for (int n = 0; n < CONNECTIONS; n++) {
		fds[n] = connect_next(server);
	}
	send_in_pieces(fds);
	for (int n = 0; n < CONNECTIONS; n++) {
		for (uint32_t i = 0; i < REQUESTS; i++) {
			expect_number(fds[n], i);
		}
		close(fds[n]);
	}
	test_server_stop(server);
	ck_assert_int_eq(atomic_load(&world.disorders), 0);
	for (int n = 0; n < CONNECTIONS; n++) {
		ck_assert_uint_eq(world.mine[n].calls, REQUESTS);
	}
}
END_TEST

/*
 * Two threads, and always one of them blocked, so that the test knows which
 * one serves: first the one, then the other.
 */
START_TEST(g2_memory_moves_with_the_connection_to_another_thread)
{
	static const char *const two[] = { "engine.threads=2", NULL };
	struct test_server *server;
	int moving;
	int fds[2];
	int first;

	if (!test_patterns[_i].keeps_g5 || test_patterns[_i].thread_each) {
		return; /* documented: its thread is always the same */
	}
	server = start(_i, two);
	moving = connect_next(server);
	fds[0] = connect_next(server);
	fds[1] = connect_next(server);
	send_number(fds[0], BLOCK);
	ck_assert(counter_wait(&world.entered, 1));
	send_number(moving, 0);
	expect_number(moving, 0);
	first = atomic_load(&world.thread);
	send_number(fds[1], BLOCK_TOO);
	ck_assert(counter_wait(&world.entered, 2));
	ck_assert_int_eq(atomic_load(&world.thread), first);
	gate_open_all(&world.gates[0]);
	expect_number(fds[0], BLOCK);
	send_number(moving, 1);
	expect_number(moving, 1);
	ck_assert_int_ne(atomic_load(&world.thread), first);
	gate_open_all(&world.gates[1]);
	expect_number(fds[1], BLOCK_TOO);
	close(moving);
	close(fds[0]);
	close(fds[1]);
	test_server_stop(server);
	ck_assert_int_eq(atomic_load(&world.disorders), 0);
	ck_assert_uint_eq(world.mine[0].calls, 2);
}
END_TEST

START_TEST(g2_messages_of_one_thread_keep_their_order)
{
	struct test_server *server = start(_i, NULL);
	int fd = connect_next(server);

	for (uint32_t i = 1; i <= REQUESTS; i++) {
		post_until_taken(test_server_engine(server), 0, i);
	}
	for (uint32_t i = 1; i <= REQUESTS; i++) {
		expect_number(fd, i);
	}
	close(fd);
	test_server_stop(server);
}
END_TEST

static void
add(TCase *tc, const TTest *test)
{
	tcase_add_loop_test(tc, test, 0, n_test_patterns);
}

int
main(int argc, char **argv)
{
	Suite *suite = suite_create("order");
	TCase *tc = tcase_create("order");

	tcase_add_checked_fixture(tc, set_up, tear_down);
	add(tc, g1_one_thread_at_a_time_while_input_and_messages_come);
	add(tc, g1_nobody_enters_while_a_handler_blocks);
	add(tc, g2_requests_and_replies_keep_their_order);
	add(tc, g2_memory_moves_with_the_connection_to_another_thread);
	add(tc, g2_messages_of_one_thread_keep_their_order);
	suite_add_tcase(suite, tc);
	return test_run(suite, argc, argv);
}
