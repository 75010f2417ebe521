/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * The synchronous layer: workers that take ready handles from the queueing
 * layer and run them.
 */

#include "core/trace.h"
#include "half_sync_half_async/layers.h"

void
eln_hsha_relieve(struct eln_core *core, struct layer *layer)
{
	/* Between the take and the look at `overloaded`. */
	eln_fence();
	if (eln_load32_sc(&layer->overloaded) != 0 &&
	    core->queue->is_low(core, layer) &&
	    eln_exchange32(&layer->overloaded, 0) != 0) {
		eln_set_wake(layer->set);
	}
}

static struct layer *
layer_of(struct eln_core *core, const struct eln_handle *handle)
{
	return &core->layers[handle->set - core->engine->sets];
}

/** Runs handles to their end: nobody else will. */
static void
run_out(struct eln_thread *thread, struct eln_link *link)
{
	while (link != NULL) {
		struct eln_handle *handle = ELN_CONTAINER(link,
		    struct eln_handle, ready);

		link = link->next;
		while (handle->type->turn(handle, thread, true) ==
		    ELN_TURN_AGAIN) {
		}
	}
}

/** Runs a handle's turn; what is left of it goes to the asynchronous layer,
 *  or is done at once if that has left. */
static void
run_turn(struct eln_core *core, struct eln_thread *thread,
    struct eln_handle *handle)
{
	struct layer *layer = layer_of(core, handle);

	if (handle->type->turn(handle, thread, true) != ELN_TURN_AGAIN) {
		return;
	}
	eln_set_post(layer->set, handle);
	/* Sequentially consistent, after the post: pairs with the exchange in
	 * may_leave of the asynchronous layer. */
	if (eln_load32_sc(&layer->left) != 0) {
		run_out(thread, eln_set_take_posts(layer->set));
	}
}

void
eln_hsha_run_worker(struct eln_core *core, struct eln_thread *thread)
{
	struct eln_handle *handle;

	eln_trace_role(thread, ECHELON_ROLE_WORKER);
	while ((handle = core->queue->take(core, thread)) != NULL) {
		run_turn(core, thread, handle);
	}
}
