/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TEST_FAULT_CLIENTS_H
#define TEST_FAULT_CLIENTS_H

/*
 * The clients of a run: each says something and knows what must come back.
 * A connection that ends early is counted as broken; one that is silent, or
 * says something else, is a problem.
 */

#include <echelon/echelon.h>
#include <stdbool.h>

struct door {
	int port;
	const char *path; /* of the Unix socket */
	int adopted;      /* the client's end of the adopted pair */
};

/** All of them, from the first byte to the last. Returns how many broke. */
unsigned clients_converse(const struct door *door, echelon_engine *engine);

/** One more; whether it was served. */
bool clients_next(const struct door *door);

/** One whose request has arrived when the engine is stopped; and the others
 *  stay until they are told. Returns how many broke. */
unsigned clients_drain(const struct door *door, echelon_engine *engine);

/** Closes all that is left. */
void clients_leave(void);

#endif
