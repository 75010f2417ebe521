/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * The threads of an engine: start, stop, wait.
 *
 *   start                        each thread
 *   make threads ──────────────▶ on_thread_start
 *   wait until all have arrived ◀ arrive
 *   all well: gate = open ─────▶ the pattern's run, until the core stops
 *   else: gate = shut ─────────▶ (nothing)
 *                                on_thread_stop, alive - 1, ring the monitor
 *
 * Threads that the pattern adds later pass no gate, and leave the crew
 * before they count themselves as gone.
 */

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "core/engine.h"
#include "core/trace.h"
#include "os/sys.h"
#include "sync/futex.h"

enum gate {
	GATE_CLOSED = 0,
	GATE_OPEN = 1,
	GATE_SHUT = 2
};

static int
call_on_thread_start(struct eln_thread *thread)
{
	const struct echelon_options *options = &thread->engine->options;

	if (options->on_thread_start == NULL) {
		return 0;
	}
	return options->on_thread_start(options->thread_context, &thread->user);
}

static void
call_on_thread_stop(struct eln_thread *thread)
{
	const struct echelon_options *options = &thread->engine->options;

	if (options->on_thread_stop != NULL && thread->start_result == 0) {
		options->on_thread_stop(options->thread_context, thread->user);
	}
}

/** Waits until a word is at least `value`. */
static uint32_t
wait_until(struct eln_atomic32 *word, uint32_t value)
{
	uint32_t now;

	while ((now = eln_load32_acquire(word)) < value) {
		eln_wait32(word, now, ELN_FOREVER);
	}
	return now;
}

static void
begin(struct eln_thread *thread)
{
	eln_store32_relaxed(&thread->tid, eln_os_thread_number());
	thread->self = eln_os_thread_self();
	thread->start_result = call_on_thread_start(thread);
}

static void
work(struct eln_thread *thread)
{
	struct echelon_engine *engine = thread->engine;

	engine->pattern->run(engine->core, thread);
	eln_trace_role(thread, ECHELON_ROLE_NONE);
}

static void
end(struct eln_thread *thread)
{
	call_on_thread_stop(thread);
	/* The kernel will use the number again. */
	eln_store32_relaxed(&thread->tid, 0);
}

static void
say_gone(struct echelon_engine *engine)
{
	/* Sequentially consistent, before the look at `stopping`: pairs with
	 * the monitor, which is rung by the stop and then looks at `alive`. */
	eln_add32(&engine->alive, (uint32_t)-1);
	if (eln_engine_is_stopping(engine)) {
		eln_monitor_ring(engine);
	}
}

/** The life of a pool thread. */
static void *
run_thread(void *arg)
{
	struct eln_thread *thread = arg;
	struct echelon_engine *engine = thread->engine;

	begin(thread);
	eln_add32(&engine->arrived, 1);
	eln_wake32(&engine->arrived);
	if (wait_until(&engine->gate, GATE_OPEN) == GATE_OPEN) {
		work(thread);
	}
	end(thread);
	say_gone(engine);
	return NULL;
}

/** The life of an added thread. */
static void *
run_added_thread(void *arg)
{
	struct eln_thread *thread = arg;
	struct echelon_engine *engine = thread->engine;

	begin(thread);
	work(thread);
	end(thread);
	eln_add32(&engine->crew.n_added, (uint32_t)-1);
	/* Whoever sees that all are gone finds this one to be joined. */
	eln_crew_leave(&engine->crew, thread);
	engine->pattern->left(engine->core);
	say_gone(engine);
	return NULL;
}

static int
start_thread(struct eln_thread *thread, void *(*run)(void *arg))
{
	char name[16];

	(void)snprintf(name, sizeof(name), "echelon-%u", thread->index % 10000);
	return eln_os_thread_start(&thread->os, name, run, thread);
}

int
eln_engine_add_thread(struct eln_thread *thread)
{
	struct echelon_engine *engine = thread->engine;
	int error;

	thread->user = NULL;
	eln_add32(&engine->alive, 1);
	eln_add32(&engine->crew.n_added, 1);
	error = start_thread(thread, run_added_thread);
	if (error != 0) {
		eln_add32(&engine->crew.n_added, (uint32_t)-1);
		say_gone(engine);
	}
	return error;
}

/** Starts threads; returns how many, and the first failure's reason. */
static uint32_t
start_threads(struct echelon_engine *engine, int *error)
{
	const struct eln_crew *crew = &engine->crew;
	uint32_t n = 0;

	*error = 0;
	while (n < crew->n_pool && *error == 0) {
		*error = start_thread(eln_crew_at(crew, n), run_thread);
		n += *error == 0;
	}
	(void)wait_until(&engine->arrived, n);
	for (uint32_t i = 0; i < n && *error == 0; i++) {
		*error = eln_crew_at(crew, i)->start_result;
	}
	return n;
}

static void
set_gate(struct echelon_engine *engine, enum gate gate)
{
	eln_store32_release(&engine->gate, gate);
	eln_wake32(&engine->gate);
}

int
echelon_engine_start(echelon_engine *engine)
{
	uint32_t n;
	int error;

	if (engine->started ||
	    eln_load32_relaxed(&engine->state) != ELN_ENGINE_NEW) {
		return -EALREADY;
	}
	if (eln_engine_is_stopping(engine)) {
		return -ESHUTDOWN;
	}
	/* Before there are threads: on_thread_start may call what looks. */
	engine->started = true;
	eln_store32_relaxed(&engine->alive, engine->crew.n_pool);
	n = start_threads(engine, &error);
	if (error == 0) {
		eln_store32_release(&engine->state, ELN_ENGINE_RUNNING);
		error = eln_monitor_start(engine);
	}
	if (error != 0) {
		set_gate(engine, GATE_SHUT);
		for (uint32_t i = 0; i < n; i++) {
			eln_os_thread_join(&eln_crew_at(&engine->crew, i)->os);
		}
		engine->started = false;
		eln_store32_release(&engine->state, ELN_ENGINE_FAILED);
		return error;
	}
	set_gate(engine, GATE_OPEN);
	return 0;
}

void
echelon_engine_stop(echelon_engine *engine)
{
	if (eln_exchange32(&engine->stopping, 1) == 0) {
		eln_monitor_ring(engine);
	}
}

static bool
is_own_thread(const struct echelon_engine *engine)
{
	uint32_t made = eln_crew_made(&engine->crew);
	uint32_t tid = eln_os_thread_number();

	for (uint32_t i = 0; i < made; i++) {
		const struct eln_thread *thread = eln_crew_at(&engine->crew, i);

		/* Relaxed: what we wrote ourselves, we see. */
		if (eln_load32_relaxed(&thread->tid) == tid) {
			return true;
		}
	}
	return eln_os_thread_is_self(&engine->monitor.os);
}

static void
join_all(struct echelon_engine *engine)
{
	struct eln_crew *crew = &engine->crew;
	struct eln_thread *added;

	if (!engine->started) {
		return;
	}
	for (uint32_t i = 0; i < crew->n_pool; i++) {
		eln_os_thread_join(&eln_crew_at(crew, i)->os);
	}
	while ((added = eln_crew_reap(crew)) != NULL) {
		eln_crew_give(crew, added);
	}
	eln_os_thread_join(&engine->monitor.os);
	engine->started = false;
}

int
echelon_engine_wait(echelon_engine *engine)
{
	for (;;) {
		uint32_t state = eln_load32_acquire(&engine->state);

		switch ((enum eln_engine_state)state) {
		case ELN_ENGINE_NEW:
		case ELN_ENGINE_FAILED:
			return is_own_thread(engine) ? -EDEADLK : -EINVAL;
		case ELN_ENGINE_RUNNING:
			if (is_own_thread(engine)) {
				return -EDEADLK;
			}
			eln_wait32(&engine->state, state, ELN_FOREVER);
			break;
		case ELN_ENGINE_STUCK:
			return is_own_thread(engine) ? -EDEADLK : -ETIMEDOUT;
		case ELN_ENGINE_STOPPED:
			join_all(engine);
			return 0;
		}
	}
}

size_t
echelon_engine_stuck(echelon_engine *engine, echelon_conn_id *ids, size_t n)
{
	uint32_t made = eln_crew_made(&engine->crew);
	size_t stuck = 0;

	for (uint32_t i = 0; i < made; i++) {
		const struct eln_thread *thread = eln_crew_at(&engine->crew, i);

		if ((eln_load64_acquire(&thread->turn) & 1) == 0) {
			continue;
		}
		if (stuck < n) {
			ids[stuck] = eln_load64_relaxed(&thread->conn);
		}
		stuck++;
	}
	return stuck;
}
