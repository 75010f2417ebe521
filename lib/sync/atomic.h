/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ELN_ATOMIC_H
#define ELN_ATOMIC_H

/*
 * Words that several threads touch without a lock.
 *
 * Every such word of the library is one of these types, and every access one
 * of these functions, so that a test can put its own behind them. The rule
 * of orders, kept small so that arguments stay short:
 *
 *   read-modify-write  always sequentially consistent (on x86 nothing else
 *                      exists, and nearly every protocol here needs it)
 *   load, store        _relaxed, _acquire or _release, _sc, by name
 *   eln_fence          between a plain store that somebody else made for us
 *                      (ck_ring's publication) and a load
 */

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

struct eln_atomic32 {
	_Atomic uint32_t value;
};

struct eln_atomic64 {
	_Atomic uint64_t value;
};

struct eln_atomic_ptr {
	_Atomic(void *) value;
};

static inline uint32_t
eln_load32_relaxed(const struct eln_atomic32 *word)
{
	return atomic_load_explicit(&word->value, memory_order_relaxed);
}

static inline uint32_t
eln_load32_acquire(const struct eln_atomic32 *word)
{
	return atomic_load_explicit(&word->value, memory_order_acquire);
}

static inline uint32_t
eln_load32_sc(const struct eln_atomic32 *word)
{
	return atomic_load_explicit(&word->value, memory_order_seq_cst);
}

static inline void
eln_store32_relaxed(struct eln_atomic32 *word, uint32_t value)
{
	atomic_store_explicit(&word->value, value, memory_order_relaxed);
}

static inline void
eln_store32_release(struct eln_atomic32 *word, uint32_t value)
{
	atomic_store_explicit(&word->value, value, memory_order_release);
}

static inline uint32_t
eln_exchange32(struct eln_atomic32 *word, uint32_t value)
{
	return atomic_exchange(&word->value, value);
}

static inline uint32_t
eln_add32(struct eln_atomic32 *word, uint32_t value)
{
	return atomic_fetch_add(&word->value, value);
}

static inline bool
eln_cas32(struct eln_atomic32 *word, uint32_t *expected, uint32_t value)
{
	return atomic_compare_exchange_strong(&word->value, expected, value);
}

static inline uint64_t
eln_load64_relaxed(const struct eln_atomic64 *word)
{
	return atomic_load_explicit(&word->value, memory_order_relaxed);
}

static inline uint64_t
eln_load64_acquire(const struct eln_atomic64 *word)
{
	return atomic_load_explicit(&word->value, memory_order_acquire);
}

static inline uint64_t
eln_load64_sc(const struct eln_atomic64 *word)
{
	return atomic_load_explicit(&word->value, memory_order_seq_cst);
}

static inline void
eln_store64_relaxed(struct eln_atomic64 *word, uint64_t value)
{
	atomic_store_explicit(&word->value, value, memory_order_relaxed);
}

static inline void
eln_store64_release(struct eln_atomic64 *word, uint64_t value)
{
	atomic_store_explicit(&word->value, value, memory_order_release);
}

static inline uint64_t
eln_exchange64(struct eln_atomic64 *word, uint64_t value)
{
	return atomic_exchange(&word->value, value);
}

static inline uint64_t
eln_add64(struct eln_atomic64 *word, uint64_t value)
{
	return atomic_fetch_add(&word->value, value);
}

static inline uint64_t
eln_or64(struct eln_atomic64 *word, uint64_t bits)
{
	return atomic_fetch_or(&word->value, bits);
}

static inline uint64_t
eln_and64(struct eln_atomic64 *word, uint64_t bits)
{
	return atomic_fetch_and(&word->value, bits);
}

static inline bool
eln_cas64(struct eln_atomic64 *word, uint64_t *expected, uint64_t value)
{
	return atomic_compare_exchange_strong(&word->value, expected, value);
}

static inline void *
eln_load_ptr_acquire(const struct eln_atomic_ptr *word)
{
	return atomic_load_explicit(&word->value, memory_order_acquire);
}

static inline void *
eln_load_ptr_relaxed(const struct eln_atomic_ptr *word)
{
	return atomic_load_explicit(&word->value, memory_order_relaxed);
}

static inline void *
eln_load_ptr_sc(const struct eln_atomic_ptr *word)
{
	return atomic_load_explicit(&word->value, memory_order_seq_cst);
}

static inline void
eln_store_ptr_release(struct eln_atomic_ptr *word, void *value)
{
	atomic_store_explicit(&word->value, value, memory_order_release);
}

static inline void *
eln_exchange_ptr(struct eln_atomic_ptr *word, void *value)
{
	return atomic_exchange(&word->value, value);
}

static inline bool
eln_cas_ptr(struct eln_atomic_ptr *word, void **expected, void *value)
{
	return atomic_compare_exchange_strong(&word->value, expected, value);
}

/**
 * Adds to a counter that only the calling thread writes and others may read:
 * no locked instruction. Relaxed: a count orders nothing.
 */
static inline void
eln_count(struct eln_atomic64 *counter, uint64_t n)
{
	eln_store64_relaxed(counter, eln_load64_relaxed(counter) + n);
}

/**
 * A full fence. ThreadSanitizer does not know fences; there it is a
 * read-modify-write, and the orders it must see stand on the words.
 */
static inline void
eln_fence(void)
{
#if defined(__SANITIZE_THREAD__)
	_Atomic uint32_t fence = 0;

	atomic_fetch_add(&fence, 1);
#else
	atomic_thread_fence(memory_order_seq_cst);
#endif
}

#endif
