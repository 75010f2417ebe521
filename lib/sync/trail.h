/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ELN_TRAIL_H
#define ELN_TRAIL_H

/*
 * A trail: the newest records of one writer, which others may copy meanwhile.
 *
 *   begun ────────────────────┐   records begun, ever
 *   written ───────────┐      │   records complete, ever
 *   ... │ n-3 │ n-2 │ n-1 │  n  │ ...
 *         oldest             being written over n - capacity
 *
 * Writing never waits and never fails: the newest record takes the place of
 * the oldest. Invariant: record i is whole and in its place as long as
 * i < written and begun <= i + capacity.
 *
 *   writer of record n                  reader of record i
 *   begun = n + 1                       is i < written?       (acquire)
 *   words of n's place    (release)     words of i's place    (acquire)
 *   written = n + 1       (release)     is begun <= i + capacity?
 *
 * Each acquire of a word pairs with the release of the word that it read. So
 * a reader that got but one word of a newer record, the one that took i's
 * place, then finds `begun` above i + capacity, and drops what it copied.
 *
 * Test: test/unit/trail.c, also under ThreadSanitizer.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/compiler.h"
#include "sync/atomic.h"

enum {
	ELN_TRAIL_WORDS = 3
};

struct eln_trail_record {
	uint64_t words[ELN_TRAIL_WORDS];
};

/* A record in its place, where it may be overwritten at any time. */
struct eln_trail_place {
	struct eln_atomic64 words[ELN_TRAIL_WORDS]; /* [atomic] */
};

struct eln_trail {
	uint64_t capacity;           /* [const] a power of two */
	struct eln_atomic64 begun;   /* [atomic] by the writer */
	struct eln_atomic64 written; /* [atomic] by the writer */
	struct eln_trail_place places[];
};

/** How much memory a trail of `capacity` records takes. */
static inline size_t
eln_trail_bytes(size_t capacity)
{
	return sizeof(struct eln_trail) +
	    capacity * sizeof(struct eln_trail_place);
}

/** Makes an empty trail in zeroed memory; `capacity` is a power of two. */
struct eln_trail *eln_trail_init(void *memory, size_t capacity);

/** Forgets all records. Neither writer nor reader may be at work. */
void eln_trail_clear(struct eln_trail *trail);

/** The writer: adds a record. */
static inline void
eln_trail_put(struct eln_trail *trail, const struct eln_trail_record *record)
{
	/* Relaxed: only the writer changes it. */
	uint64_t n = eln_load64_relaxed(&trail->written);
	struct eln_trail_place
	    *place = &trail->places[n & (trail->capacity - 1)];

	/* Relaxed: the releases below keep it before the words. */
	eln_store64_relaxed(&trail->begun, n + 1);
	for (unsigned i = 0; i < ELN_TRAIL_WORDS; i++) {
		/* Release: pairs with the acquire of this word in get. */
		eln_store64_release(&place->words[i], record->words[i]);
	}
	/* Release: pairs with the acquire in eln_trail_range. */
	eln_store64_release(&trail->written, n + 1);
}

/** Any thread: which records there are, from `*first` to before `*end`. */
void eln_trail_range(const struct eln_trail *trail, uint64_t *first,
    uint64_t *end);

/** Any thread: copies a record of that range. False: a newer one has taken,
 *  or is taking, its place. */
bool eln_trail_get(const struct eln_trail *trail, uint64_t which,
    struct eln_trail_record *record);

#endif
