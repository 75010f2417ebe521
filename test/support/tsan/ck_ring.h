/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ELN_TSAN_CK_RING_H
#define ELN_TSAN_CK_RING_H

/*
 * ck_ring.h with its slots copied by relaxed atomics, for ThreadSanitizer
 * only; see ck_pr.h beside it.
 *
 * A consumer of many copies a slot before it knows that the slot is its own:
 * another may have taken it and the producer may be filling it anew. The
 * compare-and-swap that follows then fails and the copy is thrown away. As a
 * plain copy that is a race by the letter; as a relaxed one it is what the
 * algorithm means. Only the slot is treated so, never what it points to.
 */

#include <stdint.h>
#include <string.h>

static inline void
eln_tsan_copy_slot(void *to, const void *from, size_t bytes)
{
	uintptr_t *target = to;
	const uintptr_t *source = from;

	for (size_t i = 0; i < bytes / sizeof(*target); i++)
		__atomic_store_n(&target[i],
		    __atomic_load_n(&source[i], __ATOMIC_RELAXED),
		    __ATOMIC_RELAXED);
}

#include <ck_string.h>

#pragma push_macro("memcpy")
#undef memcpy
#define memcpy eln_tsan_copy_slot
#include_next <ck_ring.h>
#pragma pop_macro("memcpy")

#endif
