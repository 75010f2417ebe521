/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * The asynchronous layer: waits, takes the first steps of ready handles, and
 * publishes those that need a handler. It never blocks but to wait. If it is
 * reactive, it takes no steps and publishes all.
 */

#include "half_sync_half_async/layers.h"
#include "os/sys.h"

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

/** A ready handle to the queue. False: it is full. */
static bool
publish(struct eln_core *core, struct layer *layer, struct eln_thread *thread,
    struct eln_handle *handle)
{
	/* Before: then it is a worker's. */
	uint64_t id = eln_handle_id(handle);
	uint64_t time = eln_trace_time(thread->engine);

	if (!core->queue->put(core, layer, thread, handle)) {
		return false;
	}
	eln_thread_tally(thread, ELN_QUEUED, 1);
	eln_trace_at(thread, time, ECHELON_TRACE_QUEUED, id, 0);
	return true;
}

/** Takes a ready handle's first steps, if they are this layer's. Whether it
 *  must be published: a handler function is due. */
static bool
needs_worker(const struct eln_core *core, struct layer *layer,
    struct eln_thread *thread, struct eln_handle *handle)
{
	if (core->reactive) {
		return true;
	}
	switch (handle->type->turn(handle, thread, false)) {
	case ELN_TURN_DONE:
		return false;
	case ELN_TURN_AGAIN:
		eln_set_post(layer->set, handle);
		return false;
	case ELN_TURN_CALL:
		break;
	}
	return true;
}

/** Disposes of a ready handle. False: the queue is full, and the handle is
 *  still the caller's. */
static bool
dispose(struct eln_core *core, struct layer *layer, struct eln_thread *thread,
    struct eln_handle *handle)
{
	return !needs_worker(core, layer, thread, handle) ||
	    publish(core, layer, thread, handle);
}

static void
note_overload(struct layer *layer, struct eln_thread *thread)
{
	eln_thread_tally(thread, ELN_OVERLOADED, 1);
	eln_log(layer->set->engine, ECHELON_LOG_DEBUG, "the queue is full");
}

/** A handle that must wait until the queue is at half. */
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

/** Moves the list to the queue until one is empty or the other full. */
static void
refill(struct eln_core *core, struct layer *layer, struct eln_thread *thread)
{
	while (layer->list != NULL) {
		struct eln_handle *handle = take_first(layer);

		if (!dispose(core, layer, thread, handle)) {
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
		eln_exchange32(&layer->overloaded, 1);
		/* Before the look at the count, which is ck's; pairs with the
		 * fence in eln_hsha_relieve. */
		eln_fence();
		if (!core->queue->is_low(core, layer)) {
			return;
		}
		refill(core, layer, thread);
		core->queue->flush(core, layer, thread);
	}
	eln_exchange32(&layer->overloaded, 0);
}

static void
handle_ready(struct eln_core *core, struct layer *layer,
    struct eln_thread *thread, struct eln_handle *handle)
{
	if (layer->list == NULL && dispose(core, layer, thread, handle)) {
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
	core->queue->flush(core, layer, thread);
	if (layer->list != NULL) {
		work_off_list(core, layer, thread);
	}
}

/** Whether this thread, which shall leave, can: nothing is ready, and who
 *  posts from now on knows that he must see to it himself. */
static bool
may_leave(struct layer *layer)
{
	if (eln_set_has_more(layer->set)) {
		return false;
	}
	/* Before the look; pairs with the load in run_turn of the workers. */
	eln_exchange32(&layer->left, 1);
	if (!eln_set_has_posts(layer->set)) {
		return true;
	}
	eln_exchange32(&layer->left, 0);
	return false;
}

void
eln_hsha_run_asynchronous(struct eln_core *core, struct layer *layer,
    struct eln_thread *thread)
{
	bool leave;

	eln_trace_role(thread, ECHELON_ROLE_ASYNCHRONOUS);
	do {
		work_off(core, layer, thread);
		leave = is_stopping(core) && layer->list == NULL;
		eln_set_wait(layer->set, thread, leave ? 0 : ELN_FOREVER);
	} while (!leave || !may_leave(layer));

	if (eln_add32(&core->layers_left, (uint32_t)-1) == 1) {
		core->queue->end(core);
	}
}
