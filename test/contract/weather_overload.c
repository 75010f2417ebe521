/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * Handlers that block, and what is said about it; and a queueing layer that
 * is full, under both policies.
 */

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "weather_support.h"

/* A line that begins with 'b' blocks at the gate; every line comes back. */
struct blocking {
	struct weather weather;
	echelon_conn_id id; /* of who blocks; written before `calls` counts */
};

static ptrdiff_t
answer(echelon_conn *conn, const void *data, size_t length)
{
	struct blocking *blocking = echelon_conn_context(conn);

	if (*(const char *)data == 'b') {
		blocking->id = echelon_conn_get_id(conn);
		counter_add(&blocking->weather.calls, 1);
		gate_pass(&blocking->weather.gate);
	}
	return echelon_write(conn, data, length) == 0 ? (ptrdiff_t)length
						      : -EPIPE;
}

static const struct echelon_handler handler = ECHELON_HANDLER(
	.frame = weather_frame_line, .on_data = answer,
    .on_close = weather_on_close);

static struct test_server *
start(const char *pattern, struct blocking *blocking,
    const char *const *settings)
{
	weather_init(&blocking->weather);
	return test_server_start(pattern, &handler, blocking, settings);
}

/* ---- saying who blocks ---- */

static bool
has_report(void *context)
{
	return test_server_stats(context).blocked >= 1;
}

static bool
names_connection(struct test_server *server, echelon_conn_id id)
{
	char text[64];

	(void)snprintf(text, sizeof(text), "connection %" PRIx64 " ", id);
	return test_server_logged(server, text);
}

START_TEST(handler_that_blocks_is_reported_once)
{
	static const char *const settings[] = { "deadlines.report=20ms", NULL };
	struct blocking blocking = { .id = 0 };
	struct blocking second = { .id = 0 };
	struct test_server *server = start(test_patterns[_i].name, &blocking,
	    settings);
	struct test_server *clock;
	int fd = test_server_connect(server);
	int other;

	client_say(fd, "block\n");
	ck_assert(counter_wait(&blocking.weather.calls, 1));
	ck_assert(test_eventually(has_report, server));
	ck_assert(test_server_logged(server, "on_data"));
	ck_assert(test_server_logged(server, "thread"));
	ck_assert(names_connection(server, blocking.id));

	/* Another engine's report, begun later, is time for a second one. */
	clock = start(test_patterns[_i].name, &second, settings);
	other = test_server_connect(clock);
	client_say(other, "block\n");
	ck_assert(test_eventually(has_report, clock));
	ck_assert_uint_eq(test_server_stats(server).blocked, 1);

	gate_open_all(&blocking.weather.gate);
	gate_open_all(&second.weather.gate);
	client_expect(fd, "block\n");
	client_expect(other, "block\n");
	close(fd);
	close(other);
	test_server_stop(server);
	test_server_stop(clock);
	weather_deinit(&blocking.weather);
	weather_deinit(&second.weather);
}
END_TEST

static bool
is_exhausted(void *context)
{
	return test_server_stats(context).exhausted == 1;
}

static bool
says_end_of_exhaustion(void *context)
{
	return test_server_logged(context, "free again");
}

START_TEST(last_free_thread_taken_is_reported_and_so_is_its_end)
{
	static const char *const settings[] = { "engine.threads=2", NULL };
	struct blocking blocking = { .id = 0 };
	struct test_server *server;
	int fds[2];
	int n;

	if (!test_patterns[_i].has_pool) {
		return; /* a thread that is free serves nobody else */
	}
	server = start(test_patterns[_i].name, &blocking, settings);
	n = (int)test_server_stats(server).threads;
	ck_assert_int_le(n, 2);
	for (int i = 0; i < n; i++) {
		ck_assert_uint_eq(test_server_stats(server).exhausted, 0);
		fds[i] = test_server_connect(server);
		client_say(fds[i], "block\n");
		ck_assert(counter_wait(&blocking.weather.calls, i + 1));
	}
	ck_assert(test_eventually(is_exhausted, server));
	ck_assert(test_server_logged(server, "no thread is free"));
	gate_open_all(&blocking.weather.gate);
	ck_assert(test_eventually(says_end_of_exhaustion, server));
	for (int i = 0; i < n; i++) {
		client_expect(fds[i], "block\n");
		close(fds[i]);
	}
	test_server_stop(server);
	weather_deinit(&blocking.weather);
}
END_TEST

/* ---- a full queue ---- */

enum {
	CLIENTS = 30,
	LINES = 20
};

/* Every pattern with a queue, and every make of it. */
static const char *const pausing[] = { "hsha:queue=2,overload=pause",
	"hsha:queue=2,overload=pause,queue_kind=locked",
	"hshr:queue=2,overload=pause",
	"hshr:queue=2,overload=pause,queue_kind=locked" };
static const char *const refusing[] = { "hsha:queue=2,overload=refuse",
	"hsha:queue=2,overload=refuse,queue_kind=locked",
	"hshr:queue=2,overload=refuse",
	"hshr:queue=2,overload=refuse,queue_kind=locked" };

enum {
	QUEUES = sizeof(pausing) / sizeof(pausing[0])
};

static bool
is_overloaded(void *context)
{
	return test_server_stats(context).overloaded >= 1;
}

static bool
are_all_accepted(void *context)
{
	return test_server_stats(context).accepted == CLIENTS;
}

static void
say_lines(int fd)
{
	char line[32];

	for (int i = 0; i < LINES; i++) {
		(void)snprintf(line, sizeof(line), "line %d\n", i);
		client_say(fd, line);
	}
}

static void
expect_lines(int fd)
{
	char line[32];

	for (int i = 0; i < LINES; i++) {
		(void)snprintf(line, sizeof(line), "line %d\n", i);
		client_expect(fd, line);
	}
}

START_TEST(full_queue_that_pauses_loses_nothing_and_keeps_the_order)
{
	static const char *const settings[] = { "engine.threads=1", NULL };
	struct blocking blocking = { .id = 0 };
	struct test_server *server = start(pausing[_i], &blocking, settings);
	int fds[CLIENTS];

	for (int i = 0; i < CLIENTS; i++) {
		fds[i] = test_server_connect(server);
	}
	/* Accepting may be the work of the thread that is to block. */
	ck_assert(test_eventually(are_all_accepted, server));
	client_say(fds[0], "block\n");
	ck_assert(counter_wait(&blocking.weather.calls, 1));
	for (int i = 0; i < CLIENTS; i++) {
		say_lines(fds[i]);
	}
	ck_assert(test_eventually(is_overloaded, server));
	gate_open_all(&blocking.weather.gate);
	client_expect(fds[0], "block\n");
	for (int i = 0; i < CLIENTS; i++) {
		expect_lines(fds[i]);
	}
	/* And once more, to see that it went back to normal. */
	for (int i = 0; i < CLIENTS; i++) {
		say_lines(fds[i]);
		expect_lines(fds[i]);
		close(fds[i]);
	}
	ck_assert_uint_eq(test_server_stats(server).refused, 0);
	test_server_stop(server);
	ck_assert_int_eq(weather_closed_with(&blocking.weather, 0), CLIENTS);
	weather_deinit(&blocking.weather);
}
END_TEST

static bool
has_refused(void *context)
{
	return test_server_stats(context).refused >= 1;
}

/** Whether the client got its reply; else its connection has ended. */
static bool
is_answered(int fd)
{
	char reply[8];
	ssize_t n = recv(fd, reply, sizeof(reply), MSG_WAITALL);

	if (n == (ssize_t)sizeof(reply)) {
		ck_assert_mem_eq(reply, "request\n", sizeof(reply));
		return true;
	}
	ck_assert_msg(n == 0 || (n < 0 && errno == ECONNRESET),
	    "neither a reply nor an end");
	return false;
}

START_TEST(full_queue_that_refuses_closes_and_counts)
{
	static const char *const settings[] = { "engine.threads=1", NULL };
	struct blocking blocking = { .id = 0 };
	struct test_server *server = start(refusing[_i], &blocking, settings);
	int fds[CLIENTS];
	int answered = 0;
	uint64_t refused;

	/* One after the other, so that none is refused yet. */
	for (int i = 0; i < CLIENTS; i++) {
		fds[i] = test_server_connect(server);
		client_say(fds[i], "request\n");
		ck_assert(is_answered(fds[i]));
	}
	client_say(fds[0], "block\n");
	ck_assert(counter_wait(&blocking.weather.calls, 1));
	for (int i = 1; i < CLIENTS; i++) {
		client_say(fds[i], "request\n");
	}
	ck_assert(test_eventually(has_refused, server));
	gate_open_all(&blocking.weather.gate);
	client_expect(fds[0], "block\n");
	for (int i = 1; i < CLIENTS; i++) {
		answered += is_answered(fds[i]) ? 1 : 0;
	}
	refused = test_server_stats(server).refused;
	ck_assert_uint_eq((uint64_t)answered + refused, CLIENTS - 1);
	ck_assert(counter_wait(&blocking.weather.closed, (long)refused));
	/* Good times are back, for who stayed and for new ones. */
	client_say(fds[0], "request\n");
	ck_assert(is_answered(fds[0]));
	for (int i = 0; i < CLIENTS; i++) {
		close(fds[i]);
	}
	ck_assert(counter_wait(&blocking.weather.closed, CLIENTS));
	fds[0] = test_server_connect(server);
	client_say(fds[0], "request\n");
	ck_assert(is_answered(fds[0]));
	close(fds[0]);
	test_server_stop(server);
	ck_assert_int_eq(weather_closed_with(&blocking.weather, -EBUSY),
	    (int)refused);
	weather_deinit(&blocking.weather);
}
END_TEST

int
main(int argc, char **argv)
{
	Suite *suite = suite_create("weather: overload");

	weather_add(suite, "report", handler_that_blocks_is_reported_once);
	weather_add(suite, "last thread",
	    last_free_thread_taken_is_reported_and_so_is_its_end);
	weather_add_times(suite, "pause",
	    full_queue_that_pauses_loses_nothing_and_keeps_the_order, QUEUES);
	weather_add_times(suite, "refuse",
	    full_queue_that_refuses_closes_and_counts, QUEUES);
	return test_run(suite, argc, argv);
}
