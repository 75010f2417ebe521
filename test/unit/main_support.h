/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TEST_UNIT_MAIN_SUPPORT_H
#define TEST_UNIT_MAIN_SUPPORT_H

/*
 * echelon_main in a process of its own, over an engine that does nothing but
 * stop when it is told. The test reads what it says and waits for lines and
 * for its end, never for time.
 */

#include <echelon/echelon.h>
#include <stdbool.h>
#include <sys/types.h>

#include "config_support.h"

/** How the engine of the next server is; set before it is started. */
struct plan {
	int listen_result;
	int start_result;
	int wait_result;
	int trace_result;
	bool stops_itself;  /* as a handler would stop it */
	bool never_drains;  /* until release_server */
	int late_signal;    /* sent when the engine is destroyed; 0: none */
	const char *output; /* its standard output, if not the test's */
};

extern struct plan plan;
extern pid_t server;
extern char said[8192]; /* what it has said, stdout and stderr together */

/** Starts a server with these arguments, the last one NULL. */
void start_server(const char *const *arguments);

#define START(...) start_server((const char *const[]){ __VA_ARGS__, NULL })

/** Waits until the server has said this. */
void expect(const char *text);

/** Waits until it has taken all signals that were sent to it. */
void await_signals_taken(void);

/** Lets an engine that never drains drain. */
void release_server(void);

/** Waits for the server's end. Its exit status; 99: it left the caller with
 *  another signal mask. */
int finish_server(void);

/** Writes a file anew. */
void write_file(const char *path, const char *text);

#endif
