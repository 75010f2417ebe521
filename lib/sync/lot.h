/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ELN_LOT_H
#define ELN_LOT_H

/*
 * The parking lot: where the idle threads of a pool sleep, each on its own
 * futex word, and how exactly one of them is woken.
 *
 * A *place* per thread. `parked` has a bit for each place whose thread said
 * that it will sleep; `searching` is a token, held by at most one thread that
 * has been woken and has not looked for work yet.
 *
 *   sleeper                              waker
 *   announce: set my bit                 publish work
 *   look for work once more              (fence)
 *     found: retract ── bit was there:   notify: searching? ── then nothing:
 *            go on without sleeping        its holder looks again later
 *          └ bit was gone: I am claimed,   take the token, clear a bit (claim)
 *            so sleep (returns at once)    grant: word = 1, futex wake
 *     none: sleep until granted
 *   has the token now; look for work
 *   search_over: give up the token,
 *   look again; any work left: notify
 *
 * Invariants, and why no wake is lost:
 *   - A bit is cleared by exactly one thread: its own (retract) or one waker
 *     (claim), and a claim is followed by exactly one grant. So no wake is
 *     doubled, and a thread that was claimed always gets its grant.
 *   - Either the waker sees the sleeper's bit, or the sleeper's second look
 *     sees the work: bit and work are written and read in opposite order on
 *     the two sides, with a full fence between.
 *   - A waker that stays silent because of the token is made up for by the
 *     token's holder, who looks again after giving it up, in the same way.
 *
 * Besides the search, a grant can carry something else: what the waker had
 * and hands to just this thread (hand_over), or the end (wake_all). Neither
 * involves the token.
 *
 * Which of the sleepers: the one with the lowest place. The effect is that
 * of a LIFO (few threads stay warm, the others sleep on), and unlike a stack
 * it can be left from the middle without ABA; docs/decisions/0006.
 *
 * Model: test/model/park.pml, with TSO store buffers.
 */

#include <stdbool.h>
#include <stdint.h>

#include "base/compiler.h"
#include "base/ghost.h"
#include "sync/atomic.h"

enum {
	ELN_LOT_PLACES = 1024,
	ELN_LOT_WORDS = ELN_LOT_PLACES / 64
};

/** What a sleeping thread was woken with. */
enum eln_grant {
	ELN_GRANT_NONE = 0,
	ELN_GRANT_SEARCH, /* the token: look for work, then search_over */
	ELN_GRANT_HANDED, /* what the waker had is yours */
	ELN_GRANT_END     /* leave */
};

/** One thread's futex word; on a line of its own. */
struct eln_place {
	ELN_APART struct eln_atomic32 granted; /* [atomic] enum eln_grant */
};

struct eln_lot {
	unsigned n_words;                        /* [const] used of `parked` */
	struct eln_place *places;                /* [const] one per thread */
	ELN_APART struct eln_atomic32 searching; /* [atomic] */
	ELN_APART struct eln_atomic64 parked[ELN_LOT_WORDS]; /* [atomic] */

	ELN_GHOST(struct eln_ghost_watch watch;) /* [const] */
};

/** Prepares a lot for `n` places in the caller's memory, all awake. */
void eln_lot_init(struct eln_lot *lot, struct eln_place *places, unsigned n);

/** Says that the thread of `place` will sleep; it must look again now. */
void eln_lot_announce(struct eln_lot *lot, unsigned place);

/** Takes the announcement back. False: claimed already, so sleep. */
bool eln_lot_retract(struct eln_lot *lot, unsigned place);

/** Sleeps until granted; returns with what. */
enum eln_grant eln_lot_sleep(struct eln_lot *lot, unsigned place);

/** Gives up the token; the caller must look for work after it. */
void eln_lot_search_over(struct eln_lot *lot);

/**
 * There may be work: wakes one parked thread, unless one is searching. What
 * the caller published before, also by plain stores, is found by the woken.
 *
 * @return whether it woke one
 */
bool eln_lot_notify(struct eln_lot *lot);

/**
 * Wakes one parked thread, token or not, and hands it what the caller has.
 * False: nobody is parked, the caller still has it.
 */
bool eln_lot_hand_over(struct eln_lot *lot);

/** Wakes all, token or not, for the end: they must find it without looking
 *  for work. Returns how many. */
unsigned eln_lot_wake_all(struct eln_lot *lot);

/** Whether some thread is parked. */
bool eln_lot_has_parked(const struct eln_lot *lot);

#endif
