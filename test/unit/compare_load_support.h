/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TEST_UNIT_COMPARE_LOAD_SUPPORT_H
#define TEST_UNIT_COMPARE_LOAD_SUPPORT_H

/*
 * A server for the load generator that makes one mistake: a thread that
 * answers one request after the other and, at its FAULT_AT-th reply, does what
 * `fault` says.
 */

#include <pthread.h>

enum {
	BYTES = 64,
	CLIENTS = 8,
	FAULT_AT = 500,
	STALL_MS = 200
};

enum fault {
	FAULT_NONE,
	FAULT_FLIP,   /* one bit of the opaque part */
	FAULT_UNDONE, /* byte 1 is not R */
	FAULT_DOUBLE, /* the same reply twice */
	FAULT_SWAP,   /* a reply with the next one's number */
	FAULT_LOSE,   /* no reply */
	FAULT_CLOSE,
	FAULT_STALL /* every reply waits meanwhile */
};

struct load_server {
	enum fault fault;
	int listener;
	int stop[2];
	char address[32];
	pthread_t thread;
	unsigned long replies;
	unsigned long rare; /* requests for S */
	unsigned long easy; /* requests for E */
};

extern struct load_server server;

void start_server(void);
void stop_server(void);

#endif
