/* SPDX-License-Identifier: BSD-2-Clause */
#include <echelon/stats.h>
#include <errno.h>
#include <string.h>

#include "core/engine.h"

#define FIELD(name) offsetof(struct echelon_stats, name)

/* Where each counter stands in the public struct. */
static const size_t fields[ELN_COUNTERS] = {
	[ELN_ACCEPTED] = FIELD(accepted),
	[ELN_CLOSED] = FIELD(closed),
	[ELN_TIMED_OUT] = FIELD(timed_out),
	[ELN_REFUSED] = FIELD(refused),
	[ELN_ACCEPT_FAILURES] = FIELD(accept_failures),
	[ELN_WAITS] = FIELD(waits),
	[ELN_EVENTS] = FIELD(events),
	[ELN_STALE_EVENTS] = FIELD(stale_events),
	[ELN_TURNS] = FIELD(turns),
	[ELN_REQUESTS] = FIELD(requests),
	[ELN_MESSAGES] = FIELD(messages),
	[ELN_BYTES_IN] = FIELD(bytes_in),
	[ELN_BYTES_OUT] = FIELD(bytes_out),
	[ELN_INCOMPLETE] = FIELD(incomplete),
	[ELN_RUN_INLINE] = FIELD(run_inline),
	[ELN_QUEUED] = FIELD(queued),
	[ELN_PROMOTED] = FIELD(promoted),
	[ELN_TAKEN_OVER] = FIELD(taken_over),
	[ELN_PAUSES] = FIELD(paused),
	[ELN_OVERLOADED] = FIELD(overloaded),
	[ELN_PARKS] = FIELD(parks),
	[ELN_WAKES] = FIELD(wakes),
	[ELN_WAKES_FOR_NOTHING] = FIELD(wakes_for_nothing),
	[ELN_BLOCKED] = FIELD(blocked),
	[ELN_EXHAUSTED] = FIELD(exhausted),
};

/* The first version of the struct ended here. */
#define SMALLEST_SIZE (FIELD(exhausted) + sizeof(uint64_t))

static void
add_counters(struct echelon_stats *stats, const struct eln_counters *counters)
{
	for (unsigned i = 0; i < ELN_COUNTERS; i++) {
		uint64_t n = eln_load64_relaxed(&counters->n[i]);
		uint64_t sum;

		memcpy(&sum, (char *)stats + fields[i], sizeof(sum));
		sum += n;
		memcpy((char *)stats + fields[i], &sum, sizeof(sum));
	}
}

int
echelon_engine_stats(echelon_engine *engine, struct echelon_stats *stats)
{
	struct echelon_stats sums = { .size = stats->size };
	uint32_t made = eln_crew_made(&engine->crew);

	if (stats->size < SMALLEST_SIZE || stats->size > sizeof(sums)) {
		return -EINVAL;
	}
	sums.threads = engine->n_handler_threads +
	    eln_load32_relaxed(&engine->crew.n_added);
	sums.connections = eln_table_used(&engine->table);
	add_counters(&sums, &engine->outside);
	for (uint32_t i = 0; i < made; i++) {
		const struct eln_thread *thread = eln_crew_at(&engine->crew, i);

		add_counters(&sums, &thread->counters);
		sums.threads_busy += eln_load64_relaxed(&thread->turn) & 1;
	}
	memcpy(stats, &sums, sums.size);
	return 0;
}
