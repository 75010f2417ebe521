/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * The text timeline: a line an event, a column a thread. In the columns of
 * the others a sign says what they are doing meanwhile.
 */

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/compiler.h"
#include "core/thread.h"
#include "core/trace_render.h"

enum {
	CELL = 21, /* characters of a column, the gap included */
	CELL_SIZE = 64
};

/* What a thread does, as far as a sign tells it. */
struct doing {
	bool waits;
	bool sleeps;
	bool turns;
	bool calls;
};

static char
sign_of(const struct doing *doing)
{
	if (doing->calls) {
		return '#';
	}
	if (doing->turns) {
		return '|';
	}
	if (doing->sleeps) {
		return '.';
	}
	return doing->waits ? ':' : ' ';
}

static void
note(struct doing *doing, uint32_t kind)
{
	switch (kind) {
	case ECHELON_TRACE_WAIT_BEGIN:
	case ECHELON_TRACE_WAIT_END:
		doing->waits = kind == ECHELON_TRACE_WAIT_BEGIN;
		break;
	case ECHELON_TRACE_PARKED:
	case ECHELON_TRACE_WOKEN:
		doing->sleeps = kind == ECHELON_TRACE_PARKED;
		break;
	case ECHELON_TRACE_TAKEN:
	case ECHELON_TRACE_TURN_END:
		doing->turns = kind == ECHELON_TRACE_TAKEN;
		break;
	case ECHELON_TRACE_CALL_BEGIN:
	case ECHELON_TRACE_CALL_END:
		doing->calls = kind == ECHELON_TRACE_CALL_BEGIN;
		break;
	default:
		break;
	}
}

static const char *
reason_name(uint32_t reason)
{
	switch (reason) {
	case ECHELON_READY_TIMER:
		return ": timer";
	case ECHELON_READY_POST:
		return ": posted";
	default:
		return "";
	}
}

/** What an event says of its thread. */
static void
describe_thread(char *cell, const struct echelon_trace_event *event)
{
	const char *role = eln_role_name(event->role);

	switch (event->kind) {
	case ECHELON_TRACE_ROLE:
		(void)snprintf(cell, CELL_SIZE, "= %s",
		    *role != '\0' ? role : "leaves");
		break;
	case ECHELON_TRACE_WAIT_BEGIN:
		(void)snprintf(cell, CELL_SIZE, "waits");
		break;
	case ECHELON_TRACE_WAIT_END:
		(void)snprintf(cell, CELL_SIZE, "gets %" PRIu32 " event%s",
		    event->detail, event->detail == 1 ? "" : "s");
		break;
	case ECHELON_TRACE_PARKED:
		(void)snprintf(cell, CELL_SIZE, "parks");
		break;
	case ECHELON_TRACE_WOKEN:
		(void)snprintf(cell, CELL_SIZE, "is woken");
		break;
	case ECHELON_TRACE_PROMOTED:
		(void)snprintf(cell, CELL_SIZE, "%s the lead",
		    event->detail != 0 ? "hands on" : "offers");
		break;
	case ECHELON_TRACE_TAKEN_OVER:
		(void)snprintf(cell, CELL_SIZE, "takes lead from %" PRIu32,
		    event->detail);
		break;
	default:
		(void)snprintf(cell, CELL_SIZE, "event %" PRIu32, event->kind);
		break;
	}
}

/** What an event says of a connection; false: it is about the thread. */
static bool
describe_connection(char *cell, const struct echelon_trace_event *event)
{
	const char *call = eln_call_name((enum eln_call)event->detail);
	char conn[ELN_NAME_SIZE];

	eln_conn_name(conn, event->conn);
	switch (event->kind) {
	case ECHELON_TRACE_POSTED:
		(void)snprintf(cell, CELL_SIZE, "%s posted to", conn);
		break;
	case ECHELON_TRACE_READY:
		(void)snprintf(cell, CELL_SIZE, "%s ready%s", conn,
		    reason_name(event->detail));
		break;
	case ECHELON_TRACE_QUEUED:
		(void)snprintf(cell, CELL_SIZE, "%s queued", conn);
		break;
	case ECHELON_TRACE_TAKEN:
		(void)snprintf(cell, CELL_SIZE, "%s taken", conn);
		break;
	case ECHELON_TRACE_TURN_END:
		(void)snprintf(cell, CELL_SIZE, "%s %s", conn,
		    event->detail == ECHELON_TURN_DONE        ? "done"
			: event->detail == ECHELON_TURN_AGAIN ? "again"
							      : "to be called");
		break;
	case ECHELON_TRACE_CALL_BEGIN:
		(void)snprintf(cell, CELL_SIZE, "%s %s {", conn, call);
		break;
	case ECHELON_TRACE_CALL_END:
		(void)snprintf(cell, CELL_SIZE, "%s } %s", conn, call);
		break;
	case ECHELON_TRACE_WRITE_BEGIN:
		(void)snprintf(cell, CELL_SIZE, "%s writes", conn);
		break;
	case ECHELON_TRACE_WRITE_END:
		(void)snprintf(cell, CELL_SIZE, "%s wrote %" PRIu32, conn,
		    event->detail);
		break;
	default:
		return false;
	}
	return true;
}

static void
print_head(const struct eln_story *story, struct eln_out *out)
{
	if (story->view.title != NULL) {
		eln_out_print(out, "%s\n\n", story->view.title);
	}
	eln_out_print(out,
	    "us since the first event; meanwhile : waits  . parked  | in a "
	    "turn  # in a handler\n");
	if (story->n_left_out > 0) {
		eln_out_print(out, "left out: %u threads that only parked\n",
		    story->n_left_out);
	}
	eln_out_print(out, "\n%12s", "us");
	for (unsigned c = 0; c < story->n_columns; c++) {
		char name[ELN_NAME_SIZE];

		eln_thread_name(name, story->threads[c]);
		eln_out_print(out, "  %-*s",
		    c + 1 < story->n_columns ? CELL - 2 : 0, name);
	}
	eln_out_print(out, "\n");
}

/** The line of an event in this column; no spaces at its end. */
static void
print_event(const struct eln_story *story, struct eln_out *out,
    const struct doing *columns, const struct echelon_trace_event *event)
{
	unsigned column = eln_story_column(story, event->thread);
	uint64_t time = event->time_ns - story->origin;
	unsigned blanks = 0;
	char cell[CELL_SIZE];

	if (!describe_connection(cell, event)) {
		describe_thread(cell, event);
	}
	eln_out_print(out, "%8" PRIu64 ".%03u", time / 1000,
	    (unsigned)(time % 1000));
	for (unsigned c = 0; c < story->n_columns; c++) {
		char sign[2] = { sign_of(&columns[c]), '\0' };
		const char *text = c == column ? cell : sign;
		int length;

		if (*text == ' ') {
			blanks += CELL;
			continue;
		}
		length = (int)strlen(text);
		eln_out_print(out, "%*s  %s", (int)blanks, "", text);
		blanks = length + 2 < CELL ? (unsigned)(CELL - 2 - length) : 0;
	}
	eln_out_print(out, "\n");
}

int
eln_render_text(const struct eln_story *story, struct eln_out *out)
{
	struct doing *columns = calloc(story->n_columns + 1, sizeof(*columns));

	if (columns == NULL) {
		return -ENOMEM;
	}
	print_head(story, out);
	for (size_t i = 0; i < story->n_events; i++) {
		const struct echelon_trace_event *event = &story->events[i];
		unsigned column = eln_story_column(story, event->thread);

		note(&columns[column], event->kind);
		if (eln_story_shows(story, event)) {
			print_event(story, out, columns, event);
		}
	}
	free(columns);
	return 0;
}
