/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * Reactor: the baseline. A thread waits on a handle set of its own, takes
 * the ready handles one after another and runs each itself.
 *
 *   handle set ──▶ the thread: wait ─▶ next ready handle ─▶ its turn ─┐
 *                     ▲                      ▲────────────────────────┘
 *                     └── none left at hand ─┘
 *
 * reactor             one such thread
 * reactor-per-thread  engine.threads of them, each with a set. Connections
 *                     are dealt out when they are accepted and stay; nobody
 *                     helps another. So users of nginx and libuv build it
 *
 * Who waits: each thread, on its set. Who runs: the same thread. Who accepts:
 * the thread whose set has the listener, the first for the first one, as a
 * listener is a handle like any other; what it accepts it gives to the set
 * of the slot.
 *
 * A handler that blocks stops its whole thread, and with it every connection
 * of that set, though other threads may be free: of the guarantees G5 cannot
 * be kept. Nothing is parked, promoted or queued. A turn that is used up goes
 * back through the set's inbox, behind what is ready.
 *
 * (Schmidt, "Reactor", PLoP 1994; POSA2 p. 179. What some lectures call
 * Reactor, a thread that only watches and workers that do the rest, is
 * half-sync/half-reactive.)
 */

#include <errno.h>

#include "base/memory.h"
#include "core/engine.h"
#include "core/pattern.h"
#include "os/sys.h"
#include "core/trace.h"

extern const struct eln_pattern eln_pattern_reactor;
extern const struct eln_pattern eln_pattern_reactor_per_thread;

struct eln_core {
	struct echelon_engine *engine; /* [const] */
	struct eln_atomic32 stopping;  /* [atomic] 1: leave */
};

static unsigned
one_thread(const uint64_t *values, unsigned threads)
{
	(void)threads;
	(void)values;
	return 1;
}

static unsigned
all_threads(const uint64_t *values, unsigned threads)
{
	(void)values;
	return threads;
}

static int
create(struct echelon_engine *engine, const uint64_t *values,
    struct eln_core **result)
{
	struct eln_core *core = eln_allocate(&engine->memory, sizeof(*core));

	(void)values;
	if (core == NULL) {
		return -ENOMEM;
	}
	core->engine = engine;
	*result = core;
	return 0;
}

static void
destroy(struct eln_core *core)
{
	eln_release(&core->engine->memory, core);
}

static void
run_turn(struct eln_set *set, struct eln_thread *thread,
    struct eln_handle *handle)
{
	eln_thread_tally(thread, ELN_RUN_INLINE, 1);
	if (handle->type->turn(handle, thread, true) == ELN_TURN_AGAIN) {
		eln_set_post(set, handle);
	}
}

static void
run(struct eln_core *core, struct eln_thread *thread)
{
	struct eln_set *set = &core->engine->sets[thread->index];
	bool stopping;

	eln_trace_role(thread, ECHELON_ROLE_DISPATCHER);
	do {
		struct eln_handle *handle;

		while ((handle = eln_set_next(set, thread)) != NULL) {
			run_turn(set, thread, handle);
		}
		stopping = eln_load32_sc(&core->stopping) != 0;
		eln_set_wait(set, thread, stopping ? 0 : ELN_FOREVER);
	} while (!stopping || eln_set_has_more(set));
}

static void
stop(struct eln_core *core)
{
	struct echelon_engine *engine = core->engine;

	eln_exchange32(&core->stopping, 1);
	for (unsigned i = 0; i < engine->n_sets; i++) {
		eln_set_wake(&engine->sets[i]);
	}
}

const struct eln_pattern eln_pattern_reactor = {
	.name = "reactor",
	.alias = "reactor",
	.summary = "one thread waits and runs every handler: the baseline",
	.n_threads = one_thread,
	.create = create,
	.destroy = destroy,
	.run = run,
	.stop = stop,
};

const struct eln_pattern eln_pattern_reactor_per_thread = {
	.name = "reactor-per-thread",
	.alias = "rpt",
	.summary = "each thread waits on a set of its own and helps nobody",
	.n_sets = all_threads,
	.create = create,
	.destroy = destroy,
	.run = run,
	.stop = stop,
};
