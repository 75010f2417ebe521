/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ECHELON_COMPARE_LOAD_H
#define ECHELON_COMPARE_LOAD_H

/*
 * The load generator: one thread, one epoll, connections that stay open from
 * load_open to load_close. It checks every byte of every reply of `work`, and the lengths of
 * those of a dialogue.
 *
 * load_open has sent one request on every connection when it returns, so that
 * accepting is not part of what is measured afterwards. load_run leaves no
 * request unanswered, unless the plan says so.
 *
 * Functions return 0 or -errno, and load_error then says what happened.
 */

#include "dialogue.h"
#include "histogram.h"
#include "workload.h"

#include <signal.h>
#include <stdint.h>

struct load;

struct load_plan {
	struct workload workload;
	const struct dialogue *dialogue; /* NULL: that of `work` */
	uint64_t warm_ns;
	uint64_t run_ns; /* the window, after the warm-up */
	uint64_t seed;
	/* At the end of the window nobody waits for the rest; the server is
	 * not idle then. */
	bool leaves_rest;
	/* Ends it with -EINTR when not 0. */
	const volatile sig_atomic_t *interrupted;
};

struct load_result {
	uint64_t replies; /* all of load_run's, warm-up included */
	uint64_t replies_in_window;
	uint64_t never_sent;      /* due, but the server was too far behind */
	double window_seconds;    /* that those were counted in */
	double busy;              /* the generator's CPU, 1 = a whole one */
	struct histogram latency; /* ns, of the window, rare jobs left out */
};

/* The load is always given, and to be closed, unless -ENOMEM. */
int load_open(const struct load_plan *plan, const char *address,
    struct load **load);

int load_run(struct load *load, struct load_result *result);

void load_close(struct load *load);

const char *load_error(const struct load *load);

#endif
