/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ELN_CORE_THREAD_H
#define ELN_CORE_THREAD_H

/*
 * A thread of the crew (core/crew.h), as the core sees it: what it counts,
 * what it is doing (for the monitor), and the scratch memory of the turn that
 * it runs.
 */

#include <echelon/trace.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/compiler.h"
#include "core/counters.h"
#include "os/thread.h"
#include "sync/atomic.h"

struct echelon_engine;
struct eln_track;

/* Which handler function a thread is in; for reports and traces. */
enum eln_call {
	ELN_CALL_NONE,
	ELN_CALL_ON_OPEN = ECHELON_CALL_ON_OPEN,
	ELN_CALL_ON_DATA = ECHELON_CALL_ON_DATA,
	ELN_CALL_ON_END = ECHELON_CALL_ON_END,
	ELN_CALL_ON_WRITABLE = ECHELON_CALL_ON_WRITABLE,
	ELN_CALL_ON_MESSAGE = ECHELON_CALL_ON_MESSAGE,
	ELN_CALL_ON_TIMEOUT = ECHELON_CALL_ON_TIMEOUT,
	ELN_CALL_ON_CLOSE = ECHELON_CALL_ON_CLOSE
};

/** "on_data" and so on. */
const char *eln_call_name(enum eln_call call);

enum {
	ELN_SCRATCH_BYTES = 64 * 1024
};

/* What the monitor saw of a thread when it looked last. */
struct eln_sighting {
	uint64_t turn;       /* [monitor] */
	uint64_t turn_since; /* [monitor] ns, when it was first seen */
	uint64_t calls;      /* [monitor] */
	uint64_t call_since; /* [monitor] ns, when it was first seen */
	bool reported;       /* [monitor] the call */
};

struct eln_thread {
	struct eln_counters counters;
	struct echelon_engine *engine; /* [const] */
	unsigned index;                /* [const] its number in the crew */
	void *user; /* [const] after start: on_thread_start's pointer */

	/* For added threads. */
	struct eln_thread *next; /* [crew's lock] */
	void *task;              /* [const] while it runs: the pattern's */

	/* For the monitor, written by this thread. `turn` is odd while it is
	 * in a turn that calls handlers; `calls` counts calls entered. */
	ELN_APART struct eln_atomic64 turn; /* [atomic] */
	struct eln_atomic64 calls;          /* [atomic] */
	struct eln_atomic64 conn;           /* [atomic] id served */
	struct eln_atomic32 call;           /* [atomic] enum eln_call */
	struct eln_atomic32 tid;            /* [atomic] the kernel's, or 0 */
	struct eln_os_thread os;            /* [who starts and joins] */
	struct eln_os_thread self;          /* [this thread] read by misusers */
	int start_result;                   /* [start, after the gate] */

	/* The turn it runs. */
	size_t scratch_used; /* [this thread] */
	char *scratch;       /* [this thread] unsent output of the turn */

	ELN_APART struct eln_sighting seen; /* [monitor] */

	/* For traces (core/trace.h). */
	struct eln_track *track; /* [this thread] NULL: none yet */
	uint32_t role;           /* [this thread] enum echelon_trace_role */
};

/** Counts for this thread. */
static inline void
eln_thread_tally(struct eln_thread *thread, enum eln_counter which, uint64_t n)
{
	eln_tally(&thread->counters, which, n);
}

#endif
