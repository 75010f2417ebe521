/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * G5 nobody waits behind a blocked handler while another thread of the pool
 * is free: with all threads but one blocked until the test lets them go,
 * requests on another connection and fresh connections are served.
 *
 * Two listeners: one whose handlers block in the function that the test is
 * about, and one of an echo server.
 */
#include <poll.h>
#include <stdatomic.h>
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
	THREADS = 4,
	REQUESTS = 1000,
	FRESH = 100
};

static const char *const settings[] = { "engine.threads=4",
	"deadlines.idle=200ms", "deadlines.report=50ms", NULL };

static struct {
	struct test_gate gate;
	struct test_counter entered;
	atomic_ullong id;
	struct test_counter opened;
} world;

static void
set_up(void)
{
	test_leaks_begin();
	gate_init(&world.gate);
	counter_init(&world.entered);
	counter_init(&world.opened);
}

static void
tear_down(void)
{
	gate_deinit(&world.gate);
	test_leaks_end();
}

static void
block(void)
{
	counter_add(&world.entered, 1);
	gate_pass(&world.gate);
}

static int
block_on_open(echelon_conn *conn)
{
	(void)conn;
	block();
	return 0;
}

static ptrdiff_t
block_on_data(echelon_conn *conn, const void *data, size_t length)
{
	(void)conn;
	(void)data;
	block();
	return (ptrdiff_t)length;
}

static void
block_on_end(echelon_conn *conn)
{
	block();
	echelon_close(conn);
}

static void
block_on_message(echelon_conn *conn, void *message)
{
	(void)conn;
	(void)message;
	block();
}

static int
block_on_timeout(echelon_conn *conn, enum echelon_deadline which)
{
	(void)conn;
	(void)which;
	block();
	return -1;
}

static void
block_on_close(echelon_conn *conn, int reason)
{
	(void)conn;
	(void)reason;
	block();
}

static int
tell_id(echelon_conn *conn)
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

static int
keep(echelon_conn *conn, enum echelon_deadline which)
{
	(void)conn;
	(void)which;
	return 0;
}

static const struct echelon_handler echoing = ECHELON_HANDLER(.on_data = echo,
    .on_timeout = keep);

static void
do_nothing(echelon_engine *engine, int fd)
{
	(void)engine;
	(void)fd;
}

static void
send_byte(echelon_engine *engine, int fd)
{
	(void)engine;
	client_say(fd, "x");
}

static void
send_fin(echelon_engine *engine, int fd)
{
	(void)engine;
	ck_assert_int_eq(shutdown(fd, SHUT_WR), 0);
}

static void
post_message(echelon_engine *engine, int fd)
{
	static long n;

	(void)fd;
	ck_assert(counter_wait(&world.opened, ++n));
	ck_assert_int_eq(echelon_post(engine, atomic_load(&world.id), NULL,
			     NULL),
	    0);
}

/** Lets a handler block, by `cause` on a connection. */
static int
block_one(struct test_server *server, int port,
    void (*cause)(echelon_engine *engine, int fd))
{
	long n = counter_get(&world.entered);
	int fd = client_connect(port);

	cause(test_server_engine(server), fd);
	ck_assert_msg(counter_wait(&world.entered, n + 1),
	    "handler %ld was not called", n + 1);
	return fd;
}

static int
listen_too(struct test_server *server, const struct echelon_handler *handler)
{
	echelon_engine *engine = test_server_engine(server);
	char address[64];

	ck_assert_int_eq(echelon_engine_listen(engine, "127.0.0.1:0", handler,
			     NULL),
	    0);
	ck_assert_int_eq(echelon_engine_address(engine, 1, address,
			     sizeof(address)),
	    0);
	return atoi(strrchr(address, ':') + 1);
}

static void
expect_echo(int fd)
{
	client_say(fd, "request");
	client_expect(fd, "request");
}

static void
check_others_are_served(const struct test_server *server, int old)
{
	for (int i = 0; i < REQUESTS; i++) {
		expect_echo(old);
	}
	for (int i = 0; i < FRESH; i++) {
		int fd = test_server_connect(server);

		expect_echo(fd);
		close(fd);
	}
}

/** The guarantee, for handlers that block in one function. */
static void
check_g5(int row, const struct echelon_handler *blocking,
    void (*cause)(echelon_engine *engine, int fd))
{
	struct test_server *server;
	int blocked[THREADS - 1];
	int port;
	int old;

	if (test_excused(row, test_patterns[row].keeps_g5, NO_G5)) {
		return;
	}
	server = test_server_start(test_patterns[row].name, &echoing, NULL,
	    settings);
	port = listen_too(server, blocking);
	old = test_server_connect(server);
	expect_echo(old);
	for (int i = 0; i < THREADS - 1; i++) {
		blocked[i] = block_one(server, port, cause);
	}
	check_others_are_served(server, old);
	ck_assert_int_eq(counter_get(&world.entered), THREADS - 1);
	gate_open_all(&world.gate);
	for (int i = 0; i < THREADS - 1; i++) {
		close(blocked[i]);
	}
	close(old);
	test_server_stop(server);
}

START_TEST(g5_others_are_served_while_on_open_blocks)
{
	static const struct echelon_handler h = ECHELON_HANDLER(
		.on_open = block_on_open);

	check_g5(_i, &h, do_nothing);
}
END_TEST

START_TEST(g5_others_are_served_while_on_data_blocks)
{
	static const struct echelon_handler h = ECHELON_HANDLER(
		.on_data = block_on_data);

	check_g5(_i, &h, send_byte);
}
END_TEST

START_TEST(g5_others_are_served_while_on_end_blocks)
{
	static const struct echelon_handler h = ECHELON_HANDLER(
		.on_end = block_on_end);

	check_g5(_i, &h, send_fin);
}
END_TEST

START_TEST(g5_others_are_served_while_on_message_blocks)
{
	static const struct echelon_handler h = ECHELON_HANDLER(
		.on_open = tell_id, .on_message = block_on_message);

	check_g5(_i, &h, post_message);
}
END_TEST

START_TEST(g5_others_are_served_while_on_timeout_blocks)
{
	static const struct echelon_handler h = ECHELON_HANDLER(
		.on_timeout = block_on_timeout);

	check_g5(_i, &h, do_nothing);
}
END_TEST

START_TEST(g5_others_are_served_while_on_close_blocks)
{
	static const struct echelon_handler h = ECHELON_HANDLER(
		.on_close = block_on_close);

	check_g5(_i, &h, send_fin);
}
END_TEST

/*
 * Events that came together are in one batch: the one who blocks shall not
 * keep the rest of it.
 */
START_TEST(g5_others_are_served_from_the_batch_of_a_blocked_handler)
{
	static const struct echelon_handler h = ECHELON_HANDLER(
		.on_data = block_on_data);
	struct test_server *server;
	int blocked[THREADS - 1];
	int fds[FRESH];
	int port;

	if (test_excused(_i, test_patterns[_i].keeps_g5, NO_G5)) {
		return;
	}
	server = test_server_start(test_patterns[_i].name, &echoing, NULL,
	    settings);
	port = listen_too(server, &h);
	for (int i = 0; i < FRESH; i++) {
		fds[i] = test_server_connect(server);
		expect_echo(fds[i]);
	}
	for (int i = 0; i < THREADS - 1; i++) {
		blocked[i] = client_connect(port);
	}
	for (int i = 0; i < FRESH; i++) {
		if (i < THREADS - 1) {
			client_say(blocked[i], "x");
		}
		client_say(fds[i], "request");
	}
	for (int i = 0; i < FRESH; i++) {
		client_expect(fds[i], "request");
		close(fds[i]);
	}
	ck_assert(counter_wait(&world.entered, THREADS - 1));
	gate_open_all(&world.gate);
	for (int i = 0; i < THREADS - 1; i++) {
		close(blocked[i]);
	}
	test_server_stop(server);
}
END_TEST

static bool
has_one_connection(void *server)
{
	return test_server_stats(server).connections == 1;
}

/*
 * The documented exception. With two threads, where there are two, the first
 * and the third connection share one.
 */
START_TEST(g5_is_not_kept_where_no_thread_helps_another)
{
	static const struct echelon_handler h = ECHELON_HANDLER(
		.on_data = block_on_data);
	static const char *const two[] = { "engine.threads=2", NULL };
	struct test_server *server;
	struct pollfd behind = { .events = POLLIN };
	int blocked;
	int beside;
	int port;

	if (test_patterns[_i].keeps_g5) {
		return;
	}
	server = test_server_start(test_patterns[_i].name, &echoing, NULL, two);
	port = listen_too(server, &h);
	blocked = client_connect(port);
	/* Served, so it has its slot: the next one has the next. */
	ck_assert(test_eventually(has_one_connection, server));
	beside = test_server_connect(server);
	expect_echo(beside);
	behind.fd = test_server_connect(server);
	expect_echo(behind.fd);
	client_say(blocked, "x");
	ck_assert(counter_wait(&world.entered, 1));
	client_say(behind.fd, "request");
	if (!test_patterns[_i].has_pool) {
		expect_echo(beside);
	}
	ck_assert_int_eq(poll(&behind, 1, 50), 0);
	gate_open_all(&world.gate);
	client_expect(behind.fd, "request");
	close(blocked);
	close(beside);
	close(behind.fd);
	test_server_stop(server);
}
END_TEST

static bool
has_said_so(void *server)
{
	return test_server_logged(server, "0 of 4 threads are free") &&
	    test_server_logged(server, "no thread is free");
}

/* Where the guarantee ends, the engine says so, and goes on afterwards. */
START_TEST(g5_a_pool_without_a_free_thread_says_so_and_recovers)
{
	static const struct echelon_handler h = ECHELON_HANDLER(
		.on_data = block_on_data);
	struct test_server *server;
	int blocked[THREADS];
	int port;
	int old;

	bool pool = test_patterns[_i].keeps_g5 && test_patterns[_i].has_pool;

	if (test_excused(_i, pool, "there is no pool to be exhausted")) {
		return;
	}
	server = test_server_start(test_patterns[_i].name, &echoing, NULL,
	    settings);
	port = listen_too(server, &h);
	old = test_server_connect(server);
	expect_echo(old);
	for (int i = 0; i < THREADS; i++) {
		blocked[i] = block_one(server, port, send_byte);
	}
	ck_assert(test_eventually(has_said_so, server));
	ck_assert_uint_ge(test_server_stats(server).exhausted, 1);
	ck_assert_uint_eq(test_server_stats(server).threads_busy, THREADS);
	client_say(old, "request");
	gate_open_all(&world.gate);
	client_expect(old, "request");
	for (int i = 0; i < THREADS; i++) {
		close(blocked[i]);
	}
	close(old);
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
	Suite *suite = suite_create("blocking");
	TCase *tc = tcase_create("blocking");

	tcase_add_checked_fixture(tc, set_up, tear_down);
	add(tc, g5_others_are_served_while_on_open_blocks);
	add(tc, g5_others_are_served_while_on_data_blocks);
	add(tc, g5_others_are_served_while_on_end_blocks);
	add(tc, g5_others_are_served_while_on_message_blocks);
	add(tc, g5_others_are_served_while_on_timeout_blocks);
	add(tc, g5_others_are_served_while_on_close_blocks);
	add(tc, g5_others_are_served_from_the_batch_of_a_blocked_handler);
	add(tc, g5_is_not_kept_where_no_thread_helps_another);
	add(tc, g5_a_pool_without_a_free_thread_says_so_and_recovers);
	suite_add_tcase(suite, tc);
	return test_run(suite, argc, argv);
}
