/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef HALF_SYNC_HALF_ASYNC_LAYERS_H
#define HALF_SYNC_HALF_ASYNC_LAYERS_H

/*
 * What the layers of half-sync/half-async share; the model is in
 * half_sync_half_async.c.
 */

#include <stdbool.h>

#include "base/compiler.h"
#include "core/config.h"
#include "core/engine.h"
#include "half_sync_half_async/queueing_layer.h"
#include "core/trace.h"
#include "sync/lot.h"
#include "sync/ring.h"

/* One asynchronous thread's side: its set, its ring, its list. */
struct layer {
	struct eln_set *set;        /* [const] */
	struct eln_ring *ring;      /* [const] of queue_of_rings.c */
	struct eln_link *list;      /* [asynchronous thread] oldest first */
	struct eln_link **list_end; /* [asynchronous thread] */
	bool published; /* [asynchronous thread] since the last wake */
	struct eln_atomic32 queued; /* [atomic] of queue_with_lock.c */
	struct eln_atomic32 left;   /* [atomic] 1: its thread will not look at
				     * the set's inbox again */
	ELN_APART struct eln_atomic32
	    overloaded; /* [atomic] the list is used */
};

struct locked_queue;

struct eln_core {
	struct echelon_engine *engine;   /* [const] */
	const struct queue_kind *queue;  /* [const] */
	unsigned n_layers;               /* [const] */
	unsigned n_workers;              /* [const] */
	unsigned low;                    /* [const] queued, to go on at */
	bool refuses;                    /* [const] */
	bool reactive;                   /* [const] workers do all steps */
	struct layer *layers;            /* [const] */
	struct eln_atomic32 layers_left; /* [atomic] asynchronous threads */
	struct eln_atomic32 stopping;    /* [atomic] 1: leave */

	struct eln_place *places;    /* [const] of queue_of_rings.c */
	struct eln_lot lot;          /* [atomic] of queue_of_rings.c */
	struct locked_queue *locked; /* [const] of queue_with_lock.c */
};

/** Whether the asynchronous threads shall leave; workers do when they have. */
static inline bool
is_stopping(const struct eln_core *core)
{
	return eln_load32_sc(&core->stopping) != 0;
}

/** Whether no asynchronous thread will publish any more. */
static inline bool
is_over(const struct eln_core *core)
{
	return eln_load32_sc(&core->layers_left) == 0;
}

/* The keys of both patterns, in this order; the last is not the reactive's. */
enum {
	ELN_HSHA_ASYNCHRONOUS_THREADS,
	ELN_HSHA_QUEUE,
	ELN_HSHA_QUEUE_KIND,
	ELN_HSHA_OVERLOAD,
	ELN_HSHA_INLINE
};

#define ELN_HSHA_KEYS(section_)                                              \
	[ELN_HSHA_ASYNCHRONOUS_THREADS] = { .section = (section_),           \
		.name = "asynchronous_threads",                              \
		.help =                                                      \
		    "threads that wait, each with a handle set and a queue", \
		.type = ELN_KEY_NUMBER,                                      \
		.minimum = 1,                                                \
		.maximum = 64,                                               \
		.value = 1 },                                                \
	[ELN_HSHA_QUEUE] = { .section = (section_),                          \
		.name = "queue",                                             \
		.help = "how many handles each queue holds",                 \
		.type = ELN_KEY_NUMBER,                                      \
		.minimum = 1,                                                \
		.maximum = 1 << 20,                                          \
		.value = 4096 },                                             \
	[ELN_HSHA_QUEUE_KIND] = { .section = (section_),                     \
		.name = "queue_kind",                                        \
		.help = "what the queueing layer is made of",                \
		.type = ELN_KEY_CHOICE,                                      \
		.choices = eln_hsha_queue_kinds },                           \
	[ELN_HSHA_OVERLOAD] = { .section = (section_),                       \
		.name = "overload",                                          \
		.help = "what happens to input when the queue is full",      \
		.type = ELN_KEY_CHOICE,                                      \
		.choices = eln_hsha_overloads }

extern const char *const eln_hsha_queue_kinds[];
extern const char *const eln_hsha_overloads[];

/* What the tables of both patterns say (layers.c). */
unsigned eln_hsha_n_sets(const uint64_t *values, unsigned threads);
unsigned eln_hsha_n_threads(const uint64_t *values, unsigned threads);
unsigned eln_hsha_n_waiters(const uint64_t *values);
int eln_hsha_create(struct echelon_engine *engine, const uint64_t *values,
    bool reactive, struct eln_core **core);
void eln_hsha_destroy(struct eln_core *core);
void eln_hsha_run(struct eln_core *core, struct eln_thread *thread);
void eln_hsha_stop(struct eln_core *core);

/** The queue has become shorter: an overloaded layer may go on. A worker. */
void eln_hsha_relieve(struct eln_core *core, struct layer *layer);

/** The life of an asynchronous thread. */
void eln_hsha_run_asynchronous(struct eln_core *core, struct layer *layer,
    struct eln_thread *thread);

/** The life of a worker. */
void eln_hsha_run_worker(struct eln_core *core, struct eln_thread *thread);

#endif
