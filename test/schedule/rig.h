/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TEST_SCHEDULE_RIG_H
#define TEST_SCHEDULE_RIG_H

/*
 * A rig: an engine that is real but for what is outside of it.
 *
 *   world ──rig_event──▶ fake handle set ─▶ set, pattern, lot, lead, queue,
 *   anybody ──rig_post──▶ inbox             monitor, end: the library's own
 *                                             │
 *                     the turn of a rig's handle, with ghosts ◀┘
 *
 * Its handles stand in the place of listeners. An event or a post adds to
 * what was *sent* to a handle; its handler has *seen* what was sent when it
 * is called. So nothing is lost if at rest all that was sent was seen, unless
 * no thread is free.
 */

#include <stdbool.h>
#include <stdint.h>

#include "core/engine.h"
#include "core/set.h"

enum {
	RIG_HANDLES = 4,
	RIG_THREADS = 6,
	RIG_VALUES = 8
};

struct rig_options {
	const char *pattern;
	uint64_t values[RIG_VALUES]; /* of the pattern's own settings */
	unsigned threads;            /* as engine.threads */
	unsigned handles;
	bool endless; /* one handler, whichever is the worst, never ends */
	bool again;   /* turns are used up after one call */
	bool marks;   /* turns are told to the monitor, which then looks
		       * again and again */
};

/* What is known of a handle from outside. */
struct rig_handle {
	struct eln_handle *handle;
	unsigned sent;
	unsigned seen;
	unsigned inside;   /* threads in its handler */
	unsigned closed;   /* times */
	bool endless;      /* in the handler that never ends */
	uint32_t arrived;  /* reasons that the handle set has to report */
	uint64_t deadline; /* as its owner knows it */
	bool silent;       /* one-shot: reported, not yet rearmed */
};

struct rig {
	const struct rig_options *options;
	struct echelon_engine *engine;
	struct rig_handle handles[RIG_HANDLES];
	unsigned n_threads;
	unsigned n_endless;
};

/** Makes engine, sets, core and idle handles. */
void rig_make(const struct rig_options *options);

/** Starts the threads of the pool, each the pattern's `run`. */
void rig_start_threads(void);

/** Starts the whole engine, monitor and all. Handles count as open. */
void rig_start_engine(void);

/** Something arrives for a handle from outside. */
void rig_event(unsigned i);

/** A message for it, from the calling thread. */
void rig_post(unsigned i);

/** The owner of a handle stores its deadline. */
void rig_set_deadline(unsigned i, uint64_t deadline);

/** Fails if something that was sent was not seen, though a thread is free. */
void rig_claim_nothing_lost(void);

/** The fibre of a thread of the pool. */
unsigned rig_fibre_of(uint32_t thread);

/** The run that is going on. */
extern struct rig rig;

/** The pattern of that name. */
const struct eln_pattern *rig_pattern(const char *name);

#endif
