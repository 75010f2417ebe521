/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/trace_story.h"

#include <errno.h>
#include <stdlib.h>

/* With more columns than this, threads that only slept are left out. */
enum {
	MANY_COLUMNS = 8
};

/* ---- what is shown ---- */

static bool
is_in_time(const struct eln_story *story,
    const struct echelon_trace_event *event)
{
	return event->time_ns >= story->begin && event->time_ns <= story->end;
}

bool
eln_story_shows(const struct eln_story *story,
    const struct echelon_trace_event *event)
{
	return is_in_time(story, event) &&
	    (story->view.conn == 0 || event->conn == 0 ||
		event->conn == story->view.conn) &&
	    eln_story_column(story, event->thread) < story->n_columns;
}

/** Bounds what is shown by the first and the last event of the connection. */
static void
close_in(struct eln_story *story)
{
	uint64_t first = story->end;
	uint64_t last = story->begin;

	for (size_t i = 0; i < story->n_events; i++) {
		const struct echelon_trace_event *event = &story->events[i];

		if (event->conn == story->view.conn &&
		    is_in_time(story, event)) {
			first = event->time_ns < first ? event->time_ns : first;
			last = event->time_ns;
		}
	}
	story->begin = first;
	story->end = last < first ? first : last;
}

static void
find_range(struct eln_story *story)
{
	const struct echelon_trace_view *view = &story->view;
	uint64_t last;

	if (story->n_events == 0) {
		return;
	}
	story->origin = story->events[0].time_ns;
	last = story->events[story->n_events - 1].time_ns - story->origin;
	story->end = story->origin +
	    (view->until_ns != 0 && view->until_ns < last ? view->until_ns
							  : last);
	story->begin = story->origin + view->from_ns;
	if (view->from_ns > story->end - story->origin) {
		story->begin = story->end;
	}
	if (view->conn != 0) {
		close_in(story);
	}
}

/* ---- columns ---- */

static int
compare_numbers(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a;
	uint32_t y = *(const uint32_t *)b;

	return (x > y) - (x < y);
}

unsigned
eln_story_column(const struct eln_story *story, uint32_t thread)
{
	const uint32_t *found = bsearch(&thread, story->threads,
	    story->n_columns, sizeof(thread), compare_numbers);

	return found == NULL ? story->n_columns
			     : (unsigned)(found - story->threads);
}

/** Whether the event makes its thread worth a column. */
static bool
is_worth_a_column(const struct eln_story *story,
    const struct echelon_trace_event *event, bool idle_too)
{
	if (!is_in_time(story, event)) {
		return false;
	}
	if (story->view.conn != 0) {
		return event->conn == story->view.conn;
	}
	return idle_too || event->conn != 0 ||
	    event->kind == ECHELON_TRACE_WAIT_END ||
	    event->kind == ECHELON_TRACE_TAKEN_OVER;
}

/** The columns, all or without idle threads, in room for all events. */
static void
choose_columns(struct eln_story *story, bool idle_too)
{
	unsigned n = 0;
	size_t found = 0;

	for (size_t i = 0; i < story->n_events; i++) {
		if (is_worth_a_column(story, &story->events[i], idle_too)) {
			story->threads[found++] = story->events[i].thread;
		}
	}
	qsort(story->threads, found, sizeof(*story->threads), compare_numbers);
	for (size_t i = 0; i < found; i++) {
		if (n == 0 || story->threads[n - 1] != story->threads[i]) {
			story->threads[n++] = story->threads[i];
		}
	}
	story->n_columns = n;
}

int
eln_story_find_columns(struct eln_story *story)
{
	unsigned all;

	story->threads = calloc(story->n_events + 1, sizeof(*story->threads));
	if (story->threads == NULL) {
		return -ENOMEM;
	}
	choose_columns(story, true);
	all = story->n_columns;
	if (all > MANY_COLUMNS) {
		choose_columns(story, false);
		story->n_left_out = all - story->n_columns;
	}
	return 0;
}

/* ---- all of it ---- */

void
eln_story_add_span(struct eln_story *story, struct eln_span span)
{
	bool is_other = story->view.conn != 0 && span.conn != 0 &&
	    span.conn != story->view.conn;

	if (is_other || span.column >= story->n_columns ||
	    span.end < story->begin || span.begin > story->end) {
		return;
	}
	if (span.begin < story->begin) {
		span.begin = story->begin;
	}
	if (span.end > story->end) {
		span.end = story->end;
	}
	story->spans[story->n_spans++] = span;
}

int
eln_story_create(struct eln_story *story,
    const struct echelon_trace_event *events, size_t n,
    const struct echelon_trace_view *view)
{
	int error;

	*story = (struct eln_story){
		.events = events,
		.n_events = n,
		.view = *view,
	};
	find_range(story);
	error = eln_story_find_columns(story);
	if (error == 0) {
		error = eln_story_find_spans(story);
	}
	if (error == 0) {
		error = eln_story_find_flows(story);
	}
	if (error != 0) {
		eln_story_destroy(story);
	}
	return error;
}

void
eln_story_destroy(struct eln_story *story)
{
	free(story->threads);
	free(story->spans);
	free(story->steps);
	*story = (struct eln_story){ .n_events = 0 };
}
