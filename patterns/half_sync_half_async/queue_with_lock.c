/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * The queueing layer with a lock, to compare the rings with: one queue for all
 * layers and all workers, bounded for each layer, a lock around each
 * operation, and a condition on which workers wait while it is empty. A
 * signal for each put.
 *
 * (POSA2 calls it a Monitor Object, p. 399.)
 */

#include <errno.h>

#include "base/ghost.h"
#include "base/memory.h"
#include "core/trace.h"
#include "half_sync_half_async/layers.h"
#include "sync/condition.h"

struct locked_queue {
	struct eln_lock lock;
	struct eln_condition not_empty;
	bool ended;                  /* [lock] */
	unsigned capacity;           /* [const] of each layer */
	unsigned n_places;           /* [const] for all of them */
	unsigned first;              /* [lock] the oldest's place */
	unsigned n;                  /* [lock] */
	struct eln_handle *places[]; /* [lock] */
};

#ifdef ELN_GHOSTS
static uint64_t
pending(const void *arg)
{
	const struct eln_core *core = arg;

	for (unsigned i = 0; i < core->n_layers; i++) {
		/* Relaxed: a ghost orders nothing, and looks again. */
		if (eln_load32_relaxed(&core->layers[i].queued) > 0) {
			return eln_engine_progress(core->engine);
		}
	}
	return 0;
}
#endif

static int
create(struct eln_core *core, unsigned capacity)
{
	size_t n_places = (size_t)capacity * core->n_layers;

	core->locked = eln_allocate(&core->engine->memory,
	    sizeof(*core->locked) + n_places * sizeof(core->locked->places[0]));
	if (core->locked == NULL) {
		return -ENOMEM;
	}
	core->locked->capacity = capacity;
	core->locked->n_places = (unsigned)n_places;
	ELN_GHOST(core->locked->not_empty.watch.pending = pending;)
	ELN_GHOST(core->locked->not_empty.watch.arg = core;)
	return 0;
}

static void
destroy(struct eln_core *core)
{
	eln_release(&core->engine->memory, core->locked);
}

static bool
add_locked(struct locked_queue *queue, struct layer *layer,
    struct eln_handle *handle)
{
	uint32_t queued = eln_load32_relaxed(&layer->queued);

	if (queued == queue->capacity) {
		return false;
	}
	queue->places[(queue->first + queue->n) % queue->n_places] = handle;
	queue->n++;
	eln_exchange32(&layer->queued, queued + 1);
	ELN_GHOST_CLAIM(ELN_CLAIM_BOUND, queue->n <= queue->n_places);
	return true;
}

static bool
put(struct eln_core *core, struct layer *layer, struct eln_thread *thread,
    struct eln_handle *handle)
{
	struct locked_queue *queue = core->locked;
	bool added;

	eln_lock_acquire(&queue->lock);
	added = add_locked(queue, layer, handle);
	eln_lock_release(&queue->lock);
	if (added && eln_condition_signal(&queue->not_empty)) {
		eln_thread_tally(thread, ELN_WAKES, 1);
	}
	return added;
}

static void
nothing_to_flush(struct eln_core *core, struct layer *layer,
    struct eln_thread *thread)
{
	(void)core;
	(void)layer;
	(void)thread;
}

static bool
is_low(const struct eln_core *core, const struct layer *layer)
{
	return eln_load32_sc(&layer->queued) <= core->low;
}

static void
end(struct eln_core *core)
{
	struct locked_queue *queue = core->locked;

	eln_lock_acquire(&queue->lock);
	queue->ended = true;
	eln_lock_release(&queue->lock);
	eln_condition_broadcast(&queue->not_empty);
}

static struct layer *
layer_of(const struct eln_core *core, const struct eln_handle *handle)
{
	return &core->layers[handle->set - core->engine->sets];
}

static struct eln_handle *
remove_locked(struct eln_core *core)
{
	struct locked_queue *queue = core->locked;
	struct eln_handle *handle;
	struct layer *layer;

	if (queue->n == 0) {
		return NULL;
	}
	handle = queue->places[queue->first];
	layer = layer_of(core, handle);
	queue->first = (queue->first + 1) % queue->n_places;
	queue->n--;
	/* Sequentially consistent: pairs with the load in is_low, by a layer
	 * that has said that it is overloaded and then looks. */
	eln_exchange32(&layer->queued, eln_load32_relaxed(&layer->queued) - 1);
	return handle;
}

static void
wait_locked(struct locked_queue *queue, struct eln_thread *thread)
{
	eln_thread_tally(thread, ELN_PARKS, 1);
	eln_trace(thread, ECHELON_TRACE_PARKED, 0, 0);
	eln_condition_wait(&queue->not_empty, &queue->lock);
	eln_trace(thread, ECHELON_TRACE_WOKEN, 0, 0);
	if (queue->n == 0) {
		eln_thread_tally(thread, ELN_WAKES_FOR_NOTHING, 1);
	}
}

static struct eln_handle *
take(struct eln_core *core, struct eln_thread *thread)
{
	struct locked_queue *queue = core->locked;
	struct eln_handle *handle;

	eln_lock_acquire(&queue->lock);
	while ((handle = remove_locked(core)) == NULL && !queue->ended) {
		wait_locked(queue, thread);
	}
	eln_lock_release(&queue->lock);
	if (handle != NULL) {
		eln_hsha_relieve(core, layer_of(core, handle));
	}
	return handle;
}

const struct queue_kind eln_hsha_queue_with_lock = {
	.create = create,
	.destroy = destroy,
	.put = put,
	.flush = nothing_to_flush,
	.is_low = is_low,
	.end = end,
	.take = take,
};
