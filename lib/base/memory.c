/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/memory.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/compiler.h"

static void *
allocate_malloc(void *context, size_t bytes)
{
	(void)context;
	return malloc(bytes);
}

static void
release_malloc(void *context, void *object)
{
	(void)context;
	free(object);
}

struct echelon_allocator
eln_memory_of(struct echelon_allocator allocator)
{
	if (allocator.allocate == NULL || allocator.release == NULL) {
		allocator.allocate = allocate_malloc;
		allocator.release = release_malloc;
	}
	return allocator;
}

/*
 * An allocator aligns as malloc does; the rest is ours: the block starts up
 * to a cache line later, and the word before it points back to its memory.
 */
void *
eln_allocate(const struct echelon_allocator *memory, size_t bytes)
{
	char *block;
	char *object;

	if (bytes > SIZE_MAX - 2 * ELN_CACHELINE) {
		return NULL;
	}
	block = eln_allocate_raw(memory, bytes + 2 * ELN_CACHELINE);
	if (block == NULL) {
		return NULL;
	}
	object = block + sizeof(void *);
	object += (ELN_CACHELINE - (uintptr_t)object % ELN_CACHELINE) %
	    ELN_CACHELINE;
	memcpy(object - sizeof(void *), &block, sizeof(block));
	memset(object, 0, bytes);
	return object;
}

void
eln_release(const struct echelon_allocator *memory, void *object)
{
	void *block;

	if (object == NULL) {
		return;
	}
	memcpy(&block, (char *)object - sizeof(void *), sizeof(block));
	eln_release_raw(memory, block);
}
