/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ECHELON_COMPARE_JUDGE_H
#define ECHELON_COMPARE_JUDGE_H

/*
 * From what was measured of a workload to what can be said about it.
 */

#include "results.h"

/* What notes are made of, beside the result itself. */
struct judge_facts {
	size_t fell_behind; /* rounds that did not keep up with the rate */
};

/* The medians of a result's rounds. */
void judge_medians(struct results_result *result);

/* How a result stands to another, in a metric of the workload. */
void judge_relative(struct results_result *result,
    const struct results_result *to, enum metric metric);

/* What one must know about a row, as its note. */
void judge_note(struct results_result *result,
    const struct results_variant *variant, const struct judge_facts *facts);

/* The sentence of a workload, of all its results. */
void judge_workload(const struct results *results,
    struct results_workload *workload);

/* Warnings of a workload whose rounds lie far apart, or whose load generator
 * was never idle. */
void judge_noise(struct results *results,
    const struct results_workload *workload);

#endif
