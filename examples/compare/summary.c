/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The test for a difference is the crudest that is honest: all values of one
 * lie on one side of all values of the other. With five repetitions each,
 * chance alone does that once in 126 times, with four once in 35.
 */
#include "summary.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Fewer say nothing about their own spread. */
#define REPS_FOR_VERDICT 4

const struct metric_info metric_infos[METRICS] = {
	[METRIC_RATE] = { "requests_per_second", "req/s",
	    "most requests per second", true },
	[METRIC_P50] = { "p50_us", "p50 us", "lowest p50", false },
	[METRIC_P99] = { "p99_us", "p99 us", "lowest p99", false },
	[METRIC_P999] = { "p999_us", "p99.9 us", "lowest p99.9", false },
	[METRIC_CPU] = { "cpu_us_per_request", "CPU us/req",
	    "least CPU per request", false },
	[METRIC_SWITCHES] = { "switches_per_request", "switch/req", NULL,
	    false },
	[METRIC_WAKES] = { "wakes_per_request", "wakes/req", NULL, false },
	[METRIC_CLIENT] = { "load_generator_busy", NULL, NULL, false },
};

static int
compare_doubles(const void *left, const void *right)
{
	const double *a = left;
	const double *b = right;

	return (*a > *b) - (*a < *b);
}

struct spread
summarise(const double *values, size_t n)
{
	double sorted[REPS_MAX];

	if (n == 0) {
		return (struct spread){ 0 };
	}
	memcpy(sorted, values, n * sizeof(*values));
	qsort(sorted, n, sizeof(*sorted), compare_doubles);
	return (struct spread){
		.median = (sorted[(n - 1) / 2] + sorted[n / 2]) / 2,
		.min = sorted[0],
		.max = sorted[n - 1],
	};
}

double
summarise_ratio(const double *a, const double *b, size_t n)
{
	double ratios[REPS_MAX];

	for (size_t i = 0; i < n; i++) {
		if (b[i] <= 0) {
			return 0;
		}
		ratios[i] = a[i] / b[i];
	}
	return summarise(ratios, n).median;
}

bool
spreads_overlap(const struct spread *a, const struct spread *b)
{
	return a->min <= b->max && b->min <= a->max;
}

/* A text that is written piece by piece and cut at its end. */
struct text {
	char *at;
	size_t room;
};

static void __attribute__((format(printf, 2, 3)))
append(struct text *text, const char *format, ...)
{
	va_list arguments;
	int n;

	va_start(arguments, format);
	n = vsnprintf(text->at, text->room, format, arguments);
	va_end(arguments);
	if (n > 0) {
		size_t used = (size_t)n < text->room ? (size_t)n
						     : text->room - 1;

		text->at += used;
		text->room -= used;
	}
}

static struct spread
get_spread(const struct cell *cell, enum metric metric)
{
	return summarise(cell->values[metric], cell->reps);
}

static size_t
find_best(enum metric metric, const struct cell *cells, size_t n)
{
	bool more = metric_infos[metric].more_is_better;
	size_t best = 0;

	for (size_t i = 1; i < n; i++) {
		double here = get_spread(&cells[i], metric).median;
		double there = get_spread(&cells[best], metric).median;

		if (more ? here > there : here < there) {
			best = i;
		}
	}
	return best;
}

static bool
is_level(enum metric metric, const struct cell *a, const struct cell *b)
{
	struct spread left = get_spread(a, metric);
	struct spread right = get_spread(b, metric);

	return spreads_overlap(&left, &right);
}

static size_t
count_level(enum metric metric, const struct cell *cells, size_t n, size_t best)
{
	size_t level = 0;

	for (size_t i = 0; i < n; i++) {
		level += i != best && is_level(metric, &cells[best], &cells[i]);
	}
	return level;
}

/* "1.31 times lf's, 1.02 times hsha's" for those that differ. */
static void
append_ratios(struct text *text, enum metric metric, const struct cell *cells,
    const char *const *names, size_t n, size_t best)
{
	const char *comma = "";

	for (size_t i = 0; i < n; i++) {
		if (i == best || is_level(metric, &cells[best], &cells[i])) {
			continue;
		}
		append(text, "%s%.2f times %s's", comma,
		    summarise_ratio(cells[best].values[metric],
			cells[i].values[metric], cells[i].reps),
		    names[i]);
		comma = ", ";
	}
}

static void
append_level(struct text *text, enum metric metric, const struct cell *cells,
    const char *const *names, size_t n, size_t best)
{
	const char *comma = ", no difference seen from ";

	for (size_t i = 0; i < n; i++) {
		if (i != best && is_level(metric, &cells[best], &cells[i])) {
			append(text, "%s%s", comma, names[i]);
			comma = " and ";
		}
	}
}

void
summary_verdict(char *text, size_t size, enum metric metric,
    const struct cell *cells, const char *const *names, size_t n)
{
	struct text sentence = { text, size };
	const char *what = metric_infos[metric].best;
	size_t best = find_best(metric, cells, n);

	if (n < 2) {
		append(&sentence, "%s: nothing to compare with", what);
		return;
	}
	if (cells[best].reps < REPS_FOR_VERDICT) {
		append(&sentence, "%s: too little was run to say", what);
		return;
	}
	if (count_level(metric, cells, n, best) == n - 1) {
		append(&sentence, "%s: no difference seen", what);
		return;
	}
	append(&sentence, "%s: %s, ", what, names[best]);
	append_ratios(&sentence, metric, cells, names, n, best);
	append_level(&sentence, metric, cells, names, n, best);
}
