/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TEST_PATTERNS_H
#define TEST_PATTERNS_H

/*
 * The patterns that every contract test runs under, as Check loop tests:
 * tcase_add_loop_test(tc, t, 0, n_test_patterns), and `_i` is the row.
 */

#include <stdbool.h>

struct test_pattern {
	const char *name; /* as struct echelon_options wants it */
	bool keeps_g5;    /* false: documented, threads do not help others */
	bool has_pool;    /* engine.threads bounds what runs at once */
	bool at_once;     /* false: a blocked handler costs a stall tick */
	bool thread_each; /* each connection has a thread for its life */
};

extern const struct test_pattern test_patterns[];
extern const int n_test_patterns;

#endif
