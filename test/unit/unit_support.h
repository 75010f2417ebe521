/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TEST_UNIT_UNIT_SUPPORT_H
#define TEST_UNIT_UNIT_SUPPORT_H

/*
 * What several unit tests need: threads that begin at one moment, numbers
 * that can be had again, an allocator that refuses.
 */

#include <echelon/engine.h>
#include <stdint.h>

/** What one of several threads does. Records; the test asserts. */
typedef void test_part_fn(void *arg, unsigned index);

/** Runs `part` on `n` threads that begin together; returns at their end. */
void run_together(unsigned n, test_part_fn *part, void *arg);

/**
 * Has the calling thread interrupted again and again, wherever it is: what a
 * race of two instructions apart needs to be seen. One thread at a time.
 */
void begin_interruptions(void (*handler)(int signal));
void end_interruptions(void);

/** A sequence of numbers, each from 0 to 2^64 - 1. */
struct numbers {
	uint64_t state;
};

/** Begins with ECHELON_TEST_SEED, or anew, and prints which. */
struct numbers numbers_begin(void);

/** Begins with this seed. */
struct numbers numbers_from(uint64_t seed);

uint64_t numbers_next(struct numbers *numbers);

/** The next, from 0 to limit - 1. */
uint64_t numbers_below(struct numbers *numbers, uint64_t limit);

/** An allocator over malloc that grants so many requests, then none. */
struct grants {
	unsigned left;
	unsigned live; /* granted and not released */
};

struct echelon_allocator allocator_with(struct grants *grants);

#endif
