/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/timer.h"

#include <errno.h>

#include "base/contract.h"
#include "base/memory.h"
#include "core/handle.h"

int
eln_timers_init(struct eln_timers *timers,
    const struct echelon_allocator *memory, uint32_t capacity)
{
	timers->n = 0;
	timers->capacity = capacity;
	timers->heap = eln_allocate_raw(memory,
	    (size_t)capacity * sizeof(*timers->heap));
	return timers->heap == NULL ? -ENOMEM : 0;
}

void
eln_timers_deinit(struct eln_timers *timers,
    const struct echelon_allocator *memory)
{
	eln_release_raw(memory, timers->heap);
	timers->heap = NULL;
}

/* A handle's `timer` is its place in the heap plus one; 0: not armed. */

static void
put_at(struct eln_timers *timers, uint32_t i, struct eln_timer_entry entry)
{
	timers->heap[i] = entry;
	entry.handle->timer = i + 1;
}

static void
sift_up(struct eln_timers *timers, uint32_t i, struct eln_timer_entry entry)
{
	while (i > 0) {
		uint32_t parent = (i - 1) / 2;

		if (timers->heap[parent].when <= entry.when) {
			break;
		}
		put_at(timers, i, timers->heap[parent]);
		i = parent;
	}
	put_at(timers, i, entry);
}

static void
sift_down(struct eln_timers *timers, uint32_t i, struct eln_timer_entry entry)
{
	for (;;) {
		uint32_t child = 2 * i + 1;

		if (child >= timers->n) {
			break;
		}
		if (child + 1 < timers->n &&
		    timers->heap[child + 1].when < timers->heap[child].when) {
			child++;
		}
		if (entry.when <= timers->heap[child].when) {
			break;
		}
		put_at(timers, i, timers->heap[child]);
		i = child;
	}
	put_at(timers, i, entry);
}

/** Puts `entry` where it belongs, given that place i is open. */
static void
place(struct eln_timers *timers, uint32_t i, struct eln_timer_entry entry)
{
	if (i > 0 && entry.when < timers->heap[(i - 1) / 2].when) {
		sift_up(timers, i, entry);
	} else {
		sift_down(timers, i, entry);
	}
}

static void
remove_at(struct eln_timers *timers, uint32_t i)
{
	struct eln_timer_entry last = timers->heap[timers->n - 1];

	timers->heap[i].handle->timer = 0;
	timers->n--;
	if (i < timers->n) {
		place(timers, i, last);
	}
}

void
eln_timers_arm(struct eln_timers *timers, struct eln_handle *handle,
    uint64_t when)
{
	struct eln_timer_entry entry = { .when = when, .handle = handle };

	if (when == ELN_NEVER) {
		if (handle->timer != 0) {
			remove_at(timers, handle->timer - 1);
		}
		return;
	}
	if (handle->timer == 0) {
		ELN_CONTRACT(timers->n < timers->capacity,
		    "more timers than handles");
		handle->timer = ++timers->n;
	}
	place(timers, handle->timer - 1, entry);
}

uint64_t
eln_timers_next(const struct eln_timers *timers)
{
	return timers->n == 0 ? ELN_NEVER : timers->heap[0].when;
}

struct eln_handle *
eln_timers_pop(struct eln_timers *timers, uint64_t now)
{
	struct eln_handle *handle;

	if (timers->n == 0 || timers->heap[0].when > now) {
		return NULL;
	}
	handle = timers->heap[0].handle;
	remove_at(timers, 0);
	return handle;
}
