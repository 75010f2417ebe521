/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ECHELON_COMPARE_WORKLOAD_H
#define ECHELON_COMPARE_WORKLOAD_H

/*
 * What the load generator asks for: a job of the measuring stick, on how many
 * connections, and when the next request is due.
 *
 * Closed loop: each connection sends its next request when a reply has come;
 * what is measured is how much a server can do. Open loop: requests are due
 * at a rate, whether or not the server keeps up; what is measured is how long
 * they take, from the moment they were due, so that a server that stalls is
 * charged for everybody who had to wait.
 */

#include "metric.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct workload {
	const char *name;
	const char *about;
	char job;            /* 0: what a dialogue or a driver asks for */
	char rare_job;       /* 0: none */
	unsigned rare_every; /* one in so many is a rare_job, not timed */
	size_t connections;
	size_t depth;        /* requests in flight per connection */
	unsigned rate;       /* per second; 0: closed loop */
	uint32_t wait_us;    /* of the job T */
	bool one_processor;  /* the server gets no more */
	bool all_processors; /* all that there are, if it has but one */
	bool is_default;     /* measured without --full */
	const char *driven;  /* what a driver other than ours is told */
};

enum {
	WORKLOADS = 7
};

/* Those of the measuring stick. */
extern const struct workload workloads[WORKLOADS];

/* Returns its index, or -1. */
int workload_find(const char *name, size_t length);

static inline bool
workload_is_open(const struct workload *workload)
{
	return workload->rate > 0;
}

/* What decides: of an open loop the rate was given, and is no merit. */
static inline enum metric
workload_metric(const struct workload *workload)
{
	return workload_is_open(workload) ? METRIC_P99 : METRIC_RATE;
}

#endif
