/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * The newest events of all tracks, into the caller's array.
 *
 * While there is room events are appended. When it is full, the array is a
 * heap with the oldest event first, and a newer one takes that one's place.
 * In the end it is sorted. So nothing is allocated, and of many events in
 * many tracks the newest remain.
 */

#include <stdbool.h>
#include <stdlib.h>

#include "core/trace.h"
#include "core/trace_track.h"

struct newest {
	struct echelon_trace_event *events;
	size_t n;    /* copied */
	size_t room; /* for so many */
};

/** By time; by thread where that is the same, so that it is one order. */
static bool
is_older(const struct echelon_trace_event *a,
    const struct echelon_trace_event *b)
{
	return a->time_ns < b->time_ns ||
	    (a->time_ns == b->time_ns && a->thread < b->thread);
}

static int
compare(const void *a, const void *b)
{
	if (is_older(a, b)) {
		return -1;
	}
	return is_older(b, a) ? 1 : 0;
}

/** Puts an event where the heap has a hole, or further down. */
static void
sift_down(struct newest *newest, size_t hole, struct echelon_trace_event event)
{
	struct echelon_trace_event *heap = newest->events;

	for (;;) {
		size_t child = 2 * hole + 1;

		if (child + 1 < newest->n &&
		    is_older(&heap[child + 1], &heap[child])) {
			child++;
		}
		if (child >= newest->n || !is_older(&heap[child], &event)) {
			break;
		}
		heap[hole] = heap[child];
		hole = child;
	}
	heap[hole] = event;
}

static void
add(struct newest *newest, const struct echelon_trace_event *event)
{
	if (newest->n < newest->room) {
		newest->events[newest->n++] = *event;
		if (newest->n == newest->room) {
			/* Sorted, it is a heap. */
			qsort(newest->events, newest->n, sizeof(*event),
			    compare);
		}
	} else if (is_older(&newest->events[0], event)) {
		sift_down(newest, 0, *event);
	}
}

static struct echelon_trace_event
unpack(const struct eln_trail_record *record, uint32_t thread)
{
	uint64_t last = record->words[2];

	return (struct echelon_trace_event){
		.time_ns = record->words[0],
		.conn = record->words[1],
		.thread = thread,
		.kind = (uint32_t)(last >> 8) & 0xffff,
		.role = (uint32_t)last & 0xff,
		.detail = (uint32_t)(last >> 32),
	};
}

/** Adds the events of a track; returns how many there were. Whoever could
 *  take the track away waits for the lock that the caller holds. */
static size_t
add_track_locked(struct newest *newest, const struct eln_track *track)
{
	uint64_t first;
	uint64_t end;

	eln_trail_range(track->trail, &first, &end);
	for (uint64_t i = first; i < end && newest->room > 0; i++) {
		struct eln_trail_record record;

		if (eln_trail_get(track->trail, i, &record)) {
			struct echelon_trace_event event = unpack(&record,
			    track->thread);

			add(newest, &event);
		}
	}
	return (size_t)(end - first);
}

size_t
echelon_trace_read(echelon_engine *engine, struct echelon_trace_event *events,
    size_t n)
{
	struct newest newest = { .events = events, .room = n };
	struct eln_trace *trace = &engine->trace;
	size_t all = 0;

	eln_lock_acquire(&trace->lock);
	for (const struct eln_track *track = trace->tracks; track != NULL;
	     track = track->next) {
		if (track->session == trace->last_session) {
			all += add_track_locked(&newest, track);
		}
	}
	eln_lock_release(&trace->lock);
	eln_lock_acquire(&trace->outside_lock);
	if (trace->outside != NULL) {
		all += add_track_locked(&newest, trace->outside);
	}
	eln_lock_release(&trace->outside_lock);
	if (n == 0) {
		return all;
	}
	qsort(events, newest.n, sizeof(*events), compare);
	return newest.n;
}
