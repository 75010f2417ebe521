/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ECHELON_COMPARE_STEP_H
#define ECHELON_COMPARE_STEP_H

/*
 * One variant in one round: start its server, open the connections, wait until
 * each has been answered once, read what the server has used, load, read
 * again, close, stop the server.
 *
 * A server lives for one step, so that what its memory looks like by chance
 * falls on one round and not on all of them.
 *
 * CPU and counters are divided by all replies between the two readings;
 * latency and requests per second are of the window after the warm-up.
 */

#include "dialogue.h"
#include "driver.h"
#include "histogram.h"
#include "results.h"
#include "server.h"
#include "workload.h"

#include <signal.h>
#include <stdint.h>

enum {
	STEP_ERROR = 400
};

struct step {
	const struct workload *workload;
	const struct dialogue *dialogue; /* NULL: that of `work` */
	const struct driver *driver;     /* NULL: the builtin one */
	const char *pattern;             /* as an engine takes it */
	struct server_plan server;
	const cpu_set_t *client;
	double seconds;
	double warm_seconds;
	uint64_t seed;
	/* Nothing but requests per second is wanted: the server is killed with
	 * what it has not answered, which may take it long. */
	bool only_rate;
	const volatile sig_atomic_t *interrupted;

	/* Called while the server is under load, with all of `context` and
	 * the server; see passes.c. NULL: not. */
	int (*begin)(void *context, struct server *server);
	int (*end)(void *context, struct server *server);
	void *context;
};

struct step_outcome {
	struct results_round round;
	double replies; /* that the counters are of */
	double counters[COUNTERS];
	bool fell_behind;         /* the rate */
	char complaint[120];      /* a driver's; empty: none */
	struct histogram latency; /* empty with another driver */
};

/* 0; or -errno, and `error` (STEP_ERROR bytes) says what happened; -EINVAL
 * where the engine refuses the pattern or a setting. */
int step_run(const struct step *step, struct step_outcome *outcome,
    char *error);

#endif
