/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ELN_TRACE_SVG_H
#define ELN_TRACE_SVG_H

/*
 * A picture, as trace_svg.c draws into it and trace_svg_frame.c around it.
 */

#include <stdbool.h>
#include <stdint.h>

#include "core/trace_out.h"
#include "core/trace_story.h"

enum {
	ELN_PICTURE_WIDTH = 1200,
	ELN_PICTURE_LEFT = 110,
	ELN_PICTURE_RIGHT = 20,
	ELN_PICTURE_TOP = 64,
	ELN_PICTURE_ROW = 46,
	ELN_PICTURE_ROLE_HEIGHT = 12,
	ELN_PICTURE_BAR_TOP = 14,
	ELN_PICTURE_BAR = 22,
	ELN_PICTURE_MOST_TICKS = 10,
	ELN_PICTURE_MOST_FLOWS = 24,
	ELN_PICTURE_LETTER = 6 /* about the width of one */
};

/* How spans of a kind look. */
struct eln_look {
	const char *name;
	const char *colour;
	double top; /* in the bar, as a part of it */
	double height;
};

extern const struct eln_look eln_looks[ELN_SPANS];

/* A picture in the making. */
struct eln_picture {
	const struct eln_story *story;
	struct eln_out *out;
	double scale; /* pixels per ns */
	bool has_marks;
	bool has_queue;      /* there is a row for it */
	double *drawn;       /* per column and kind: up to where */
	uint32_t roles;      /* bits: those that occur */
	uint32_t activities; /* bits: of enum eln_span_kind */
};

static inline double
eln_picture_x(const struct eln_picture *picture, uint64_t time)
{
	return ELN_PICTURE_LEFT +
	    (double)(time - picture->story->begin) * picture->scale;
}

static inline double
eln_picture_y(unsigned row)
{
	return ELN_PICTURE_TOP + (double)row * ELN_PICTURE_ROW;
}

static inline unsigned
eln_picture_rows(const struct eln_picture *picture)
{
	return picture->story->n_columns + (picture->has_queue ? 1 : 0);
}

/** The colour of a role. */
const char *eln_role_colour(uint32_t role);

/** The title, the axis and the names of rows; below everything else. */
void eln_picture_frame(const struct eln_picture *picture);

/** The legend of what occurs. */
void eln_picture_legend(const struct eln_picture *picture);

#endif
