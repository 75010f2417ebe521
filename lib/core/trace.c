/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/trace.h"

#include <errno.h>

#include "base/memory.h"
#include "core/trace_track.h"
#include "os/sys.h"

enum {
	MOST_TRACKS = 1024
};

/* ---- tracks ---- */

static void
destroy_track(const struct echelon_allocator *memory, struct eln_track *track)
{
	if (track != NULL) {
		eln_release(memory, track->trail);
		eln_release(memory, track);
	}
}

/** An empty track, or NULL. */
static struct eln_track *
create_track(const struct echelon_allocator *memory, uint32_t thread,
    size_t capacity)
{
	struct eln_track *track = eln_allocate(memory, sizeof(*track));
	void *trail = eln_allocate(memory, eln_trail_bytes(capacity));

	if (track == NULL || trail == NULL) {
		eln_release(memory, trail);
		eln_release(memory, track);
		return NULL;
	}
	track->trail = eln_trail_init(trail, capacity);
	track->thread = thread;
	return track;
}

static void
remove_track_locked(struct eln_trace *trace, struct eln_track *track)
{
	struct eln_track **link = &trace->tracks;

	while (*link != track) {
		link = &(*link)->next;
	}
	*link = track->next;
	trace->n_tracks--;
}

static void
add_track_locked(struct eln_trace *trace, struct eln_track *track)
{
	track->next = trace->tracks;
	trace->tracks = track;
	trace->n_tracks++;
}

/** Gives a thread an empty track for this session; without memory, none. */
static void
renew_track_locked(struct eln_thread *thread, uint64_t session)
{
	struct echelon_engine *engine = thread->engine;
	struct eln_trace *trace = &engine->trace;
	struct eln_track *track = thread->track;

	if (track != NULL && track->trail->capacity != trace->capacity) {
		remove_track_locked(trace, track);
		destroy_track(&engine->memory, track);
		track = NULL;
	}
	if (track == NULL && trace->n_tracks < MOST_TRACKS) {
		track = create_track(&engine->memory, thread->index,
		    trace->capacity);
		if (track != NULL) {
			add_track_locked(trace, track);
		}
	}
	thread->track = track;
	if (track != NULL) {
		eln_trail_clear(track->trail);
		track->session = session;
	}
}

/** The track of a thread, or NULL; `session` is the one that records. */
static struct eln_track *
track_of(struct eln_thread *thread, uint64_t session)
{
	struct eln_trace *trace = &thread->engine->trace;

	if (thread->track == NULL || thread->track->session != session) {
		eln_lock_acquire(&trace->lock);
		/* Only the newest session's capacity is known. */
		if (session == trace->last_session) {
			renew_track_locked(thread, session);
		}
		eln_lock_release(&trace->lock);
	}
	return thread->track;
}

/* ---- recording ---- */

static void
put(struct eln_track *track, uint64_t time, enum echelon_trace_kind kind,
    uint32_t role, uint64_t id, uint32_t detail)
{
	struct eln_trail_record record;

	if (time <= track->last_time) {
		time = track->last_time + 1;
	}
	track->last_time = time;
	record = eln_track_pack(time, id, (uint32_t)kind, role, detail);
	eln_trail_put(track->trail, &record);
}

void
eln_trace_record(struct eln_thread *thread, uint64_t time,
    enum echelon_trace_kind kind, uint64_t id, uint32_t detail)
{
	/* Relaxed: what it stands for is compared under the lock. */
	uint64_t session = eln_load64_relaxed(&thread->engine->trace.session);
	struct eln_track *track = track_of(thread, session);

	if (track != NULL) {
		put(track, time, kind, thread->role, id, detail);
	}
}

void
eln_trace_record_outside(struct echelon_engine *engine, uint64_t time,
    enum echelon_trace_kind kind, uint64_t id, uint32_t detail)
{
	struct eln_trace *trace = &engine->trace;

	eln_lock_acquire(&trace->outside_lock);
	if (trace->outside != NULL && eln_trace_is_on(engine)) {
		put(trace->outside, time, kind, ECHELON_ROLE_NONE, id, detail);
	}
	eln_lock_release(&trace->outside_lock);
}

/* ---- sessions ---- */

static size_t
round_up(size_t events)
{
	size_t capacity = 1;

	while (capacity < events) {
		capacity *= 2;
	}
	return capacity;
}

/** Puts `track` in the place of the last session's; returns that. */
static struct eln_track *
exchange_outside(struct eln_trace *trace, struct eln_track *track)
{
	struct eln_track *old;

	eln_lock_acquire(&trace->outside_lock);
	old = trace->outside;
	trace->outside = track;
	eln_lock_release(&trace->outside_lock);
	return old;
}

int
echelon_trace_start(echelon_engine *engine, size_t events)
{
	struct eln_trace *trace = &engine->trace;
	size_t capacity = round_up(events == 0 ? ECHELON_TRACE_EVENTS : events);
	struct eln_track *outside;

	if (events > ECHELON_TRACE_MOST_EVENTS) {
		return -EINVAL;
	}
	if (eln_trace_is_on(engine)) {
		return -EALREADY;
	}
	outside = create_track(&engine->memory, ECHELON_TRACE_OUTSIDE,
	    capacity);
	if (outside == NULL) {
		return -ENOMEM;
	}
	destroy_track(&engine->memory, exchange_outside(trace, outside));
	eln_lock_acquire(&trace->lock);
	trace->capacity = capacity;
	trace->last_session++;
	eln_lock_release(&trace->lock);
	/* Relaxed: threads get at what belongs to it under the lock. */
	eln_store64_relaxed(&trace->session, trace->last_session);
	return 0;
}

void
echelon_trace_stop(echelon_engine *engine)
{
	eln_store64_relaxed(&engine->trace.session, 0);
}

void
eln_trace_deinit(struct echelon_engine *engine)
{
	struct eln_track *track = engine->trace.tracks;

	while (track != NULL) {
		struct eln_track *next = track->next;

		destroy_track(&engine->memory, track);
		track = next;
	}
	destroy_track(&engine->memory, engine->trace.outside);
}
