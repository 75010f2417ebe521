/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ECHELON_COMPARE_PROGRESS_H
#define ECHELON_COMPARE_PROGRESS_H

/*
 * A bar on standard error, if that is a terminal; nothing otherwise. NO_COLOR
 * in the environment takes its colour.
 */

#include <stdbool.h>

/* How long all of it is expected to take. */
void progress_plan(double seconds);

/* Draws the bar, and what comes next: a step that is expected to take so
 * long. What the steps before it really took corrects the rest. */
void progress_step(double seconds, const char *what, const char *who);

/* Takes the bar away, before anything else is printed. */
void progress_clear(void);

/* May this descriptor get colours? */
bool progress_has_colour(int descriptor);

#endif
