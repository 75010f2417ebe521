/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * G10 nothing global: engines of different patterns beside each other, and
 * nothing of the process that belongs to its owner is touched.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "support/client.h"
#include "support/patterns.h"
#include "support/run.h"
#include "support/server.h"
#include "support/sync.h"

static struct {
	struct test_counter opened;
	struct test_counter closed;
	struct test_counter messages;
	atomic_ullong id;
} world;

static void
set_up(void)
{
	test_leaks_begin();
	counter_init(&world.opened);
	counter_init(&world.closed);
	counter_init(&world.messages);
}

static int
note_open(echelon_conn *conn)
{
	atomic_store(&world.id, echelon_conn_get_id(conn));
	counter_add(&world.opened, 1);
	return 0;
}

static ptrdiff_t
echo(echelon_conn *conn, const void *data, size_t length)
{
	return echelon_write(conn, data, length) == 0 ? (ptrdiff_t)length : -1;
}

static void
note_message(echelon_conn *conn, void *message)
{
	(void)conn;
	(void)message;
	counter_add(&world.messages, 1);
}

static void
note_close(echelon_conn *conn, int reason)
{
	(void)conn;
	(void)reason;
	counter_add(&world.closed, 1);
}

static const struct echelon_handler echoing = ECHELON_HANDLER(
	.on_open = note_open, .on_data = echo, .on_message = note_message,
    .on_close = note_close);

static const char *const settings[] = { "engine.threads=3", NULL };

static struct test_server *
start(int row)
{
	return test_server_start(test_patterns[row].name, &echoing, NULL,
	    settings);
}

static void
expect_echo(int fd)
{
	client_say(fd, "request");
	client_expect(fd, "request");
}

/* ---- two engines ---- */

START_TEST(g10_engines_of_all_patterns_live_in_one_process)
{
	enum {
		MOST = 16
	};
	struct test_server *servers[MOST] = { NULL };
	int fds[MOST] = { 0 };
	int n = n_test_patterns;

	ck_assert_int_le(n, MOST);
	for (int i = 0; i < n; i++) {
		servers[i] = start(i);
		fds[i] = test_server_connect(servers[i]);
		expect_echo(fds[i]);
	}
	/* One ends; the others do not notice. */
	echelon_engine_stop(test_server_engine(servers[_i]));
	ck_assert(client_sees_fin(fds[_i]));
	close(fds[_i]);
	test_server_stop(servers[_i]);
	for (int i = 0; i < n; i++) {
		if (i != _i) {
			expect_echo(fds[i]);
			ck_assert_uint_eq(test_server_stats(servers[i])
					      .accepted,
			    1);
			close(fds[i]);
			test_server_stop(servers[i]);
		}
	}
}
END_TEST

/* The same name may be in use in each; it does not reach across. */
START_TEST(g10_a_connection_of_one_engine_is_unknown_to_another)
{
	struct test_server *one = start(_i);
	struct test_server *other = start((_i + 1) % n_test_patterns);
	int fd = test_server_connect(one);
	echelon_conn_id id;

	expect_echo(fd);
	id = atomic_load(&world.id);
	ck_assert_int_eq(echelon_post(test_server_engine(other), id, NULL,
			     NULL),
	    -ESTALE);
	ck_assert_int_eq(echelon_post(test_server_engine(one), id, NULL, NULL),
	    0);
	ck_assert(counter_wait(&world.messages, 1));
	close(fd);
	test_server_stop(other);
	test_server_stop(one);
}
END_TEST

/* ---- descriptors ---- */

/** Asserts that all are close-on-exec, but those that were there before. */
static int
count_checked(const bool *before, int most)
{
	int n = 0;

	for (int fd = 0; fd < most; fd++) {
		int flags = fcntl(fd, F_GETFD);

		if (flags >= 0 && !before[fd]) {
			ck_assert_msg((flags & FD_CLOEXEC) != 0,
			    "descriptor %d is not close-on-exec", fd);
			n++;
		}
	}
	return n;
}

START_TEST(g10_every_descriptor_is_close_on_exec)
{
	bool before[256];
	struct test_server *server;
	int pair[2];
	int fd;

	/* Without the flag: what is adopted gets it. */
	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
	for (int i = 0; i < 256; i++) {
		before[i] = fcntl(i, F_GETFD) >= 0 && i != pair[0];
	}
	server = start(_i);
	ck_assert_int_eq(echelon_engine_adopt(test_server_engine(server),
			     pair[0], &echoing, NULL),
	    0);
	fd = test_server_connect(server);
	expect_echo(fd);
	expect_echo(pair[1]);
	/* Adopted, listening, accepted, the client's, and what it waits by. */
	ck_assert_int_gt(count_checked(before, 256), 4);
	close(fd);
	close(pair[1]);
	test_server_stop(server);
}
END_TEST

/* ---- fork ---- */

/* What a program starts must not keep the engine's port or connections. */
START_TEST(g10_a_program_that_is_started_keeps_nothing_of_an_engine)
{
	struct test_server *server = start(_i);
	int fd = test_server_connect(server);
	int status = -1;
	pid_t pid;

	expect_echo(fd);
	pid = fork();
	if (pid == 0) {
		(void)execl("/bin/sh", "sh", "-c",
		    "ls -l /proc/self/fd | grep -Eq 'socket:|eventpoll|eventfd'"
		    " && exit 7; exit 0",
		    (char *)NULL);
		_exit(8);
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_int_eq(WEXITSTATUS(status), 0);
	expect_echo(fd);
	close(fd);
	test_server_stop(server);
}
END_TEST

/* ---- threads of the owner's ---- */

static struct test_counter started;
static struct test_counter ended;
static int thing;

static int
start_thread(void *context, void **thread_data)
{
	(void)context;
	*thread_data = &thing;
	counter_add(&started, 1);
	return 0;
}

static void
stop_thread(void *context, void *thread_data)
{
	(void)context;
	counter_add(&ended, thread_data == &thing);
}

static ptrdiff_t
tell_thread_data(echelon_conn *conn, const void *data, size_t length)
{
	(void)data;
	(void)echelon_write(conn,
	    echelon_thread_data(conn) == &thing ? "y" : "n", 1);
	return (ptrdiff_t)length;
}

START_TEST(g10_each_thread_has_what_its_owner_gave_it)
{
	static const struct echelon_handler h = ECHELON_HANDLER(
		.on_data = tell_thread_data);
	struct echelon_options options = ECHELON_OPTIONS_INIT;
	struct test_server *server;
	long n;
	int fd;

	counter_init(&started);
	counter_init(&ended);
	options.pattern = test_patterns[_i].name;
	options.settings = settings;
	options.on_thread_start = start_thread;
	options.on_thread_stop = stop_thread;
	server = test_server_start_options(&options, &h, NULL);
	n = counter_get(&started);
	ck_assert_int_ge(n, (long)test_server_stats(server).threads);
	fd = test_server_connect(server);
	client_say(fd, "?");
	client_expect(fd, "y");
	close(fd);
	test_server_stop(server);
	ck_assert_int_eq(counter_get(&started),
	    n + test_patterns[_i].thread_each);
	ck_assert_int_eq(counter_get(&ended), counter_get(&started));
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
	Suite *suite = suite_create("process");
	TCase *tc = tcase_create("process");

	tcase_add_checked_fixture(tc, set_up, test_leaks_end);
	add(tc, g10_engines_of_all_patterns_live_in_one_process);
	add(tc, g10_a_connection_of_one_engine_is_unknown_to_another);
	add(tc, g10_every_descriptor_is_close_on_exec);
	add(tc, g10_a_program_that_is_started_keeps_nothing_of_an_engine);
	add(tc, g10_each_thread_has_what_its_owner_gave_it);
	suite_add_tcase(suite, tc);
	return test_run(suite, argc, argv);
}
