/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ECHELON_COMPARE_TIMELINE_H
#define ECHELON_COMPARE_TIMELINE_H

/*
 * From a trace to who did what in its last 100 ms.
 */

#include "results.h"

#include <echelon/echelon.h>

enum {
	TIMELINE_US = 100000,
	TIMELINE_THREADS_MAX = 256
};

/*
 * Fills threads, spans and queue; `threads` is how many the pool has. Those
 * without any event slept all the time.
 */
void timeline_of(const struct echelon_trace_event *events, size_t n,
    size_t threads, struct results_timeline *timeline);

#endif
