/* SPDX-License-Identifier: BSD-2-Clause */
#include "rig.h"

#include <string.h>

#include "base/memory.h"
#include "core/engine.h"
#include "core/listener.h"
#include "core/monitor.h"
#include "rig_handles.h"
#include "schedule/explore.h"
#include "schedule/kernel_small.h"

enum {
	/* Nearly as long as the monitor goes on ticking when nobody leads in
	 * a handler: few ticks, and it sleeps again. */
	STALL_TICK_NS = 99000000,
	DRAIN_NS = 1000000000
};

struct rig rig;

const struct eln_pattern *
rig_pattern(const char *name)
{
	for (unsigned i = 0; eln_patterns[i] != NULL; i++) {
		if (strcmp(eln_patterns[i]->name, name) == 0) {
			return eln_patterns[i];
		}
	}
	explore_fail("no pattern %s", name);
}

/** 0 or the run has failed. */
static void
must(int error)
{
	explore_check(error == 0, "the rig cannot be made: %d", error);
}

static void
make_sets(struct echelon_engine *engine, const struct eln_pattern *pattern)
{
	const uint64_t *values = rig.options->values;
	const struct eln_demultiplexer *demultiplexer = &rig_demultiplexer;

	if (pattern->one_shot != NULL && pattern->one_shot(values)) {
		demultiplexer = &rig_demultiplexer_one_shot;
	}
	engine->n_sets = pattern->n_sets == NULL
	    ? 1
	    : pattern->n_sets(values, rig.options->threads);
	engine->sets = eln_allocate(&engine->memory,
	    engine->n_sets * sizeof(*engine->sets));
	for (unsigned i = 0; i < engine->n_sets; i++) {
		must(eln_set_init(&engine->sets[i], engine, demultiplexer,
		    RIG_HANDLES));
	}
}

static void
make_live(struct echelon_engine *engine)
{
	for (unsigned i = 0; i < ELN_LIVE; i++) {
		eln_store64_relaxed(&engine->live[i], UINT64_MAX / 4);
	}
	eln_store64_relaxed(&engine->live[ELN_LIVE_DRAIN], DRAIN_NS);
	engine->stall_tick = STALL_TICK_NS;
}

static unsigned
count_threads(const struct eln_pattern *pattern)
{
	return eln_pattern_threads(pattern, rig.options->values,
	    rig.options->threads);
}

void
rig_make(const struct rig_options *options)
{
	struct echelon_allocator none = { .release = NULL };
	struct echelon_allocator memory = eln_memory_of(none);
	const struct eln_pattern *pattern = rig_pattern(options->pattern);
	struct echelon_engine *engine = eln_allocate(&memory, sizeof(*engine));

	explore_set_up(true);
	kernel_small_begin();
	rig = (struct rig){ .options = options, .engine = engine };
	engine->memory = memory;
	engine->pattern = pattern;
	make_live(engine);
	eln_monitor_init(engine);
	make_sets(engine, pattern);
	rig.n_threads = count_threads(pattern);
	engine->n_handler_threads = rig.n_threads;
	if (pattern->n_waiters != NULL) {
		engine->n_handler_threads -= pattern
						 ->n_waiters(options->values);
	}
	must(eln_crew_init(&engine->crew, engine, rig.n_threads,
	    rig.n_threads));
	must(eln_table_init(&engine->table, engine, 1));
	must(eln_listeners_init(engine));
	rig_make_handles();
	must(pattern->create(engine, options->values, &engine->core));
	explore_set_up(false);
}

static void *
run_thread(void *arg)
{
	struct eln_thread *thread = arg;

	thread->engine->pattern->run(thread->engine->core, thread);
	return NULL;
}

void
rig_start_threads(void)
{
	for (unsigned i = 0; i < rig.n_threads; i++) {
		(void)
		    eln_os_thread_start(&eln_crew_at(&rig.engine->crew, i)->os,
			"thread", run_thread,
			eln_crew_at(&rig.engine->crew, i));
	}
}

unsigned
rig_fibre_of(uint32_t thread)
{
	/* os/thread.h by fibres: a thread's number is its fibre's plus one. */
	return (unsigned)eln_crew_at(&rig.engine->crew, thread)->os.id - 1;
}

void
rig_start_engine(void)
{
	for (unsigned i = 0; i < rig.options->handles; i++) {
		eln_engine_handle_opened(rig.engine);
	}
	must(echelon_engine_start(rig.engine));
}

void
rig_claim_nothing_lost(void)
{
	if (rig.n_endless >= rig.engine->n_handler_threads) {
		return;
	}
	for (unsigned i = 0; i < rig.options->handles; i++) {
		const struct rig_handle *handle = &rig.handles[i];

		explore_check(handle->seen == handle->sent || handle->endless ||
			handle->closed != 0,
		    "all threads rest, but of what was sent to handle %u, "
		    "%u of %u was not seen",
		    i, handle->sent - handle->seen, handle->sent);
	}
}
