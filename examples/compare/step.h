/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ECHELON_COMPARE_STEP_H
#define ECHELON_COMPARE_STEP_H

/*
 * One variant in one repetition: open the connections, wait until each has
 * been answered once, read what the server has used, load, read again, close.
 *
 * CPU, switches and wakes are divided by all replies between the two readings;
 * latency and requests per second are of the window after the warm-up.
 */

#include "server.h"
#include "summary.h"
#include "workload.h"

#include <signal.h>
#include <stdint.h>

enum {
	STEP_ERROR = 400
};

struct step {
	const struct workload *workload;
	double seconds;
	double warm_seconds;
	uint64_t seed;
	const volatile sig_atomic_t *interrupted;
};

/* Adds one repetition to the cell; or -errno, and `error` (STEP_ERROR bytes)
 * says what happened. */
int step_run(const struct step *step, struct server *server, struct cell *cell,
    char *error);

#endif
