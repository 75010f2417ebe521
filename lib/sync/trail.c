/* SPDX-License-Identifier: BSD-2-Clause */
#include "sync/trail.h"

#include "base/contract.h"

struct eln_trail *
eln_trail_init(void *memory, size_t capacity)
{
	struct eln_trail *trail = memory;

	ELN_CONTRACT(capacity > 0 && (capacity & (capacity - 1)) == 0,
	    "a power of two");
	trail->capacity = capacity;
	return trail;
}

void
eln_trail_clear(struct eln_trail *trail)
{
	/* Relaxed: the caller has it for itself. */
	eln_store64_relaxed(&trail->begun, 0);
	eln_store64_relaxed(&trail->written, 0);
}

void
eln_trail_range(const struct eln_trail *trail, uint64_t *first, uint64_t *end)
{
	/* Acquire: pairs with the last release in put. */
	*end = eln_load64_acquire(&trail->written);
	*first = *end > trail->capacity ? *end - trail->capacity : 0;
}

bool
eln_trail_get(const struct eln_trail *trail, uint64_t which,
    struct eln_trail_record *record)
{
	const struct eln_trail_place
	    *place = &trail->places[which & (trail->capacity - 1)];

	for (unsigned i = 0; i < ELN_TRAIL_WORDS; i++) {
		/* Acquire: pairs with the release of this word in put, and
		 * keeps the load below behind. */
		record->words[i] = eln_load64_acquire(&place->words[i]);
	}
	/* Relaxed: see the file's head. */
	return eln_load64_relaxed(&trail->begun) <= which + trail->capacity;
}
