/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * G8 stop: a drain answers what had arrived, ends each
 * connection in order, and is over by its deadline.
 *
 * A request is four bytes; the reply is the same four bytes.
 */
#include <errno.h>
#include <stdatomic.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "support/client.h"
#include "support/patterns.h"
#include "support/run.h"
#include "support/server.h"
#include "support/sync.h"

enum {
	CONNECTIONS = 20,
	REQUESTS = 500,
	BLOCK = 0x7fffffff /* a request that waits at the gate */
};

static struct {
	struct test_gate gate;
	struct test_counter entered;
	struct test_counter held;
	struct test_counter closed;
	struct test_counter released;
	atomic_ullong id;
	atomic_int reason;
} world;

static void
set_up(void)
{
	test_leaks_begin();
	gate_init(&world.gate);
	counter_init(&world.entered);
	counter_init(&world.held);
	counter_init(&world.closed);
	counter_init(&world.released);
}

static void
tear_down(void)
{
	gate_deinit(&world.gate);
	test_leaks_end();
}

static ptrdiff_t
frame_number(const void *data, size_t length, void *context)
{
	(void)data;
	(void)length;
	(void)context;
	return sizeof(uint32_t);
}

static ptrdiff_t
answer(echelon_conn *conn, const void *data, size_t length)
{
	uint32_t number;

	memcpy(&number, data, sizeof(number));
	if (number == BLOCK) {
		counter_add(&world.entered, 1);
		gate_pass(&world.gate);
	}
	return echelon_write(conn, data, length) == 0 ? (ptrdiff_t)length : -1;
}

static void
note_close(echelon_conn *conn, int reason)
{
	(void)conn;
	atomic_store(&world.reason, reason);
	counter_add(&world.closed, 1);
}

static const struct echelon_handler answering = ECHELON_HANDLER(
	.frame = frame_number, .on_data = answer, .on_close = note_close);

static void
send_number(int fd, uint32_t number)
{
	client_send(fd, &number, sizeof(number));
}

static void
expect_number(int fd, uint32_t number)
{
	uint32_t reply;

	client_receive(fd, &reply, sizeof(reply));
	ck_assert_uint_eq(reply, number);
}

static void
send_numbers(int fd)
{
	static uint32_t numbers[REQUESTS];

	for (uint32_t i = 0; i < REQUESTS; i++) {
		numbers[i] = i;
	}
	client_send(fd, numbers, sizeof(numbers));
	client_wait_sent(fd);
}

static void
expect_numbers_and_fin(int fd)
{
	for (uint32_t i = 0; i < REQUESTS; i++) {
		expect_number(fd, i);
	}
	ck_assert(client_sees_fin(fd));
	close(fd);
}

START_TEST(g8_drain_answers_what_arrived_behind_a_blocked_handler)
{
	struct test_server *server = test_server_start(test_patterns[_i].name,
	    &answering, NULL, NULL);
	int fd = test_server_connect(server);

	send_number(fd, BLOCK);
	ck_assert(counter_wait(&world.entered, 1));
	send_numbers(fd);
	echelon_engine_stop(test_server_engine(server));
	gate_open_all(&world.gate);
	expect_number(fd, BLOCK);
	expect_numbers_and_fin(fd);
	test_server_stop(server);
	ck_assert_int_eq(atomic_load(&world.reason), 0);
}
END_TEST

START_TEST(g8_drain_answers_every_connection_and_client_in_the_backlog)
{
	struct test_server *server = test_server_start(test_patterns[_i].name,
	    &answering, NULL, NULL);
	int fds[CONNECTIONS];

	for (int i = 0; i < CONNECTIONS; i++) {
		fds[i] = test_server_connect(server);
	}
	for (int i = 0; i < CONNECTIONS; i++) {
		send_numbers(fds[i]);
	}
	echelon_engine_stop(test_server_engine(server));
	for (int i = 0; i < CONNECTIONS; i++) {
		expect_numbers_and_fin(fds[i]);
	}
	test_server_stop(server);
	ck_assert_int_eq(counter_get(&world.closed), CONNECTIONS);
}
END_TEST

START_TEST(g8_drain_drops_and_counts_an_incomplete_request)
{
	struct test_server *server = test_server_start(test_patterns[_i].name,
	    &answering, NULL, NULL);
	int fd = test_server_connect(server);

	send_number(fd, 1);
	client_send(fd, "abc", 3);
	client_wait_sent(fd);
	echelon_engine_stop(test_server_engine(server));
	expect_number(fd, 1);
	ck_assert(client_sees_fin(fd));
	close(fd);
	ck_assert_int_eq(echelon_engine_wait(test_server_engine(server)), 0);
	ck_assert_uint_eq(test_server_stats(server).incomplete, 1);
	test_server_stop(server);
}
END_TEST

/* ---- held connections ---- */

static ptrdiff_t
hold(echelon_conn *conn, const void *data, size_t length)
{
	(void)data;
	echelon_hold(conn);
	atomic_store(&world.id, echelon_conn_get_id(conn));
	counter_add(&world.held, 1);
	return (ptrdiff_t)length;
}

static void
reply_and_resume(echelon_conn *conn, void *message)
{
	uint32_t number = (uint32_t)(uintptr_t)message;

	(void)echelon_write(conn, &number, sizeof(number));
	echelon_resume(conn);
}

static const struct echelon_handler holding = ECHELON_HANDLER(
	.frame = frame_number, .on_data = hold, .on_message = reply_and_resume,
    .on_close = note_close);

static void
release(void *message)
{
	(void)message;
	counter_add(&world.released, 1);
}

START_TEST(g8_drain_waits_for_a_reply_that_is_held)
{
	struct test_server *server = test_server_start(test_patterns[_i].name,
	    &holding, NULL, NULL);
	echelon_engine *engine = test_server_engine(server);
	int other = test_server_connect(server);
	int fd = test_server_connect(server);

	send_number(fd, 1);
	send_number(fd, 2);
	ck_assert(counter_wait(&world.held, 1));
	client_wait_sent(fd);
	echelon_engine_stop(engine);
	/* The drain has come to where it waits. */
	ck_assert(client_sees_fin(other));
	close(other);
	for (uint32_t i = 1; i <= 2; i++) {
		ck_assert(counter_wait(&world.held, i));
		ck_assert_int_eq(echelon_post(engine, atomic_load(&world.id),
				     (void *)(uintptr_t)i, release),
		    0);
		expect_number(fd, i);
	}
	ck_assert(client_sees_fin(fd));
	close(fd);
	test_server_stop(server);
	ck_assert_int_eq(counter_get(&world.released), 2);
	ck_assert_int_eq(atomic_load(&world.reason), 0);
}
END_TEST

START_TEST(g8_drain_is_over_by_its_deadline)
{
	static const char *const impatient[] = { "deadlines.drain=100ms",
		NULL };
	struct test_server *server = test_server_start(test_patterns[_i].name,
	    &holding, NULL, impatient);
	int fds[CONNECTIONS];

	for (int i = 0; i < CONNECTIONS; i++) {
		fds[i] = test_server_connect(server);
		send_number(fds[i], 1);
	}
	ck_assert(counter_wait(&world.held, CONNECTIONS));
	/* Waits without a watchdog's help, and says 0. */
	test_server_stop(server);
	ck_assert_int_eq(counter_get(&world.closed), CONNECTIONS);
	ck_assert_int_eq(atomic_load(&world.reason), -ESHUTDOWN);
	for (int i = 0; i < CONNECTIONS; i++) {
		ck_assert(client_sees_reset(fds[i]));
		close(fds[i]);
	}
}
END_TEST

/* ---- large replies ---- */

enum {
	LARGE = 1024 * 1024
};

static char large[LARGE];

static ptrdiff_t
reply_large(echelon_conn *conn, const void *data, size_t length)
{
	(void)data;
	counter_add(&world.entered, 1);
	return echelon_write_ref(conn, large, LARGE, release, NULL) == 0
	    ? (ptrdiff_t)length
	    : -1;
}

START_TEST(g8_drain_gives_a_reader_that_comes_late_all_and_a_fin)
{
	static const struct echelon_handler h = ECHELON_HANDLER(
		.frame = frame_number, .on_data = reply_large,
	    .on_close = note_close);
	static const char *const settings[] = { "limits.output=8MiB", NULL };
	static char received[8 * LARGE];
	struct test_server *server = test_server_start(test_patterns[_i].name,
	    &h, NULL, settings);
	int fd = test_server_connect(server);

	for (uint32_t i = 0; i < LARGE; i++) {
		large[i] = (char)(i * 7 + i / 509);
	}
	for (uint32_t i = 0; i < 8; i++) {
		send_number(fd, i);
	}
	client_wait_sent(fd);
	ck_assert(counter_wait(&world.entered, 1));
	echelon_engine_stop(test_server_engine(server));
	/* No whole request; unread input must not destroy the replies. */
	client_send(fd, "ab", 2);
	ck_assert_uint_eq(client_receive_until_fin(fd, received,
			      sizeof(received)),
	    sizeof(received));
	for (int i = 0; i < 8; i++) {
		ck_assert_mem_eq(received + i * LARGE, large, LARGE);
	}
	close(fd);
	test_server_stop(server);
	ck_assert_int_eq(counter_get(&world.released), 8);
	ck_assert_int_eq(atomic_load(&world.reason), 0);
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
	Suite *suite = suite_create("drain");
	TCase *tc = tcase_create("drain");

	tcase_add_checked_fixture(tc, set_up, tear_down);
	add(tc, g8_drain_answers_what_arrived_behind_a_blocked_handler);
	add(tc, g8_drain_answers_every_connection_and_client_in_the_backlog);
	add(tc, g8_drain_drops_and_counts_an_incomplete_request);
	add(tc, g8_drain_waits_for_a_reply_that_is_held);
	add(tc, g8_drain_is_over_by_its_deadline);
	add(tc, g8_drain_gives_a_reader_that_comes_late_all_and_a_fin);
	suite_add_tcase(suite, tc);
	return test_run(suite, argc, argv);
}
