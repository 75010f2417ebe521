/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * The synchronous layer: workers that take requests from the rings and run
 * their handlers, and park when there are none.
 */

#include "half_sync_half_async/layers.h"

/** Whether no asynchronous thread will publish any more. */
static bool
is_over(const struct eln_core *core)
{
	return eln_load32_sc(&core->layers_left) == 0;
}

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
	enum eln_grant grant;

	eln_lot_announce(&core->lot, place);
	/* After the announcement: pairs with `wake_worker`, and with the last layer's leaving. */
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

/** Runs a handle's turn; what is left of it goes to the asynchronous layer,
 *  or is done at once if that is leaving. */
static void
run_turns(struct eln_core *core, struct eln_thread *thread,
    struct eln_handle *handle)
{
	while (handle->type->turn(handle, thread, true) == ELN_TURN_AGAIN) {
		if (!is_stopping(core)) {
			eln_set_post(handle->set, handle);
			return;
		}
	}
}

void
eln_hsha_run_worker(struct eln_core *core, struct eln_thread *thread)
{
	eln_trace_role(thread, ECHELON_ROLE_WORKER);
	for (;;) {
		struct eln_handle *handle = take_request(core, thread);

		if (handle == NULL) {
			handle = park(core, thread);
		}
		if (handle != NULL) {
			run_turns(core, thread, handle);
		} else if (is_over(core) && !has_requests(core)) {
			return;
		}
	}
}
