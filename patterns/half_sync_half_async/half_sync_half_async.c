/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * Half-sync/half-async: some threads only wait, others only run handlers,
 * and a queue is between them.
 *
 *   asynchronous layer     queueing layer        synchronous layer
 *   A threads, each with   bounded, one ring     W workers: take a handle,
 *   a handle set: wait,    each ──────────────▶  run its turn, write the
 *   accept, read, frame    ready handles         output themselves
 *        ▲      │                                     │
 *        │      └── the list: what the queue ─────────┘ half is done:
 *        └───────── does not take, in order             go on
 *
 * Who waits: the asynchronous threads. Who runs: the workers. Who accepts:
 * the asynchronous thread whose set has the listener; it never blocks.
 *
 * The asynchronous thread takes a ready handle's first steps: it accepts,
 * receives and frames, and what needs no handler function it does to the
 * end. Only when one is due does it publish the handle: so a slow sender
 * never holds a worker. After that it only sets reasons; the worker that
 * lets go of a handle has looked at them.
 *
 * The queueing layer (queueing_layer.h) is lock-free rings, or for comparison
 * a queue with a lock.
 *
 * Overload: a handle that finds the queue full, or others waiting before it,
 * goes to the list; a handle is in the list at most once, so the list is
 * bounded by the connections. `overload = pause` leaves it there unread, and
 * the kernel's buffers fill up. `overload = refuse` ends connections that
 * have a request, or are new; their on_close still passes the list. The
 * worker that brings the queue to half wakes the set:
 *
 *   asynchronous thread             worker
 *   overloaded = 1                  take from the queue
 *   is it at half? then go on       (fence) overloaded? at half? wake
 *
 * End: the asynchronous threads publish what is ready and leave; the last of
 * them wakes the workers, who leave when the queue is empty.
 *
 * (Schmidt and Cranor, "Half-Sync/Half-Async", PLoP 1995; POSA2 p. 423.)
 */

#include "base/contract.h"
#include "core/config.h"
#include "core/pattern.h"
#include "half_sync_half_async/layers.h"

extern const struct eln_pattern eln_pattern_half_sync_half_async;

static const char *const inlines[] = { "never", NULL };

static const struct eln_key keys[] = {
	ELN_HSHA_KEYS("half-sync-half-async"),
	[ELN_HSHA_INLINE] = { .section = "half-sync-half-async",
	    .name = "inline",
	    .help = "whether asynchronous threads may run short handlers",
	    .type = ELN_KEY_CHOICE,
	    .choices = inlines },
};

static int
create(struct echelon_engine *engine, const uint64_t *values,
    struct eln_core **core)
{
	return eln_hsha_create(engine, values, false, core);
}

const struct eln_pattern eln_pattern_half_sync_half_async = {
	.name = "half-sync-half-async",
	.alias = "hsha",
	.summary = "some threads wait and read, a queue feeds workers",
	.keys = keys,
	.n_keys = ELN_COUNT(keys),
	.n_threads = eln_hsha_n_threads,
	.n_sets = eln_hsha_n_sets,
	.n_waiters = eln_hsha_n_waiters,
	.create = create,
	.destroy = eln_hsha_destroy,
	.run = eln_hsha_run,
	.stop = eln_hsha_stop,
};
