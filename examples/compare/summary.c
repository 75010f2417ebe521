/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The test for a difference is the crudest that is honest: all values of one
 * lie on one side of all values of the other. With five repetitions each,
 * chance alone does that once in 126 times, with four once in 35.
 *
 * In one metric every cell stands to the best, which has the best median, in
 * one of three ways:
 *
 *     alike      overlaps the best, and none that is behind it
 *     undecided  overlaps the best, and one that is behind it
 *     behind     does not overlap the best
 *
 * The best is alike itself. Only those behind get a ratio.
 */
#include "summary.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Fewer say nothing about their own spread. */
#define REPS_FOR_VERDICT 4

/* Of fewer latencies, p99.9 is the one longest, which is chance. */
#define SAMPLES_FOR_P999 1000

const struct metric_info metric_infos[METRICS] = {
	[METRIC_RATE] = { "requests_per_second", "req/s",
	    "most requests per second", true },
	[METRIC_P50] = { "p50_us", "p50 us", "shortest p50", false },
	[METRIC_P99] = { "p99_us", "p99 us", "shortest p99", false },
	[METRIC_P999] = { "p999_us", "p99.9 us", "shortest p99.9", false },
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

/* The cells of one verdict. */
struct contest {
	enum metric metric;
	const struct cell *cells;
	const char *const *names;
	size_t n;
	size_t best;
};

enum standing {
	ALIKE,
	UNDECIDED,
	BEHIND
};

static struct spread
get_spread(const struct contest *contest, size_t i)
{
	const struct cell *cell = &contest->cells[i];

	return summarise(cell->values[contest->metric], cell->reps);
}

static size_t
find_best(const struct contest *contest)
{
	bool more = metric_infos[contest->metric].more_is_better;
	size_t best = 0;

	for (size_t i = 1; i < contest->n; i++) {
		double here = get_spread(contest, i).median;
		double there = get_spread(contest, best).median;

		if (more ? here > there : here < there) {
			best = i;
		}
	}
	return best;
}

static bool
is_level(const struct contest *contest, size_t a, size_t b)
{
	struct spread left = get_spread(contest, a);
	struct spread right = get_spread(contest, b);

	return spreads_overlap(&left, &right);
}

static enum standing
get_standing(const struct contest *contest, size_t i)
{
	if (!is_level(contest, contest->best, i)) {
		return BEHIND;
	}
	for (size_t j = 0; j < contest->n; j++) {
		if (is_level(contest, i, j) &&
		    !is_level(contest, contest->best, j)) {
			return UNDECIDED;
		}
	}
	return ALIKE;
}

static size_t
count_standing(const struct contest *contest, enum standing standing)
{
	size_t count = 0;

	for (size_t i = 0; i < contest->n; i++) {
		count += get_standing(contest, i) == standing;
	}
	return count;
}

/* "lf, reactor and hsha", from the best on. */
static void
append_names(struct text *text, const struct contest *contest,
    enum standing standing)
{
	size_t left = count_standing(contest, standing);

	for (size_t k = 0; k < contest->n; k++) {
		size_t i = (contest->best + k) % contest->n;

		if (get_standing(contest, i) == standing) {
			left--;
			append(text, "%s%s", contest->names[i],
			    left > 1        ? ", "
				: left == 1 ? " and "
					    : "");
		}
	}
}

/* Two digits after the point, or two that are not 0. */
static void
append_ratio(struct text *text, const struct contest *contest, size_t i)
{
	const struct cell *best = &contest->cells[contest->best];
	const struct cell *other = &contest->cells[i];
	double ratio = summarise_ratio(best->values[contest->metric],
	    other->values[contest->metric], other->reps);

	append(text, ratio < 0.095 ? ", %.2g times %s's" : ", %.2f times %s's",
	    ratio, contest->names[i]);
}

void
summary_verdict(char *text, size_t size, enum metric metric,
    const struct cell *cells, const char *const *names, size_t n)
{
	struct text clause = { text, size };
	struct contest contest = { metric, cells, names, n, 0 };

	contest.best = find_best(&contest);
	append(&clause, "%s: ", metric_infos[metric].best);
	if (count_standing(&contest, BEHIND) == 0) {
		append(&clause, "no difference seen");
		return;
	}
	append_names(&clause, &contest, ALIKE);
	if (count_standing(&contest, ALIKE) > 1) {
		append(&clause, " alike");
	}
	for (size_t i = 0; i < n; i++) {
		if (get_standing(&contest, i) == BEHIND) {
			append_ratio(&clause, &contest, i);
		}
	}
	if (count_standing(&contest, UNDECIDED) > 0) {
		append(&clause, " (");
		append_names(&clause, &contest, UNDECIDED);
		append(&clause, " undecided)");
	}
}

static enum metric
choose_tail(const struct cell *cells, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (cells[i].samples < SAMPLES_FOR_P999) {
			return METRIC_P99;
		}
	}
	return METRIC_P999;
}

/* Of an open loop the rate was given, and is no merit. */
static size_t
choose_metrics(enum metric *chosen, bool is_open, const struct cell *cells,
    size_t n)
{
	enum metric tail = choose_tail(cells, n);
	size_t count = 0;

	chosen[count++] = is_open ? METRIC_P99 : METRIC_RATE;
	chosen[count++] = METRIC_CPU;
	if (chosen[0] != tail) {
		chosen[count++] = tail;
	}
	return count;
}

void
summary_sentence(char *text, size_t size, bool is_open,
    const struct cell *cells, const char *const *names, size_t n)
{
	struct text sentence = { text, size };
	enum metric metrics[METRICS];
	size_t count;

	if (n < 2) {
		append(&sentence, "one pattern: nothing to compare with");
		return;
	}
	if (cells[0].reps < REPS_FOR_VERDICT) {
		append(&sentence,
		    "fewer than %d repetitions: too little was "
		    "run to say",
		    REPS_FOR_VERDICT);
		return;
	}
	count = choose_metrics(metrics, is_open, cells, n);
	for (size_t i = 0; i < count; i++) {
		char clause[SENTENCE_MAX];

		summary_verdict(clause, sizeof(clause), metrics[i], cells,
		    names, n);
		append(&sentence, "%s%s", i > 0 ? "; " : "", clause);
	}
}
