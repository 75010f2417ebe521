/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * Spans of threads: each event begins or ends something of its thread. At
 * most one span is added per event, and one for each that is open at the end.
 */

#include <errno.h>
#include <stdlib.h>

#include "core/trace_story.h"

/* What is open in a column. */
struct open {
	bool is_open[ELN_SPANS];
	struct eln_span spans[ELN_SPANS];
	bool is_known; /* some event has told its role */
};

static void
begin(struct open *open, const struct eln_span *span)
{
	open->is_open[span->kind] = true;
	open->spans[span->kind] = *span;
}

static void
end(struct eln_story *story, struct open *open, enum eln_span_kind kind,
    uint64_t time)
{
	if (open->is_open[kind]) {
		open->is_open[kind] = false;
		open->spans[kind].end = time;
		eln_story_add_span(story, open->spans[kind]);
	}
}

/** Ends the role of a column, and begins another. */
static void
change_role(struct eln_story *story, struct open *open, unsigned column,
    uint64_t time, uint32_t role)
{
	struct eln_span span = { .kind = ELN_SPAN_ROLE,
		.column = column,
		.begin = time,
		.detail = role };

	open->is_known = true;
	end(story, open, ELN_SPAN_ROLE, time);
	if (role != ECHELON_ROLE_NONE) {
		begin(open, &span);
	}
}

/** Which span an event begins, if it begins one. */
static enum eln_span_kind
begun_by(uint32_t kind)
{
	switch (kind) {
	case ECHELON_TRACE_WAIT_BEGIN:
		return ELN_SPAN_WAIT;
	case ECHELON_TRACE_PARKED:
		return ELN_SPAN_PARK;
	case ECHELON_TRACE_TAKEN:
		return ELN_SPAN_TURN;
	case ECHELON_TRACE_CALL_BEGIN:
		return ELN_SPAN_CALL;
	case ECHELON_TRACE_WRITE_BEGIN:
		return ELN_SPAN_WRITE;
	default:
		return ELN_SPANS;
	}
}

static enum eln_span_kind
ended_by(uint32_t kind)
{
	switch (kind) {
	case ECHELON_TRACE_WAIT_END:
		return ELN_SPAN_WAIT;
	case ECHELON_TRACE_WOKEN:
		return ELN_SPAN_PARK;
	case ECHELON_TRACE_TURN_END:
		return ELN_SPAN_TURN;
	case ECHELON_TRACE_CALL_END:
		return ELN_SPAN_CALL;
	case ECHELON_TRACE_WRITE_END:
		return ELN_SPAN_WRITE;
	default:
		return ELN_SPANS;
	}
}

/** The monitor says that a thread has lost the lead: it finishes its turn as
 *  an ordinary one, and comes to know only then. */
static void
take_over(struct eln_story *story, struct open *columns,
    const struct echelon_trace_event *event)
{
	unsigned loser = eln_story_column(story, event->detail);

	if (loser < story->n_columns) {
		change_role(story, &columns[loser], loser, event->time_ns,
		    ECHELON_ROLE_PROCESSING);
	}
}

static void
apply(struct eln_story *story, struct open *columns,
    const struct echelon_trace_event *event)
{
	unsigned column = eln_story_column(story, event->thread);
	struct open *open = &columns[column];
	enum eln_span_kind ended = ended_by(event->kind);
	struct eln_span span = { .kind = begun_by(event->kind),
		.column = column,
		.begin = event->time_ns,
		.conn = event->conn,
		.detail = event->detail };

	if (event->kind == ECHELON_TRACE_TAKEN_OVER) {
		take_over(story, columns, event);
	}
	if (column == story->n_columns) {
		return;
	}
	if (event->kind == ECHELON_TRACE_ROLE || !open->is_known) {
		change_role(story, open, column, event->time_ns, event->role);
	}
	if (ended == ELN_SPAN_WRITE) {
		open->spans[ended].detail = event->detail;
	}
	if (ended != ELN_SPANS) {
		end(story, open, ended, event->time_ns);
	}
	if (span.kind != ELN_SPANS) {
		begin(open, &span);
	}
}

int
eln_story_find_spans(struct eln_story *story)
{
	struct open *columns = calloc(story->n_columns + 1, sizeof(*columns));
	size_t most = 2 * story->n_events +
	    (size_t)story->n_columns * ELN_SPANS + 1;

	story->spans = calloc(most, sizeof(*story->spans));
	if (columns == NULL || story->spans == NULL) {
		free(columns);
		return -ENOMEM;
	}
	for (size_t i = 0; i < story->n_events; i++) {
		apply(story, columns, &story->events[i]);
	}
	for (unsigned c = 0; c < story->n_columns; c++) {
		for (unsigned kind = 0; kind < ELN_SPANS; kind++) {
			end(story, &columns[c], (enum eln_span_kind)kind,
			    story->end);
		}
	}
	free(columns);
	return 0;
}
