/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TEST_SERVER_H
#define TEST_SERVER_H

/*
 * An engine that listens on a free port of 127.0.0.1 and runs, for one test.
 * Everything asserts that it succeeds; only the test's own thread may call
 * what is here, but test_server_engine and test_server_logged.
 */

#include <echelon/echelon.h>
#include <stdbool.h>

struct test_server;

/**
 * Starts a server.
 *
 * @param settings  "section.key=value", the last one NULL; may be NULL
 */
struct test_server *test_server_start(const char *pattern,
    const struct echelon_handler *handler, void *context,
    const char *const *settings);

/** As test_server_start, with options of the test's own; without their log
 *  function, the server's lines are collected here. */
struct test_server *test_server_start_options(const struct echelon_options
						  *options,
    const struct echelon_handler *handler, void *context);

echelon_engine *test_server_engine(const struct test_server *server);

int test_server_port(const struct test_server *server);

/** A connected blocking socket: TCP_NODELAY, 10 s for each send and recv. */
int test_server_connect(const struct test_server *server);

struct echelon_stats test_server_stats(const struct test_server *server);

/** Whether a line of the log has had `part` in it so far. */
bool test_server_logged(struct test_server *server, const char *part);

/** Stops the engine, waits (which must return 0) and frees everything. */
void test_server_stop(struct test_server *server);

/** Takes what echelon_trace_write writes, and drops it; any thread. */
int test_swallow(void *context, const char *text, size_t length);

/** Frees what is left of a server whose engine can not be destroyed, or
 *  that the test has destroyed itself. */
void test_server_forget(struct test_server *server);

#endif
