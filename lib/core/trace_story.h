/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ELN_TRACE_STORY_H
#define ELN_TRACE_STORY_H

/*
 * What there is to draw: events, seen through a view.
 *
 *   columns  the threads that are shown, those outside the pool last
 *   spans    what a thread was or did from here to there; on a thread, calls
 *            are inside turns, writes inside either, waits and sleeps apart
 *            from both. Roles change when they like
 *   flows    the way of a handle from ready until there is nothing left to
 *            do, in steps: READY, TAKEN, QUEUED, CALL_BEGIN, WRITE_BEGIN
 *
 * What began before the view begins with it; what has not ended, or is cut
 * off by the view, ends with it.
 */

#include <echelon/trace.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum eln_span_kind {
	ELN_SPAN_ROLE,
	ELN_SPAN_WAIT,
	ELN_SPAN_PARK,
	ELN_SPAN_TURN,
	ELN_SPAN_CALL,
	ELN_SPAN_WRITE,
	ELN_SPAN_QUEUE, /* of no thread: `column` is who put it */
	ELN_SPANS
};

struct eln_span {
	enum eln_span_kind kind;
	unsigned column;
	uint64_t begin;
	uint64_t end;
	echelon_conn_id conn; /* 0: of the thread */
	uint32_t detail;      /* role, call, or bytes */
};

struct eln_flow_step {
	unsigned flow; /* from 1 */
	unsigned column;
	bool is_last;
	uint64_t time;
	uint32_t kind;
	echelon_conn_id conn;
};

struct eln_story {
	const struct echelon_trace_event *events; /* borrowed, all */
	size_t n_events;
	struct echelon_trace_view view;

	uint64_t origin; /* the time that is called 0 */
	uint64_t begin;  /* what is shown */
	uint64_t end;

	uint32_t *threads; /* of the columns */
	unsigned n_columns;
	unsigned n_left_out; /* threads that only slept */

	struct eln_span *spans;
	size_t n_spans;
	struct eln_flow_step *steps; /* flow by flow */
	size_t n_steps;
	unsigned n_flows;
};

/** Makes it. 0, or -ENOMEM and nothing is left. */
int eln_story_create(struct eln_story *story,
    const struct echelon_trace_event *events, size_t n,
    const struct echelon_trace_view *view);

void eln_story_destroy(struct eln_story *story);

/** The column of a thread, or n_columns. */
unsigned eln_story_column(const struct eln_story *story, uint32_t thread);

/** Whether an event is part of it. */
bool eln_story_shows(const struct eln_story *story,
    const struct echelon_trace_event *event);

/* ---- parts, for eln_story_create ---- */

/** Chooses the columns. 0 or -ENOMEM. */
int eln_story_find_columns(struct eln_story *story);

/** Makes the spans of threads. 0 or -ENOMEM. */
int eln_story_find_spans(struct eln_story *story);

/** Makes flows, and the spans of the queue. 0 or -ENOMEM. */
int eln_story_find_flows(struct eln_story *story);

/** Adds a span, clipped to what is shown. */
void eln_story_add_span(struct eln_story *story, struct eln_span span);

/* ---- names ---- */

enum {
	ELN_NAME_SIZE = 32
};

/** "leader" and so on; "" for no role. */
const char *eln_role_name(uint32_t role);

/** "thread 3", or "outside". */
void eln_thread_name(char *name, uint32_t thread);

/** "c0", "c0.2", "l0". */
void eln_conn_name(char *name, echelon_conn_id conn);

/** The connection that eln_conn_name calls so; 0: none can be. */
echelon_conn_id eln_conn_named(const char *name);

#endif
