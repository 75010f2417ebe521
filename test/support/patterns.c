/* SPDX-License-Identifier: BSD-2-Clause */
#include "support/patterns.h"

const struct test_pattern test_patterns[] = {
	{ "half-sync-half-async", true },
	{ "leader-followers", true },
	{ "leader-followers:promote=always", true },
	{ "reactor", false },
};

const int n_test_patterns = sizeof(test_patterns) / sizeof(test_patterns[0]);
