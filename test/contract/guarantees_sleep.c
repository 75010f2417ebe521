/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * G6 no lost wake-up: the first event after any pause is served, whatever the
 * pool was about to do. How fast it is, a program measures; nothing of that
 * here.
 */
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "support/client.h"
#include "support/patterns.h"
#include "support/run.h"
#include "support/server.h"
#include "support/sync.h"

enum {
	ROUND_TRIPS = 3000,
	CLOSE_PAIRS = 10000,
	LONGEST_SPIN_NS = 30 * 1000,
	LONGEST_PAUSE_NS = 300 * 1000
};

static struct test_counter messages;
static atomic_ullong id;

static void
set_up(void)
{
	test_leaks_begin();
	counter_init(&messages);
}

static int
tell_id(echelon_conn *conn)
{
	atomic_store(&id, echelon_conn_get_id(conn));
	return 0;
}

static ptrdiff_t
echo(echelon_conn *conn, const void *data, size_t length)
{
	return echelon_write(conn, data, length) == 0 ? (ptrdiff_t)length : -1;
}

static void
count_message(echelon_conn *conn, void *message)
{
	(void)conn;
	(void)message;
	counter_add(&messages, 1);
}

static const struct echelon_handler handler = ECHELON_HANDLER(
	.on_open = tell_id, .on_data = echo, .on_message = count_message);

static struct test_server *
start(int row)
{
	return test_server_start(test_patterns[row].name, &handler, NULL, NULL);
}

static void
sleep_ns(long ns)
{
	const struct timespec pause = { .tv_nsec = ns };

	nanosleep(&pause, NULL);
}

/** So that the next event meets threads that park, search, wait, tick. */
static void
pause_at_random(unsigned *random)
{
	if (rand_r(random) % 4 != 0) {
		sleep_ns(rand_r(random) % LONGEST_PAUSE_NS);
	}
}

static void
expect_echo(int fd)
{
	client_say(fd, "x");
	client_expect(fd, "x");
}

/*
 * The next event comes while the thread that served the last one is about to
 * let go of the connection and to sleep, and nobody else is there.
 */
START_TEST(g6_no_event_is_lost_without_pauses)
{
	static const char *const few[][2] = { { "engine.threads=1", NULL },
		{ "engine.threads=2", NULL } };

	for (int n = 0; n < 2; n++) {
		struct test_server *server = test_server_start(test_patterns[_i]
								   .name,
		    &handler, NULL, few[n]);
		int fd = test_server_connect(server);
		long before = counter_get(&messages);

		for (int i = 1; i <= ROUND_TRIPS; i++) {
			expect_echo(fd);
			ck_assert_int_eq(
			    echelon_post(test_server_engine(server),
				atomic_load(&id), NULL, NULL),
			    0);
			expect_echo(fd);
			ck_assert(counter_wait(&messages, before + i));
		}
		close(fd);
		test_server_stop(server);
	}
}
END_TEST

/** Busy, for 0 to 30 microseconds: a sleep would be far longer. */
static void
spin_at_random(unsigned *random)
{
	struct timespec now;
	long until;

	clock_gettime(CLOCK_MONOTONIC, &now);
	until = now.tv_nsec + rand_r(random) % LONGEST_SPIN_NS;
	/* At the turn of a second it is shorter. */
	while (now.tv_nsec < until && now.tv_nsec >= until - LONGEST_SPIN_NS) {
		clock_gettime(CLOCK_MONOTONIC, &now);
	}
}

/** The reply is out some time before it returns. */
static ptrdiff_t
echo_and_linger(echelon_conn *conn, const void *data, size_t length)
{
	static _Thread_local unsigned random;
	ptrdiff_t result = echo(conn, data, length);

	echelon_flush(conn);
	spin_at_random(&random);
	return result;
}

/* The next event comes at any time in the end of the last: while the only
 * thread lets go of it, looks for work, or is about to sleep. */
START_TEST(g6_no_event_is_lost_close_behind_another)
{
	static const struct echelon_handler h = ECHELON_HANDLER(
		.on_data = echo_and_linger);
	static const char *const one[] = { "engine.threads=1", NULL };
	struct test_server *server = test_server_start(test_patterns[_i].name,
	    &h, NULL, one);
	int fds[2] = { test_server_connect(server),
		test_server_connect(server) };

	for (int i = 0; i < CLOSE_PAIRS; i++) {
		expect_echo(fds[0]);
		expect_echo(fds[1]);
	}
	close(fds[0]);
	close(fds[1]);
	test_server_stop(server);
}
END_TEST

/* ---- a pool just as large as needed ---- */

enum {
	THREADS = 4,
	ROUNDS = 1000
};

static struct test_gate gate;
static atomic_int waiting;

/** `w` waits for a `g`, which lets all that wait go on. */
static ptrdiff_t
meet(echelon_conn *conn, const void *data, size_t length)
{
	if (*(const char *)data == 'w') {
		gate_pass(&gate);
	} else {
		gate_open(&gate, atomic_load(&waiting));
	}
	return echo(conn, data, length);
}

/** Fewer where each handler that blocks costs the others a stall tick. */
static int
rounds(int row, int n)
{
	return test_patterns[row].at_once ? n : n / 50;
}

static const struct echelon_handler meeting = ECHELON_HANDLER(.on_data = meet);

/*
 * In each round every thread of the pool is needed, and all but one block
 * until the last is there: one that sleeps on is a hang.
 */
START_TEST(g6_no_thread_sleeps_while_it_is_needed)
{
	static const char *const settings[] = { "engine.threads=4", NULL };
	struct test_server *server;
	unsigned random = (unsigned)_i + 1;
	int fds[THREADS];

	if (test_excused(_i, test_patterns[_i].keeps_g5, NO_G5)) {
		return;
	}
	gate_init(&gate);
	atomic_store(&waiting, THREADS - 1);
	server = test_server_start(test_patterns[_i].name, &meeting, NULL,
	    settings);
	for (int i = 0; i < THREADS; i++) {
		fds[i] = test_server_connect(server);
	}
	for (int round = 0; round < rounds(_i, ROUNDS); round++) {
		int last = rand_r(&random) % THREADS;

		pause_at_random(&random);
		for (int i = 0; i < THREADS; i++) {
			client_say(fds[i], i == last ? "g" : "w");
		}
		for (int i = 0; i < THREADS; i++) {
			client_expect(fds[i], i == last ? "g" : "w");
		}
	}
	for (int i = 0; i < THREADS; i++) {
		close(fds[i]);
	}
	test_server_stop(server);
	gate_deinit(&gate);
}
END_TEST

/** As meet, but the reply is out some time before it returns. */
static ptrdiff_t
meet_and_linger(echelon_conn *conn, const void *data, size_t length)
{
	static _Thread_local unsigned random;
	ptrdiff_t result = meet(conn, data, length);

	echelon_flush(conn);
	spin_at_random(&random);
	return result;
}

/*
 * The same with two threads, and the next round begins at any time in the
 * life of the last: while they look for work, or are about to sleep.
 */
START_TEST(g6_no_thread_sleeps_while_it_is_needed_again)
{
	static const struct echelon_handler h = ECHELON_HANDLER(
		.on_data = meet_and_linger);
	static const char *const settings[] = { "engine.threads=2", NULL };
	struct test_server *server;
	int fds[2];

	if (test_excused(_i, test_patterns[_i].keeps_g5, NO_G5)) {
		return;
	}
	gate_init(&gate);
	atomic_store(&waiting, 1);
	server = test_server_start(test_patterns[_i].name, &h, NULL, settings);
	fds[0] = test_server_connect(server);
	fds[1] = test_server_connect(server);
	for (int i = 0; i < rounds(_i, CLOSE_PAIRS); i++) {
		client_say(fds[0], "w");
		client_say(fds[1], "g");
		client_expect(fds[0], "w");
		client_expect(fds[1], "g");
	}
	close(fds[0]);
	close(fds[1]);
	test_server_stop(server);
	gate_deinit(&gate);
}
END_TEST

START_TEST(g6_no_request_is_lost_after_pauses)
{
	struct test_server *server = start(_i);
	unsigned random = (unsigned)_i + 1;
	int fds[2] = { test_server_connect(server),
		test_server_connect(server) };

	for (int i = 0; i < ROUND_TRIPS; i++) {
		pause_at_random(&random);
		expect_echo(fds[i % 2]);
	}
	close(fds[0]);
	close(fds[1]);
	test_server_stop(server);
}
END_TEST

START_TEST(g6_no_message_is_lost_after_pauses)
{
	struct test_server *server = start(_i);
	unsigned random = (unsigned)_i + 1;
	int fd = test_server_connect(server);

	expect_echo(fd);
	for (int i = 1; i <= ROUND_TRIPS; i++) {
		pause_at_random(&random);
		ck_assert_int_eq(echelon_post(test_server_engine(server),
				     atomic_load(&id), NULL, NULL),
		    0);
		ck_assert_msg(counter_wait(&messages, i), "message %d", i);
	}
	close(fd);
	test_server_stop(server);
}
END_TEST

START_TEST(g6_no_connection_is_lost_after_pauses)
{
	struct test_server *server = start(_i);
	unsigned random = (unsigned)_i + 1;

	for (int i = 0; i < ROUND_TRIPS / 10; i++) {
		int fd;

		pause_at_random(&random);
		fd = test_server_connect(server);
		expect_echo(fd);
		close(fd);
	}
	test_server_stop(server);
}
END_TEST

static TCase *
add_case(Suite *suite, const char *name)
{
	TCase *tc = tcase_create(name);

	tcase_add_checked_fixture(tc, set_up, test_leaks_end);
	suite_add_tcase(suite, tc);
	return tc;
}

/* Each case is a ctest: together they are long. */
int
main(int argc, char **argv)
{
	Suite *suite = suite_create("sleep");
	TCase *pauses = add_case(suite, "pauses");
	TCase *needed = add_case(suite, "needed");

	test_add_rows(pauses, g6_no_event_is_lost_without_pauses);
	test_add_rows(pauses, g6_no_request_is_lost_after_pauses);
	test_add_rows(pauses, g6_no_message_is_lost_after_pauses);
	test_add_rows(pauses, g6_no_connection_is_lost_after_pauses);
	test_add_rows(needed, g6_no_event_is_lost_close_behind_another);
	test_add_rows(needed, g6_no_thread_sleeps_while_it_is_needed);
	test_add_rows(needed, g6_no_thread_sleeps_while_it_is_needed_again);
	return test_run(suite, argc, argv);
}
