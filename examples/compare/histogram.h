/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ECHELON_COMPARE_HISTOGRAM_H
#define ECHELON_COMPARE_HISTOGRAM_H

/*
 * Latencies, counted in buckets that grow with the value: 32 for every power
 * of two, so a bucket is at most 3.2 % wide and recording is a shift and an
 * addition. Values are nanoseconds; those above 2^40 (18 minutes) count as
 * that.
 */

#include <stdint.h>

enum {
	HISTOGRAM_STEPS = 32,
	HISTOGRAM_BITS = 40,
	HISTOGRAM_BUCKETS = HISTOGRAM_STEPS * (HISTOGRAM_BITS - 4)
};

struct histogram {
	uint64_t count;
	uint64_t max;
	uint64_t buckets[HISTOGRAM_BUCKETS];
};

void histogram_clear(struct histogram *histogram);

void histogram_add(struct histogram *histogram, uint64_t value);

/*
 * The smallest value that at least `fraction` (0 to 1) of all do not exceed,
 * by nearest rank; the middle of its bucket, and never above the largest
 * value added. 0 when nothing was added.
 */
uint64_t histogram_quantile(const struct histogram *histogram, double fraction);

#endif
