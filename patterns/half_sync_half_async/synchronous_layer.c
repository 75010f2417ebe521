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
	struct eln_handle *handle;

	eln_trace_role(thread, ECHELON_ROLE_WORKER);
	while ((handle = core->queue->take(core, thread)) != NULL) {
		run_turns(core, thread, handle);
	}
}
