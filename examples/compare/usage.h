/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ECHELON_COMPARE_USAGE_H
#define ECHELON_COMPARE_USAGE_H

/*
 * What a server has used and done so far, and between two readings.
 */

#include "metric.h"
#include "server.h"

#include <stdint.h>

struct usage {
	uint64_t cpu_ns;
	uint64_t switches;
	bool has_stats; /* a program has none */
	struct echelon_stats stats;
};

/* Before a load the server is asked first, after it last, so that its
 * answering is outside of what is counted. Both return 0 or -errno. */
int usage_read_before(struct server *server, struct usage *usage);
int usage_read_after(struct server *server, struct usage *usage);

/* Counters of usage[after] - usage[before], all COUNTERS; NAN: not known. */
void usage_count(const struct usage *before, const struct usage *after,
    double *counters);

#endif
