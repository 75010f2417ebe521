/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * G4 no surprise: no handler function is called from inside a function that
 * a handler called; and what such a function causes comes afterwards.
 *
 * Every handler function calls all that it may.
 */
#include <errno.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "support/client.h"
#include "support/patterns.h"
#include "support/run.h"
#include "support/server.h"
#include "support/sync.h"

enum call {
	ON_OPEN,
	ON_DATA,
	ON_END,
	ON_WRITABLE,
	ON_MESSAGE,
	ON_TIMEOUT,
	ON_CLOSE,
	CALLS
};

static struct {
	struct test_counter calls[CALLS];
	struct test_counter released;
	atomic_int nested;
	atomic_int posts;
} world;

/* How many handler functions this thread is in. */
static _Thread_local int depth;

static char much[8192];

static void
set_up(void)
{
	test_leaks_begin();
	for (int i = 0; i < CALLS; i++) {
		counter_init(&world.calls[i]);
	}
	counter_init(&world.released);
}

static void
enter(void)
{
	if (depth++ != 0) {
		atomic_fetch_add(&world.nested, 1);
	}
}

static void
leave(enum call call)
{
	depth--;
	counter_add(&world.calls[call], 1);
}

static void
release(void *arg)
{
	(void)arg;
	counter_add(&world.released, 1);
}

/** What may be called everywhere and ends nothing. */
static void
call_everything(echelon_conn *conn)
{
	echelon_engine *engine = echelon_conn_engine(conn);
	struct echelon_stats stats = { .size = sizeof(stats) };

	(void)echelon_write(conn, "x", 1);
	(void)echelon_write_ref(conn, much, sizeof(much), release, NULL);
	echelon_hold(conn);
	echelon_flush(conn);
	(void)echelon_engine_stats(engine, &stats);
	echelon_resume(conn);
	(void)echelon_write_wait(conn, 0);
}

static void
post_self(echelon_conn *conn)
{
	(void)echelon_post(echelon_conn_engine(conn), echelon_conn_get_id(conn),
	    NULL, release);
	atomic_fetch_add(&world.posts, 1);
}

static int
on_open(echelon_conn *conn)
{
	enter();
	call_everything(conn);
	post_self(conn);
	leave(ON_OPEN);
	return 0;
}

/** Writes more than the socket takes, so that on_writable is due. */
static void
fill(echelon_conn *conn)
{
	while (echelon_write(conn, much, sizeof(much)) == 0) {
	}
}

static ptrdiff_t
on_data(echelon_conn *conn, const void *data, size_t length)
{
	(void)length;
	enter();
	call_everything(conn);
	post_self(conn);
	switch (*(const char *)data) {
	case 'c':
		echelon_close(conn);
		break;
	case 'a':
		echelon_abort(conn);
		break;
	case 'f':
		fill(conn);
		break;
	case 's':
		echelon_engine_stop(echelon_conn_engine(conn));
		break;
	default:
		break;
	}
	call_everything(conn);
	leave(ON_DATA);
	return 1;
}

static void
on_end(echelon_conn *conn)
{
	enter();
	call_everything(conn);
	echelon_close(conn);
	leave(ON_END);
}

static void
on_writable(echelon_conn *conn)
{
	enter();
	call_everything(conn);
	leave(ON_WRITABLE);
}

static void
on_message(echelon_conn *conn, void *message)
{
	(void)message;
	enter();
	call_everything(conn);
	leave(ON_MESSAGE);
}

static int
on_timeout(echelon_conn *conn, enum echelon_deadline which)
{
	(void)which;
	enter();
	call_everything(conn);
	leave(ON_TIMEOUT);
	return -ETIMEDOUT;
}

static void
on_close(echelon_conn *conn, int reason)
{
	(void)reason;
	enter();
	(void)echelon_write(conn, "x", 1);
	(void)echelon_write_ref(conn, much, sizeof(much), release, NULL);
	post_self(conn);
	leave(ON_CLOSE);
}

static const struct echelon_handler handler = ECHELON_HANDLER(
	.on_open = on_open, .on_data = on_data, .on_end = on_end,
    .on_writable = on_writable, .on_message = on_message,
    .on_timeout = on_timeout, .on_close = on_close);

static struct test_server *
start(int row)
{
	static const char *const settings[] = { "deadlines.idle=200ms",
		"limits.output=64KiB", NULL };

	return test_server_start(test_patterns[row].name, &handler, NULL,
	    settings);
}

static void
finish(struct test_server *server)
{
	test_server_stop(server);
	ck_assert_int_eq(atomic_load(&world.nested), 0);
	ck_assert_int_ge(counter_get(&world.released),
	    atomic_load(&world.posts));
}

static void
check_called(enum call call)
{
	ck_assert_msg(counter_wait(&world.calls[call], 1),
	    "handler function %d was not called", (int)call);
}

/** Receives until the end, whichever it is. */
static void
discard(int fd)
{
	char sink[4096];

	while (recv(fd, sink, sizeof(sink), 0) > 0) {
	}
	close(fd);
}

static void
check_request(int row, const char *request)
{
	struct test_server *server = start(row);
	int fd = test_server_connect(server);

	client_say(fd, request);
	check_called(ON_DATA);
	discard(fd);
	check_called(ON_CLOSE);
	check_called(ON_OPEN);
	finish(server);
}

START_TEST(g4_nothing_is_called_inside_close)
{
	check_request(_i, "..c..");
}
END_TEST

START_TEST(g4_nothing_is_called_inside_abort)
{
	check_request(_i, "..a..");
}
END_TEST

START_TEST(g4_nothing_is_called_inside_stop)
{
	check_request(_i, "..s..");
}
END_TEST

START_TEST(g4_nothing_is_called_inside_post)
{
	struct test_server *server = start(_i);
	int fd = test_server_connect(server);

	client_say(fd, "....");
	check_called(ON_MESSAGE);
	ck_assert_int_eq(shutdown(fd, SHUT_WR), 0);
	discard(fd);
	check_called(ON_END);
	check_called(ON_CLOSE);
	finish(server);
}
END_TEST

START_TEST(g4_nothing_is_called_inside_writes)
{
	struct test_server *server = start(_i);
	int fd = test_server_connect(server);

	client_say(fd, "f");
	check_called(ON_DATA);
	discard(fd);
	check_called(ON_WRITABLE);
	check_called(ON_TIMEOUT);
	check_called(ON_CLOSE);
	finish(server);
}
END_TEST

/* A write learns that the peer is gone: on_close comes after the call. */
START_TEST(g4_nothing_is_called_inside_writes_that_fail)
{
	struct test_server *server = start(_i);

	for (int i = 0; i < 50; i++) {
		int fd = test_server_connect(server);

		client_say(fd, ".f...");
		ck_assert(counter_wait(&world.calls[ON_OPEN], i + 1));
		client_reset(fd);
	}
	ck_assert(counter_wait(&world.calls[ON_CLOSE], 50));
	finish(server);
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
	Suite *suite = suite_create("nesting");
	TCase *tc = tcase_create("nesting");

	tcase_add_checked_fixture(tc, set_up, test_leaks_end);
	add(tc, g4_nothing_is_called_inside_close);
	add(tc, g4_nothing_is_called_inside_abort);
	add(tc, g4_nothing_is_called_inside_stop);
	add(tc, g4_nothing_is_called_inside_post);
	add(tc, g4_nothing_is_called_inside_writes);
	add(tc, g4_nothing_is_called_inside_writes_that_fail);
	suite_add_tcase(suite, tc);
	return test_run(suite, argc, argv);
}
