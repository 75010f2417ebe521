/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ELN_SET_H
#define ELN_SET_H

/*
 * A set: one handle set with everything that belongs to waiting on it.
 *
 *   demultiplexer ──events──▶ batch ──┐
 *   timers ────────────expired────────┼─▶ eln_set_next: ready handles
 *   inbox ◀── anybody's posts ── list ┘
 *
 * Invariant: batch, list and timers are touched only by the thread that has
 * the set's lead and is not in a handler. The batch lives here and not on a
 * stack, so whoever takes the lead takes the rest of it. Everybody else, and
 * the leader inside a turn, uses the inbox.
 *
 * A ready handle that is posted is taken at the next eln_set_next or, when
 * the leader waits, makes it return: `waiting` says whether it does, and the
 * one who changes it from *blocks* to *poked* writes the wake-up descriptor,
 * so many posts cost one wake.
 *
 *   waiter                           poster
 *   waiting = blocks                 put into the inbox
 *   inbox empty? else do not block   waiting == blocks? then poked, and wake
 *
 * Timers: the runner of a handle stores its deadline and, only if the timer
 * is armed later than that or not at all, asks the leader through the `rearm`
 * inbox. The leader arms, and reads the deadline once more afterwards. Both
 * sides are sequentially consistent, so one of them sees the other.
 */

#include <stdbool.h>
#include <stdint.h>

#include "base/compiler.h"
#include "base/ghost.h"
#include "core/handle.h"
#include "core/timer.h"
#include "demux/handle_set.h"
#include "sync/atomic.h"
#include "sync/inbox.h"

struct echelon_engine;

enum {
	ELN_BATCH = 64
};

struct eln_set {
	struct echelon_engine *engine;                 /* [const] */
	const struct eln_demultiplexer *demultiplexer; /* [const] */
	struct eln_handle_set *handles;                /* [const] thread-safe */
	int wakeup;                                    /* [const] */

	ELN_APART struct eln_atomic32 waiting; /* [atomic] */
	struct eln_inbox ready;                /* [atomic] handles */
	struct eln_inbox rearm;                /* [atomic] handles */

	ELN_APART struct eln_timers timers; /* [lead] */
	struct eln_link *list;              /* [lead] ready handles */
	struct eln_link **list_end;         /* [lead] */
	unsigned batch_next;                /* [lead] */
	unsigned batch_n;                   /* [lead] */
	struct eln_event batch[ELN_BATCH];  /* [lead] */

	ELN_GHOST(const void *inside;) /* thread that does what the lead may */
};

/**
 * Prepares an empty set for at most `capacity` handles. On failure nothing
 * is left to undo. 0, -ENOMEM, -EMFILE, -ENFILE.
 */
int eln_set_init(struct eln_set *set, struct echelon_engine *engine,
    const struct eln_demultiplexer *demultiplexer, uint32_t capacity);

/** Frees what init made; idempotent. Nobody waits or posts any more. */
void eln_set_deinit(struct eln_set *set);

/** Gives a ready handle to whoever waits or will wait. Any thread. */
void eln_set_post(struct eln_set *set, struct eln_handle *handle);

/** Makes the waiting thread return, or the next wait not block. Any thread. */
void eln_set_wake(struct eln_set *set);

/**
 * Stores the next deadline of a handle that the caller runs (ELN_NEVER:
 * none), and has its timer armed if it is not armed early enough.
 */
void eln_set_deadline(struct eln_handle *handle, uint64_t deadline);

/** Lead: the next ready handle at hand, now the caller's, or NULL. */
struct eln_handle *eln_set_next(struct eln_set *set, struct eln_thread *thread);

/** Lead: whether eln_set_next has more at hand, as far as can be seen. */
bool eln_set_has_more(const struct eln_set *set);

/** Takes what was posted, oldest first. Who waits on the set does it in
 *  eln_set_wait; this is for others, once nobody waits there any more. */
struct eln_link *eln_set_take_posts(struct eln_set *set);

/** Whether a ready handle was posted and nobody has taken it yet. Any
 *  thread. */
bool eln_set_has_posts(const struct eln_set *set);

/**
 * Lead: gets what is ready. Blocks only if nothing is at hand, and no longer
 * than `longest` (ns; 0: not at all, ELN_FOREVER); returns when there is
 * something, after eln_set_wake, and at times without a reason.
 */
void eln_set_wait(struct eln_set *set, struct eln_thread *thread,
    uint64_t longest);

#endif
