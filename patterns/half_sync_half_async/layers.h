/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef HALF_SYNC_HALF_ASYNC_LAYERS_H
#define HALF_SYNC_HALF_ASYNC_LAYERS_H

/*
 * What the layers of half-sync/half-async share; the model is in
 * half_sync_half_async.c.
 */

#include <stdbool.h>

#include "base/compiler.h"
#include "core/engine.h"
#include "core/trace.h"
#include "sync/lot.h"
#include "sync/ring.h"

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
	struct echelon_engine *engine;   /* [const] */
	unsigned n_layers;               /* [const] */
	unsigned n_workers;              /* [const] */
	unsigned low;                    /* [const] ring count to go on at */
	bool refuses;                    /* [const] */
	struct layer *layers;            /* [const] */
	struct eln_place *places;        /* [const] */
	struct eln_lot lot;              /* [atomic] */
	struct eln_atomic32 layers_left; /* [atomic] asynchronous threads */
	struct eln_atomic32 stopping;    /* [atomic] 1: leave */
};

/** Whether the asynchronous threads shall leave; workers do when they have. */
static inline bool
is_stopping(const struct eln_core *core)
{
	return eln_load32_sc(&core->stopping) != 0;
}

/** Whether the ring is at half or below: an overloaded layer may go on. */
static inline bool
is_low(const struct eln_core *core, const struct layer *layer)
{
	return eln_ring_count(layer->ring) <= core->low;
}

/** The life of an asynchronous thread. */
void eln_hsha_run_asynchronous(struct eln_core *core, struct layer *layer,
    struct eln_thread *thread);

/** The life of a worker. */
void eln_hsha_run_worker(struct eln_core *core, struct eln_thread *thread);

#endif
