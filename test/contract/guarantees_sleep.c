/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * G6 no lost wake-up, no idle CPU: the first event after any pause is
 * served, whatever the pool was about to do, and a pool without events does
 * nothing at all. How fast it is, a program measures; nothing of that here.
 */
#include <dirent.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <sys/socket.h>
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
	LONGEST_PAUSE_NS = 300 * 1000,
	REST_NS = 400 * 1000 * 1000,
	WATCHED_NS = 300 * 1000 * 1000,
	IDLE_CONNECTIONS = 100
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

/* ---- nothing to do ---- */

/** The CPU time of a thread in ns, 0 if it is none of an engine. */
static uint64_t
engine_thread_time(const char *tid)
{
	char path[64];
	char text[128] = "";
	FILE *file;

	(void)snprintf(path, sizeof(path), "/proc/self/task/%.10s/comm", tid);
	file = fopen(path, "re");
	if (file == NULL || fgets(text, sizeof(text), file) == NULL) {
		return 0;
	}
	(void)fclose(file);
	if (strncmp(text, "echelon", strlen("echelon")) != 0) {
		return 0;
	}
	(void)snprintf(path, sizeof(path), "/proc/self/task/%.10s/schedstat",
	    tid);
	file = fopen(path, "re");
	ck_assert_msg(file != NULL && fgets(text, sizeof(text), file) != NULL,
	    "no %s", path);
	(void)fclose(file);
	return strtoull(text, NULL, 10);
}

/** Of all threads of engines, the monitor too. */
static uint64_t
engine_time(void)
{
	DIR *folder = opendir("/proc/self/task");
	const struct dirent *entry;
	uint64_t sum = 0;

	ck_assert_ptr_nonnull(folder);
	while ((entry = readdir(folder)) != NULL) {
		if (entry->d_name[0] != '.') {
			sum += engine_thread_time(entry->d_name);
		}
	}
	closedir(folder);
	return sum;
}

/** Whether it has done nothing for longer than the monitor's longest tick. */
static bool
is_at_rest(void *context)
{
	uint64_t before = engine_time();

	(void)context;
	sleep_ns(REST_NS);
	return engine_time() == before;
}

/** It comes to rest, and stays there. */
static void
check_rest(const struct test_server *server)
{
	struct echelon_stats before;
	struct echelon_stats after;
	uint64_t time;

	ck_assert_msg(test_eventually(is_at_rest, NULL), "it never rests");
	before = test_server_stats(server);
	time = engine_time();
	ck_assert_uint_gt(time, 0);
	sleep_ns(WATCHED_NS);
	after = test_server_stats(server);
	ck_assert_uint_eq(engine_time(), time);
	ck_assert_mem_eq(&after, &before, sizeof(after));
}

START_TEST(g6_an_idle_engine_does_nothing)
{
	struct test_server *server = start(_i);
	int fds[IDLE_CONNECTIONS];

	for (int i = 0; i < IDLE_CONNECTIONS; i++) {
		fds[i] = test_server_connect(server);
		expect_echo(fds[i]);
	}
	check_rest(server);
	for (int i = 0; i < IDLE_CONNECTIONS; i++) {
		expect_echo(fds[i]);
		close(fds[i]);
	}
	test_server_stop(server);
}
END_TEST

/** `h` holds; `p` writes until there is no room, and waits for it. */
static ptrdiff_t
hold_or_fill(echelon_conn *conn, const void *data, size_t length)
{
	static const char block[4096];
	int error = 0;

	if (*(const char *)data == 'h') {
		echelon_hold(conn);
		return 1;
	}
	while (error == 0) {
		error = echelon_write(conn, block, sizeof(block));
	}
	(void)length;
	return error;
}

/* Input that is there, and must not be read yet. */
START_TEST(g6_an_engine_whose_connections_wait_does_nothing)
{
	static const struct echelon_handler h = ECHELON_HANDLER(
		.on_data = hold_or_fill);
	static const char *const settings[] = { "limits.output=64KiB",
		"deadlines.drain=100ms", NULL };
	struct test_server *server = test_server_start(test_patterns[_i].name,
	    &h, NULL, settings);
	int held = test_server_connect(server);
	int full = test_server_connect(server);

	client_say(held, "h");
	client_say(full, "p");
	check_rest(server);
	client_say(held, "h");
	client_say(full, "p");
	check_rest(server);
	close(held);
	close(full);
	test_server_stop(server);
}
END_TEST

static void
stay(echelon_conn *conn)
{
	(void)conn;
}

/* A hang-up is reported for ever, whatever was asked for; so nobody may go on
 * watching a handle that has had one. */
START_TEST(g6_an_engine_whose_peer_hung_up_does_nothing)
{
	static const struct echelon_handler h = ECHELON_HANDLER(
		.on_data = hold_or_fill, .on_end = stay);
	struct test_server *server = test_server_start(test_patterns[_i].name,
	    &h, NULL, NULL);
	int pair[2];

	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
	ck_assert_int_eq(echelon_engine_adopt(test_server_engine(server),
			     pair[1], &h, NULL),
	    0);
	check_rest(server);
	close(pair[0]);
	check_rest(server);
	ck_assert_uint_eq(test_server_stats(server).connections, 1);
	ck_assert_uint_ge(test_server_stats(server).events, 1);
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
	Suite *suite = suite_create("sleep");
	TCase *tc = tcase_create("sleep");

	tcase_add_checked_fixture(tc, set_up, test_leaks_end);
	add(tc, g6_no_event_is_lost_without_pauses);
	add(tc, g6_no_event_is_lost_close_behind_another);
	add(tc, g6_no_thread_sleeps_while_it_is_needed);
	add(tc, g6_no_thread_sleeps_while_it_is_needed_again);
	add(tc, g6_no_request_is_lost_after_pauses);
	add(tc, g6_no_message_is_lost_after_pauses);
	add(tc, g6_no_connection_is_lost_after_pauses);
	add(tc, g6_an_idle_engine_does_nothing);
	add(tc, g6_an_engine_whose_connections_wait_does_nothing);
	add(tc, g6_an_engine_whose_peer_hung_up_does_nothing);
	suite_add_tcase(suite, tc);
	return test_run(suite, argc, argv);
}
