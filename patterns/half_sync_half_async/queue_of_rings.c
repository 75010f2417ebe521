/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * The queueing layer of rings: one for each asynchronous thread, its only
 * producer (sync/ring.h). Workers park in a lot (sync/lot.h); after each
 * batch there is one wake at most, and a woken worker that sees more in a
 * ring wakes the next.
 *
 * Model: test/model/park.pml.
 */

#include <errno.h>

#include "base/memory.h"
#include "core/trace.h"
#include "half_sync_half_async/layers.h"

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

#ifdef ELN_GHOSTS
static uint64_t
pending(const void *arg)
{
	const struct eln_core *core = arg;

	return has_requests(core) ? eln_engine_progress(core->engine) : 0;
}
#endif

static int
create(struct eln_core *core, unsigned capacity)
{
	const struct echelon_allocator *memory = &core->engine->memory;

	core->places = eln_allocate(memory,
	    core->n_workers * sizeof(*core->places));
	if (core->places == NULL) {
		return -ENOMEM;
	}
	for (unsigned i = 0; i < core->n_layers; i++) {
		void *bytes = eln_allocate(memory, eln_ring_bytes(capacity));

		if (bytes == NULL) {
			return -ENOMEM;
		}
		core->layers[i].ring = eln_ring_init(bytes, capacity);
	}
	eln_lot_init(&core->lot, core->places, core->n_workers);
	ELN_GHOST(core->lot.watch.pending = pending;)
	ELN_GHOST(core->lot.watch.arg = core;)
	return 0;
}

static void
destroy(struct eln_core *core)
{
	const struct echelon_allocator *memory = &core->engine->memory;

	for (unsigned i = 0; i < core->n_layers; i++) {
		eln_release(memory, core->layers[i].ring);
	}
	eln_release(memory, core->places);
}

/* ---- the asynchronous layer's side ---- */

static bool
put(struct eln_core *core, struct layer *layer, struct eln_thread *thread,
    struct eln_handle *handle)
{
	(void)core;
	(void)thread;
	if (!eln_ring_put(layer->ring, handle)) {
		return false;
	}
	layer->published = true;
	return true;
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

static bool
is_low(const struct eln_core *core, const struct layer *layer)
{
	return eln_ring_count(layer->ring) <= core->low;
}

static void
end(struct eln_core *core)
{
	(void)eln_lot_wake_all(&core->lot);
}

/* ---- the synchronous layer's side ---- */

/** Takes a request from some ring, or NULL. */
static struct eln_handle *
take_request(struct eln_core *core, const struct eln_thread *thread)
{
	for (unsigned i = 0; i < core->n_layers; i++) {
		struct layer *layer =
		    &core->layers[(thread->index + i) % core->n_layers];
		struct eln_handle *handle = eln_ring_take(layer->ring);

		if (handle != NULL) {
			eln_hsha_relieve(core, layer);
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
	enum eln_grant grant;

	eln_lot_announce(&core->lot, place);
	/* After the announcement: pairs with `wake_worker`, and with the last
	 * layer's leaving. */
	handle = take_request(core, thread);
	if ((handle != NULL || is_over(core)) &&
	    eln_lot_retract(&core->lot, place)) {
		return handle;
	}
	eln_thread_tally(thread, ELN_PARKS, 1);
	eln_trace(thread, ECHELON_TRACE_PARKED, 0, 0);
	grant = eln_lot_sleep(&core->lot, place);
	eln_trace(thread, ECHELON_TRACE_WOKEN, 0, 0);
	if (grant == ELN_GRANT_END) {
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

static struct eln_handle *
take(struct eln_core *core, struct eln_thread *thread)
{
	for (;;) {
		struct eln_handle *handle = take_request(core, thread);

		if (handle == NULL) {
			handle = park(core, thread);
		}
		if (handle != NULL) {
			return handle;
		}
		if (is_over(core) && !has_requests(core)) {
			return NULL;
		}
	}
}

const struct queue_kind eln_hsha_queue_of_rings = {
	.create = create,
	.destroy = destroy,
	.put = put,
	.flush = wake_worker,
	.is_low = is_low,
	.end = end,
	.take = take,
};
