/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ECHELON_COMPARE_METRIC_H
#define ECHELON_COMPARE_METRIC_H

/*
 * What is measured in every round, and what is counted per request.
 */

#include <stdbool.h>
#include <stddef.h>

enum metric {
	METRIC_RATE,
	METRIC_P50,
	METRIC_P99,
	METRIC_P999,
	METRIC_MAX,
	METRIC_CPU,
	METRICS
};

struct metric_info {
	const char *key;        /* in JSON */
	const char *short_name; /* in --fail-if */
	const char *title;      /* in tables */
	const char *best;       /* in a verdict; NULL: gets none */
	bool more_is_better;
	double margin; /* a smaller difference is nobody's merit; a ratio */
};

extern const struct metric_info metric_infos[METRICS];

/* What an engine did for one request, on average. */
enum counter {
	COUNTER_WAKES,
	COUNTER_PARKS,
	COUNTER_QUEUED,
	COUNTER_PROMOTED,
	COUNTER_TAKEN_OVER,
	COUNTER_RUN_INLINE,
	COUNTER_WAITS,
	COUNTER_SWITCHES,
	COUNTER_SYSCALLS,
	COUNTERS
};

struct counter_info {
	const char *key;   /* in JSON */
	const char *title; /* in tables */
	const char *about;
};

extern const struct counter_info counter_infos[COUNTERS];

/* Returns the metric of this key or short name, or -1. */
int metric_find(const char *name, size_t length);

#endif
