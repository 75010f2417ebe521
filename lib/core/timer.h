/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ELN_TIMER_H
#define ELN_TIMER_H

/*
 * The timers of one handle set: a binary heap of handles by time.
 *
 * Deadlines move with every request, timers do not. A handle *stores* its
 * next deadline in a word (`deadline`, by whoever runs the handle), and the
 * heap has it *armed* at some time that is not later. When that time comes
 * and the deadline has moved on, the timer is armed anew for it: a busy
 * connection costs one heap operation per idle period, a request none.
 *
 * Only the thread with the set's lead touches a heap. Capacity is fixed: one
 * entry per handle that can exist.
 */

#include <echelon/engine.h>
#include <stdint.h>

struct eln_handle;

struct eln_timer_entry {
	uint64_t when; /* ns of the monotonic clock */
	struct eln_handle *handle;
};

struct eln_timers {
	struct eln_timer_entry *heap; /* [lead] */
	uint32_t n;                   /* [lead] entries in use */
	uint32_t capacity;            /* [const] */
};

/** The time of a handle that has no timer or deadline. */
#define ELN_NEVER UINT64_MAX

/** Makes an empty heap. 0 or -ENOMEM. */
int eln_timers_init(struct eln_timers *timers,
    const struct echelon_allocator *memory, uint32_t capacity);

void eln_timers_deinit(struct eln_timers *timers,
    const struct echelon_allocator *memory);

/** Arms the handle's timer for `when`, or moves it there; ELN_NEVER disarms. */
void eln_timers_arm(struct eln_timers *timers, struct eln_handle *handle,
    uint64_t when);

/** The earliest time armed, or ELN_NEVER. */
uint64_t eln_timers_next(const struct eln_timers *timers);

/** Disarms and returns a handle armed for `now` or earlier, or NULL. */
struct eln_handle *eln_timers_pop(struct eln_timers *timers, uint64_t now);

#endif
