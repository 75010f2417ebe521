/* SPDX-License-Identifier: BSD-2-Clause */
#include "support/patterns.h"

#include <stdio.h>

#define ALL .keeps_g5 = true, .has_pool = true, .at_once = true

const struct test_pattern test_patterns[] = {
	{ "half-sync-half-async", ALL },
	{ "half-sync-half-async:queue_kind=locked", ALL },
	{ "half-sync-half-reactive", ALL },
	{ "leader-followers", ALL },
	{ "leader-followers:promote=always", ALL },
	{ "leader-followers:promote=stall", .keeps_g5 = true,
	    .has_pool = true },
	{ "leader-followers:rearm=oneshot", ALL },
	{ "reactor", .has_pool = true },
	{ "reactor-per-thread", .keeps_g5 = false },
	{ "thread-per-connection", .keeps_g5 = true, .at_once = true,
	    .thread_each = true },
};

const int n_test_patterns = sizeof(test_patterns) / sizeof(test_patterns[0]);

bool
test_excuse(const char *function, int row, bool kept, const char *why)
{
	if (!kept) {
		(void)printf("excused: %s: %s: %s\n", function,
		    test_patterns[row].name, why);
	}
	return !kept;
}
