/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ELN_HANDLE_H
#define ELN_HANDLE_H

/*
 * A handle: an event source with an identity, a run state and a place in a
 * handle set. Connections and listeners begin with one.
 *
 * Identity: slot (32 bits) and generation (32 bits) make an id that is never
 * used twice; the memory of a slot is never freed while the engine lives. So
 * whoever holds an id, from an event of long ago or from a user, may look at
 * the slot, and the run word says whether it is still the one.
 */

#include <stdbool.h>
#include <stdint.h>

#include "core/timer.h"
#include "sync/inbox.h"
#include "sync/run_word.h"

struct eln_set;
struct eln_thread;
struct eln_handle;

/** How a turn ended. */
enum eln_turn {
	/** Nothing is left to do, or the handle is closed. Hands off. */
	ELN_TURN_DONE,
	/** The turn is used up: the handle is ready again, pass it on. */
	ELN_TURN_AGAIN,
	/** A handler function is due: the handle is ready, pass it on. */
	ELN_TURN_CALL
};

/** What kinds of handles differ in. */
struct eln_handle_type {
	/**
	 * Takes a ready handle and does what its reasons ask for, until
	 * nothing is left or the turn is used up.
	 *
	 * @param may_call  false: stop before the first handler function; for
	 *                  the asynchronous layer, which must not block
	 */
	enum eln_turn (*turn)(struct eln_handle *handle,
	    struct eln_thread *thread, bool may_call);

	/**
	 * For overload: as `turn` with may_call false, but a request, or a
	 * handle that is new, is refused instead of being left to a handler.
	 * NULL: such handles wait.
	 */
	enum eln_turn (*refuse)(struct eln_handle *handle,
	    struct eln_thread *thread);

	/**
	 * Closes a ready handle that has had no turn yet, without calling any
	 * handler function. NULL: it always has somebody to serve it.
	 */
	void (*drop)(struct eln_handle *handle, struct eln_thread *thread);
};

struct eln_handle {
	struct eln_run_word run;            /* [atomic] */
	const struct eln_handle_type *type; /* [const] */
	struct eln_set *set;                /* [const] */
	uint32_t slot;                      /* [const] */
	int fd;                             /* [run] */

	struct eln_link ready; /* [who made it ready, then who took it] */

	/* Timer; the protocol is in core/set.h. */
	struct eln_atomic64 deadline;    /* [atomic] written by the runner */
	struct eln_atomic64 armed;       /* [atomic] written by the lead */
	struct eln_atomic32 rearm_asked; /* [atomic] 1: in the set's inbox */
	struct eln_link rearm;           /* [who asked, then the lead] */
	uint32_t timer;                  /* [lead] place in the heap + 1 */
};

static inline uint64_t
eln_id_of(uint32_t slot, uint32_t generation)
{
	return ((uint64_t)generation << 32) | slot;
}

static inline uint32_t
eln_id_slot(uint64_t id)
{
	return (uint32_t)id;
}

static inline uint32_t
eln_id_generation(uint64_t id)
{
	return (uint32_t)(id >> 32);
}

/** The id of a handle that the caller owns. */
static inline uint64_t
eln_handle_id(const struct eln_handle *handle)
{
	return eln_id_of(handle->slot, eln_run_generation(&handle->run));
}

#endif
