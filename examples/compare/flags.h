/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ECHELON_COMPARE_FLAGS_H
#define ECHELON_COMPARE_FLAGS_H

/*
 * The flags of compare: names, help, and what each does with its value.
 */

#include "options.h"

#define DEFAULT_PATTERNS "hsha,lf,lf:promote=always"

enum {
	FLAGS = 13
};

struct flag {
	const char *name;
	const char *value; /* NULL: takes none */
	const char *help;
	/* What is wrong with the value; NULL: nothing. */
	const char *(*apply)(struct options *options, const char *value);
};

extern const struct flag flags[FLAGS];

/* Also for the default: a list as after --patterns. */
const char *flag_set_patterns(struct options *options, const char *value);

#endif
