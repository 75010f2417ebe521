/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ECHELON_COMPARE_PROGRESS_H
#define ECHELON_COMPARE_PROGRESS_H

/*
 * A bar on standard error, if that is a terminal; nothing otherwise. NO_COLOR
 * in the environment takes its colour.
 */

#include <stddef.h>

/* Draws `done` of `total` steps, and what comes next. */
void progress_show(size_t done, size_t total, const char *workload,
    const char *pattern);

/* Takes the bar away, before anything else is printed. */
void progress_clear(void);

#endif
