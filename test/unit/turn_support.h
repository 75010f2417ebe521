/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TEST_UNIT_TURN_SUPPORT_H
#define TEST_UNIT_TURN_SUPPORT_H

/*
 * Turns, one at a time: an engine that is never started, and this thread in the
 * place of the reactor's. So what a turn leaves behind can be looked at.
 */

#include <echelon/echelon.h>

#include "core/connection.h"
#include "core/engine.h"

enum {
	KIB = 1024,
	MUCH = 64 * KIB
};

extern struct echelon_engine *engine;
extern struct eln_thread *thread;
extern struct echelon_conn *conn; /* the only one */
extern int client;
extern int server; /* the connection's descriptor */

/** An engine with these settings, and a connection served by `handler`. */
void start(const struct echelon_handler *handler, const char *const *settings);

void end(void);

/** One turn of what is ready next; it must be the connection. */
enum eln_turn one_turn(void);

/** The client sends so many bytes. */
void send_bytes(size_t n);

/** Sends until the socket takes no more. */
void fill(int fd);

#endif
