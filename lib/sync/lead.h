/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ELN_LEAD_H
#define ELN_LEAD_H

/*
 * The lead: the right to wait on a handle set, held by at most one thread.
 *
 *            try                      enter
 *   free ───────────▶ leading(me) ──────────▶ in handler(me, epoch + 1)
 *    ▲ ▲                 │  ▲                     │    │
 *    │ └─────free────────┘  └──────leave──────────┘    │
 *    └──────────────────────────take_away──────────────┘
 *
 * Invariant: what the lead guards (batch, local list, timers of the set) is
 * touched only by the thread that is leading; while the word says *in
 * handler*, by nobody, not even that thread. So whoever takes the lead away
 * from a thread inside a handler finds everything at rest.
 *
 *   - enter and leave enclose one turn run with the lead kept. Each enter
 *     has an epoch of its own, so take_away hits the turn that its caller
 *     saw, or nothing.
 *   - leave fails when the lead was taken away: its thread has lost the lead,
 *     not the connection, and finishes as an ordinary thread.
 *   - after free and take_away the lead must be offered to somebody
 *     (sync/lot.h): a free lead with a sleeping thread is a hang.
 *
 * The leading thread may also hand the lead to another by other means
 * (eln_lot_hand_over); the word does not change, as it does not say who.
 *
 * All changes are sequentially consistent read-modify-writes on one word:
 * free is seen by the thread that asks is_free after it said it will sleep.
 * Model: test/model/lead.pml.
 */

#include <stdbool.h>
#include <stdint.h>

#include "sync/atomic.h"

struct eln_lead {
	struct eln_atomic64 word; /* [atomic] epoch (62 bits), state (2) */
};

/** Takes a free lead. */
bool eln_lead_try(struct eln_lead *lead);

/** Leading: gives the lead up. */
void eln_lead_free(struct eln_lead *lead);

/** Leading: goes into a handler with it. Returns the epoch of this turn. */
uint64_t eln_lead_enter(struct eln_lead *lead);

/** Out of the handler. False: the lead has been taken away meanwhile. */
bool eln_lead_leave(struct eln_lead *lead, uint64_t epoch);

/** Whether nobody holds it. */
bool eln_lead_is_free(const struct eln_lead *lead);

#ifdef ELN_GHOSTS
/** Whether somebody holds it and is not in a handler. */
bool eln_lead_is_leading(const struct eln_lead *lead);
#endif

/** The epoch of the turn that the lead is inside, 0 when it is not. */
uint64_t eln_lead_in_handler(const struct eln_lead *lead);

/** The number of turns that were run with the lead kept. Relaxed. */
uint64_t eln_lead_epoch(const struct eln_lead *lead);

/** Any thread: frees the lead if it is still inside that turn. */
bool eln_lead_take_away(struct eln_lead *lead, uint64_t epoch);

#endif
