/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Below HISTOGRAM_STEPS a bucket is one value. Above, the highest five bits
 * after the leading one choose the bucket within its power of two:
 *
 *     value  0..31  32..63  64..127  128..255 ...
 *     width      1       1        2         4
 */
#include "histogram.h"

#include <string.h>

#define STEP_BITS 5
#define VALUE_MAX (((uint64_t)1 << HISTOGRAM_BITS) - 1)

void
histogram_clear(struct histogram *histogram)
{
	memset(histogram, 0, sizeof(*histogram));
}

static unsigned
find_shift(uint64_t value)
{
	return value < HISTOGRAM_STEPS
	    ? 0
	    : 63 - STEP_BITS - (unsigned)__builtin_clzll(value);
}

static unsigned
find_bucket(uint64_t value)
{
	unsigned shift = find_shift(value);

	return shift * HISTOGRAM_STEPS + (unsigned)(value >> shift);
}

static uint64_t
find_middle(unsigned bucket)
{
	unsigned shift;

	if (bucket < 2 * HISTOGRAM_STEPS) {
		return bucket;
	}
	shift = bucket / HISTOGRAM_STEPS - 1;
	return ((uint64_t)(bucket - shift * HISTOGRAM_STEPS) << shift) +
	    ((uint64_t)1 << shift) / 2;
}

void
histogram_add(struct histogram *histogram, uint64_t value)
{
	if (value > VALUE_MAX) {
		value = VALUE_MAX;
	}
	histogram->count++;
	histogram->buckets[find_bucket(value)]++;
	if (value > histogram->max) {
		histogram->max = value;
	}
}

/* How many values the one searched for must not be smaller than. */
static uint64_t
find_rank(uint64_t count, double fraction)
{
	double exact = fraction * (double)count;
	uint64_t rank = (uint64_t)exact;

	if ((double)rank < exact || rank == 0) {
		rank++;
	}
	return rank < count ? rank : count;
}

uint64_t
histogram_quantile(const struct histogram *histogram, double fraction)
{
	uint64_t left = find_rank(histogram->count, fraction);

	if (histogram->count == 0) {
		return 0;
	}
	for (unsigned i = 0; i < HISTOGRAM_BUCKETS; i++) {
		if (histogram->buckets[i] >= left) {
			uint64_t middle = find_middle(i);

			return middle < histogram->max ? middle
						       : histogram->max;
		}
		left -= histogram->buckets[i];
	}
	return histogram->max;
}
