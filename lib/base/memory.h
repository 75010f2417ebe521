/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ELN_MEMORY_H
#define ELN_MEMORY_H

/*
 * Memory through the allocator that the options gave, or malloc.
 */

#include <echelon/engine.h>
#include <stddef.h>

/** Completes `allocator`, whose functions may be NULL. */
struct echelon_allocator eln_memory_of(struct echelon_allocator allocator);

/** Returns zeroed memory on a cache line of its own, or NULL. */
void *eln_allocate(const struct echelon_allocator *memory, size_t bytes);

/** Releases what eln_allocate returned. NULL is allowed. */
void eln_release(const struct echelon_allocator *memory, void *object);

/** As the allocator itself: not aligned further, not zeroed. */
static inline void *
eln_allocate_raw(const struct echelon_allocator *memory, size_t bytes)
{
	return memory->allocate(memory->context, bytes);
}

/** Releases what eln_allocate_raw returned. */
static inline void
eln_release_raw(const struct echelon_allocator *memory, void *object)
{
	if (object != NULL) {
		memory->release(memory->context, object);
	}
}

#endif
