/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * The queueing layer that half-sync/half-async makes of rings and the lot.
 * Claims: every element is taken once; none lies in the queue while a worker
 * sleeps; after the end every worker leaves whose handler ends.
 */

#include <stddef.h>

#include "base/memory.h"
#include "half_sync_half_async/layers.h"
#include "kernel_small.h"
#include "modules.h"
#include "schedule/explore.h"

enum {
	WORKERS = 2,
	ELEMENTS = 3,
	CAPACITY = 3
};

static struct {
	struct echelon_engine *engine;
	struct eln_core core;
	struct layer layer;
	struct eln_thread *threads;
	struct eln_handle *handles;
	unsigned n; /* elements in this run */
	unsigned taken[ELEMENTS];
	bool endless; /* one handler may never end */
	bool has_endless;
} queue;

static struct echelon_allocator
plain_memory(void)
{
	return eln_memory_of((struct echelon_allocator){ .release = NULL });
}

/* ---- the queueing layer ---- */

static void
make_threads_and_handles(const struct echelon_allocator *memory)
{
	queue.threads = eln_allocate(memory,
	    (WORKERS + 1) * sizeof(*queue.threads));
	queue.handles = eln_allocate(memory, ELEMENTS * sizeof(*queue.handles));
	for (unsigned i = 0; i <= WORKERS; i++) {
		queue.threads[i].engine = queue.engine;
		queue.threads[i].index = i;
	}
	for (unsigned i = 0; i < ELEMENTS; i++) {
		queue.taken[i] = 0;
	}
}

static void
make(bool endless)
{
	struct echelon_allocator memory = plain_memory();

	explore_set_up(true);
	kernel_small_begin();
	queue.engine = eln_allocate(&memory, sizeof(*queue.engine));
	queue.engine->memory = memory;
	queue.endless = endless;
	queue.has_endless = false;
	make_threads_and_handles(&memory);
	queue.layer = (struct layer){ .set = NULL };
	queue.core = (struct eln_core){ .engine = queue.engine,
		.queue = &eln_hsha_queue_of_rings,
		.n_layers = 1,
		.n_workers = WORKERS,
		.layers = &queue.layer,
		.low = CAPACITY / 2 };
	eln_store32_relaxed(&queue.core.layers_left, 1);
	explore_check(queue.core.queue->create(&queue.core, CAPACITY) == 0,
	    "no queue");
	explore_set_up(false);
}

/** Puts all, each with a wake of its own or two together; then the end. */
static void *
produce(void *arg)
{
	const struct queue_kind *kind = queue.core.queue;
	struct eln_thread *thread = &queue.threads[0];
	bool together = explore_random(2) == 1;

	queue.n = 1 + explore_random(ELEMENTS);
	for (unsigned i = 0; i < queue.n; i++) {
		explore_check(kind->put(&queue.core, &queue.layer, thread,
				  &queue.handles[i]),
		    "the queue is full");
		if (!together || i == queue.n - 1) {
			kind->flush(&queue.core, &queue.layer, thread);
		}
	}
	if (queue.endless) {
		return arg;
	}
	if (eln_add32(&queue.core.layers_left, (uint32_t)-1) == 1) {
		kind->end(&queue.core);
	}
	return arg;
}

static void *
work(void *arg)
{
	struct eln_thread *thread = arg;
	struct eln_handle *handle;

	while ((handle = queue.core.queue->take(&queue.core, thread)) != NULL) {
		size_t i = (size_t)(handle - queue.handles);

		explore_check(++queue.taken[i] == 1, "handle %zu is run twice",
		    i);
		if (queue.endless && !queue.has_endless &&
		    explore_random(2) == 1) {
			queue.has_endless = true;
			explore_never("a handler that never ends");
		}
	}
	return NULL;
}

static void
claim_all_taken(void *arg)
{
	(void)arg;
	for (unsigned i = 0; i < queue.n; i++) {
		explore_check(queue.taken[i] == 1,
		    "all workers rest, and handle %u is in the queue", i);
	}
}

static void
start(void)
{
	explore_at_rest(claim_all_taken, NULL);
	for (unsigned i = 1; i <= WORKERS; i++) {
		unsigned worker = explore_spawn("worker", work,
		    &queue.threads[i]);

		if (queue.endless) {
			explore_expect_daemon(worker);
		}
	}
	(void)explore_spawn("producer", produce, NULL);
}

void
module_queue(void *arg)
{
	(void)arg;
	make(false);
	start();
}

void
module_queue_endless(void *arg)
{
	(void)arg;
	make(true);
	start();
}
