/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ELN_ATOMIC_H
#define ELN_ATOMIC_H

/*
 * lib/sync/atomic.h as the schedule explorer has it: the same words and
 * functions, each access a point of the run (test/schedule/memory.h). They
 * are macros, so that a point knows its place in the source and what the
 * word is called there.
 */

#include <stdbool.h>
#include <stdint.h>

#include "schedule/memory.h"

struct eln_atomic32 {
	uint32_t value;
};

struct eln_atomic64 {
	uint64_t value;
};

struct eln_atomic_ptr {
	void *value;
};

/* For 32 and 64 bits: the functions behind the macros. */
#define EXPLORE_WORD_(bits)                                                    \
	static inline uint##bits##_t                                           \
	    explore_load##bits(const struct explore_site *site,                \
		const struct eln_atomic##bits *word, enum explore_order order) \
	{                                                                      \
		return (uint##bits##_t)explore_load(site, &word->value,        \
		    sizeof(word->value), order);                               \
	}                                                                      \
	static inline void explore_store##bits(const struct explore_site       \
						   *site,                      \
	    struct eln_atomic##bits *word, uint##bits##_t value,               \
	    enum explore_order order)                                          \
	{                                                                      \
		explore_store(site, &word->value, sizeof(word->value), value,  \
		    order);                                                    \
	}                                                                      \
	static inline uint##bits##_t                                           \
	    explore_change##bits(const struct explore_site *site,              \
		struct eln_atomic##bits *word, enum explore_change change,     \
		uint##bits##_t operand)                                        \
	{                                                                      \
		return (uint##bits##_t)explore_change(site, &word->value,      \
		    sizeof(word->value), change, operand, EXPLORE_SC);         \
	}                                                                      \
	static inline bool explore_cas##bits(const struct explore_site *site,  \
	    struct eln_atomic##bits *word, uint##bits##_t *expected,           \
	    uint##bits##_t value)                                              \
	{                                                                      \
		uint64_t seen = *expected;                                     \
		bool done = explore_cas(site, &word->value,                    \
		    sizeof(word->value), &seen, value, EXPLORE_SC);            \
                                                                               \
		*expected = (uint##bits##_t)seen;                              \
		return done;                                                   \
	}

EXPLORE_WORD_(32)
EXPLORE_WORD_(64)

#undef EXPLORE_WORD_

static inline void *
explore_load_ptr(const struct explore_site *site,
    const struct eln_atomic_ptr *word, enum explore_order order)
{
	return (void *)(uintptr_t)explore_load(site, &word->value,
	    sizeof(word->value), order);
}

static inline void
explore_store_ptr(const struct explore_site *site, struct eln_atomic_ptr *word,
    void *value, enum explore_order order)
{
	explore_store(site, &word->value, sizeof(word->value), (uintptr_t)value,
	    order);
}

static inline void *
explore_exchange_ptr(const struct explore_site *site,
    struct eln_atomic_ptr *word, void *value)
{
	return (void *)(uintptr_t)explore_change(site, &word->value,
	    sizeof(word->value), EXPLORE_SET, (uintptr_t)value, EXPLORE_SC);
}

static inline bool
explore_cas_ptr(const struct explore_site *site, struct eln_atomic_ptr *word,
    void **expected, void *value)
{
	uint64_t seen = (uintptr_t)*expected;
	bool done = explore_cas(site, &word->value, sizeof(word->value), &seen,
	    (uintptr_t)value, EXPLORE_SC);

	*expected = (void *)(uintptr_t)seen;
	return done;
}

#define eln_load32_relaxed(w) \
	explore_load32(EXPLORE_SITE("load", w), w, EXPLORE_RELAXED)
#define eln_load32_acquire(w) \
	explore_load32(EXPLORE_SITE("load acquire", w), w, EXPLORE_ACQUIRE)
#define eln_load32_sc(w) \
	explore_load32(EXPLORE_SITE("load sc", w), w, EXPLORE_SC)
#define eln_load64_relaxed(w) \
	explore_load64(EXPLORE_SITE("load", w), w, EXPLORE_RELAXED)
#define eln_load64_acquire(w) \
	explore_load64(EXPLORE_SITE("load acquire", w), w, EXPLORE_ACQUIRE)
#define eln_load64_sc(w) \
	explore_load64(EXPLORE_SITE("load sc", w), w, EXPLORE_SC)
#define eln_load_ptr_relaxed(w) \
	explore_load_ptr(EXPLORE_SITE("load", w), w, EXPLORE_RELAXED)
#define eln_load_ptr_acquire(w) \
	explore_load_ptr(EXPLORE_SITE("load acquire", w), w, EXPLORE_ACQUIRE)
#define eln_load_ptr_sc(w) \
	explore_load_ptr(EXPLORE_SITE("load sc", w), w, EXPLORE_SC)
#define eln_store32_relaxed(w, v) \
	explore_store32(EXPLORE_SITE("store", w), w, v, EXPLORE_RELAXED)
#define eln_store32_release(w, v) \
	explore_store32(EXPLORE_SITE("store release", w), w, v, EXPLORE_RELEASE)
#define eln_store64_relaxed(w, v) \
	explore_store64(EXPLORE_SITE("store", w), w, v, EXPLORE_RELAXED)
#define eln_store64_release(w, v) \
	explore_store64(EXPLORE_SITE("store release", w), w, v, EXPLORE_RELEASE)
#define eln_store_ptr_release(w, v)                               \
	explore_store_ptr(EXPLORE_SITE("store release", w), w, v, \
	    EXPLORE_RELEASE)

#define eln_exchange32(w, v) \
	explore_change32(EXPLORE_SITE("exchange", w), w, EXPLORE_SET, v)
#define eln_add32(w, v) \
	explore_change32(EXPLORE_SITE("add", w), w, EXPLORE_ADD, v)
#define eln_exchange64(w, v) \
	explore_change64(EXPLORE_SITE("exchange", w), w, EXPLORE_SET, v)
#define eln_add64(w, v) \
	explore_change64(EXPLORE_SITE("add", w), w, EXPLORE_ADD, v)
#define eln_or64(w, v) explore_change64(EXPLORE_SITE("or", w), w, EXPLORE_OR, v)
#define eln_and64(w, v) \
	explore_change64(EXPLORE_SITE("and", w), w, EXPLORE_AND, v)
#define eln_exchange_ptr(w, v) \
	explore_exchange_ptr(EXPLORE_SITE("exchange", w), w, v)

#define eln_cas32(w, e, v) explore_cas32(EXPLORE_SITE("cas", w), w, e, v)
#define eln_cas64(w, e, v) explore_cas64(EXPLORE_SITE("cas", w), w, e, v)
#define eln_cas_ptr(w, e, v) explore_cas_ptr(EXPLORE_SITE("cas", w), w, e, v)

/** No point: one thread writes it, and nothing depends on it. */
static inline void
eln_count(struct eln_atomic64 *counter, uint64_t n)
{
	counter->value += n;
}

#define eln_fence() \
	explore_fence(EXPLORE_SITE("fence", full), EXPLORE_FENCE_FULL)

#endif
