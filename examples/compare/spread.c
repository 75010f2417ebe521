/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The interval is that of the sign test, which asks nothing of how the ratios
 * are distributed. The median lies below the k-th smallest of n ratios with
 * the probability of fewer than k heads in n tosses, so the interval from the
 * k-th smallest to the k-th largest is missed with twice that. k is the
 * largest for which this stays within 2 %:
 *
 *     rounds     7    8    9   10   11   12   13   14
 *     k          1    1    1    1    2    2    2    3
 *     missed  1.6  0.8  0.4  0.2  1.2  0.6  0.3  1.3  %
 *
 * That is strict, because there are many comparisons in a run, and a machine
 * with bursts of noise. In two runs to claim both of two opposites takes two
 * misses on different sides.
 *
 * The margin answers another question: two runs of one and the same program
 * differ, too, by where its memory happens to lie. A difference within it is
 * real perhaps, and nobody's merit.
 */
#include "spread.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define MISSED_MAX 0.02

static int
compare_doubles(const void *left, const void *right)
{
	const double *a = left;
	const double *b = right;

	return (*a > *b) - (*a < *b);
}

/* Returns how many there are. */
static size_t
sort_numbers(double *sorted, const double *values, size_t n)
{
	size_t kept = 0;

	for (size_t i = 0; i < n && kept < ROUNDS_MAX; i++) {
		if (!isnan(values[i])) {
			sorted[kept++] = values[i];
		}
	}
	if (kept > 1) {
		qsort(sorted, kept, sizeof(*sorted), compare_doubles);
	}
	return kept;
}

static double
get_middle(const double *sorted, size_t n)
{
	return (sorted[(n - 1) / 2] + sorted[n / 2]) / 2;
}

struct spread
spread_of(const double *values, size_t n)
{
	double sorted[ROUNDS_MAX];

	n = sort_numbers(sorted, values, n);
	if (n == 0) {
		return (struct spread){ NAN, NAN, NAN };
	}
	return (struct spread){
		.median = get_middle(sorted, n),
		.min = sorted[0],
		.max = sorted[n - 1],
	};
}

/* How many ratios at either end are outside of the interval. */
static size_t
count_outside(size_t n)
{
	double heads = pow(0.5, (double)n); /* exactly `k` of them */
	double missed = 2 * heads;
	size_t k = 0;

	while (k + 1 < n) {
		heads *= (double)(n - k) / (double)(k + 1);
		missed += 2 * heads;
		if (missed > MISSED_MAX) {
			break;
		}
		k++;
	}
	return k;
}

struct interval
spread_ratio(const double *a, const double *b, size_t n)
{
	const struct interval unknown = { NAN, NAN, NAN };
	double ratios[ROUNDS_MAX];
	size_t outside;

	for (size_t i = 0; i < n; i++) {
		ratios[i] = b[i] > 0 ? a[i] / b[i] : (double)NAN;
	}
	if (n == 0 || sort_numbers(ratios, ratios, n) < n) {
		return unknown;
	}
	outside = count_outside(n);
	return (struct interval){
		.value = get_middle(ratios, n),
		.low = ratios[outside],
		.high = ratios[n - 1 - outside],
	};
}

enum difference
spread_compare(const double *a, const double *b, size_t n, double margin)
{
	struct interval ratio = spread_ratio(a, b, n);

	if (n < ROUNDS_FOR_VERDICT || isnan(ratio.value)) {
		return NOT_JUDGED;
	}
	if (ratio.low > margin) {
		return MORE;
	}
	return ratio.high < 1 / margin ? LESS : NO_DIFFERENCE;
}
