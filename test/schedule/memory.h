/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TEST_SCHEDULE_MEMORY_H
#define TEST_SCHEDULE_MEMORY_H

/*
 * Shared words, as the seam's headers reach them. Each access is a point.
 *
 * A word's newest value is where the library put it, so what is written
 * without the seam (memset, an initializer) is simply the newest value.
 */

#include <stdbool.h>
#include <stdint.h>

enum explore_order {
	EXPLORE_RELAXED,
	EXPLORE_ACQUIRE,
	EXPLORE_RELEASE,
	EXPLORE_SC
};

enum explore_fence {
	EXPLORE_FENCE_LOAD,  /* loads before it, before all after it */
	EXPLORE_FENCE_STORE, /* stores before it, before stores after it */
	EXPLORE_FENCE_LATE,  /* loads before it, before stores after it */
	EXPLORE_FENCE_FULL
};

enum explore_change {
	EXPLORE_SET,
	EXPLORE_ADD,
	EXPLORE_OR,
	EXPLORE_AND
};

/** Where the source has an access. */
struct explore_site {
	const char *what;
	const char *word;
	const char *file;
	int line;
	const char *function;
};

/* The site of the macro's user; evaluated once. */
#define EXPLORE_SITE(what_, word_)                                          \
	__extension__({                                                     \
		static const struct explore_site site_ = { (what_), #word_, \
			__FILE__, __LINE__, __func__ };                     \
		&site_;                                                     \
	})

uint64_t explore_load(const struct explore_site *site, const void *word,
    unsigned bytes, enum explore_order order);

/**
 * Loads into `*value` what nobody looks at before the fibre's next compare
 * and swap: so that may come first, unless a fence is between, as ARM does it.
 */
void explore_load_late(const struct explore_site *site, const uint64_t *word,
    uint64_t *value);

void explore_store(const struct explore_site *site, void *word, unsigned bytes,
    uint64_t value, enum explore_order order);

/** A read-modify-write; returns what was there. RELAXED is ck's: no order but
 *  on x86; otherwise sequentially consistent. */
uint64_t explore_change(const struct explore_site *site, void *word,
    unsigned bytes, enum explore_change change, uint64_t operand,
    enum explore_order order);

/** Compare and swap; `*expected` becomes what was there. */
bool explore_cas(const struct explore_site *site, void *word, unsigned bytes,
    uint64_t *expected, uint64_t value, enum explore_order order);

void explore_fence(const struct explore_site *site, enum explore_fence fence);

/** Whether it is a variable on the stack of the running fibre. */
bool explore_is_local(const void *address);

#endif
