/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ECHELON_COMPARE_SUMMARY_H
#define ECHELON_COMPARE_SUMMARY_H

/*
 * From repetitions to a statement.
 *
 * A cell is one pattern under one workload: the values of each metric, one
 * per repetition. Repetition i of two cells ran one right after the other, so
 * ratios are taken pair by pair, and their median stands for the two.
 */

#include <stdbool.h>
#include <stddef.h>

enum metric {
	METRIC_RATE,
	METRIC_P50,
	METRIC_P99,
	METRIC_P999,
	METRIC_CPU,
	METRIC_SWITCHES,
	METRIC_WAKES,
	METRIC_CLIENT,
	METRICS
};

struct metric_info {
	const char *key;   /* in JSON */
	const char *title; /* in the table; NULL: not shown there */
	const char *best;  /* in a verdict; NULL: gets none */
	bool more_is_better;
};

extern const struct metric_info metric_infos[METRICS];

enum {
	REPS_MAX = 100,
	SENTENCE_MAX = 8192
};

struct cell {
	double values[METRICS][REPS_MAX];
	size_t reps;
	size_t samples; /* latencies, of the repetition with the fewest */
	size_t overrun; /* repetitions that fell behind their rate */
};

struct spread {
	double median;
	double min;
	double max;
};

struct spread summarise(const double *values, size_t n);

/* The median of a[i] / b[i]; 0 where a b[i] is 0. */
double summarise_ratio(const double *a, const double *b, size_t n);

bool spreads_overlap(const struct spread *a, const struct spread *b);

/*
 * Writes which of `n` cells are best in a metric and how many times the
 * others' theirs is; "no difference seen" where the spreads overlap.
 */
void summary_verdict(char *text, size_t size, enum metric metric,
    const struct cell *cells, const char *const *names, size_t n);

/*
 * The verdicts that matter for a kind of loop: of a closed one requests per
 * second, of an open one p99; CPU per request; and the tail, which is p99.9,
 * or p99 where too few latencies were measured. Without a full stop.
 */
void summary_sentence(char *text, size_t size, bool is_open,
    const struct cell *cells, const char *const *names, size_t n);

#endif
