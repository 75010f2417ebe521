/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TEST_FAULT_SERVICE_H
#define TEST_FAULT_SERVICE_H

/*
 * The server of a run: a handler that uses everything, and what it saw.
 *
 * A request is a line; its first letter says what happens:
 *
 *   e  the line comes back             h  the same, by a message to itself,
 *   i  the connection's id as hex         held meanwhile
 *   H  the line comes back by a        B  BULK bytes, lent, as room comes
 *      message of the test's own       W  BULK bytes, waited for
 *   T  "timeout" by on_timeout         c  the line, and the connection closes
 *   a  aborts                          FIN: "bye", and it closes
 */

#include <echelon/echelon.h>
#include <stdint.h>

enum {
	BULK = 96 * 1024
};

extern const struct echelon_handler service;

/** Forgets what was seen. */
void service_begin(void);

/** The i-th byte of BULK. */
char service_byte(unsigned i);

/** Sends the line of the last 'i' to its connection; as echelon_post. */
int service_post(echelon_engine *engine, const char *line);

/** Everything that must have come to its end has, once; when no engine is
 *  any more. What is wrong is a problem. */
void service_check(void);

/* What service_check compares thread starts and stops with. */
int service_thread_start(void *context, void **data);
void service_thread_stop(void *context, void *data);

#endif
