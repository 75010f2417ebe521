/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef CK_PR_H
#define CK_PR_H

/*
 * Concurrency Kit's primitives, as far as ck_ring.h uses them, over the
 * explorer's memory: its own code runs, each access a point.
 *
 * A load or store of ck's is a plain one, ordered by the fences beside it; a
 * compare-and-swap orders nothing of its own but on x86.
 */

#include <ck_cc.h>
#include <ck_limits.h>
#include <ck_md.h>
#include <ck_stdbool.h>
#include <ck_stdint.h>

#include "schedule/explore.h"
#include "schedule/memory.h"

#define ck_pr_load_uint(w)                                           \
	((unsigned int)explore_load(EXPLORE_SITE("ck load", w), (w), \
	    sizeof(unsigned int), EXPLORE_RELAXED))
#define ck_pr_store_uint(w, v)                                                \
	explore_store(EXPLORE_SITE("ck store", w), (w), sizeof(unsigned int), \
	    (v), EXPLORE_RELAXED)

static inline bool
explore_ck_cas(const struct explore_site *site, unsigned int *word,
    unsigned int compare, unsigned int set, unsigned int *seen)
{
	uint64_t expected = compare;
	bool done = explore_cas(site, word, sizeof(*word), &expected, set,
	    EXPLORE_RELAXED);

	if (seen != NULL) {
		*seen = (unsigned int)expected;
	}
	return done;
}

#define ck_pr_cas_uint(w, c, s) \
	explore_ck_cas(EXPLORE_SITE("ck cas", w), w, c, s, NULL)
#define ck_pr_cas_uint_value(w, c, s, v) \
	explore_ck_cas(EXPLORE_SITE("ck cas", w), w, c, s, v)

#define ck_pr_fence_load() \
	explore_fence(EXPLORE_SITE("ck fence", load), EXPLORE_FENCE_LOAD)
#define ck_pr_fence_store() \
	explore_fence(EXPLORE_SITE("ck fence", store), EXPLORE_FENCE_STORE)
/* Stores before it, before the atomic operation after it. */
#define ck_pr_fence_store_atomic()                            \
	explore_fence(EXPLORE_SITE("ck fence", store_atomic), \
	    EXPLORE_FENCE_STORE)
#define ck_pr_fence_load_atomic() \
	explore_fence(EXPLORE_SITE("ck fence", load_atomic), EXPLORE_FENCE_LATE)
#define ck_pr_fence_memory() \
	explore_fence(EXPLORE_SITE("ck fence", memory), EXPLORE_FENCE_FULL)
/* What echelon uses of ck never spins. */
#define ck_pr_stall() explore_fail("ck spins")

#endif
