/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * G10 nothing global, signals: engine threads take none, and masks and
 * dispositions of the process are its owner's.
 */
#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "support/client.h"
#include "support/patterns.h"
#include "support/run.h"
#include "support/server.h"
#include "support/sync.h"

enum {
	FIRST_SIGNAL = 1,
	LAST_SIGNAL = 64,
	/* glibc's own: cannot be blocked by a program. */
	FIRST_OF_LIBC = 32,
	LAST_OF_LIBC = 33
};

static struct {
	struct test_counter entered;
	struct test_counter closed;
	struct test_gate gate;
	atomic_int reason;
} world;

static char much[256 * 1024];

static void
set_up(void)
{
	test_leaks_begin();
	counter_init(&world.entered);
	counter_init(&world.closed);
	gate_init(&world.gate);
}

static void
tear_down(void)
{
	gate_deinit(&world.gate);
	test_leaks_end();
}

static ptrdiff_t
echo(echelon_conn *conn, const void *data, size_t length)
{
	return echelon_write(conn, data, length) == 0 ? (ptrdiff_t)length : -1;
}

static void
note_close(echelon_conn *conn, int reason)
{
	(void)conn;
	atomic_store(&world.reason, reason);
	counter_add(&world.closed, 1);
}

static const struct echelon_handler echoing = ECHELON_HANDLER(.on_data = echo);

static struct test_server *
start(int row)
{
	return test_server_start(test_patterns[row].name, &echoing, NULL, NULL);
}

static void
expect_echo(int fd)
{
	client_say(fd, "request");
	client_expect(fd, "request");
}

/* ---- signals ---- */

static uint64_t
blocked_by(const char *tid, bool *is_engine)
{
	char path[64];
	char line[256];
	uint64_t mask = 0;
	FILE *file;

	*is_engine = false;
	(void)snprintf(path, sizeof(path), "/proc/self/task/%.10s/status", tid);
	file = fopen(path, "re");
	if (file == NULL) {
		return 0;
	}
	while (fgets(line, sizeof(line), file) != NULL) {
		if (strncmp(line, "Name:\techelon", 13) == 0) {
			*is_engine = true;
		} else if (strncmp(line, "SigBlk:", 7) == 0) {
			mask = strtoull(line + 7, NULL, 16);
		}
	}
	(void)fclose(file);
	return mask;
}

static bool
can_be_blocked(int signal)
{
	return signal != SIGKILL && signal != SIGSTOP &&
	    (signal < FIRST_OF_LIBC || signal > LAST_OF_LIBC);
}

static void
check_mask(const char *tid, uint64_t mask)
{
	for (int signal = FIRST_SIGNAL; signal <= LAST_SIGNAL; signal++) {
		ck_assert_msg(!can_be_blocked(signal) ||
			(mask >> (signal - 1) & 1) != 0,
		    "thread %s does not block signal %d", tid, signal);
	}
}

START_TEST(g10_engine_threads_block_all_signals)
{
	struct test_server *server = start(_i);
	DIR *folder = opendir("/proc/self/task");
	const struct dirent *entry;
	int n = 0;

	ck_assert_ptr_nonnull(folder);
	while ((entry = readdir(folder)) != NULL) {
		bool is_engine;
		uint64_t mask = blocked_by(entry->d_name, &is_engine);

		if (is_engine) {
			check_mask(entry->d_name, mask);
			n++;
		}
	}
	closedir(folder);
	/* Those that run handlers, and the monitor. */
	ck_assert_uint_gt((unsigned)n, test_server_stats(server).threads);
	test_server_stop(server);
}
END_TEST

static void
get_dispositions(struct sigaction *actions)
{
	memset(actions, 0, (LAST_SIGNAL + 1) * sizeof(*actions));
	for (int signal = FIRST_SIGNAL; signal <= LAST_SIGNAL; signal++) {
		(void)sigaction(signal, NULL, &actions[signal]);
	}
}

/* Not by bytes: glibc leaves some of them as they were on its stack. */
static void
check_same(int signal, const struct sigaction *a, const struct sigaction *b)
{
	ck_assert_msg(a->sa_sigaction == b->sa_sigaction &&
		a->sa_flags == b->sa_flags,
	    "signal %d is handled differently", signal);
	for (int other = FIRST_SIGNAL; other <= LAST_SIGNAL; other++) {
		ck_assert_int_eq(sigismember(&a->sa_mask, other),
		    sigismember(&b->sa_mask, other));
	}
}

START_TEST(g10_dispositions_and_the_callers_mask_are_left_alone)
{
	static struct sigaction before[LAST_SIGNAL + 1];
	static struct sigaction during[LAST_SIGNAL + 1];
	static struct sigaction after[LAST_SIGNAL + 1];
	sigset_t mask_before;
	sigset_t mask_after;
	struct test_server *server;
	int fd;

	sigemptyset(&mask_before);
	sigemptyset(&mask_after);
	pthread_sigmask(SIG_SETMASK, NULL, &mask_before);
	get_dispositions(before);
	server = start(_i);
	fd = test_server_connect(server);
	expect_echo(fd);
	get_dispositions(during);
	close(fd);
	test_server_stop(server);
	get_dispositions(after);
	pthread_sigmask(SIG_SETMASK, NULL, &mask_after);
	for (int signal = FIRST_SIGNAL; signal <= LAST_SIGNAL; signal++) {
		check_same(signal, &before[signal], &during[signal]);
		check_same(signal, &before[signal], &after[signal]);
		ck_assert_int_eq(sigismember(&mask_after, signal),
		    sigismember(&mask_before, signal));
	}
}
END_TEST

/* ---- SIGPIPE ---- */

/** Writes, copied and lent, until the peer is known to be gone. */
static ptrdiff_t
write_to_the_gone(echelon_conn *conn, const void *data, size_t length)
{
	(void)data;
	counter_add(&world.entered, 1);
	gate_pass(&world.gate);
	for (int i = 0; i < 100; i++) {
		if (echelon_write(conn, much, 100) == -EPIPE) {
			break;
		}
		(void)echelon_write_ref(conn, much, sizeof(much), NULL, NULL);
		echelon_flush(conn);
	}
	return (ptrdiff_t)length;
}

START_TEST(g10_writing_to_a_peer_that_is_gone_raises_no_sigpipe)
{
	static const struct echelon_handler h = ECHELON_HANDLER(
		.on_data = write_to_the_gone, .on_close = note_close);
	struct test_server *server = test_server_start(test_patterns[_i].name,
	    &h, NULL, NULL);
	struct sigaction fatal = { .sa_handler = SIG_DFL };
	sigset_t pipe_only;

	/* It would end this process, wherever it is not blocked. */
	ck_assert_int_eq(sigaction(SIGPIPE, &fatal, NULL), 0);
	sigemptyset(&pipe_only);
	sigaddset(&pipe_only, SIGPIPE);
	ck_assert_int_eq(pthread_sigmask(SIG_UNBLOCK, &pipe_only, NULL), 0);
	for (int i = 1; i <= 3; i++) {
		int fd = test_server_connect(server);

		client_say(fd, "x");
		ck_assert(counter_wait(&world.entered, i));
		/* Its kernel answers the first write by RST, and the next one
		 * is to a broken pipe. */
		close(fd);
		gate_open(&world.gate, 1);
		ck_assert(counter_wait(&world.closed, i));
		ck_assert_int_lt(atomic_load(&world.reason), 0);
	}
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
	Suite *suite = suite_create("signals");
	TCase *tc = tcase_create("signals");

	tcase_add_checked_fixture(tc, set_up, tear_down);
	add(tc, g10_engine_threads_block_all_signals);
	add(tc, g10_dispositions_and_the_callers_mask_are_left_alone);
	add(tc, g10_writing_to_a_peer_that_is_gone_raises_no_sigpipe);
	suite_add_tcase(suite, tc);
	return test_run(suite, argc, argv);
}
