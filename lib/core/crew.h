/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ELN_CREW_H
#define ELN_CREW_H

/*
 * The crew: all threads of an engine but the monitor.
 *
 *   pool threads    made with the engine, numbers 0 to n_pool - 1; they start
 *                   and end with it
 *   added threads   a pattern starts and ends them while the engine runs:
 *
 *   spare ──take──▶ taken ──started──▶ at work ──leave──▶ left ──reap──┐
 *     ▲               └──give, not started                             │
 *     └──give─────────────────────────────────────── joined ◀──────────┘
 *
 * A thread's memory stays where it is until the engine is destroyed, and its
 * number is used again. So counters never go back, and whoever looks at all
 * threads (monitor, statistics) needs no lock. `capacity` bounds all of it.
 * See docs/decisions/0023.
 */

#include <stdint.h>

#include "core/thread.h"
#include "sync/atomic.h"
#include "sync/lock.h"

struct echelon_engine;

enum {
	ELN_CREW_CHUNK = 16
};

struct eln_crew {
	struct echelon_engine *engine; /* [const] */
	uint32_t n_pool;               /* [const] */
	uint32_t capacity;             /* [const] pool and added, at most */
	struct eln_atomic_ptr *chunks; /* [atomic] each NULL, then const */
	struct eln_atomic32 n_made;    /* [atomic] written under the lock */
	struct eln_atomic32 n_added;   /* [atomic] added threads at work */
	struct eln_lock lock;
	struct eln_thread *spare; /* [lock] */
	struct eln_thread *left;  /* [lock] their ends are near, to be joined */
};

/** Makes the pool's threads; none runs. On failure deinit undoes it. 0 or
 *  -ENOMEM. */
int eln_crew_init(struct eln_crew *crew, struct echelon_engine *engine,
    uint32_t n_pool, uint32_t capacity);

/** Frees all threads; none runs. Idempotent. */
void eln_crew_deinit(struct eln_crew *crew);

/** How many threads there are or were: their numbers are below. Any thread. */
uint32_t eln_crew_made(const struct eln_crew *crew);

/** The thread with a number below eln_crew_made. Any thread. */
struct eln_thread *eln_crew_at(const struct eln_crew *crew, uint32_t i);

/** Takes a thread that is to be added. 0, -EBUSY (capacity), -ENOMEM. */
int eln_crew_take(struct eln_crew *crew, struct eln_thread **thread);

/** Gives back one that was taken and not started, or was reaped. */
void eln_crew_give(struct eln_crew *crew, struct eln_thread *thread);

/** The calling, added thread touches nothing of the engine any more but what
 *  it must to say that it is gone. */
void eln_crew_leave(struct eln_crew *crew, struct eln_thread *thread);

/** Joins one that has left and returns it, or NULL. Blocks no longer than a
 *  thread needs for its last steps. */
struct eln_thread *eln_crew_reap(struct eln_crew *crew);

#endif
