/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ELN_TRACE_STATE_H
#define ELN_TRACE_STATE_H

/*
 * What an engine keeps for tracing; core/trace.h says how it is used.
 */

#include <stddef.h>
#include <stdint.h>

#include "sync/atomic.h"
#include "sync/lock.h"

struct eln_track;

struct eln_trace {
	/* The number of the session that records, 0: none does. Read by
	 * everybody all the time, written by start and stop only. */
	struct eln_atomic64 session; /* [atomic] */

	struct eln_lock lock;     /* of the tracks */
	uint64_t last_session;    /* [lock] number of sessions so far */
	size_t capacity;          /* [lock] events of a track */
	unsigned n_tracks;        /* [lock] */
	struct eln_track *tracks; /* [lock] one per thread that recorded */

	/* The track of those who have none of their own. */
	struct eln_lock outside_lock; /* also held by who writes to it */
	struct eln_track *outside;    /* [outside_lock] */
};

#endif
