/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ECHELON_COMPARE_OUTPUTS_H
#define ECHELON_COMPARE_OUTPUTS_H

/*
 * The files that results go to.
 */

#include "options.h"
#include "results.h"

#include <stdio.h>

enum {
	OUTPUTS = 3,
	OUTPUT_ERROR = 400
};

struct output {
	const char *flag;
	const char *path; /* NULL: not wanted */
	int (*write)(const struct results *results, FILE *stream);
	bool is_offered; /* nobody asked for it, so it may fail */
	bool is_new;     /* made here, and nothing is in it yet */
	FILE *stream;
};

struct outputs {
	struct output files[OUTPUTS];
	FILE *table; /* standard output, or error where a file is that */
};

/*
 * Opens all of them before anything is measured, so that it is not measured in
 * vain; what the files hold stays until there is better. 0, or -errno and
 * `error`.
 */
int outputs_open(struct outputs *outputs, const struct options *options,
    char *error);

int outputs_write(struct outputs *outputs, const struct results *results,
    char *error);

/* Also removes those that were made here and hold nothing. */
void outputs_close(struct outputs *outputs);

#endif
