/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TEST_PATTERNS_H
#define TEST_PATTERNS_H

/*
 * The patterns that every contract test runs under, as Check loop tests:
 * test_add_rows(tc, t) in support/run.h, and `_i` is the row.
 */

#include <stdbool.h>

#define NO_G5 "G5 is not kept: no thread helps another (documented)"

struct test_pattern {
	const char *name; /* as struct echelon_options wants it */
	bool keeps_g5;    /* false: documented, no thread helps another */
	bool has_pool;    /* engine.threads bounds what runs at once */
	bool at_once;     /* false: a blocked handler costs a stall tick */
	bool thread_each; /* each connection has a thread for its life */
};

extern const struct test_pattern test_patterns[];

/** Whether a row cannot be tested for something, as documented; says so, with
 *  the guarantee that the function is named by. */
#define test_excused(row, kept, why) test_excuse(__func__, row, kept, why)
bool test_excuse(const char *function, int row, bool kept, const char *why);

extern const int n_test_patterns;

#endif
