/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ELN_COUNTERS_H
#define ELN_COUNTERS_H

/*
 * What is counted, one set of counters per thread, summed when somebody
 * reads: those of struct echelon_stats (core/stats.c has the table).
 */

#include "base/compiler.h"
#include "sync/atomic.h"

enum eln_counter {
	ELN_ACCEPTED,
	ELN_CLOSED,
	ELN_TIMED_OUT,
	ELN_REFUSED,
	ELN_ACCEPT_FAILURES,
	ELN_WAITS,
	ELN_EVENTS,
	ELN_STALE_EVENTS,
	ELN_TURNS,
	ELN_REQUESTS,
	ELN_MESSAGES,
	ELN_BYTES_IN,
	ELN_BYTES_OUT,
	ELN_INCOMPLETE,
	ELN_RUN_INLINE,
	ELN_QUEUED,
	ELN_PROMOTED,
	ELN_TAKEN_OVER,
	ELN_PAUSES,
	ELN_OVERLOADED,
	ELN_PARKS,
	ELN_WAKES,
	ELN_WAKES_FOR_NOTHING,
	ELN_BLOCKED,
	ELN_EXHAUSTED,
	ELN_COUNTERS
};

/** On lines of its own: written all the time by one thread. */
struct eln_counters {
	ELN_APART struct eln_atomic64 n[ELN_COUNTERS]; /* [atomic] */
};

/** Counts for the thread that the counters belong to. */
static inline void
eln_tally(struct eln_counters *counters, enum eln_counter which, uint64_t n)
{
	eln_count(&counters->n[which], n);
}

/** Counts in counters that any thread may write. */
static inline void
eln_tally_shared(struct eln_counters *counters, enum eln_counter which,
    uint64_t n)
{
	eln_add64(&counters->n[which], n);
}

#endif
