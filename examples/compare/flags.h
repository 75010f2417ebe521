/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ECHELON_COMPARE_FLAGS_H
#define ECHELON_COMPARE_FLAGS_H

/*
 * The flags of compare: names, help, and what each does with its value.
 */

#include "options.h"

#define WORKLOAD_NAMES \
	"echo, pipelined, compute, compute-all, block, mixed, file"
#define SWEEP_BLOCK_EXAMPLE "0,20us,1ms"

enum {
	FLAGS = 25
};

struct flag {
	const char *name;
	const char *value; /* NULL: takes none */
	const char *help;
	/* What is wrong with the value; NULL: nothing. */
	const char *(*apply)(struct options *options, const char *value);
	bool is_of_results; /* means something beside --from, too */
};

extern const struct flag flags[FLAGS];

#endif
