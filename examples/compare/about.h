/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ECHELON_COMPARE_ABOUT_H
#define ECHELON_COMPARE_ABOUT_H

/*
 * What the results say about where, with what and how they were measured.
 */

#include "machine.h"
#include "noise.h"
#include "options.h"
#include "results.h"

/* Before measuring: the machine, the library, the method. */
void about_begin(struct results *results, const struct machine *machine,
    const struct options *options, int argc, char **argv);

/* After it: how long it took, and what else the machine did. */
void about_end(struct results *results, double seconds,
    const struct noise *noise);

/* A set as an array of numbers. */
void about_processors(const cpu_set_t *cpus, double **numbers, size_t *n);

#endif
