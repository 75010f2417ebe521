/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * G8 stop, who may stop, from where, and how often. Handlers that do not
 * return are in guarantees_stuck.c, what is still answered in
 * guarantees_drain.c.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "support/client.h"
#include "support/patterns.h"
#include "support/run.h"
#include "support/server.h"
#include "support/sync.h"

enum {
	STOPPERS = 8
};

enum call {
	ON_OPEN,
	ON_DATA,
	ON_END,
	ON_WRITABLE,
	ON_MESSAGE,
	ON_TIMEOUT,
	ON_CLOSE
};

static struct {
	enum call stops;            /* [const] the function that stops */
	struct test_counter opened; /* on_open has returned */
	struct test_counter filled; /* there is no room for output */
	struct test_counter stopped;
	struct test_counter closed;
	atomic_int waited; /* what wait said inside a handler */
	atomic_ullong id;
} world;

static char much[64 * 1024];

static void
set_up(void)
{
	test_leaks_begin();
	counter_init(&world.opened);
	counter_init(&world.filled);
	counter_init(&world.stopped);
	counter_init(&world.closed);
}

/* ---- a handler whose functions stop the engine ---- */

static void
called(echelon_conn *conn, enum call call)
{
	if (call == world.stops) {
		echelon_engine *engine = echelon_conn_engine(conn);

		echelon_engine_stop(engine);
		echelon_engine_stop(engine);
		atomic_store(&world.waited, echelon_engine_wait(engine));
		counter_add(&world.stopped, 1);
	}
}

static int
on_open(echelon_conn *conn)
{
	atomic_store(&world.id, echelon_conn_get_id(conn));
	called(conn, ON_OPEN);
	counter_add(&world.opened, 1);
	return 0;
}

static ptrdiff_t
on_data(echelon_conn *conn, const void *data, size_t length)
{
	called(conn, ON_DATA);
	if (*(const char *)data == 'f') {
		while (echelon_write(conn, much, sizeof(much)) == 0) {
		}
		counter_add(&world.filled, 1);
	}
	return (ptrdiff_t)length;
}

static void
on_end(echelon_conn *conn)
{
	called(conn, ON_END);
	echelon_close(conn);
}

static void
on_writable(echelon_conn *conn)
{
	called(conn, ON_WRITABLE);
}

static void
on_message(echelon_conn *conn, void *message)
{
	(void)message;
	called(conn, ON_MESSAGE);
}

static int
on_timeout(echelon_conn *conn, enum echelon_deadline which)
{
	(void)which;
	called(conn, ON_TIMEOUT);
	return -ETIMEDOUT;
}

static void
on_close(echelon_conn *conn, int reason)
{
	(void)reason;
	called(conn, ON_CLOSE);
	counter_add(&world.closed, 1);
}

static const struct echelon_handler handler = ECHELON_HANDLER(
	.on_open = on_open, .on_data = on_data, .on_end = on_end,
    .on_writable = on_writable, .on_message = on_message,
    .on_timeout = on_timeout, .on_close = on_close);

static struct test_server *
start(int row, enum call stops)
{
	static const char *const settings[] = { "deadlines.idle=100ms",
		"limits.output=64KiB", NULL };

	world.stops = stops;
	return test_server_start(test_patterns[row].name, &handler, NULL,
	    stops == ON_TIMEOUT ? settings : settings + 1);
}

static void
discard_until_end(int fd)
{
	char sink[4096];

	while (recv(fd, sink, sizeof(sink), 0) > 0) {
	}
	close(fd);
}

/** The function has stopped the engine, or does so now. */
static void
check_stopped(struct test_server *server, int fd)
{
	discard_until_end(fd);
	ck_assert(counter_wait(&world.stopped, 1));
	ck_assert_int_eq(echelon_engine_wait(test_server_engine(server)), 0);
	ck_assert_int_eq(atomic_load(&world.waited), -EDEADLK);
	ck_assert_int_eq(counter_get(&world.closed),
	    counter_get(&world.opened));
	test_server_stop(server);
}

START_TEST(g8_stop_in_on_open)
{
	struct test_server *server = start(_i, ON_OPEN);

	check_stopped(server, test_server_connect(server));
}
END_TEST

START_TEST(g8_stop_in_on_data)
{
	struct test_server *server = start(_i, ON_DATA);
	int fd = test_server_connect(server);

	client_say(fd, "x");
	check_stopped(server, fd);
}
END_TEST

START_TEST(g8_stop_in_on_end)
{
	struct test_server *server = start(_i, ON_END);
	int fd = test_server_connect(server);

	ck_assert_int_eq(shutdown(fd, SHUT_WR), 0);
	check_stopped(server, fd);
}
END_TEST

START_TEST(g8_stop_in_on_writable)
{
	struct test_server *server = start(_i, ON_WRITABLE);
	int fd = test_server_connect(server);

	/* Who reads meanwhile may keep up with who writes. */
	client_say(fd, "f");
	ck_assert(counter_wait(&world.filled, 1));
	check_stopped(server, fd);
}
END_TEST

START_TEST(g8_stop_in_on_message)
{
	struct test_server *server = start(_i, ON_MESSAGE);
	int fd = test_server_connect(server);

	ck_assert(counter_wait(&world.opened, 1));
	ck_assert_int_eq(echelon_post(test_server_engine(server),
			     atomic_load(&world.id), NULL, NULL),
	    0);
	check_stopped(server, fd);
}
END_TEST

START_TEST(g8_stop_in_on_timeout)
{
	struct test_server *server = start(_i, ON_TIMEOUT);

	check_stopped(server, test_server_connect(server));
}
END_TEST

START_TEST(g8_stop_in_on_close)
{
	struct test_server *server = start(_i, ON_CLOSE);
	int fd = test_server_connect(server);

	ck_assert_int_eq(shutdown(fd, SHUT_WR), 0);
	check_stopped(server, fd);
}
END_TEST

/* ---- from outside ---- */

START_TEST(g8_stop_from_main_twice)
{
	struct test_server *server = start(_i, ON_OPEN);
	echelon_engine *engine = test_server_engine(server);

	echelon_engine_stop(engine);
	echelon_engine_stop(engine);
	ck_assert_int_eq(echelon_engine_wait(engine), 0);
	echelon_engine_stop(engine);
	ck_assert_int_eq(echelon_engine_wait(engine), 0);
	test_server_stop(server);
}
END_TEST

static void *
stop_engine(void *engine)
{
	echelon_engine_stop(engine);
	return NULL;
}

START_TEST(g8_stop_from_many_threads_while_main_waits)
{
	struct test_server *server = start(_i, ON_WRITABLE);
	echelon_engine *engine = test_server_engine(server);
	pthread_t stoppers[STOPPERS];
	int fd = test_server_connect(server);

	ck_assert(counter_wait(&world.opened, 1));
	for (int i = 0; i < STOPPERS; i++) {
		ck_assert_int_eq(pthread_create(&stoppers[i], NULL, stop_engine,
				     engine),
		    0);
	}
	discard_until_end(fd);
	ck_assert_int_eq(echelon_engine_wait(engine), 0);
	for (int i = 0; i < STOPPERS; i++) {
		pthread_join(stoppers[i], NULL);
	}
	test_server_stop(server);
	ck_assert_int_eq(counter_get(&world.closed), 1);
}
END_TEST

/* The fixture sees that no thread is left. */
START_TEST(g8_after_stop_nothing_is_taken_any_more)
{
	struct test_server *server = start(_i, ON_WRITABLE);
	echelon_engine *engine = test_server_engine(server);
	struct sockaddr_in address = { .sin_family = AF_INET,
		.sin_port = htons((uint16_t)test_server_port(server)),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	echelon_engine_stop(engine);
	ck_assert_int_eq(echelon_engine_listen(engine, "127.0.0.1:0", &handler,
			     NULL),
	    -ESHUTDOWN);
	ck_assert_int_eq(echelon_engine_adopt(engine, fd, &handler, NULL),
	    -ESHUTDOWN);
	ck_assert_int_eq(echelon_engine_wait(engine), 0);
	ck_assert_int_eq(echelon_post(engine, 1, NULL, NULL), -ESHUTDOWN);
	ck_assert_int_eq(connect(fd, (struct sockaddr *)&address,
			     sizeof(address)),
	    -1);
	ck_assert_int_eq(errno, ECONNREFUSED);
	close(fd);
	test_server_stop(server);
}
END_TEST

START_TEST(g8_an_engine_stopped_before_start_does_not_start)
{
	struct echelon_options options = ECHELON_OPTIONS_INIT;
	echelon_engine *engine;

	options.pattern = test_patterns[_i].name;
	ck_assert_int_eq(echelon_engine_create(&options, &engine), 0);
	ck_assert_int_eq(echelon_engine_wait(engine), -EINVAL);
	echelon_engine_stop(engine);
	ck_assert_int_eq(echelon_engine_start(engine), -ESHUTDOWN);
	echelon_engine_destroy(engine);
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
	Suite *suite = suite_create("stop");
	TCase *tc = tcase_create("stop");

	tcase_add_checked_fixture(tc, set_up, test_leaks_end);
	add(tc, g8_stop_in_on_open);
	add(tc, g8_stop_in_on_data);
	add(tc, g8_stop_in_on_end);
	add(tc, g8_stop_in_on_writable);
	add(tc, g8_stop_in_on_message);
	add(tc, g8_stop_in_on_timeout);
	add(tc, g8_stop_in_on_close);
	add(tc, g8_stop_from_main_twice);
	add(tc, g8_stop_from_many_threads_while_main_waits);
	add(tc, g8_after_stop_nothing_is_taken_any_more);
	add(tc, g8_an_engine_stopped_before_start_does_not_start);
	suite_add_tcase(suite, tc);
	return test_run(suite, argc, argv);
}
