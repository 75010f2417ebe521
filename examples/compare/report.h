/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ECHELON_COMPARE_REPORT_H
#define ECHELON_COMPARE_REPORT_H

/*
 * What was measured, for people and as JSON.
 */

#include "machine.h"
#include "options.h"
#include "summary.h"

#include <stdio.h>

struct results {
	const struct options *options;
	const struct machine *machine;
	struct workload workloads[WORKLOADS]; /* as run, flags applied */
	struct cell cells[WORKLOADS][PATTERNS_MAX];
};

/* About how long the whole run takes. */
double report_expected_seconds(const struct options *options);

/* The machine, the plan, and warnings that concern all numbers. */
void report_header(FILE *stream, const struct results *results);

/* The table of one workload, and its verdict. */
void report_workload(FILE *stream, const struct results *results, size_t w);

/* One sentence, without a full stop. */
void report_verdict(char *text, size_t size, const struct results *results,
    size_t w);

/* Everything, every repetition, as one JSON object. */
void report_json(FILE *stream, const struct results *results);

#endif
