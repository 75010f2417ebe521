/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * Every public function, called as a user would.
 */
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "calls/calls.h"
#include "support/server.h"

static void
say_error(char *result, int error)
{
	if (error == 0) {
		(void)snprintf(result, RESULT, "0");
	} else {
		(void)snprintf(result, RESULT, "-%s", strerrorname_np(-error));
	}
}

static void
say_yes(char *result)
{
	(void)snprintf(result, RESULT, "yes");
}

/* What needs a handler of its own is served by this one. */
static const struct echelon_handler silent = ECHELON_HANDLER(.on_data = NULL);

/* A function that takes the connection, and one that takes the engine. */
#define OF_CONN(name, statement)                            \
	static void name(struct there *there, char *result) \
	{                                                   \
		echelon_conn *conn = there->conn;           \
                                                            \
		statement;                                  \
		say_yes(result);                            \
	}
#define OF_CONN_ERROR(name, expression)                     \
	static void name(struct there *there, char *result) \
	{                                                   \
		echelon_conn *conn = there->conn;           \
                                                            \
		say_error(result, (expression));            \
	}
#define OF_ENGINE_ERROR(name, expression)                   \
	static void name(struct there *there, char *result) \
	{                                                   \
		echelon_engine *engine = there->engine;     \
                                                            \
		say_error(result, (expression));            \
	}

OF_CONN(call_get_id, (void)echelon_conn_get_id(conn))
OF_CONN(call_set_data, echelon_conn_set_data(conn, conn))
OF_CONN(call_data, (void)echelon_conn_data(conn))
OF_CONN(call_context, (void)echelon_conn_context(conn))
OF_CONN(call_engine, (void)echelon_conn_engine(conn))
OF_CONN(call_thread_data, (void)echelon_thread_data(conn))
OF_CONN(call_flush, echelon_flush(conn))
OF_CONN(call_close, echelon_close(conn))
OF_CONN(call_abort, echelon_abort(conn))
OF_CONN(call_hold, echelon_hold(conn))
OF_CONN(call_resume, echelon_resume(conn))
OF_CONN_ERROR(call_write, echelon_write(conn, "x", 1))
OF_CONN_ERROR(call_write_ref, echelon_write_ref(conn, "x", 1, NULL, NULL))
OF_CONN_ERROR(call_write_wait, echelon_write_wait(conn, 1000))

OF_ENGINE_ERROR(call_listen,
    echelon_engine_listen(engine, "127.0.0.1:0", &silent, NULL))
OF_ENGINE_ERROR(call_start, echelon_engine_start(engine))
OF_ENGINE_ERROR(call_wait, echelon_engine_wait(engine))
OF_ENGINE_ERROR(call_reload, echelon_engine_reload(engine))
OF_ENGINE_ERROR(call_trace_start, echelon_trace_start(engine, 16))

static void
call_peer(struct there *there, char *result)
{
	char peer[64];

	echelon_conn_peer(there->conn, peer, sizeof(peer));
	say_yes(result);
}

static void
call_post(struct there *there, char *result)
{
	say_error(result, echelon_post(there->engine, there->id, NULL, NULL));
}

static void
call_create(struct there *there, char *result)
{
	echelon_engine *engine;
	int error = echelon_engine_create(NULL, &engine);

	(void)there;
	if (error == 0) {
		echelon_engine_destroy(engine);
	}
	say_error(result, error);
}

static void
call_address(struct there *there, char *result)
{
	char address[64];

	say_error(result,
	    echelon_engine_address(there->engine, 0, address, sizeof(address)));
}

static void
call_adopt(struct there *there, char *result)
{
	int ends[2];
	int error;

	if (socketpair(AF_UNIX, SOCK_STREAM, 0, ends) != 0) {
		return;
	}
	error = echelon_engine_adopt(there->engine, ends[0], &silent, NULL);
	if (error != 0) {
		(void)close(ends[0]);
	}
	(void)close(ends[1]);
	say_error(result, error);
}

static void
call_stop(struct there *there, char *result)
{
	echelon_engine_stop(there->engine);
	say_yes(result);
}

static void
call_stuck(struct there *there, char *result)
{
	(void)echelon_engine_stuck(there->engine, NULL, 0);
	say_yes(result);
}

static void
call_destroy(struct there *there, char *result)
{
	echelon_engine_destroy(there->engine);
	there->destroyed = 1;
	say_yes(result);
}

static void
call_stats(struct there *there, char *result)
{
	struct echelon_stats stats = { .size = sizeof(stats) };

	say_error(result, echelon_engine_stats(there->engine, &stats));
}

static void
call_trace_stop(struct there *there, char *result)
{
	echelon_trace_stop(there->engine);
	say_yes(result);
}

static void
call_trace_read(struct there *there, char *result)
{
	(void)echelon_trace_read(there->engine, NULL, 0);
	say_yes(result);
}

static void
call_trace_write(struct there *there, char *result)
{
	(void)there;
	say_error(result,
	    echelon_trace_write(NULL, 0, ECHELON_TRACE_TEXT, NULL, test_swallow,
		NULL));
}

static void
call_version(struct there *there, char *result)
{
	(void)there;
	(void)echelon_version();
	say_yes(result);
}

const struct function functions[] = {
	{ "echelon_conn_get_id", call_get_id },
	{ "echelon_conn_set_data", call_set_data },
	{ "echelon_conn_data", call_data },
	{ "echelon_conn_context", call_context },
	{ "echelon_conn_engine", call_engine },
	{ "echelon_conn_peer", call_peer },
	{ "echelon_thread_data", call_thread_data },
	{ "echelon_write", call_write },
	{ "echelon_write_ref", call_write_ref },
	{ "echelon_flush", call_flush },
	{ "echelon_write_wait", call_write_wait },
	{ "echelon_close", call_close }, { "echelon_abort", call_abort },
	{ "echelon_hold", call_hold }, { "echelon_resume", call_resume },
	{ "echelon_post", call_post }, { "echelon_engine_create", call_create },
	{ "echelon_engine_listen", call_listen },
	{ "echelon_engine_address", call_address },
	{ "echelon_engine_adopt", call_adopt },
	{ "echelon_engine_start", call_start },
	{ "echelon_engine_stop", call_stop },
	{ "echelon_engine_wait", call_wait },
	{ "echelon_engine_stuck", call_stuck },
	{ "echelon_engine_reload", call_reload },
	{ "echelon_engine_destroy", call_destroy },
	{ "echelon_engine_stats", call_stats },
	{ "echelon_trace_start", call_trace_start },
	{ "echelon_trace_stop", call_trace_stop },
	{ "echelon_trace_read", call_trace_read },
	{ "echelon_trace_write", call_trace_write },
	{ "echelon_version", call_version },
	{ "echelon_main", NULL }, /* it wants a process of its own */
};

const size_t n_functions = sizeof(functions) / sizeof(functions[0]);
