/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * Half-sync/half-async: some threads only wait, others only run handlers,
 * and a queue is between them.
 *
 *   asynchronous layer     queueing layer        synchronous layer
 *   A threads, each with   one ring each:        W workers: take a handle,
 *   a handle set: wait,    ready handles ──────▶ run its turn, write the
 *   accept, read, frame    (bounded)             output themselves
 *        ▲      │                                     │
 *        │      └── the list: what the ring ──────────┘ half is done:
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
 * The ring (sync/ring.h) has one producer, its asynchronous thread. Workers
 * park in a lot (sync/lot.h); after each batch there is one wake at most,
 * and a woken worker that sees more in a ring wakes the next.
 *
 * Overload: a handle that finds its ring full, or others waiting before it,
 * goes to the list; a handle is in the list at most once, so the list is
 * bounded by the connections. `overload = pause` leaves it there unread, and
 * the kernel's buffers fill up. `overload = refuse` ends connections that
 * have a request, or are new; their on_close still passes the list. The
 * worker that brings the ring to half wakes the set:
 *
 *   asynchronous thread             worker
 *   overloaded = 1                  take from the ring
 *   is the ring at half? then go on (fence) overloaded? at half? wake
 *
 * End: the asynchronous threads publish what is ready and leave; the last of
 * them wakes the workers, who leave when the rings are empty.
 *
 * (Schmidt and Cranor, "Half-Sync/Half-Async", PLoP 1995; POSA2 p. 423.)
 *
 * Model: test/model/park.pml.
 */

#include <errno.h>

#include "base/contract.h"
#include "base/memory.h"
#include "core/config.h"
#include "core/engine.h"
#include "core/pattern.h"
#include "half_sync_half_async/layers.h"

extern const struct eln_pattern eln_pattern_half_sync_half_async;

enum {
	KEY_ASYNCHRONOUS_THREADS,
	KEY_QUEUE,
	KEY_QUEUE_KIND,
	KEY_OVERLOAD,
	KEY_INLINE
};
enum {
	OVERLOAD_PAUSE,
	OVERLOAD_REFUSE
};

static const char *const queue_kinds[] = { "ring", NULL };
static const char *const overloads[] = { "pause", "refuse", NULL };
static const char *const inlines[] = { "never", NULL };

static const struct eln_key keys[] = {
	[KEY_ASYNCHRONOUS_THREADS] = { .section = "half-sync-half-async",
	    .name = "asynchronous_threads",
	    .help = "threads that wait, each with a handle set and a queue",
	    .type = ELN_KEY_NUMBER,
	    .minimum = 1,
	    .maximum = 64,
	    .value = 1 },
	[KEY_QUEUE] = { .section = "half-sync-half-async",
	    .name = "queue",
	    .help = "how many handles each queue holds",
	    .type = ELN_KEY_NUMBER,
	    .minimum = 1,
	    .maximum = 1 << 20,
	    .value = 4096 },
	[KEY_QUEUE_KIND] = { .section = "half-sync-half-async",
	    .name = "queue_kind",
	    .help = "what the queueing layer is made of",
	    .type = ELN_KEY_CHOICE,
	    .choices = queue_kinds },
	[KEY_OVERLOAD] = { .section = "half-sync-half-async",
	    .name = "overload",
	    .help = "what happens to input when the queue is full",
	    .type = ELN_KEY_CHOICE,
	    .value = OVERLOAD_PAUSE,
	    .choices = overloads },
	[KEY_INLINE] = { .section = "half-sync-half-async",
	    .name = "inline",
	    .help = "whether asynchronous threads may run short handlers",
	    .type = ELN_KEY_CHOICE,
	    .choices = inlines },
};

/* ---- life ---- */

static unsigned
n_layers(const uint64_t *values)
{
	return (unsigned)values[KEY_ASYNCHRONOUS_THREADS];
}

static unsigned
n_sets(const uint64_t *values, unsigned threads)
{
	(void)threads;
	return n_layers(values);
}

static unsigned
n_threads(const uint64_t *values, unsigned threads)
{
	return n_layers(values) + threads;
}

static void
destroy(struct eln_core *core)
{
	struct echelon_engine *engine = core->engine;

	for (unsigned i = 0; core->layers != NULL && i < core->n_layers; i++) {
		eln_release(&engine->memory, core->layers[i].ring);
	}
	eln_release(&engine->memory, core->layers);
	eln_release(&engine->memory, core->places);
	eln_release(&engine->memory, core);
}

static int
make_layer(struct eln_core *core, unsigned i, unsigned capacity)
{
	struct layer *layer = &core->layers[i];
	void *memory = eln_allocate(&core->engine->memory,
	    eln_ring_bytes(capacity));

	if (memory == NULL) {
		return -ENOMEM;
	}
	layer->ring = eln_ring_init(memory, capacity);
	layer->set = &core->engine->sets[i];
	layer->list_end = &layer->list;
	return 0;
}

static int
make(struct eln_core *core, unsigned capacity)
{
	const struct echelon_allocator *memory = &core->engine->memory;

	core->layers = eln_allocate(memory,
	    core->n_layers * sizeof(*core->layers));
	core->places = eln_allocate(memory,
	    core->n_workers * sizeof(*core->places));
	if (core->layers == NULL || core->places == NULL) {
		return -ENOMEM;
	}
	for (unsigned i = 0; i < core->n_layers; i++) {
		if (make_layer(core, i, capacity) != 0) {
			return -ENOMEM;
		}
	}
	eln_store32_relaxed(&core->layers_left, core->n_layers);
	eln_lot_init(&core->lot, core->places, core->n_workers);
	return 0;
}

static int
create(struct echelon_engine *engine, const uint64_t *values,
    struct eln_core **result)
{
	struct eln_core *core = eln_allocate(&engine->memory, sizeof(*core));

	if (core == NULL) {
		return -ENOMEM;
	}
	core->engine = engine;
	core->n_layers = n_layers(values);
	core->n_workers = engine->crew.n_pool - core->n_layers;
	core->low = (unsigned)values[KEY_QUEUE] / 2;
	core->refuses = values[KEY_OVERLOAD] == OVERLOAD_REFUSE;
	if (make(core, (unsigned)values[KEY_QUEUE]) != 0) {
		destroy(core);
		return -ENOMEM;
	}
	*result = core;
	return 0;
}

static void
run(struct eln_core *core, struct eln_thread *thread)
{
	if (thread->index < core->n_layers) {
		eln_hsha_run_asynchronous(core, &core->layers[thread->index],
		    thread);
	} else {
		eln_hsha_run_worker(core, thread);
	}
}

static void
stop(struct eln_core *core)
{
	eln_exchange32(&core->stopping, 1);
	for (unsigned i = 0; i < core->n_layers; i++) {
		eln_set_wake(core->layers[i].set);
	}
}

const struct eln_pattern eln_pattern_half_sync_half_async = {
	.name = "half-sync-half-async",
	.alias = "hsha",
	.summary = "some threads wait and read, a queue feeds workers",
	.keys = keys,
	.n_keys = ELN_COUNT(keys),
	.n_threads = n_threads,
	.n_sets = n_sets,
	.n_waiters = n_layers,
	.create = create,
	.destroy = destroy,
	.run = run,
	.stop = stop,
};
