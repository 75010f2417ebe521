/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Each thread does one thing at a time, from one of its events to another:
 *
 *     WAIT_BEGIN  waits, as its role says      TAKEN   is in a turn
 *     PARKED      sleeps                       WOKEN   searches
 *     WAIT_END, TURN_END   something too short to have a name
 *
 * What it did before its first event is what that event ends. Its layer gives
 * it a name.
 */
#include "timeline.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

#define FIRST_SLOT(id) ((unsigned)((id)&UINT32_MAX))

/* Shorter ones are not seen, and there may be very many of them. */
#define SHORTEST_US 0.2

struct lane {
	const char *role; /* NULL: nothing with a name */
	echelon_conn_id handle;
	double since_us;
	uint32_t layer; /* enum echelon_trace_role, asynchronous or worker */
	bool has_events;
};

struct drawing {
	struct results_timeline *timeline;
	struct lane lanes[TIMELINE_THREADS_MAX];
	size_t n_lanes;
	uint64_t begin_ns;
	double depth;
	bool has_earlier_depth; /* that has to be drawn where it begins */
};

static double
round_us(double us)
{
	return round(us * 10) / 10;
}

static double
get_us(const struct drawing *drawing, const struct echelon_trace_event *event)
{
	return event->time_ns <= drawing->begin_ns
	    ? 0
	    : (double)(event->time_ns - drawing->begin_ns) / 1e3;
}

static void
add_span(struct drawing *drawing, size_t thread, double end_us)
{
	const struct lane *lane = &drawing->lanes[thread];
	struct results_timeline *timeline = drawing->timeline;
	struct results_span *span;

	if (lane->role == NULL || end_us - lane->since_us < SHORTEST_US) {
		return;
	}
	span = RESULTS_ADD(timeline->spans, timeline->n_spans);
	span->thread = (double)thread;
	span->role = results_text("%s", lane->role);
	span->begin_us = round_us(lane->since_us);
	span->end_us = round_us(end_us);
	span->handle = lane->handle != 0
	    ? results_text("c%u", FIRST_SLOT(lane->handle))
	    : results_text("%s", "");
}

static const char *
get_waiting_role(const struct echelon_trace_event *event)
{
	switch (event->role) {
	case ECHELON_ROLE_ASYNCHRONOUS:
		return "asynchronous";
	case ECHELON_ROLE_LEADER:
		return "leader";
	default:
		return "dispatching";
	}
}

static const char *
get_turn_role(const struct echelon_trace_event *event)
{
	return event->role == ECHELON_ROLE_ASYNCHRONOUS ? "asynchronous"
							: "processing";
}

/* What a thread did before this event, if it was its first. */
static const char *
get_earlier_role(const struct echelon_trace_event *event)
{
	switch (event->kind) {
	case ECHELON_TRACE_WAIT_END:
		return get_waiting_role(event);
	case ECHELON_TRACE_WOKEN:
		return "parked";
	case ECHELON_TRACE_TURN_END:
	case ECHELON_TRACE_CALL_BEGIN:
	case ECHELON_TRACE_CALL_END:
	case ECHELON_TRACE_WRITE_BEGIN:
	case ECHELON_TRACE_WRITE_END:
		return get_turn_role(event);
	default:
		return NULL;
	}
}

static void
begin_span(struct drawing *drawing, const struct echelon_trace_event *event,
    const char *role, echelon_conn_id handle)
{
	struct lane *lane = &drawing->lanes[event->thread];
	double us = get_us(drawing, event);

	add_span(drawing, event->thread, us);
	lane->role = role;
	lane->handle = handle;
	lane->since_us = us;
}

static void
note_layer(struct lane *lane, uint32_t role)
{
	if (role == ECHELON_ROLE_ASYNCHRONOUS || role == ECHELON_ROLE_WORKER) {
		lane->layer = role;
	}
}

static void
follow_thread(struct drawing *drawing, const struct echelon_trace_event *event)
{
	struct lane *lane = &drawing->lanes[event->thread];

	if (!lane->has_events) {
		lane->has_events = true;
		lane->role = get_earlier_role(event);
		lane->handle = event->conn;
	}
	note_layer(lane, event->role);
	switch (event->kind) {
	case ECHELON_TRACE_WAIT_BEGIN:
		begin_span(drawing, event, get_waiting_role(event), 0);
		break;
	case ECHELON_TRACE_PARKED:
		begin_span(drawing, event, "parked", 0);
		break;
	case ECHELON_TRACE_WOKEN:
		begin_span(drawing, event, "searching", 0);
		break;
	case ECHELON_TRACE_TAKEN:
		begin_span(drawing, event, get_turn_role(event), event->conn);
		break;
	case ECHELON_TRACE_WAIT_END:
	case ECHELON_TRACE_TURN_END:
		begin_span(drawing, event, NULL, 0);
		break;
	default:
		break;
	}
}

static void
add_depth(struct drawing *drawing, double us, double depth)
{
	struct results_timeline *timeline = drawing->timeline;
	struct results_depth *point = RESULTS_ADD(timeline->queue,
	    timeline->n_queue);

	point->us = round_us(us);
	point->depth = depth;
}

/* Of what was before the beginning only the last is seen. */
static void
draw_earlier_depth(struct drawing *drawing)
{
	if (drawing->has_earlier_depth) {
		add_depth(drawing, 0, drawing->depth);
	}
	drawing->has_earlier_depth = false;
}

static void
follow_queue(struct drawing *drawing, const struct echelon_trace_event *event)
{
	double depth = drawing->depth;

	if (event->kind == ECHELON_TRACE_QUEUED) {
		depth++;
	} else if (event->kind == ECHELON_TRACE_TAKEN && depth > 0 &&
	    event->role == ECHELON_ROLE_WORKER) {
		depth--;
	} else {
		return;
	}
	if (event->time_ns < drawing->begin_ns) {
		drawing->has_earlier_depth = true;
	} else {
		draw_earlier_depth(drawing);
		add_depth(drawing, get_us(drawing, event), depth);
	}
	drawing->depth = depth;
}

static void
name_threads(struct drawing *drawing)
{
	struct results_timeline *timeline = drawing->timeline;
	size_t counts[2] = { 0, 0 };
	bool has_layers = false;

	for (size_t i = 0; i < drawing->n_lanes; i++) {
		has_layers |= drawing->lanes[i].layer != 0;
	}
	for (size_t i = 0; i < drawing->n_lanes; i++) {
		bool is_asynchronous = drawing->lanes[i].layer ==
		    ECHELON_ROLE_ASYNCHRONOUS;
		const char *kind = !has_layers ? "thread"
		    : is_asynchronous          ? "asynchronous layer"
					       : "worker";
		char **name = RESULTS_ADD(timeline->threads,
		    timeline->n_threads);

		*name = results_text("%s %zu", kind, counts[is_asynchronous]++);
	}
}

/* Threads that nothing happened to were asleep before, and are still. */
static void
end_lanes(struct drawing *drawing)
{
	for (size_t i = 0; i < drawing->n_lanes; i++) {
		struct lane *lane = &drawing->lanes[i];

		if (!lane->has_events) {
			lane->role = "parked";
		}
		add_span(drawing, i, TIMELINE_US);
	}
}

void
timeline_of(const struct echelon_trace_event *events, size_t n, size_t threads,
    struct results_timeline *timeline)
{
	static struct drawing drawing;
	uint64_t end_ns = n > 0 ? events[n - 1].time_ns : 0;
	const uint64_t length_ns = (uint64_t)TIMELINE_US * 1000;

	memset(&drawing, 0, sizeof(drawing));
	drawing.timeline = timeline;
	drawing.begin_ns = end_ns > length_ns ? end_ns - length_ns : 0;
	drawing.n_lanes = threads < TIMELINE_THREADS_MAX ? threads
							 : TIMELINE_THREADS_MAX;
	timeline->microseconds = TIMELINE_US;
	for (size_t i = 0; i < n; i++) {
		if (events[i].thread >= TIMELINE_THREADS_MAX) {
			continue;
		}
		if (events[i].thread >= drawing.n_lanes) {
			drawing.n_lanes = events[i].thread + 1;
		}
		follow_queue(&drawing, &events[i]);
		follow_thread(&drawing, &events[i]);
	}
	draw_earlier_depth(&drawing);
	end_lanes(&drawing);
	name_threads(&drawing);
}
