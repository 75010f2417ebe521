/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * The life of a core with three layers, for both patterns of this folder.
 */

#include "half_sync_half_async/layers.h"

#include <errno.h>

#include "base/memory.h"

enum {
	QUEUE_OF_RINGS,
	QUEUE_WITH_LOCK
};
enum {
	OVERLOAD_PAUSE,
	OVERLOAD_REFUSE
};

const char *const eln_hsha_queue_kinds[] = { "ring", "locked", NULL };
const char *const eln_hsha_overloads[] = { "pause", "refuse", NULL };

unsigned
eln_hsha_n_waiters(const uint64_t *values)
{
	return (unsigned)values[ELN_HSHA_ASYNCHRONOUS_THREADS];
}

unsigned
eln_hsha_n_sets(const uint64_t *values, unsigned threads)
{
	(void)threads;
	return eln_hsha_n_waiters(values);
}

unsigned
eln_hsha_n_threads(const uint64_t *values, unsigned threads)
{
	return eln_hsha_n_waiters(values) + threads;
}

void
eln_hsha_destroy(struct eln_core *core)
{
	struct echelon_engine *engine = core->engine;

	if (core->layers != NULL) {
		core->queue->destroy(core);
	}
	eln_release(&engine->memory, core->layers);
	eln_release(&engine->memory, core);
}

static int
make(struct eln_core *core, unsigned capacity)
{
	core->layers = eln_allocate(&core->engine->memory,
	    core->n_layers * sizeof(*core->layers));
	if (core->layers == NULL) {
		return -ENOMEM;
	}
	for (unsigned i = 0; i < core->n_layers; i++) {
		core->layers[i].set = &core->engine->sets[i];
		core->layers[i].list_end = &core->layers[i].list;
	}
	eln_store32_relaxed(&core->layers_left, core->n_layers);
	return core->queue->create(core, capacity);
}

int
eln_hsha_create(struct echelon_engine *engine, const uint64_t *values,
    bool reactive, struct eln_core **result)
{
	struct eln_core *core = eln_allocate(&engine->memory, sizeof(*core));

	if (core == NULL) {
		return -ENOMEM;
	}
	core->engine = engine;
	core->queue = values[ELN_HSHA_QUEUE_KIND] == QUEUE_WITH_LOCK
	    ? &eln_hsha_queue_with_lock
	    : &eln_hsha_queue_of_rings;
	core->n_layers = eln_hsha_n_waiters(values);
	core->n_workers = engine->crew.n_pool - core->n_layers;
	core->low = (unsigned)values[ELN_HSHA_QUEUE] / 2;
	core->refuses = values[ELN_HSHA_OVERLOAD] == OVERLOAD_REFUSE;
	core->reactive = reactive;
	if (make(core, (unsigned)values[ELN_HSHA_QUEUE]) != 0) {
		eln_hsha_destroy(core);
		return -ENOMEM;
	}
	*result = core;
	return 0;
}

void
eln_hsha_run(struct eln_core *core, struct eln_thread *thread)
{
	if (thread->index < core->n_layers) {
		eln_hsha_run_asynchronous(core, &core->layers[thread->index],
		    thread);
	} else {
		eln_hsha_run_worker(core, thread);
	}
}

void
eln_hsha_stop(struct eln_core *core)
{
	eln_exchange32(&core->stopping, 1);
	for (unsigned i = 0; i < core->n_layers; i++) {
		eln_set_wake(core->layers[i].set);
	}
}
