/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ECHELON_COMPARE_VERDICT_H
#define ECHELON_COMPARE_VERDICT_H

/*
 * Sentences about who is better at a workload.
 */

#include "metric.h"
#include "results.h"
#include "standing.h"

#include <stdbool.h>
#include <stddef.h>

enum {
	SENTENCE_MAX = 8192
};

/*
 * Writes which of `n` results of one workload nobody beats in a metric, and
 * how many times the others' the first one's is; "no difference seen" where
 * none beats another.
 */
void verdict_metric(char *text, size_t size, enum metric metric,
    const struct results_result *const *results, size_t n);

/*
 * The verdicts that matter for a kind of loop: of a closed one requests per
 * second, of an open one p99; CPU per request; and the tail, which is p99.9,
 * or p99 where too few latencies were measured. Without a full stop.
 */
void verdict_sentence(char *text, size_t size, bool is_open,
    const struct results_result *const *results, size_t n);

struct verdict_place {
	enum standing standing;
	double ratio; /* how many times its value the first one's is; NAN
			where nobody is first */
};

/* Was enough measured to say how they stand in a metric? */
bool verdict_is_judged(enum metric metric,
    const struct results_result *const *results, size_t n);

/* How each of `n` results stands in a metric, in their order. */
void verdict_places(struct verdict_place *places, enum metric metric,
    const struct results_result *const *results, size_t n);

/* The values of one metric, a round each; room for ROUNDS_MAX. */
size_t verdict_values(double *values, const struct results_result *result,
    enum metric metric);

#endif
