/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ECHELON_COMPARE_TABLE_H
#define ECHELON_COMPARE_TABLE_H

/*
 * Results for a terminal of 100 columns. Colours only where that is one, and
 * NO_COLOR is not in the environment.
 */

#include "results.h"

#include <stdio.h>

enum {
	TABLE_WIDTH = 100
};

/* The machine and the method; `seconds`: how long it will take, 0: it was
 * measured before. */
void table_header(FILE *stream, const struct results *results, double seconds);

/* One workload: figures, reasons, where the time goes, notes, verdict. */
void table_workload(FILE *stream, const struct results *results,
    const struct results_workload *workload);

void table_sweep(FILE *stream, const struct results *results,
    const struct results_sweep *sweep);

void table_warnings(FILE *stream, const struct results *results);

/* All of it, of results that are complete. */
void table_all(FILE *stream, const struct results *results);

#endif
