/* SPDX-License-Identifier: BSD-2-Clause */
#include "sync/lot.h"

#include "base/contract.h"
#include "os/sys.h"

enum {
	NOBODY = -1
};

void
eln_lot_init(struct eln_lot *lot, struct eln_place *places, unsigned n)
{
	ELN_CONTRACT(n >= 1 && n <= ELN_LOT_PLACES, "1 to 1024 threads");
	lot->n_words = (n + 63) / 64;
	lot->places = places;
	eln_store32_relaxed(&lot->searching, 0);
	for (unsigned i = 0; i < ELN_LOT_WORDS; i++) {
		eln_store64_relaxed(&lot->parked[i], 0);
	}
	for (unsigned i = 0; i < n; i++) {
		eln_store32_relaxed(&places[i].granted, 0);
	}
}

static struct eln_atomic64 *
word_of(struct eln_lot *lot, unsigned place)
{
	return &lot->parked[place / 64];
}

static uint64_t
bit_of(unsigned place)
{
	return UINT64_C(1) << (place % 64);
}

void
eln_lot_announce(struct eln_lot *lot, unsigned place)
{
	eln_or64(word_of(lot, place), bit_of(place));
	/* Before the second look, which may read what ck_ring published by
	 * plain stores: pairs with the fence in notify. */
	eln_fence();
}

bool
eln_lot_retract(struct eln_lot *lot, unsigned place)
{
	uint64_t old = eln_and64(word_of(lot, place), ~bit_of(place));

	return (old & bit_of(place)) != 0;
}

#ifdef ELN_GHOSTS
#define LONGEST eln_ghost_patience
#else
#define LONGEST ELN_FOREVER
#endif

enum eln_grant
eln_lot_sleep(struct eln_lot *lot, unsigned place)
{
	struct eln_atomic32 *granted = &lot->places[place].granted;
	uint32_t grant;

	ELN_GHOST(struct eln_ghost_sleep sleep = { 0 };)
	/* Acquire: pairs with the exchange in give. A wait that ends early
	 * (a signal, a stale wake) asks again. */
	while ((grant = eln_load32_acquire(granted)) == ELN_GRANT_NONE) {
		ELN_GHOST_LOOK(&lot->watch, &sleep, eln_sys->now());
		(void)eln_sys->futex_wait(granted, ELN_GRANT_NONE, LONGEST);
	}
	eln_store32_relaxed(granted, ELN_GRANT_NONE);
	return (enum eln_grant)grant;
}

void
eln_lot_search_over(struct eln_lot *lot)
{
	eln_exchange32(&lot->searching, 0);
	/* Before the caller's look; pairs with the fence in notify. */
	eln_fence();
}

static void
give(struct eln_lot *lot, int place, enum eln_grant grant)
{
	struct eln_atomic32 *granted = &lot->places[place].granted;

	eln_exchange32(granted, grant);
	(void)eln_sys->futex_wake(granted, 1);
}

/** Clears the lowest bit that is set; returns its place, or NOBODY. */
static int
claim(struct eln_lot *lot)
{
	for (unsigned i = 0; i < lot->n_words; i++) {
		uint64_t old = eln_load64_sc(&lot->parked[i]);

		while (old != 0) {
			if (eln_cas64(&lot->parked[i], &old, old & (old - 1))) {
				return (int)i * 64 + __builtin_ctzll(old);
			}
		}
	}
	return NOBODY;
}

bool
eln_lot_notify(struct eln_lot *lot)
{
	uint32_t nobody_searches;
	int place;

	/* Between the work, perhaps published by ck_ring's plain store, and
	 * the look at who is parked; without it wakes are lost on x86. */
	eln_fence();

	while (eln_load32_sc(&lot->searching) == 0 && eln_lot_has_parked(lot)) {
		nobody_searches = 0;
		if (!eln_cas32(&lot->searching, &nobody_searches, 1)) {
			return false;
		}
		place = claim(lot);
		if (place != NOBODY) {
			give(lot, place, ELN_GRANT_SEARCH);
			return true;
		}
		/* All retracted meanwhile. Others may have stayed silent for
		 * our token: look again after giving it up. */
		eln_lot_search_over(lot);
	}
	return false;
}

bool
eln_lot_hand_over(struct eln_lot *lot)
{
	int place = claim(lot);

	if (place == NOBODY) {
		return false;
	}
	give(lot, place, ELN_GRANT_HANDED);
	return true;
}

unsigned
eln_lot_wake_all(struct eln_lot *lot)
{
	unsigned n = 0;
	int place;

	eln_fence();
	while ((place = claim(lot)) != NOBODY) {
		give(lot, place, ELN_GRANT_END);
		n++;
	}
	return n;
}

bool
eln_lot_has_parked(const struct eln_lot *lot)
{
	for (unsigned i = 0; i < lot->n_words; i++) {
		if (eln_load64_sc(&lot->parked[i]) != 0) {
			return true;
		}
	}
	return false;
}
