/* SPDX-License-Identifier: BSD-2-Clause */
#include "arena.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "buffer.h"
#include "explore_internal.h"

#if defined(__SANITIZE_ADDRESS__)
#include <sanitizer/asan_interface.h>
#else
#define __asan_poison_memory_region(address, bytes) \
	((void)(address), (void)(bytes))
#define __asan_unpoison_memory_region(address, bytes) \
	((void)(address), (void)(bytes))
#endif

#define ARENA_BYTES ((size_t)1 << 30)
#define FRESH 0xa5
#define FREED 0xdd

enum {
	ALIGNMENT = 16,
	MARKED = 512 /* bytes of a freed block that are overwritten */
};

struct arena {
	char *memory;
	size_t used;
	size_t live;
	bool serves;
};

/* Before each block; a multiple of the alignment. */
struct header {
	size_t bytes;
	size_t is_freed;
};

static struct arena arena;

void *__real_malloc(size_t bytes);
void *__real_calloc(size_t n, size_t bytes);
void *__real_realloc(void *block, size_t bytes);
void __real_free(void *block);
void *__wrap_malloc(size_t bytes);
void *__wrap_calloc(size_t n, size_t bytes);
void *__wrap_realloc(void *block, size_t bytes);
void __wrap_free(void *block);
char *__wrap_strdup(const char *text);

static size_t
whole_of(size_t bytes)
{
	return (bytes + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
}

void
explore_arena_begin(void)
{
	if (arena.memory == NULL) {
		void *memory = mmap(NULL, ARENA_BYTES, PROT_READ | PROT_WRITE,
		    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

		if (memory == MAP_FAILED) {
			perror("no memory for runs");
			exit(2);
		}
		arena.memory = memory;
	}
	arena.used = 0;
	arena.live = 0;
	arena.serves = true;
}

void
explore_arena_end(void)
{
	arena.serves = false;
	__asan_unpoison_memory_region(arena.memory, arena.used);
}

size_t
explore_arena_live(void)
{
	return arena.live;
}

/** The freed ones; AddressSanitizer sees the write itself. */
static bool
is_as_freed(const struct header *header)
{
#ifndef __SANITIZE_ADDRESS__
	const unsigned char *byte = (const unsigned char *)(header + 1);

	for (size_t i = 0; i < header->bytes && i < MARKED; i++) {
		if (byte[i] != FREED) {
			return false;
		}
	}
#else
	(void)header;
#endif
	return true;
}

void
explore_arena_check(void)
{
	for (size_t at = 0; at < arena.used;) {
		const struct header *header =
		    (const struct header *)(const void *)(arena.memory + at);

		explore_check(!header->is_freed || is_as_freed(header),
		    "a block of %zu bytes was written to after it was freed",
		    header->bytes);
		at += whole_of(header->bytes) + 2 * sizeof(*header);
	}
}

static bool
is_ours(const void *block)
{
	uintptr_t first = (uintptr_t)arena.memory;

	return arena.memory != NULL && (uintptr_t)block >= first &&
	    (uintptr_t)block < first + ARENA_BYTES;
}

static struct header *
header_of(void *block)
{
	return (struct header *)block - 1;
}

static void *
take(size_t bytes)
{
	size_t whole = whole_of(bytes);
	struct header *header;

	if (whole < bytes ||
	    whole > ARENA_BYTES - arena.used - 2 * sizeof(*header)) {
		return NULL;
	}
	header = (struct header *)(void *)(arena.memory + arena.used);
	header->bytes = bytes;
	header->is_freed = false;
	/* A gap after it, which AddressSanitizer guards. */
	arena.used += whole + 2 * sizeof(*header);
	arena.live++;
	__asan_poison_memory_region((char *)(header + 1) + bytes,
	    whole - bytes + sizeof(*header));
	return header + 1;
}

void
explore_arena_align(size_t alignment)
{
	size_t around = 2 * sizeof(struct header);
	uintptr_t next = (uintptr_t)(arena.memory + arena.used) +
	    sizeof(struct header);
	size_t gap = (alignment - next % alignment) % alignment;

	while (gap != 0 && gap < around) {
		gap += alignment;
	}
	if (gap != 0) {
		/* A freed block before it. */
		__wrap_free(__wrap_malloc(gap - around));
	}
}

void *
__wrap_malloc(size_t bytes)
{
	void *block;

	if (!arena.serves) {
		return __real_malloc(bytes);
	}
	/* Not what the run before left there. */
	block = take(bytes);
	return block == NULL ? NULL : memset(block, FRESH, bytes);
}

void *
__wrap_calloc(size_t n, size_t bytes)
{
	void *block;

	if (!arena.serves) {
		return __real_calloc(n, bytes);
	}
	if (bytes != 0 && n > SIZE_MAX / bytes) {
		return NULL;
	}
	block = take(n * bytes);
	return block == NULL ? NULL : memset(block, 0, n * bytes);
}

void
__wrap_free(void *block)
{
	size_t bytes;

	if (!is_ours(block)) {
		__real_free(block);
		return;
	}
	bytes = header_of(block)->bytes;
	/* A store that waits must not come after the block's end. */
	explore_buffer_flush_into(block, bytes);
	explore_check(!header_of(block)->is_freed, "frees a block twice");
	header_of(block)->is_freed = true;
	memset(block, FREED, bytes < MARKED ? bytes : MARKED);
	__asan_poison_memory_region(block, bytes);
	arena.live--;
}

void *
__wrap_realloc(void *block, size_t bytes)
{
	void *grown;
	size_t before;

	if (!is_ours(block) && (block != NULL || !arena.serves)) {
		return __real_realloc(block, bytes);
	}
	grown = __wrap_malloc(bytes);
	if (grown != NULL && block != NULL) {
		before = header_of(block)->bytes;
		memcpy(grown, block, before < bytes ? before : bytes);
		__wrap_free(block);
	}
	return grown;
}

char *
__wrap_strdup(const char *text)
{
	size_t bytes = strlen(text) + 1;
	char *copy = __wrap_malloc(bytes);

	return copy == NULL ? NULL : memcpy(copy, text, bytes);
}
