/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ELN_LOCK_H
#define ELN_LOCK_H

/*
 * A small mutex: one word, one futex. For what is rare or private to a
 * connection; nothing that every request passes takes a lock that all
 * threads share, but the queue with a lock, which is there to be compared.
 *
 * Ranks: no lock of the library is taken while another is held; but under
 * that queue's a thread may record its first event, which takes the trace's.
 *
 * The word: 0 free, 1 held, 2 held and somebody waits (Drepper, "Futexes are
 * tricky", mutex 2).
 */

#include "sync/atomic.h"

struct eln_lock {
	struct eln_atomic32 word; /* [atomic] */
};

/** Waits until the lock is free, and takes it. */
void eln_lock_acquire(struct eln_lock *lock);

/** Gives it back; what was written under it is seen by the next owner. */
void eln_lock_release(struct eln_lock *lock);

#endif
