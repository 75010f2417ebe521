/* SPDX-License-Identifier: BSD-2-Clause */
#include "usage.h"

#include "measure.h"

#include <errno.h>
#include <math.h>

static int
read_processor(pid_t process, struct usage *usage)
{
	int result = measure_cpu_ns(process, &usage->cpu_ns);

	return result == 0 ? measure_switches(process, &usage->switches)
			   : result;
}

static int
read_stats(struct server *server, struct usage *usage)
{
	int result = server_stats(server, &usage->stats);

	usage->has_stats = result == 0;
	return result == -ENOTSUP ? 0 : result;
}

int
usage_read_before(struct server *server, struct usage *usage)
{
	int result = read_stats(server, usage);

	return result == 0 ? read_processor(server->process, usage) : result;
}

int
usage_read_after(struct server *server, struct usage *usage)
{
	int result = read_processor(server->process, usage);

	return result == 0 ? read_stats(server, usage) : result;
}

void
usage_count(const struct usage *before, const struct usage *after,
    double *counters)
{
	const struct echelon_stats *a = &before->stats;
	const struct echelon_stats *b = &after->stats;
	const double counted[COUNTERS] = {
		[COUNTER_WAKES] = (double)(b->wakes - a->wakes),
		[COUNTER_PARKS] = (double)(b->parks - a->parks),
		[COUNTER_QUEUED] = (double)(b->queued - a->queued),
		[COUNTER_PROMOTED] = (double)(b->promoted - a->promoted),
		[COUNTER_TAKEN_OVER] = (double)(b->taken_over - a->taken_over),
		[COUNTER_RUN_INLINE] = (double)(b->run_inline - a->run_inline),
		[COUNTER_WAITS] = (double)(b->waits - a->waits),
	};

	for (int i = 0; i < COUNTERS; i++) {
		counters[i] = before->has_stats && after->has_stats
		    ? counted[i]
		    : (double)NAN;
	}
	counters[COUNTER_SWITCHES] = (double)(after->switches -
	    before->switches);
	counters[COUNTER_SYSCALLS] = (double)NAN;
}
