/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ECHELON_COMPARE_WORKLOAD_H
#define ECHELON_COMPARE_WORKLOAD_H

/*
 * What the load generator asks for: a job of work_handler.h, on how many
 * connections, and when the next request is due.
 *
 * Closed loop: each connection sends its next request when a reply has come;
 * what is measured is how much a server can do. Open loop: requests are due
 * at a rate, whether or not the server keeps up; what is measured is how long
 * they take, from the moment they were due, so that a server that stalls is
 * charged for everybody who had to wait.
 */

#include <stdbool.h>
#include <stddef.h>

struct workload {
	const char *name;
	const char *about;
	char job;
	char rare_job;       /* 0: none */
	unsigned rare_every; /* one in so many is a rare_job, not timed */
	size_t connections;
	size_t depth;  /* requests in flight per connection */
	unsigned rate; /* per second; 0: closed loop */
};

enum {
	WORKLOADS = 5
};

extern const struct workload workloads[WORKLOADS];

/* Returns its index, or -1. */
int workload_find(const char *name, size_t length);

static inline bool
workload_is_open(const struct workload *workload)
{
	return workload->rate > 0;
}

#endif
