/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * G7 bounded: each limit, and what reaching it does. limits.output is
 * in guarantees_output.c.
 */
#include <errno.h>
#include <stdatomic.h>
#include <string.h>
#include <unistd.h>

#include "support/client.h"
#include "support/patterns.h"
#include "support/run.h"
#include "support/server.h"
#include "support/sync.h"

enum {
	INPUT = 4096,
	CONNECTIONS = 4,
	MESSAGES = 4,
	REQUESTS = 4000
};

static struct {
	struct test_gate gate;
	struct test_counter opened;
	struct test_counter entered;
	struct test_counter called;
	struct test_counter released;
	struct test_counter closed;
	atomic_int reason;
	atomic_ullong id;
	atomic_long loud; /* requests of the loud one */
	atomic_long loud_when_quiet;
} world;

static char big[INPUT];

static void
set_up(void)
{
	test_leaks_begin();
	gate_init(&world.gate);
	counter_init(&world.opened);
	counter_init(&world.entered);
	counter_init(&world.called);
	counter_init(&world.released);
	counter_init(&world.closed);
	memset(big, 'b', sizeof(big));
}

static void
tear_down(void)
{
	gate_deinit(&world.gate);
	test_leaks_end();
}

static struct test_server *
start(int row, const struct echelon_handler *handler,
    const char *const *settings)
{
	return test_server_start(test_patterns[row].name, handler, NULL,
	    settings);
}

/* ---- handler functions ---- */

static int
count_open(echelon_conn *conn)
{
	atomic_store(&world.id, echelon_conn_get_id(conn));
	counter_add(&world.opened, 1);
	return 0;
}

static void
note_close(echelon_conn *conn, int reason)
{
	(void)conn;
	atomic_store(&world.reason, reason);
	counter_add(&world.closed, 1);
}

static ptrdiff_t
echo(echelon_conn *conn, const void *data, size_t length)
{
	counter_add(&world.called, 1);
	return echelon_write(conn, data, length) == 0 ? (ptrdiff_t)length : -1;
}

static ptrdiff_t
frame_byte(const void *data, size_t length, void *context)
{
	(void)data;
	(void)length;
	(void)context;
	return 1;
}

static void
expect_echo(int fd)
{
	client_say(fd, "x");
	client_expect(fd, "x");
}

static void
expect_close(int fd, int reason)
{
	ck_assert(client_sees_fin(fd));
	close(fd);
	ck_assert(counter_wait(&world.closed, 1));
	ck_assert_int_eq(atomic_load(&world.reason), reason);
}

/* ---- limits.connections ---- */

static const struct echelon_handler echoing = ECHELON_HANDLER(
	.on_open = count_open, .on_data = echo, .on_close = note_close);

START_TEST(g7_a_client_above_the_limit_waits_until_another_goes)
{
	static const char *const settings[] = { "limits.connections=4", NULL };
	struct test_server *server = start(_i, &echoing, settings);
	int fds[CONNECTIONS + 1];

	for (int i = 0; i < CONNECTIONS; i++) {
		fds[i] = test_server_connect(server);
		expect_echo(fds[i]);
	}
	fds[CONNECTIONS] = test_server_connect(server);
	client_say(fds[CONNECTIONS], "waiting");
	for (int i = 0; i < 100; i++) {
		expect_echo(fds[i % CONNECTIONS]);
	}
	ck_assert_int_eq(counter_get(&world.opened), CONNECTIONS);
	ck_assert_uint_eq(test_server_stats(server).connections, CONNECTIONS);
	close(fds[0]);
	client_expect(fds[CONNECTIONS], "waiting");
	for (int i = 1; i <= CONNECTIONS; i++) {
		close(fds[i]);
	}
	test_server_stop(server);
	ck_assert_int_eq(counter_get(&world.opened), CONNECTIONS + 1);
}
END_TEST

/* ---- limits.input ---- */

static ptrdiff_t
want_more(echelon_conn *conn, const void *data, size_t length)
{
	(void)conn;
	(void)data;
	(void)length;
	return 0;
}

START_TEST(g7_input_that_is_never_consumed_closes_when_full)
{
	static const struct echelon_handler h = ECHELON_HANDLER(
		.on_open = count_open, .on_data = want_more,
	    .on_close = note_close);
	static const char *const settings[] = { "limits.input=4KiB", NULL };
	struct test_server *server = start(_i, &h, settings);
	int fd = test_server_connect(server);

	client_send(fd, big, INPUT);
	expect_close(fd, -EMSGSIZE);
	test_server_stop(server);
}
END_TEST

/** A request says its length in its first four bytes. */
static ptrdiff_t
frame_length(const void *data, size_t length, void *context)
{
	unsigned request;

	(void)context;
	if (length < sizeof(request)) {
		return 0;
	}
	memcpy(&request, data, sizeof(request));
	return (ptrdiff_t)request;
}

static ptrdiff_t
count_bytes(echelon_conn *conn, const void *data, size_t length)
{
	unsigned answer = (unsigned)length;

	(void)data;
	counter_add(&world.called, 1);
	(void)echelon_write(conn, &answer, sizeof(answer));
	return (ptrdiff_t)length;
}

static const struct echelon_handler sized = ECHELON_HANDLER(
	.frame = frame_length, .on_open = count_open, .on_data = count_bytes,
    .on_close = note_close);

static void
send_sized(int fd, unsigned length)
{
	static char request[INPUT];

	memcpy(request, &length, sizeof(length));
	client_send(fd, request, length);
}

START_TEST(g7_a_request_as_long_as_the_limit_is_served)
{
	static const char *const settings[] = { "limits.input=4KiB", NULL };
	struct test_server *server = start(_i, &sized, settings);
	int fd = test_server_connect(server);

	for (int i = 0; i < 10; i++) {
		unsigned answer = 0;

		send_sized(fd, INPUT);
		client_receive(fd, &answer, sizeof(answer));
		ck_assert_uint_eq(answer, INPUT);
	}
	close(fd);
	test_server_stop(server);
}
END_TEST

START_TEST(g7_a_longer_request_closes_when_it_says_so)
{
	static const char *const settings[] = { "limits.input=4KiB", NULL };
	struct test_server *server = start(_i, &sized, settings);
	int fd = test_server_connect(server);
	unsigned length = INPUT + 1;

	client_send(fd, &length, sizeof(length));
	expect_close(fd, -EMSGSIZE);
	test_server_stop(server);
	ck_assert_int_eq(counter_get(&world.called), 0);
}
END_TEST

/* ---- limits.messages ---- */

static ptrdiff_t
wait_at_gate(echelon_conn *conn, const void *data, size_t length)
{
	(void)conn;
	(void)data;
	counter_add(&world.entered, 1);
	gate_pass(&world.gate);
	return (ptrdiff_t)length;
}

static void
count_message(echelon_conn *conn, void *message)
{
	(void)conn;
	(void)message;
	counter_add(&world.called, 1);
}

static void
release(void *message)
{
	(void)message;
	counter_add(&world.released, 1);
}

START_TEST(g7_a_message_above_the_limit_is_refused_and_released)
{
	static const struct echelon_handler h = ECHELON_HANDLER(
		.on_open = count_open, .on_data = wait_at_gate,
	    .on_message = count_message);
	static const char *const settings[] = { "limits.messages=4", NULL };
	struct test_server *server = start(_i, &h, settings);
	echelon_engine *engine = test_server_engine(server);
	int fd = test_server_connect(server);
	echelon_conn_id id;

	client_say(fd, "x");
	ck_assert(counter_wait(&world.entered, 1));
	id = atomic_load(&world.id);
	for (int i = 0; i < MESSAGES; i++) {
		ck_assert_int_eq(echelon_post(engine, id, NULL, release), 0);
	}
	for (int i = 1; i <= 10; i++) {
		ck_assert_int_eq(echelon_post(engine, id, NULL, release),
		    -EAGAIN);
		ck_assert_int_eq(counter_get(&world.released), i);
	}
	gate_open_all(&world.gate);
	ck_assert(counter_wait(&world.called, MESSAGES));
	ck_assert_int_eq(echelon_post(engine, id, NULL, release), 0);
	ck_assert(counter_wait(&world.called, MESSAGES + 1));
	close(fd);
	test_server_stop(server);
	ck_assert_int_eq(counter_get(&world.called), MESSAGES + 1);
	ck_assert_int_eq(counter_get(&world.released), MESSAGES + 1 + 10);
}
END_TEST

/* ---- limits.turn ---- */

/** `l`: a loud one's request; the first waits at the gate. `q`: the quiet
 *  one's. */
static ptrdiff_t
count_loud(echelon_conn *conn, const void *data, size_t length)
{
	if (*(const char *)data == 'q') {
		atomic_store(&world.loud_when_quiet, atomic_load(&world.loud));
		(void)echelon_write(conn, data, length);
	} else if (atomic_fetch_add(&world.loud, 1) == 0) {
		(void)wait_at_gate(conn, data, length);
	}
	counter_add(&world.called, 1);
	return (ptrdiff_t)length;
}

/* With one thread, so that nobody else could serve the quiet one. */
START_TEST(g7_a_turn_ends_so_that_a_loud_one_does_not_starve_a_quiet_one)
{
	static const struct echelon_handler h = ECHELON_HANDLER(
		.frame = frame_byte, .on_data = count_loud);
	static const char *const settings[] = { "engine.threads=1", NULL };
	static char requests[REQUESTS];
	struct test_server *server = start(_i, &h, settings);
	int quiet = test_server_connect(server);
	int loud = test_server_connect(server);

	client_say(quiet, "q");
	client_expect(quiet, "q");
	memset(requests, 'l', sizeof(requests));
	client_send(loud, requests, sizeof(requests));
	ck_assert(counter_wait(&world.entered, 1));
	client_wait_sent(loud);
	client_say(quiet, "q");
	client_wait_sent(quiet);
	gate_open_all(&world.gate);
	client_expect(quiet, "q");
	ck_assert(counter_wait(&world.called, REQUESTS + 2));
	ck_assert_int_le(atomic_load(&world.loud_when_quiet), REQUESTS / 4);
	close(quiet);
	close(loud);
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
	Suite *suite = suite_create("limits");
	TCase *tc = tcase_create("limits");

	tcase_add_checked_fixture(tc, set_up, tear_down);
	add(tc, g7_a_client_above_the_limit_waits_until_another_goes);
	add(tc, g7_input_that_is_never_consumed_closes_when_full);
	add(tc, g7_a_request_as_long_as_the_limit_is_served);
	add(tc, g7_a_longer_request_closes_when_it_says_so);
	add(tc, g7_a_message_above_the_limit_is_refused_and_released);
	add(tc, g7_a_turn_ends_so_that_a_loud_one_does_not_starve_a_quiet_one);
	suite_add_tcase(suite, tc);
	return test_run(suite, argc, argv);
}
