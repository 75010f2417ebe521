/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * Flows, and with them the time in the queue: the events of one connection
 * after another, each in the order of time.
 *
 *   READY, or TAKEN ──▶ steps ──▶ TURN_END with nothing left
 *
 * A READY inside a flow is an event for a handle that is already being
 * served; if no TAKEN takes it up later, it was one for nothing new.
 */

#include <errno.h>
#include <stdlib.h>

#include "core/trace_story.h"

/* Where the walk along a connection is. */
struct walk {
	echelon_conn_id conn;
	bool is_in_flow;
	bool is_queued;
	struct eln_span queued; /* since when */
};

static int
compare(const void *a, const void *b)
{
	const struct echelon_trace_event
	    *x = *(const struct echelon_trace_event *const *)a;
	const struct echelon_trace_event
	    *y = *(const struct echelon_trace_event *const *)b;

	if (x->conn != y->conn) {
		return x->conn < y->conn ? -1 : 1;
	}
	/* In the array they are in the order of time. */
	return (x > y) - (x < y);
}

/** What is over when the connection, or a flow, is. */
static void
end_flow(struct eln_story *story, struct walk *walk)
{
	if (walk->is_in_flow && story->n_steps > 0) {
		story->steps[story->n_steps - 1].is_last = true;
	}
	walk->is_in_flow = false;
}

static void
add_step(struct eln_story *story, struct walk *walk,
    const struct echelon_trace_event *event)
{
	if (!eln_story_shows(story, event)) {
		return;
	}
	if (!walk->is_in_flow) {
		walk->is_in_flow = true;
		story->n_flows++;
	}
	story->steps[story->n_steps++] = (struct eln_flow_step){
		.flow = story->n_flows,
		.column = eln_story_column(story, event->thread),
		.time = event->time_ns,
		.kind = event->kind,
		.conn = event->conn,
	};
}

static void
enter_queue(struct eln_story *story, struct walk *walk,
    const struct echelon_trace_event *event)
{
	walk->is_queued = true;
	walk->queued = (struct eln_span){ .kind = ELN_SPAN_QUEUE,
		.column = eln_story_column(story, event->thread),
		.begin = event->time_ns,
		.conn = event->conn };
}

static void
leave_queue(struct eln_story *story, struct walk *walk, uint64_t time)
{
	if (walk->is_queued) {
		walk->is_queued = false;
		walk->queued.end = time;
		eln_story_add_span(story, walk->queued);
	}
}

static void
follow(struct eln_story *story, struct walk *walk,
    const struct echelon_trace_event *event)
{
	switch (event->kind) {
	case ECHELON_TRACE_READY:
		if (!walk->is_in_flow) {
			add_step(story, walk, event);
		}
		break;
	case ECHELON_TRACE_QUEUED:
		enter_queue(story, walk, event);
		add_step(story, walk, event);
		break;
	case ECHELON_TRACE_TAKEN:
		leave_queue(story, walk, event->time_ns);
		add_step(story, walk, event);
		break;
	case ECHELON_TRACE_CALL_BEGIN:
	case ECHELON_TRACE_WRITE_BEGIN:
		add_step(story, walk, event);
		break;
	case ECHELON_TRACE_TURN_END:
		if (event->detail == ECHELON_TURN_DONE) {
			end_flow(story, walk);
		}
		break;
	default:
		break;
	}
}

static void
end_connection(struct eln_story *story, struct walk *walk)
{
	leave_queue(story, walk, story->end);
	end_flow(story, walk);
}

static void
walk_along(struct eln_story *story,
    const struct echelon_trace_event *const *events, size_t n)
{
	struct walk walk = { .conn = 0 };

	for (size_t i = 0; i < n; i++) {
		if (events[i]->conn != walk.conn) {
			end_connection(story, &walk);
			walk = (struct walk){ .conn = events[i]->conn };
		}
		follow(story, &walk, events[i]);
	}
	end_connection(story, &walk);
}

int
eln_story_find_flows(struct eln_story *story)
{
	const struct echelon_trace_event **events = calloc(story->n_events + 1,
	    sizeof(struct echelon_trace_event *));
	size_t n = 0;

	story->steps = calloc(story->n_events + 1, sizeof(*story->steps));
	if (events == NULL || story->steps == NULL) {
		free((void *)events);
		return -ENOMEM;
	}
	for (size_t i = 0; i < story->n_events; i++) {
		if (story->events[i].conn != 0) {
			events[n++] = &story->events[i];
		}
	}
	qsort((void *)events, n, sizeof(*events), compare);
	walk_along(story, events, n);
	free((void *)events);
	return 0;
}
