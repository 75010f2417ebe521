/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * What stands around a picture: title, axis, the names of rows, the legend.
 */

#include <stddef.h>

#include "base/compiler.h"
#include "core/trace_svg.h"

/* ---- axis, names, legend ---- */

/** A round number of ns between two ticks. */
static uint64_t
tick_of(uint64_t range)
{
	static const unsigned factors[] = { 1, 2, 5 };

	for (uint64_t unit = 1; unit < UINT64_MAX / 100; unit *= 10) {
		for (size_t i = 0; i < ELN_COUNT(factors); i++) {
			if (range / (unit * factors[i]) <=
			    ELN_PICTURE_MOST_TICKS) {
				return unit * factors[i];
			}
		}
	}
	return range;
}

static void
draw_axis(const struct eln_picture *picture)
{
	const struct eln_story *story = picture->story;
	uint64_t tick = tick_of(story->end - story->begin);
	uint64_t from = story->begin - story->origin;
	uint64_t until = story->end - story->origin;
	double bottom = eln_picture_y(eln_picture_rows(picture));

	for (uint64_t at = (from + tick - 1) / tick * tick; at <= until;
	     at += tick) {
		double x = eln_picture_x(picture, story->origin + at);

		eln_out_print(picture->out,
		    "<line x1=\"%.1f\" y1=\"%d\" x2=\"%.1f\" y2=\"%.1f\" "
		    "stroke=\"#DDDDDD\"/>"
		    "<text x=\"%.1f\" y=\"%d\" text-anchor=\"middle\">%g "
		    "us</text>\n",
		    x, ELN_PICTURE_TOP - 6, x, bottom, x, ELN_PICTURE_TOP - 10,
		    (double)at / 1000);
	}
}

static void
draw_names(const struct eln_picture *picture)
{
	const struct eln_story *story = picture->story;

	for (unsigned c = 0; c < story->n_columns; c++) {
		char name[ELN_NAME_SIZE];

		eln_thread_name(name, story->threads[c]);
		eln_out_print(picture->out,
		    "<text x=\"%d\" y=\"%.1f\" text-anchor=\"end\" "
		    "font-size=\"12\">%s</text>\n",
		    ELN_PICTURE_LEFT - 8, eln_picture_y(c) + 22, name);
	}
	if (picture->has_queue) {
		eln_out_print(picture->out,
		    "<text x=\"%d\" y=\"%.1f\" text-anchor=\"end\" "
		    "font-size=\"12\">queue</text>\n",
		    ELN_PICTURE_LEFT - 8, eln_picture_y(story->n_columns) + 29);
	}
}

/** One sample with its name; returns where the next one begins. */
static double
draw_sample(const struct eln_picture *picture, double x, double y,
    const char *colour, double height, const char *name)
{
	size_t letters = 0;

	while (name[letters] != '\0') {
		letters++;
	}
	eln_out_print(picture->out,
	    "<rect x=\"%.1f\" y=\"%.1f\" width=\"16\" height=\"%.1f\" "
	    "fill=\"%s\"/><text x=\"%.1f\" y=\"%.1f\">%s</text>\n",
	    x, y + 12 - 12 * height, 12 * height, colour, x + 21, y + 10, name);
	return x + 40 + (double)letters * ELN_PICTURE_LETTER;
}

void
eln_picture_legend(const struct eln_picture *picture)
{
	double y = eln_picture_y(eln_picture_rows(picture)) + 14;
	double x = ELN_PICTURE_LEFT;

	for (uint32_t role = 1; role < 32; role++) {
		if ((picture->roles & UINT32_C(1) << role) != 0) {
			x = draw_sample(picture, x, y, eln_role_colour(role), 1,
			    eln_role_name(role));
		}
	}
	y += 20;
	x = ELN_PICTURE_LEFT;
	for (unsigned kind = 0; kind < ELN_SPANS; kind++) {
		if (kind != ELN_SPAN_ROLE &&
		    (picture->activities & UINT32_C(1) << kind) != 0) {
			x = draw_sample(picture, x, y, eln_looks[kind].colour,
			    eln_looks[kind].height, eln_looks[kind].name);
		}
	}
	if (picture->has_marks) {
		x = draw_sample(picture, x, y, "#D55E00", 0.6,
		    "take-over or message, from outside");
	}
	if (picture->story->n_flows > 0 &&
	    picture->story->n_flows <= ELN_PICTURE_MOST_FLOWS) {
		(void)draw_sample(picture, x, y + 3, "#0072B2", 0.1,
		    "one request, from ready on");
	}
}

static void
draw_head(const struct eln_picture *picture)
{
	const struct eln_story *story = picture->story;
	const char *title = story->view.title;
	struct eln_out *out = picture->out;

	eln_out_print(out,
	    "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %.0f\" "
	    "width=\"%d\" font-family=\"sans-serif\" font-size=\"10\">\n"
	    "<title>",
	    ELN_PICTURE_WIDTH, eln_picture_y(eln_picture_rows(picture)) + 56,
	    ELN_PICTURE_WIDTH);
	eln_out_xml(out, title != NULL ? title : "echelon trace");
	eln_out_print(out,
	    "</title>\n<desc>What each thread was and did over time</desc>\n"
	    "<defs><marker id=\"arrow\" viewBox=\"0 0 6 6\" refX=\"5\" "
	    "refY=\"3\" markerWidth=\"6\" markerHeight=\"6\" orient=\"auto\">"
	    "<path d=\"M0,0 L6,3 L0,6 z\" fill=\"#0072B2\"/></marker></defs>\n"
	    "<rect width=\"100%%\" height=\"100%%\" fill=\"#FFFFFF\"/>\n"
	    "<text x=\"%d\" y=\"22\" font-size=\"15\">",
	    ELN_PICTURE_LEFT);
	eln_out_xml(out, title != NULL ? title : "");
	eln_out_print(out, "</text>\n");
	if (story->n_left_out > 0) {
		eln_out_print(out,
		    "<text x=\"%d\" y=\"36\">left out: %u threads that only "
		    "parked</text>\n",
		    ELN_PICTURE_LEFT, story->n_left_out);
	}
}

void
eln_picture_frame(const struct eln_picture *picture)
{
	draw_head(picture);
	draw_axis(picture);
	draw_names(picture);
}
