/* SPDX-License-Identifier: BSD-2-Clause */
#include "trace_support.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "support/client.h"
#include "support/run.h"

enum {
	MOST = 1 << 16
};

struct trace_world trace_world;

void
trace_set_up(void)
{
	test_leaks_begin();
	gate_init(&trace_world.gate);
	counter_init(&trace_world.entered);
	trace_world.events = malloc(MOST * sizeof(*trace_world.events));
	trace_world.n = 0;
}

void
trace_tear_down(void)
{
	free(trace_world.events);
	gate_deinit(&trace_world.gate);
	test_leaks_end();
}

static ptrdiff_t
frame(const void *data, size_t length, void *context)
{
	(void)data;
	(void)length;
	(void)context;
	return TRACE_REQUEST;
}

static ptrdiff_t
answer(echelon_conn *conn, const void *data, size_t length)
{
	if (*(const char *)data == 'B') {
		counter_add(&trace_world.entered, 1);
		gate_pass(&trace_world.gate);
	}
	(void)echelon_write(conn, data, length);
	return (ptrdiff_t)length;
}

static void
count_message(echelon_conn *conn, void *message)
{
	(void)conn;
	(void)message;
	counter_add(&trace_world.entered, 1);
}

static const struct echelon_handler handler = ECHELON_HANDLER(.frame = frame,
    .on_data = answer, .on_message = count_message);

/** An engine whose threads do not run yet. */
void
trace_create(const char *pattern)
{
	static const char *const settings[] = { "engine.threads=4", NULL };
	struct echelon_options options = ECHELON_OPTIONS_INIT;
	char address[64];

	options.pattern = pattern;
	options.settings = settings;
	ck_assert_int_eq(echelon_engine_create(&options, &trace_world.engine),
	    0);
	ck_assert_int_eq(echelon_engine_listen(trace_world.engine,
			     "127.0.0.1:0", &handler, NULL),
	    0);
	ck_assert_int_eq(echelon_engine_address(trace_world.engine, 0, address,
			     sizeof(address)),
	    0);
	trace_world.port = atoi(strrchr(address, ':') + 1);
}

/** An engine that has been traced from its first thread on. */
void
trace_start(const char *pattern)
{
	trace_create(pattern);
	ck_assert_int_eq(echelon_trace_start(trace_world.engine, 8192), 0);
	ck_assert_int_eq(echelon_engine_start(trace_world.engine), 0);
}

void
trace_ask(int fd, const char *request)
{
	client_say(fd, request);
	client_expect(fd, request);
}

/** Sends requests one after another, each when the last was answered. */
void
trace_ask_often(int n_connections)
{
	int fds[TRACE_CONNECTIONS];

	for (int i = 0; i < n_connections; i++) {
		fds[i] = client_connect(trace_world.port);
	}
	for (int i = 0; i < TRACE_REQUESTS; i++) {
		trace_ask(fds[i % n_connections], "ping");
	}
	for (int i = 0; i < n_connections; i++) {
		close(fds[i]);
	}
}

void
trace_read(void)
{
	trace_world.n = echelon_trace_read(trace_world.engine,
	    trace_world.events, MOST);
	ck_assert_uint_lt(trace_world.n, MOST);
}

/** Ends the engine, and reads all that it has recorded. */
void
trace_finish(void)
{
	echelon_engine_stop(trace_world.engine);
	ck_assert_int_eq(echelon_engine_wait(trace_world.engine), 0);
	trace_read();
}

void
trace_destroy(void)
{
	echelon_engine_destroy(trace_world.engine);
}

/* ---- looking at a trace ---- */

/** The next event from `i` on of this kind, and of this connection and
 *  thread unless that is 0 or -1; trace_world.n: none. */
size_t
trace_find(size_t i, enum echelon_trace_kind kind, echelon_conn_id conn,
    int thread)
{
	for (; i < trace_world.n; i++) {
		const struct echelon_trace_event *event = &trace_world
							       .events[i];

		if (event->kind == (uint32_t)kind &&
		    (conn == 0 || event->conn == conn) &&
		    (thread < 0 || event->thread == (uint32_t)thread)) {
			break;
		}
	}
	return i;
}

unsigned
trace_count(enum echelon_trace_kind kind)
{
	unsigned n = 0;

	for (size_t i = trace_find(0, kind, 0, -1); i < trace_world.n;
	     i = trace_find(i + 1, kind, 0, -1)) {
		n++;
	}
	return n;
}

/** The connection of the first call. */
echelon_conn_id
trace_first_connection(void)
{
	size_t i = trace_find(0, ECHELON_TRACE_CALL_BEGIN, 0, -1);

	ck_assert_uint_lt(i, trace_world.n);
	return trace_world.events[i].conn;
}
