/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ECHELON_COMPARE_CROSSOVER_H
#define ECHELON_COMPARE_CROSSOVER_H

/*
 * Who is best at which value of a parameter, where more is better.
 */

#include "results.h"

#include <stddef.h>

struct crossover_grid {
	const double *values;
	size_t n_values;
	size_t n_variants;
	size_t rounds;
	double *cells; /* by value, by variant, by round */
};

static inline double *
crossover_cell(const struct crossover_grid *grid, size_t value, size_t variant)
{
	return grid->cells +
	    (value * grid->n_variants + variant) * grid->rounds;
}

/* Fills the winners and the crossovers of a sweep. */
void crossover_find(const struct crossover_grid *grid,
    const struct results_variant *variants, struct results_sweep *sweep);

/* The winners in a sentence; a text of its own. */
char *crossover_sentence(const struct results_sweep *sweep);

#endif
