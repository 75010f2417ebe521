/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * Drain: what had reached the server when it was stopped is answered.
 *
 * Reached means that the client's kernel has nothing unsent or
 * unacknowledged (SIOCOUTQ is 0). Every connection sees a prefix of its
 * replies, at least to the requests that had reached the server, and then a
 * FIN, never an RST.
 */

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "weather_support.h"

static const char *const patient[] = { "deadlines.drain=60s", NULL };

/* ---- a request asks for so many bytes ---- */

enum {
	REQUEST_BYTES = 16,
	LARGE = 1 << 20,
	CLIENTS = 50,
	ARRIVED = 6, /* requests that have arrived before the stop */
	UNDERWAY = 6 /* and those that may or may not */
};

static ptrdiff_t
frame_request(const void *data, size_t length, void *context)
{
	(void)data;
	(void)context;
	return length > 0 ? REQUEST_BYTES : 0;
}

/** The reply: so many bytes, each the request's number. */
static ptrdiff_t
send_reply(echelon_conn *conn, const void *data, size_t length)
{
	static _Thread_local char reply[LARGE];
	unsigned bytes;
	unsigned number;
	int error;

	(void)length;
	if (sscanf(data, "%7u %6u", &bytes, &number) != 2) {
		weather_problem(weather_of(conn), "no such request");
		return -EBADMSG;
	}
	memset(reply, (int)number, bytes);
	error = echelon_write(conn, reply, bytes);
	return error == 0 ? REQUEST_BYTES : error;
}

static const struct echelon_handler replying = ECHELON_HANDLER(
	.frame = frame_request, .on_data = send_reply,
    .on_close = weather_on_close);

/** Some clients ask for 1 MiB now and then. */
static size_t
reply_bytes(int client, int number)
{
	if (client % 5 == 0 && number % 4 == 1) {
		return LARGE;
	}
	return (size_t)(1 + (client * 131 + number * 17) % 2000);
}

static void
send_request(int fd, int client, int number)
{
	char request[REQUEST_BYTES + 1];

	(void)snprintf(request, sizeof(request), "%7zu %6d  ",
	    reply_bytes(client, number), number);
	client_send(fd, request, REQUEST_BYTES);
}

static bool
is_all(const char *data, size_t length, int number)
{
	for (size_t i = 0; i < length; i++) {
		if (data[i] != (char)number) {
			return false;
		}
	}
	return true;
}

/** Receives until FIN; returns how many whole replies there were. */
static int
receive_prefix(int fd, int client)
{
	static char buffer[4 * LARGE];
	size_t n = client_receive_until_fin(fd, buffer, sizeof(buffer));
	size_t at = 0;
	int number = 0;

	while (at < n) {
		size_t bytes = reply_bytes(client, number);

		ck_assert_msg(at + bytes <= n,
		    "client %d: reply %d has ended early", client, number);
		ck_assert_msg(is_all(buffer + at, bytes, number),
		    "client %d: not reply %d", client, number);
		at += bytes;
		number++;
	}
	return number;
}

START_TEST(requests_that_have_arrived_are_answered_before_fin)
{
	struct weather weather;
	struct test_server *server;
	int fds[CLIENTS];

	weather_init(&weather);
	server = test_server_start(test_patterns[_i].name, &replying, &weather,
	    patient);
	for (int i = 0; i < CLIENTS; i++) {
		fds[i] = test_server_connect(server);
	}
	for (int number = 0; number < ARRIVED; number++) {
		for (int i = 0; i < CLIENTS; i++) {
			send_request(fds[i], i, number);
		}
	}
	for (int i = 0; i < CLIENTS; i++) {
		client_wait_sent(fds[i]);
	}
	for (int i = 0; i < CLIENTS; i++) {
		for (int number = 0; number < UNDERWAY; number++) {
			send_request(fds[i], i, ARRIVED + number);
		}
	}
	echelon_engine_stop(test_server_engine(server));
	for (int i = 0; i < CLIENTS; i++) {
		int n = receive_prefix(fds[i], i);

		ck_assert_msg(n >= ARRIVED && n <= ARRIVED + UNDERWAY,
		    "client %d: %d replies", i, n);
		close(fds[i]);
	}
	test_server_stop(server);
	ck_assert_int_eq(weather_closed_with(&weather, 0), CLIENTS);
	weather_deinit(&weather);
}
END_TEST

/* ---- before they were read ---- */

/** Line by line; 'b' blocks. */
static ptrdiff_t
answer_line(echelon_conn *conn, const void *data, size_t length)
{
	struct weather *weather = weather_of(conn);

	if (*(const char *)data == 'b') {
		counter_add(&weather->calls, 1);
		gate_pass(&weather->gate);
	}
	return echelon_write(conn, data, length) == 0 ? (ptrdiff_t)length
						      : -EPIPE;
}

static const struct echelon_handler lines = ECHELON_HANDLER(
	.frame = weather_frame_line, .on_open = weather_on_open,
    .on_data = answer_line, .on_close = weather_on_close);

/** Receives these bytes, and then FIN. */
static void
expect_end(int fd, const char *text)
{
	client_expect(fd, text);
	ck_assert(client_sees_fin(fd));
	close(fd);
}

static bool
is_draining(void *context)
{
	return test_server_logged(context, "draining");
}

START_TEST(requests_behind_a_blocked_handler_are_answered_by_the_drain)
{
	static const char *const settings[] = { "deadlines.drain=60s",
		"engine.threads=1", NULL };
	enum {
		OTHERS = 20
	};
	struct weather weather;
	struct test_server *server;
	int blocked;
	int fds[OTHERS];

	weather_init(&weather);
	server = test_server_start(test_patterns[_i].name, &lines, &weather,
	    settings);
	blocked = test_server_connect(server);
	for (int i = 0; i < OTHERS; i++) {
		fds[i] = test_server_connect(server);
	}
	ck_assert(counter_wait(&weather.opened, OTHERS + 1));
	client_say(blocked, "block\n");
	ck_assert(counter_wait(&weather.calls, 1));
	/* No event has told of what comes now: nobody waits for events. */
	client_say(blocked, "and on\n");
	for (int i = 0; i < OTHERS; i++) {
		client_say(fds[i], "one\ntwo\n");
		client_wait_sent(fds[i]);
	}
	client_wait_sent(blocked);
	echelon_engine_stop(test_server_engine(server));
	ck_assert(test_eventually(is_draining, server));
	gate_open_all(&weather.gate);
	expect_end(blocked, "block\nand on\n");
	for (int i = 0; i < OTHERS; i++) {
		expect_end(fds[i], "one\ntwo\n");
	}
	test_server_stop(server);
	ck_assert_int_eq(weather_closed_with(&weather, 0), OTHERS + 1);
	weather_deinit(&weather);
}
END_TEST

START_TEST(client_in_the_backlog_is_answered_by_the_drain)
{
	static const char *const settings[] = { "deadlines.drain=60s",
		"limits.connections=1", NULL };
	struct weather weather;
	struct test_server *server;
	int served;
	int waiting;

	weather_init(&weather);
	server = test_server_start(test_patterns[_i].name, &lines, &weather,
	    settings);
	served = test_server_connect(server);
	ck_assert(counter_wait(&weather.opened, 1));
	waiting = test_server_connect(server);
	client_say(waiting, "one\ntwo\n");
	client_wait_sent(waiting);
	echelon_engine_stop(test_server_engine(server));
	expect_end(served, "");
	expect_end(waiting, "one\ntwo\n");
	test_server_stop(server);
	ck_assert_int_eq(counter_get(&weather.opened), 2);
	weather_deinit(&weather);
}
END_TEST

START_TEST(incomplete_requests_are_dropped_and_counted)
{
	enum {
		CUT = 5
	};
	struct weather weather;
	struct test_server *server;
	echelon_engine *engine;
	int fds[CUT];

	weather_init(&weather);
	server = test_server_start(test_patterns[_i].name, &lines, &weather,
	    patient);
	engine = test_server_engine(server);
	for (int i = 0; i < CUT; i++) {
		fds[i] = test_server_connect(server);
		client_say(fds[i], "whole\nnot who");
		client_wait_sent(fds[i]);
	}
	echelon_engine_stop(engine);
	for (int i = 0; i < CUT; i++) {
		expect_end(fds[i], "whole\n");
	}
	ck_assert_int_eq(echelon_engine_wait(engine), 0);
	ck_assert_uint_eq(test_server_stats(server).incomplete, CUT);
	test_server_stop(server);
	weather_deinit(&weather);
}
END_TEST

/* ---- held ---- */

struct holding {
	struct weather weather;
	echelon_conn_id id; /* written before `calls` counts */
};

static ptrdiff_t
hold(echelon_conn *conn, const void *data, size_t length)
{
	struct holding *holding = echelon_conn_context(conn);

	(void)data;
	holding->id = echelon_conn_get_id(conn);
	echelon_hold(conn);
	counter_add(&holding->weather.calls, 1);
	return (ptrdiff_t)length;
}

static void
reply_and_resume(echelon_conn *conn, void *message)
{
	(void)message;
	(void)echelon_write(conn, "reply ", 6);
	echelon_resume(conn);
}

static const struct echelon_handler held = ECHELON_HANDLER(
	.frame = weather_frame_line, .on_data = hold,
    .on_message = reply_and_resume, .on_close = weather_on_close);

START_TEST(drain_waits_for_held_connections)
{
	struct holding holding = { .id = 0 };
	struct test_server *server;
	echelon_engine *engine;
	int quiet;
	int fd;

	weather_init(&holding.weather);
	server = test_server_start(test_patterns[_i].name, &held, &holding,
	    patient);
	engine = test_server_engine(server);
	quiet = test_server_connect(server);
	fd = test_server_connect(server);
	client_say(fd, "one\ntwo\n");
	client_wait_sent(fd);
	ck_assert(counter_wait(&holding.weather.calls, 1));
	echelon_engine_stop(engine);
	/* The drain has begun when the other connection is closed. */
	expect_end(quiet, "");
	ck_assert_int_eq(echelon_post(engine, holding.id, NULL, NULL), 0);
	ck_assert(counter_wait(&holding.weather.calls, 2));
	ck_assert_int_eq(echelon_post(engine, holding.id, NULL, NULL), 0);
	expect_end(fd, "reply reply ");
	test_server_stop(server);
	ck_assert_int_eq(weather_closed_with(&holding.weather, 0), 2);
	weather_deinit(&holding.weather);
}
END_TEST

START_TEST(held_connection_is_cut_off_by_the_deadline)
{
	static const char *const settings[] = { "deadlines.drain=200ms", NULL };
	struct holding holding = { .id = 0 };
	struct test_server *server;
	int fd;

	weather_init(&holding.weather);
	server = test_server_start(test_patterns[_i].name, &held, &holding,
	    settings);
	fd = test_server_connect(server);
	client_say(fd, "one\n");
	ck_assert(counter_wait(&holding.weather.calls, 1));
	test_server_stop(server);
	ck_assert_int_eq(weather_reason(&holding.weather, 1), -ESHUTDOWN);
	close(fd);
	weather_deinit(&holding.weather);
}
END_TEST

int
main(int argc, char **argv)
{
	Suite *suite = suite_create("weather: drain");

	weather_add(suite, "load",
	    requests_that_have_arrived_are_answered_before_fin);
	weather_add(suite, "blocked",
	    requests_behind_a_blocked_handler_are_answered_by_the_drain);
	weather_add(suite, "backlog",
	    client_in_the_backlog_is_answered_by_the_drain);
	weather_add(suite, "incomplete",
	    incomplete_requests_are_dropped_and_counted);
	weather_add(suite, "held", drain_waits_for_held_connections);
	weather_add(suite, "cut off",
	    held_connection_is_cut_off_by_the_deadline);
	return test_run(suite, argc, argv);
}
