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

static void *
run_thread(void *arg)
{
	struct eln_thread *thread = arg;
	struct echelon_engine *engine = thread->engine;

	eln_store32_relaxed(&thread->tid, eln_os_thread_number());
	thread->start_result = call_on_thread_start(thread);
	eln_add32(&engine->arrived, 1);
	eln_wake32(&engine->arrived);
	if (wait_until(&engine->gate, GATE_OPEN) == GATE_OPEN) {
		engine->pattern->run(engine->core, thread);
		eln_trace_role(thread, ECHELON_ROLE_NONE);
	}
	call_on_thread_stop(thread);
	eln_add32(&engine->alive, (uint32_t)-1);
	eln_monitor_ring(engine);
	return NULL;
}

/** Starts threads; returns how many, and the first failure's reason. */
static unsigned
start_threads(struct echelon_engine *engine, int *error)
{
	unsigned n = 0;

	*error = 0;
	while (n < engine->n_threads && *error == 0) {
		struct eln_thread *thread = &engine->threads[n];
		char name[16];

		(void)snprintf(name, sizeof(name), "echelon-%u", n % 10000);
		*error = eln_os_thread_start(&thread->os, name, run_thread,
		    thread);
		n += *error == 0;
	}
	(void)wait_until(&engine->arrived, n);
	for (unsigned i = 0; i < n && *error == 0; i++) {
		*error = engine->threads[i].start_result;
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
	unsigned n;
	int error;

	if (eln_load32_relaxed(&engine->state) != ELN_ENGINE_NEW) {
		return -EALREADY;
	}
	if (eln_engine_is_stopping(engine)) {
		return -ESHUTDOWN;
	}
	eln_store32_relaxed(&engine->alive, engine->n_threads);
	n = start_threads(engine, &error);
	if (error == 0) {
		eln_store32_release(&engine->state, ELN_ENGINE_RUNNING);
		error = eln_monitor_start(engine);
	}
	if (error != 0) {
		set_gate(engine, GATE_SHUT);
		for (unsigned i = 0; i < n; i++) {
			eln_os_thread_join(&engine->threads[i].os);
		}
		eln_store32_release(&engine->state, ELN_ENGINE_FAILED);
		return error;
	}
	engine->started = true;
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
	for (unsigned i = 0; i < engine->n_threads; i++) {
		if (eln_os_thread_is_self(&engine->threads[i].os)) {
			return true;
		}
	}
	return eln_os_thread_is_self(&engine->monitor.os);
}

static void
join_all(struct echelon_engine *engine)
{
	if (!engine->started) {
		return;
	}
	for (unsigned i = 0; i < engine->n_threads; i++) {
		eln_os_thread_join(&engine->threads[i].os);
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
			return -EINVAL;
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
	size_t stuck = 0;

	for (unsigned i = 0; i < engine->n_threads; i++) {
		if ((eln_load64_acquire(&engine->threads[i].turn) & 1) == 0) {
			continue;
		}
		if (stuck < n) {
			ids[stuck] = eln_load64_relaxed(&engine->threads[i]
							     .conn);
		}
		stuck++;
	}
	return stuck;
}
