/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ECHELON_COMPARE_SPREAD_H
#define ECHELON_COMPARE_SPREAD_H

/*
 * From rounds to a statement about two variants.
 *
 * Round i of one variant ran right beside round i of every other, so two are
 * compared by their ratios round by round: what changes slowly on a machine
 * falls on both alike.
 */

#include <stdbool.h>
#include <stddef.h>

enum {
	ROUNDS_MAX = 100,
	ROUNDS_FOR_VERDICT = 7 /* fewer say nothing about their own spread */
};

/* What is said where there were fewer. */
#define TOO_FEW_ROUNDS "not judged: fewer than 7 rounds were run"

struct spread {
	double median;
	double min;
	double max;
};

/* Not numbers are left out; all NAN where nothing is left. */
struct spread spread_of(const double *values, size_t n);

struct interval {
	double value; /* the median of the ratios */
	double low;
	double high;
};

/*
 * The ratios a[i] / b[i]: their median, and the interval that it lies in with
 * a certainty of 98 % or more, of 7 rounds on. All NAN where a value is missing
 * or a b[i] is 0.
 */
struct interval spread_ratio(const double *a, const double *b, size_t n);

enum difference {
	NOT_JUDGED, /* too few rounds, or a value is missing */
	NO_DIFFERENCE,
	MORE, /* a is more than b */
	LESS
};

/*
 * Two are different when the interval has neither 1 nor a ratio in it that is
 * within the margin: 1.03 passes over differences below 3 %.
 */
enum difference spread_compare(const double *a, const double *b, size_t n,
    double margin);

#endif
