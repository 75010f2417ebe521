/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ELN_CONDITION_H
#define ELN_CONDITION_H

/*
 * A condition variable for eln_lock: one word, one futex. Only the queue that
 * the lock-free one is compared with uses it; everything else parks.
 *
 *   waiter, with the lock              changer
 *   n_waiting + 1; seen = sequence     change, with the lock
 *   release the lock                   sequence + 1
 *   sleep while sequence is `seen`     n_waiting > 0? wake
 *   n_waiting - 1; take the lock
 *
 * A change after the waiter's look comes after its release of the lock, so
 * the waiter is counted by then, and the sequence is no longer what it saw:
 * no wake is lost. (glibc's own can lose one: bug 25847, in 2.36 too.)
 */

#include <stdbool.h>

#include "base/ghost.h"
#include "sync/atomic.h"
#include "sync/lock.h"

struct eln_condition {
	struct eln_atomic32 sequence;            /* [atomic] futex */
	struct eln_atomic32 n_waiting;           /* [atomic] */
	ELN_GHOST(struct eln_ghost_watch watch;) /* [const] */
};

/** Releases the lock, sleeps, and takes it again. May return without a
 *  signal; the caller looks again. */
void eln_condition_wait(struct eln_condition *condition, struct eln_lock *lock);

/** Wakes one who waits, if anybody does; returns whether. After the change;
 *  with the lock or, better, without. */
bool eln_condition_signal(struct eln_condition *condition);

/** Wakes all who wait. */
void eln_condition_broadcast(struct eln_condition *condition);

#endif
