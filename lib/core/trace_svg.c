/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * The picture: time from left to right, a row a thread.
 *
 *   thread 0  ▄▄▄▄ leader ▄▄▄▄▄▄▄▄▄▄▄▄▄  what it is, in the role's colour
 *             ───── ▓▓▓█▓▓ ───────────   what it does: waits, turn, handler
 *   queue            ░░░░                how long handles were in it
 *
 * The colours are those of Okabe and Ito, which people of all kinds of colour
 * vision tell apart; handler, turn, wait and sleep also differ in height and
 * lightness, so that a print without colour can be read. Requests are drawn
 * as lines while there are few.
 *
 * What is narrower than half a pixel is drawn half a pixel wide, and left out
 * where that is taken: so a picture has a bounded size.
 */

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>

#include "base/compiler.h"
#include "core/thread.h"
#include "core/trace_render.h"
#include "core/trace_svg.h"

#define NARROWEST 0.5

const struct eln_look eln_looks[ELN_SPANS] = {
	[ELN_SPAN_ROLE] = { "role", "", 0, 1 },
	[ELN_SPAN_WAIT] = { "waits", "#56B4E9", 0.75, 0.25 },
	[ELN_SPAN_PARK] = { "parked", "#BBBBBB", 0.9, 0.1 },
	[ELN_SPAN_TURN] = { "turn", "#F0E442", 0.2, 0.8 },
	[ELN_SPAN_CALL] = { "in a handler", "#000000", 0.2, 0.8 },
	[ELN_SPAN_WRITE] = { "writes", "#E69F00", 0.5, 0.5 },
	[ELN_SPAN_QUEUE] = { "queued", "#CC79A7", 0, 1 },
};

/* Those who run handlers have one colour, whatever their name. */
static const char *const role_colours[] = {
	[ECHELON_ROLE_NONE] = "#FFFFFF",
	[ECHELON_ROLE_LEADER] = "#D55E00",
	[ECHELON_ROLE_FOLLOWER] = "#BBBBBB",
	[ECHELON_ROLE_PROCESSING] = "#009E73",
	[ECHELON_ROLE_ASYNCHRONOUS] = "#0072B2",
	[ECHELON_ROLE_WORKER] = "#009E73",
	[ECHELON_ROLE_DISPATCHER] = "#CC79A7",
};

const char *
eln_role_colour(uint32_t role)
{
	return role < ELN_COUNT(role_colours) ? role_colours[role] : "#666666";
}

/* ---- spans ---- */

static const char *
colour_of(const struct eln_span *span)
{
	return span->kind == ELN_SPAN_ROLE ? eln_role_colour(span->detail)
					   : eln_looks[span->kind].colour;
}

/** What a span is, for whoever points at it. */
static void
print_tip(const struct eln_picture *picture, const struct eln_span *span)
{
	const struct eln_story *story = picture->story;
	const char *what = eln_looks[span->kind].name;
	char thread[ELN_NAME_SIZE];
	char conn[ELN_NAME_SIZE] = "";

	if (span->kind == ELN_SPAN_ROLE) {
		what = eln_role_name(span->detail);
	} else if (span->kind == ELN_SPAN_CALL) {
		what = eln_call_name((enum eln_call)span->detail);
	}
	if (span->conn != 0) {
		eln_conn_name(conn, span->conn);
	}
	eln_thread_name(thread, story->threads[span->column]);
	eln_out_print(picture->out,
	    "<title>%s: %s %s, %.1f us from %.1f us</title>", thread, what,
	    conn, (double)(span->end - span->begin) / 1000,
	    (double)(span->begin - story->origin) / 1000);
}

/** Where a span is from left to right. False: there is no room left for it
 *  beside what was drawn before. */
static bool
place(struct eln_picture *picture, const struct eln_span *span, double *x,
    double *width)
{
	double *drawn =
	    &picture->drawn[span->column * ELN_SPANS + (unsigned)span->kind];

	*x = eln_picture_x(picture, span->begin);
	*width = eln_picture_x(picture, span->end) - *x;
	if (*width < NARROWEST) {
		*width = NARROWEST;
		if (*x < *drawn) {
			return false;
		}
	}
	*drawn = *x + *width;
	return true;
}

static void
draw_span(struct eln_picture *picture, const struct eln_span *span)
{
	const struct eln_look *look = &eln_looks[span->kind];
	bool is_role = span->kind == ELN_SPAN_ROLE;
	bool is_queue = span->kind == ELN_SPAN_QUEUE;
	double y = eln_picture_y(is_queue ? picture->story->n_columns
					  : span->column);
	double x;
	double width;

	if (!place(picture, span, &x, &width)) {
		return;
	}
	y += is_role ? 0 : ELN_PICTURE_BAR_TOP + look->top * ELN_PICTURE_BAR;
	eln_out_print(picture->out,
	    "<rect x=\"%.2f\" y=\"%.1f\" width=\"%.2f\" height=\"%.1f\" "
	    "fill=\"%s\"%s>",
	    x, y, width,
	    is_role ? ELN_PICTURE_ROLE_HEIGHT : look->height * ELN_PICTURE_BAR,
	    colour_of(span), is_queue ? " fill-opacity=\"0.5\"" : "");
	print_tip(picture, span);
	eln_out_print(picture->out, "</rect>\n");
}

/** The name of a role inside its bar, where it fits. */
static void
label_role(const struct eln_picture *picture, const struct eln_span *span)
{
	const char *name = eln_role_name(span->detail);
	double x = eln_picture_x(picture, span->begin);
	double width = eln_picture_x(picture, span->end) - x;
	bool is_dark = span->detail == ECHELON_ROLE_ASYNCHRONOUS ||
	    span->detail == ECHELON_ROLE_LEADER ||
	    span->detail == ECHELON_ROLE_WORKER ||
	    span->detail == ECHELON_ROLE_PROCESSING;
	size_t letters = 0;

	while (name[letters] != '\0') {
		letters++;
	}
	if (width > (double)(letters + 1) * ELN_PICTURE_LETTER) {
		eln_out_print(picture->out,
		    "<text x=\"%.1f\" y=\"%.1f\" fill=\"%s\">%s</text>\n",
		    x + 3,
		    eln_picture_y(span->column) + ELN_PICTURE_ROLE_HEIGHT - 2.5,
		    is_dark ? "#FFFFFF" : "#000000", name);
	}
}

/** Spans of one kind, so that each lies above those that contain it. */
static void
draw_spans(struct eln_picture *picture, enum eln_span_kind kind)
{
	const struct eln_story *story = picture->story;

	for (size_t i = 0; i < story->n_spans; i++) {
		const struct eln_span *span = &story->spans[i];

		if (span->kind == kind) {
			draw_span(picture, span);
		}
	}
}

static void
label_roles(const struct eln_picture *picture)
{
	const struct eln_story *story = picture->story;

	for (size_t i = 0; i < story->n_spans; i++) {
		if (story->spans[i].kind == ELN_SPAN_ROLE) {
			label_role(picture, &story->spans[i]);
		}
	}
}

/* ---- requests ---- */

static double
y_of_step(const struct eln_picture *picture, const struct eln_flow_step *step)
{
	if (step->kind == ECHELON_TRACE_QUEUED) {
		return eln_picture_y(picture->story->n_columns) +
		    ELN_PICTURE_BAR_TOP + 0.5 * ELN_PICTURE_BAR;
	}
	return eln_picture_y(step->column) + ELN_PICTURE_BAR_TOP +
	    0.6 * ELN_PICTURE_BAR;
}

static void
draw_flows(const struct eln_picture *picture)
{
	const struct eln_story *story = picture->story;

	if (story->n_flows > ELN_PICTURE_MOST_FLOWS) {
		return;
	}
	for (size_t i = 0; i < story->n_steps; i++) {
		const struct eln_flow_step *step = &story->steps[i];
		bool is_first = i == 0 || step[-1].flow != step->flow;
		char conn[ELN_NAME_SIZE];

		if (is_first) {
			eln_conn_name(conn, step->conn);
			eln_out_print(picture->out,
			    "<polyline fill=\"none\" stroke=\"#0072B2\" "
			    "stroke-width=\"1.2\" marker-end=\"url(#arrow)\" "
			    "points=\"");
		}
		eln_out_print(picture->out, "%.2f,%.1f ",
		    eln_picture_x(picture, step->time),
		    y_of_step(picture, step));
		if (i + 1 == story->n_steps || step[1].flow != step->flow) {
			eln_conn_name(conn, step->conn);
			eln_out_print(picture->out,
			    "\"><title>request of %s</title></polyline>\n",
			    conn);
		}
	}
}

/* ---- what comes from outside ---- */

static bool
is_mark(const struct eln_story *story, const struct echelon_trace_event *event)
{
	return (event->kind == ECHELON_TRACE_TAKEN_OVER ||
		   event->kind == ECHELON_TRACE_POSTED) &&
	    eln_story_shows(story, event);
}

static void
draw_mark(const struct eln_picture *picture,
    const struct echelon_trace_event *event, double x)
{
	double y = eln_picture_y(eln_story_column(picture->story,
		       event->thread)) +
	    ELN_PICTURE_BAR_TOP + 0.5 * ELN_PICTURE_BAR;
	char what[ELN_NAME_SIZE];

	if (event->kind == ECHELON_TRACE_POSTED) {
		eln_conn_name(what, event->conn);
	} else {
		eln_thread_name(what, event->detail);
	}
	eln_out_print(picture->out,
	    "<path d=\"M%.2f,%.1f l4,5 l-4,5 l-4,-5 z\" fill=\"#D55E00\">"
	    "<title>%s %s</title></path>\n",
	    x, y - 5,
	    event->kind == ECHELON_TRACE_POSTED ? "a message to"
						: "takes the lead from",
	    what);
}

/** Take-overs and posts, unless they are too near to each other. */
static void
draw_marks(struct eln_picture *picture)
{
	const struct eln_story *story = picture->story;
	double drawn = 0;

	for (size_t i = 0; i < story->n_events; i++) {
		double x;

		if (!is_mark(story, &story->events[i])) {
			continue;
		}
		picture->has_marks = true;
		x = eln_picture_x(picture, story->events[i].time_ns);
		if (x >= drawn + 2) {
			drawn = x;
			draw_mark(picture, &story->events[i], x);
		}
	}
}

/* ---- all of it ---- */

/** What occurs at all: for the legend and the rows. */
static void
survey(struct eln_picture *picture)
{
	const struct eln_story *story = picture->story;

	for (size_t i = 0; i < story->n_spans; i++) {
		const struct eln_span *span = &story->spans[i];

		picture->activities |= UINT32_C(1) << span->kind;
		if (span->kind == ELN_SPAN_ROLE && span->detail < 32) {
			picture->roles |= UINT32_C(1) << span->detail;
		}
	}
	picture->has_queue = (picture->activities &
				 UINT32_C(1) << ELN_SPAN_QUEUE) != 0;
}

int
eln_render_svg(const struct eln_story *story, struct eln_out *out)
{
	struct eln_picture picture = { .story = story, .out = out };
	uint64_t range = story->end - story->begin;

	picture.drawn = calloc((size_t)story->n_columns * ELN_SPANS + 1,
	    sizeof(*picture.drawn));
	if (picture.drawn == NULL) {
		return -ENOMEM;
	}
	picture.scale = (double)(ELN_PICTURE_WIDTH - ELN_PICTURE_LEFT -
			    ELN_PICTURE_RIGHT) /
	    (double)(range > 0 ? range : 1);
	survey(&picture);
	eln_picture_frame(&picture);
	for (unsigned kind = 0; kind < ELN_SPANS; kind++) {
		draw_spans(&picture, (enum eln_span_kind)kind);
	}
	label_roles(&picture);
	draw_flows(&picture);
	draw_marks(&picture);
	eln_picture_legend(&picture);
	eln_out_print(out, "</svg>\n");
	free(picture.drawn);
	return 0;
}
