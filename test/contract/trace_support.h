/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TEST_CONTRACT_TRACE_SUPPORT_H
#define TEST_CONTRACT_TRACE_SUPPORT_H

/*
 * An engine that is traced, its clients, and what it has recorded.
 *
 * A request is four bytes; the reply is the same. 'B' first: it blocks until
 * the gate is opened.
 */

#include <echelon/echelon.h>

#include "support/sync.h"

enum {
	TRACE_REQUEST = 4,
	TRACE_REQUESTS = 20, /* of trace_ask_often */
	TRACE_CONNECTIONS = 3
};

struct trace_world {
	echelon_engine *engine;
	int port;
	struct test_gate gate;
	struct test_counter entered; /* blocking requests, and messages */
	struct echelon_trace_event *events;
	size_t n;
};

extern struct trace_world trace_world;

/** For tcase_add_checked_fixture. */
void trace_set_up(void);
void trace_tear_down(void);

/** An engine whose threads do not run yet. */
void trace_create(const char *pattern);

/** An engine that has been traced from its first thread on. */
void trace_start(const char *pattern);

/** Ends the engine, and reads all that it has recorded. */
void trace_finish(void);

void trace_destroy(void);

/** A request and its reply. */
void trace_ask(int fd, const char *request);

/** Sends requests one after another, each when the last was answered. */
void trace_ask_often(int n_connections);

/** Reads all that has been recorded. */
void trace_read(void);

/** The next event from `i` on of this kind, and of this connection and
 *  thread unless that is 0 or -1; trace_world.n: none. */
size_t trace_find(size_t i, enum echelon_trace_kind kind, echelon_conn_id conn,
    int thread);

/** How many events of this kind there are. */
unsigned trace_count(enum echelon_trace_kind kind);

/** The connection of the first call. */
echelon_conn_id trace_first_connection(void);

#endif
