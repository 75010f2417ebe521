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
#include "sync/lot.h"
#include "sync/ring.h"

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

/* One asynchronous thread's side: its set, its ring, its list. */
struct layer {
	struct eln_set *set;        /* [const] */
	struct eln_ring *ring;      /* [const] one producer, any consumer */
	struct eln_link *list;      /* [asynchronous thread] oldest first */
	struct eln_link **list_end; /* [asynchronous thread] */
	bool published; /* [asynchronous thread] since the last wake */
	ELN_APART struct eln_atomic32
	    overloaded; /* [atomic] the list is used */
};

struct eln_core {
	struct echelon_engine *engine; /* [const] */
	unsigned n_layers;             /* [const] */
	unsigned n_workers;            /* [const] */
	unsigned low;                  /* [const] ring count to go on at */
	bool refuses;                  /* [const] */
	struct layer *layers;          /* [const] */
	struct eln_place *places;      /* [const] */
	struct eln_lot lot;            /* [atomic] */
	struct eln_atomic32 stopping;  /* [atomic] 1: leave */
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
	core->n_workers = engine->n_threads - core->n_layers;
	core->low = (unsigned)values[KEY_QUEUE] / 2;
	core->refuses = values[KEY_OVERLOAD] == OVERLOAD_REFUSE;
	if (make(core, (unsigned)values[KEY_QUEUE]) != 0) {
		destroy(core);
		return -ENOMEM;
	}
	*result = core;
	return 0;
}

static bool
is_stopping(const struct eln_core *core)
{
	return eln_load32_sc(&core->stopping) != 0;
}

/* ---- the asynchronous layer ---- */

static void
append(struct layer *layer, struct eln_handle *handle)
{
	handle->ready.next = NULL;
	*layer->list_end = &handle->ready;
	layer->list_end = &handle->ready.next;
}

static struct eln_handle *
take_first(struct layer *layer)
{
	struct eln_link *link = layer->list;

	layer->list = link->next;
	if (layer->list == NULL) {
		layer->list_end = &layer->list;
	}
	return ELN_CONTAINER(link, struct eln_handle, ready);
}

static void
put_first(struct layer *layer, struct eln_handle *handle)
{
	handle->ready.next = layer->list;
	if (layer->list == NULL) {
		layer->list_end = &handle->ready.next;
	}
	layer->list = &handle->ready;
}

/** What was published since the last wake gets one worker. */
static void
wake_worker(struct eln_core *core, struct layer *layer,
    struct eln_thread *thread)
{
	if (!layer->published) {
		return;
	}
	layer->published = false;
	if (eln_lot_notify(&core->lot)) {
		eln_thread_tally(thread, ELN_WAKES, 1);
	}
}

/** A ready handle to the ring. False: it is full. */
static bool
publish(struct layer *layer, struct eln_thread *thread,
    struct eln_handle *handle)
{
	if (!eln_ring_put(layer->ring, handle)) {
		return false;
	}
	layer->published = true;
	eln_thread_tally(thread, ELN_QUEUED, 1);
	return true;
}

/** Takes a ready handle's first steps. False: the ring is full, and the
 *  handle is still the caller's. */
static bool
dispose(struct layer *layer, struct eln_thread *thread,
    struct eln_handle *handle)
{
	switch (handle->type->turn(handle, thread, false)) {
	case ELN_TURN_DONE:
		return true;
	case ELN_TURN_AGAIN:
		eln_set_post(layer->set, handle);
		return true;
	case ELN_TURN_CALL:
		break;
	}
	return publish(layer, thread, handle);
}

static void
note_overload(struct layer *layer, struct eln_thread *thread)
{
	eln_thread_tally(thread, ELN_OVERLOADED, 1);
	eln_log(layer->set->engine, ECHELON_LOG_DEBUG, "the queue is full");
}

static bool
is_low(const struct eln_core *core, const struct layer *layer)
{
	return eln_ring_count(layer->ring) <= core->low;
}

/** A handle that must wait until the ring is at half. */
static void
postpone(struct eln_core *core, struct layer *layer, struct eln_thread *thread,
    struct eln_handle *handle)
{
	if (core->refuses && handle->type->refuse != NULL &&
	    handle->type->refuse(handle, thread) == ELN_TURN_DONE) {
		return;
	}
	append(layer, handle);
}

/** Moves the list to the ring until one is empty or the other full. */
static void
refill(struct layer *layer, struct eln_thread *thread)
{
	while (layer->list != NULL) {
		struct eln_handle *handle = take_first(layer);

		if (!dispose(layer, thread, handle)) {
			put_first(layer, handle);
			return;
		}
	}
}

static void
work_off_list(struct eln_core *core, struct layer *layer,
    struct eln_thread *thread)
{
	while (layer->list != NULL) {
		/* Sequentially consistent, before the look at the count;
		 * pairs with the fence in `relieve`. */
		eln_exchange32(&layer->overloaded, 1);
		if (!is_low(core, layer)) {
			return;
		}
		refill(layer, thread);
		wake_worker(core, layer, thread);
	}
	eln_exchange32(&layer->overloaded, 0);
}

static void
handle_ready(struct eln_core *core, struct layer *layer,
    struct eln_thread *thread, struct eln_handle *handle)
{
	if (layer->list == NULL && dispose(layer, thread, handle)) {
		return;
	}
	if (layer->list == NULL) {
		note_overload(layer, thread);
	}
	postpone(core, layer, thread, handle);
}

/** All that is ready, to the workers. */
static void
work_off(struct eln_core *core, struct layer *layer, struct eln_thread *thread)
{
	struct eln_handle *handle;

	while ((handle = eln_set_next(layer->set, thread)) != NULL) {
		handle_ready(core, layer, thread, handle);
	}
	wake_worker(core, layer, thread);
	if (layer->list != NULL) {
		work_off_list(core, layer, thread);
	}
}

static void
run_asynchronous(struct eln_core *core, struct layer *layer,
    struct eln_thread *thread)
{
	bool stopping;

	do {
		work_off(core, layer, thread);
		stopping = is_stopping(core);
		eln_set_wait(layer->set, thread, !stopping);
	} while (!stopping || eln_set_has_more(layer->set));
}

/* ---- the synchronous layer ---- */

static bool
has_requests(const struct eln_core *core)
{
	for (unsigned i = 0; i < core->n_layers; i++) {
		if (eln_ring_count(core->layers[i].ring) > 0) {
			return true;
		}
	}
	return false;
}

/** The queue has become shorter: an overloaded layer may go on. */
static void
relieve(const struct eln_core *core, struct layer *layer)
{
	/* Between the take and the look at `overloaded`. */
	eln_fence();
	if (eln_load32_sc(&layer->overloaded) != 0 && is_low(core, layer) &&
	    eln_exchange32(&layer->overloaded, 0) != 0) {
		eln_set_wake(layer->set);
	}
}

/** Takes a request from some ring, or NULL. */
static struct eln_handle *
take_request(const struct eln_core *core, const struct eln_thread *thread)
{
	for (unsigned i = 0; i < core->n_layers; i++) {
		struct layer *layer =
		    &core->layers[(thread->index + i) % core->n_layers];
		struct eln_handle *handle = eln_ring_take(layer->ring);

		if (handle != NULL) {
			relieve(core, layer);
			return handle;
		}
	}
	return NULL;
}

/** Sleeps until there may be requests; returns one, if there was. */
static struct eln_handle *
park(struct eln_core *core, struct eln_thread *thread)
{
	unsigned place = thread->index - core->n_layers;
	struct eln_handle *handle;

	eln_lot_announce(&core->lot, place);
	/* After the announcement: pairs with `wake_worker` and `stop`. */
	handle = take_request(core, thread);
	if ((handle != NULL || is_stopping(core)) &&
	    eln_lot_retract(&core->lot, place)) {
		return handle;
	}
	eln_thread_tally(thread, ELN_PARKS, 1);
	if (eln_lot_sleep(&core->lot, place) == ELN_GRANT_END) {
		return handle;
	}
	if (handle == NULL) {
		handle = take_request(core, thread);
	}
	eln_lot_search_over(&core->lot);
	if (handle == NULL) {
		eln_thread_tally(thread, ELN_WAKES_FOR_NOTHING, 1);
	}
	/* With or without a request of our own: who published while we had
	 * the token has woken nobody. */
	if (has_requests(core) && eln_lot_notify(&core->lot)) {
		eln_thread_tally(thread, ELN_WAKES, 1);
	}
	return handle;
}

static void
run_worker(struct eln_core *core, struct eln_thread *thread)
{
	for (;;) {
		struct eln_handle *handle = take_request(core, thread);
		bool stopping = is_stopping(core);

		if (handle == NULL && stopping) {
			return;
		}
		if (handle == NULL) {
			handle = park(core, thread);
		}
		if (handle != NULL &&
		    handle->type->turn(handle, thread, true) ==
			ELN_TURN_AGAIN) {
			eln_set_post(handle->set, handle);
		}
	}
}

static void
run(struct eln_core *core, struct eln_thread *thread)
{
	if (thread->index < core->n_layers) {
		run_asynchronous(core, &core->layers[thread->index], thread);
	} else {
		run_worker(core, thread);
	}
}

static void
stop(struct eln_core *core)
{
	eln_exchange32(&core->stopping, 1);
	for (unsigned i = 0; i < core->n_layers; i++) {
		eln_set_wake(core->layers[i].set);
	}
	(void)eln_lot_wake_all(&core->lot);
}

const struct eln_pattern eln_pattern_half_sync_half_async = {
	.name = "half-sync-half-async",
	.alias = "hsha",
	.summary = "some threads wait and read, a queue feeds workers",
	.keys = keys,
	.n_keys = ELN_COUNT(keys),
	.n_threads = n_threads,
	.n_sets = n_layers,
	.n_waiters = n_layers,
	.create = create,
	.destroy = destroy,
	.run = run,
	.stop = stop,
};
