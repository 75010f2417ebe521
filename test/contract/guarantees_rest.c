/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * G6 no idle CPU: an engine without events does nothing at all. It is watched
 * at rest; what it did before that, other tests say.
 */
#include <dirent.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "support/client.h"
#include "support/patterns.h"
#include "support/run.h"
#include "support/server.h"
#include "support/sync.h"

enum {
	REST_NS = 400 * 1000 * 1000,
	WATCHED_NS = 300 * 1000 * 1000,
	IDLE_CONNECTIONS = 100,
#ifdef TEST_GHOSTS
	/* A sleeper looks up every eln_ghost_patience, 3 s, which takes time
	 * of the processor, and changes nothing else. */
	TRIES = 5
#else
	TRIES = 1
#endif
};

static ptrdiff_t
echo(echelon_conn *conn, const void *data, size_t length)
{
	return echelon_write(conn, data, length) == 0 ? (ptrdiff_t)length : -1;
}

static void
sleep_ns(long ns)
{
	const struct timespec pause = { .tv_nsec = ns };

	nanosleep(&pause, NULL);
}

static void
expect_echo(int fd)
{
	client_say(fd, "x");
	client_expect(fd, "x");
}

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

/** Whether it stays at rest; nothing happens meanwhile in any case. */
static bool
stays_at_rest(const struct test_server *server)
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
	ck_assert_mem_eq(&after, &before, sizeof(after));
	return engine_time() == time;
}

/** It comes to rest, and stays there. */
static void
check_rest(const struct test_server *server)
{
	for (int i = 0; i < TRIES; i++) {
		if (stays_at_rest(server)) {
			return;
		}
	}
	ck_abort_msg("it does not stay at rest");
}

START_TEST(g6_an_idle_engine_does_nothing)
{
	static const struct echelon_handler h = ECHELON_HANDLER(
		.on_data = echo);
	struct test_server *server = test_server_start(test_patterns[_i].name,
	    &h, NULL, NULL);
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

static Suite *
make_suite(void)
{
	Suite *suite = suite_create("rest");
	TCase *tc = tcase_create("rest");

	tcase_add_checked_fixture(tc, test_leaks_begin, test_leaks_end);
	test_add_rows(tc, g6_an_idle_engine_does_nothing);
	test_add_rows(tc, g6_an_engine_whose_connections_wait_does_nothing);
	test_add_rows(tc, g6_an_engine_whose_peer_hung_up_does_nothing);
	suite_add_tcase(suite, tc);
	return suite;
}

int
main(int argc, char **argv)
{
	return test_run_rows(make_suite, argc, argv);
}
