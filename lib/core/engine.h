/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ELN_ENGINE_H
#define ELN_ENGINE_H

/*
 * An engine: a pattern, its threads and sets, the table of connections, the
 * listeners, the monitor.
 *
 *   new ──start──▶ running ──stop, all drained──────────▶ stopped
 *    │                └─ stop, deadline ─▶ stuck ──────────▲
 *    ├─ start fails ─▶ failed
 *    └─ stop ─▶ (start is refused)
 *
 * `stopping` is set once, by stop; the monitor does the rest: it gives every
 * handle the reason *drain*, later perhaps *cut off*, waits until the last
 * handle is closed, stops the core, and says the result in `state`.
 */

#include <echelon/engine.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/compiler.h"
#include "core/crew.h"
#include "core/handle.h"
#include "core/listener.h"
#include "core/monitor.h"
#include "core/pattern.h"
#include "core/set.h"
#include "core/table.h"
#include "core/thread.h"
#include "core/trace_state.h"
#include "sync/atomic.h"
#include "sync/lock.h"

struct eln_config;

enum eln_engine_state {
	ELN_ENGINE_NEW,
	ELN_ENGINE_RUNNING,
	ELN_ENGINE_FAILED, /* start failed */
	ELN_ENGINE_STUCK,
	ELN_ENGINE_STOPPED
};

/* Settings that a reload changes; times in ns, sizes in bytes. Relaxed: each
 * stands for itself, and takes effect when it is read next. */
enum eln_live {
	ELN_LIVE_CONNECTIONS,
	ELN_LIVE_INPUT,
	ELN_LIVE_OUTPUT,
	ELN_LIVE_TURN,
	ELN_LIVE_MESSAGES,
	ELN_LIVE_REQUEST,
	ELN_LIVE_IDLE,
	ELN_LIVE_WRITE_STALL,
	ELN_LIVE_LINGER,
	ELN_LIVE_DRAIN,
	ELN_LIVE_REPORT,
	ELN_LIVE_LOG_LEVEL,
	ELN_LIVE
};

struct echelon_engine {
	struct echelon_allocator memory;    /* [const] */
	struct echelon_options options;     /* [const] with strings of ours */
	struct eln_config *config;          /* [const] as it was made */
	const struct eln_pattern *pattern;  /* [const] */
	struct eln_core *core;              /* [const] after start */
	struct eln_atomic64 live[ELN_LIVE]; /* [atomic] relaxed */
	struct eln_trace trace;

	unsigned n_sets;            /* [const] */
	struct eln_set *sets;       /* [const] */
	unsigned n_handler_threads; /* [const] of the pool */
	uint64_t stall_tick;        /* [const] ns */

	struct eln_crew crew;   /* threads */
	struct eln_table table; /* connections */
	struct eln_listeners listeners;
	struct eln_monitor monitor;

	struct eln_counters outside; /* [atomic] by threads not ours */

	ELN_APART struct eln_atomic32 stopping; /* [atomic] 1 after stop */
	struct eln_atomic32 cut;     /* [atomic] 1 at the drain deadline */
	struct eln_atomic32 state;   /* [atomic] futex: eln_engine_state */
	struct eln_atomic32 gate;    /* [atomic] futex: threads may run */
	struct eln_atomic32 arrived; /* [atomic] futex: at the gate */
	struct eln_atomic32 alive;   /* [atomic] threads not yet gone */
	bool started; /* [start, wait; others only read] it was started */
	ELN_APART struct eln_atomic32 handles; /* [atomic] not yet closed */
};

/** A live setting. Any thread. */
static inline uint64_t
eln_live(const struct echelon_engine *engine, enum eln_live which)
{
	return eln_load64_relaxed(&engine->live[which]);
}

/** The handle in a slot, whatever its state. Any thread. */
struct eln_handle *eln_engine_handle(struct echelon_engine *engine,
    uint32_t slot);

/** Whether echelon_engine_stop was called. Sequentially consistent. */
bool eln_engine_is_stopping(const struct echelon_engine *engine);

/** Whether what is left is to be closed now. Sequentially consistent. */
bool eln_engine_is_cut_off(const struct echelon_engine *engine);

/** The reasons that a handle must have which is opened just now: if the
 *  monitor's walk has missed it, it is told here. After its run word says
 *  that it is in use. */
uint32_t eln_engine_end_reasons(const struct echelon_engine *engine);

/**
 * Starts a thread that was taken from the crew, with its `task` set: it runs
 * on_thread_start, whatever that returns the pattern's run, on_thread_stop,
 * and leaves the crew. A thread of the pool. 0, -EAGAIN, -ENOMEM.
 */
int eln_engine_add_thread(struct eln_thread *thread);

/** A number that changes while any thread of the crew does something. */
ELN_GHOST(uint64_t eln_engine_progress(const struct echelon_engine *engine);)

/** Gives every handle in use these reasons. Any thread. */
void eln_engine_signal_all(struct echelon_engine *engine, uint32_t reasons);

/** A handle has been opened, or has closed and is not ours any more. */
void eln_engine_handle_opened(struct echelon_engine *engine);
void eln_engine_handle_closed(struct echelon_engine *engine);

/** Logs one line, if its level is wanted. Any thread. */
void eln_log(struct echelon_engine *engine, enum echelon_log_level level,
    const char *format, ...) ELN_PRINTF(3, 4);

#endif
