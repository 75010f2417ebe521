/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * G8 stop, first half: who may stop, how often, and what wait says. What a
 * drain still answers is in guarantees_drain.c.
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
	STOPPERS = 8,
	BLOCKED = 3
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
	struct test_counter stopped;
	struct test_counter entered;
	struct test_counter closed;
	struct test_gate gate;
	atomic_int waited; /* what wait said inside a handler */
	atomic_int n_ids;
	atomic_ullong ids[BLOCKED];
} world;

static char much[64 * 1024];

static void
set_up(void)
{
	test_leaks_begin();
	counter_init(&world.opened);
	counter_init(&world.stopped);
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
	atomic_store(&world.ids[0], echelon_conn_get_id(conn));
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
	while (recv(fd, much, sizeof(much), 0) > 0) {
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

	client_say(fd, "f");
	check_stopped(server, fd);
}
END_TEST

START_TEST(g8_stop_in_on_message)
{
	struct test_server *server = start(_i, ON_MESSAGE);
	int fd = test_server_connect(server);

	ck_assert(counter_wait(&world.opened, 1));
	ck_assert_int_eq(echelon_post(test_server_engine(server),
			     atomic_load(&world.ids[0]), NULL, NULL),
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
		ck_assert_int_eq(pthread_create(&stoppers[i], NULL,
				     stop_engine, engine),
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
	ck_assert_int_eq(echelon_engine_listen(engine, "127.0.0.1:0",
			     &handler, NULL),
	    -ESHUTDOWN);
	ck_assert_int_eq(echelon_engine_adopt(engine, fd, &handler, NULL),
	    -ESHUTDOWN);
	ck_assert_int_eq(echelon_engine_wait(engine), 0);
	ck_assert_int_eq(echelon_post(engine, 1, NULL, NULL), -ESHUTDOWN);
	ck_assert_int_eq(
	    connect(fd, (struct sockaddr *)&address, sizeof(address)), -1);
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

/* ---- handlers that do not return ---- */

static ptrdiff_t
block(echelon_conn *conn, const void *data, size_t length)
{
	(void)data;
	atomic_store(&world.ids[atomic_fetch_add(&world.n_ids, 1)],
	    echelon_conn_get_id(conn));
	counter_add(&world.entered, 1);
	gate_pass(&world.gate);
	return (ptrdiff_t)length;
}

static const struct echelon_handler blocking = ECHELON_HANDLER(
    .on_data = block, .on_close = on_close);

static const char *const impatient[] = { "deadlines.drain=200ms", NULL };

/** Lets `n` handlers block, as far as there are threads for them. */
static void
block_some(const struct test_server *server, int *fds, int n)
{
	for (int i = 0; i < n; i++) {
		fds[i] = test_server_connect(server);
		client_say(fds[i], "x");
		ck_assert(counter_wait(&world.entered, i + 1));
	}
}

static bool
is_blocked(echelon_conn_id id, int n)
{
	for (int i = 0; i < n; i++) {
		if (atomic_load(&world.ids[i]) == id) {
			return true;
		}
	}
	return false;
}

static void
check_stuck(echelon_engine *engine, int n)
{
	echelon_conn_id ids[BLOCKED + 1] = { 0 };

	ck_assert_int_eq(echelon_engine_wait(engine), -ETIMEDOUT);
	ck_assert_uint_eq(echelon_engine_stuck(engine, ids, BLOCKED),
	    (size_t)n);
	for (int i = 0; i < n; i++) {
		ck_assert(is_blocked(ids[i], n));
	}
	ck_assert(n < 2 || ids[0] != ids[1]);
	/* It writes no more than it may, and tells how many there are. */
	ids[0] = 0;
	ids[1] = 0;
	ck_assert_uint_eq(echelon_engine_stuck(engine, ids, 1), (size_t)n);
	ck_assert_uint_ne(ids[0], 0);
	ck_assert_uint_eq(ids[1], 0);
}

static bool
has_ended(void *engine)
{
	return echelon_engine_wait(engine) == 0;
}

START_TEST(g8_wait_names_the_handlers_that_do_not_return)
{
	struct test_server *server = test_server_start(test_patterns[_i].name,
	    &blocking, NULL, impatient);
	echelon_engine *engine = test_server_engine(server);
	int n = test_patterns[_i].keeps_g5 ? BLOCKED : 1;
	int fds[BLOCKED];

	block_some(server, fds, n);
	echelon_engine_stop(engine);
	check_stuck(engine, n);
	ck_assert_int_eq(counter_get(&world.closed), 0);
	/* It may be asked again, and is right again when they return. */
	ck_assert_int_eq(echelon_engine_wait(engine), -ETIMEDOUT);
	gate_open_all(&world.gate);
	ck_assert(test_eventually(has_ended, engine));
	ck_assert_uint_eq(echelon_engine_stuck(engine, NULL, 0), 0);
	ck_assert_int_le(counter_get(&world.closed), n);
	for (int i = 0; i < n; i++) {
		close(fds[i]);
	}
	test_server_stop(server);
}
END_TEST

/* Other connections do not suffer for the one that is stuck. */
START_TEST(g8_others_end_well_beside_a_handler_that_does_not_return)
{
	struct test_server *server;
	echelon_engine *engine;
	int idle;
	int fd;

	if (!test_patterns[_i].keeps_g5) {
		return; /* documented: it has one thread */
	}
	server = test_server_start(test_patterns[_i].name, &blocking, NULL,
	    impatient);
	engine = test_server_engine(server);
	idle = test_server_connect(server);
	block_some(server, &fd, 1);
	echelon_engine_stop(engine);
	ck_assert(client_sees_fin(idle));
	close(idle);
	check_stuck(engine, 1);
	ck_assert_int_eq(counter_get(&world.closed), 1);
	gate_open_all(&world.gate);
	ck_assert(test_eventually(has_ended, engine));
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
	Suite *suite = suite_create("stop");
	TCase *tc = tcase_create("stop");

	tcase_add_checked_fixture(tc, set_up, tear_down);
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
	add(tc, g8_wait_names_the_handlers_that_do_not_return);
	add(tc, g8_others_end_well_beside_a_handler_that_does_not_return);
	suite_add_tcase(suite, tc);
	return test_run(suite, argc, argv);
}
