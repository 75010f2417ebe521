/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ELN_TRACE_H
#define ELN_TRACE_H

/*
 * Recording what threads do: include/echelon/trace.h.
 *
 *   a pool thread ── eln_trace() ──▶ its track ──┐
 *   another pool thread ───────────▶ its track ──┼─▶ echelon_trace_read:
 *   monitor, posts ─ lock ─────────▶ outside ────┘   merged by time
 *
 * A track is a trail (sync/trail.h) with the thread's number and the session
 * that its events are of. It is made when its thread records for the first
 * time, kept until the engine is destroyed, and written by that thread alone,
 * so recording takes no lock; the outside track has many writers, hence one.
 * A new session finds tracks of an old one: readers pass them by, and each
 * thread empties its own, under the lock, when it records next.
 *
 * While nothing records, each place below costs the load of one word that
 * nobody writes, and a branch. All times are from one clock, and a thread's
 * rise strictly. Where an event hands something to another thread, its time
 * is taken before, by eln_trace_time(), and it is recorded after by
 * eln_trace_at(), when it is known that it happened: so what the other thread
 * does with it comes later in every trace.
 */

#include <echelon/trace.h>
#include <stdbool.h>
#include <stdint.h>

#include "core/engine.h"
#include "core/thread.h"
#include "core/trace_state.h"
#include "os/sys.h"

/** Whether there is a session. Relaxed: who sees it late records an event
 *  more or less. */
static inline bool
eln_trace_is_on(const struct echelon_engine *engine)
{
	return __builtin_expect(eln_load64_relaxed(&engine->trace.session) != 0,
	    0);
}

/** What eln_trace and eln_trace_at do when there is a session. */
void eln_trace_record(struct eln_thread *thread, uint64_t time,
    enum echelon_trace_kind kind, uint64_t id, uint32_t detail);

/** As eln_trace_record, by a thread without a track. */
void eln_trace_record_outside(struct echelon_engine *engine, uint64_t time,
    enum echelon_trace_kind kind, uint64_t id, uint32_t detail);

/** The time for eln_trace_at, 0 when nothing records. */
static inline uint64_t
eln_trace_time(const struct echelon_engine *engine)
{
	return eln_trace_is_on(engine) ? eln_sys->now() : 0;
}

/** Records what happened at `time`, if that is not 0. */
static inline void
eln_trace_at(struct eln_thread *thread, uint64_t time,
    enum echelon_trace_kind kind, uint64_t id, uint32_t detail)
{
	if (__builtin_expect(time != 0, 0)) {
		eln_trace_record(thread, time, kind, id, detail);
	}
}

/** Records what this thread does now. `id`: of a handle, or 0. */
static inline void
eln_trace(struct eln_thread *thread, enum echelon_trace_kind kind, uint64_t id,
    uint32_t detail)
{
	eln_trace_at(thread, eln_trace_time(thread->engine), kind, id, detail);
}

/** As eln_trace_at, for threads that have no eln_thread at hand. */
static inline void
eln_trace_outside_at(struct echelon_engine *engine, uint64_t time,
    enum echelon_trace_kind kind, uint64_t id, uint32_t detail)
{
	if (__builtin_expect(time != 0, 0)) {
		eln_trace_record_outside(engine, time, kind, id, detail);
	}
}

/** This thread has a role from now on; kept also while nothing records. */
static inline void
eln_trace_role(struct eln_thread *thread, enum echelon_trace_role role)
{
	if (thread->role != (uint32_t)role) {
		thread->role = (uint32_t)role;
		eln_trace(thread, ECHELON_TRACE_ROLE, 0, 0);
	}
}

/** Frees all tracks; no thread records or reads any more. */
void eln_trace_deinit(struct echelon_engine *engine);

#endif
