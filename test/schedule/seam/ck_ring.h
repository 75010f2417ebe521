/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef EXPLORE_CK_RING_H
#define EXPLORE_CK_RING_H

/*
 * ck_ring.h with its slots copied through the explorer's memory: what is
 * published has to be there before what publishes it, and a consumer may copy
 * a slot that another has taken meanwhile (its compare-and-swap then fails).
 */

#include <stdint.h>
#include <string.h>

#include "schedule/memory.h"

/** One of the two is a slot, the other a variable of the caller's. */
static inline void
explore_copy_slot(void *to, const void *from, size_t bytes)
{
	const uint64_t *source = from;
	uint64_t *target = to;
	bool is_put = explore_is_local(from);

	for (size_t i = 0; i < bytes / sizeof(*target); i++) {
		if (is_put) {
			explore_store(EXPLORE_SITE("ck fill", slot), &target[i],
			    sizeof(*target), source[i], EXPLORE_RELAXED);
		} else {
			explore_load_late(EXPLORE_SITE("ck copy", slot),
			    &source[i], &target[i]);
		}
	}
}

#include <ck_string.h>

/* As the real one is: what follows is ck's, with ck's habits. */
#pragma GCC system_header
#pragma push_macro("memcpy")
#undef memcpy
#define memcpy explore_copy_slot
#include_next <ck_ring.h>
#pragma pop_macro("memcpy")

#endif
