/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * Half-sync/half-reactive: half-sync/half-async whose asynchronous layer does
 * nothing but watch. Workers accept, read, run handlers and write. Some
 * lectures call this Reactor. Their seven steps, and what becomes of them:
 *
 *   1  the main thread registers the socket       eln_watch, once: the worker
 *      for input                                  that accepts it does that
 *   2  it waits for input                         eln_set_wait
 *   3  the socket is readable: into the queue     eln_set_next, publish
 *   4  a worker that slept on the queue wakes,    take; the turn: receive,
 *      reads, handles the request, registers      frame, on_data; and it sends
 *      the socket for output                      at once
 *   5  the main thread waits for room             only if the socket did not
 *   6  there is room: into the queue              take it all: eln_watch_output,
 *   7  a worker wakes and writes the result       and the turn flushes
 *
 * Steps 5 to 7 would be a second way through the queue for each request,
 * to learn what nearly always is so: that there is room.
 *
 * Who waits: the asynchronous threads. Who runs: the workers. Who accepts: a
 * worker, as a listener is a handle like any other. All else, layers, queue,
 * overload and end, is half_sync_half_async.c's. A peer that sends slowly
 * wakes a worker for each piece: that is the price of not reading first.
 *
 * (POSA2 p. 440, "Half-Sync/Half-Reactive".)
 */

#include "base/contract.h"
#include "core/config.h"
#include "core/pattern.h"
#include "half_sync_half_async/layers.h"

extern const struct eln_pattern eln_pattern_half_sync_half_reactive;

static const struct eln_key keys[] = {
	ELN_HSHA_KEYS("half-sync-half-reactive"),
};

static int
create(struct echelon_engine *engine, const uint64_t *values,
    struct eln_core **core)
{
	return eln_hsha_create(engine, values, true, core);
}

const struct eln_pattern eln_pattern_half_sync_half_reactive = {
	.name = "half-sync-half-reactive",
	.alias = "hshr",
	.summary = "one thread only watches, a queue feeds workers: a Reactor",
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
