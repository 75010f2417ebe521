/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ECHELON_COMPARE_TABLE_REASONS_H
#define ECHELON_COMPARE_TABLE_REASONS_H

/*
 * The reasons behind the figures of a workload: what was done per request,
 * and where its time went.
 */

#include "results.h"

#include <stdio.h>

void table_reasons(FILE *stream, const struct results *results,
    const struct results_workload *workload);

/* Of the column with the variants. */
size_t table_name_width(const struct results *results);

#endif
