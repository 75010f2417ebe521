/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ELN_MONITOR_H
#define ELN_MONITOR_H

/*
 * The monitor: one thread of an engine outside the pool.
 *
 *   deep   asleep without limit: no thread is in a handler
 *   slow   looks a few times per deadlines.report at who is in a handler
 *   fast   ticks every engine.stall_tick: somebody keeps the lead through
 *          handlers, and may have to lose it
 *
 * It reports handlers that block and pools with no thread left, takes over
 * leads (the pattern's `tick`), and conducts the end of an engine.
 *
 * Whoever begins a turn says so first and then looks at `mode`; the monitor
 * says its mode first and then looks at the threads. Both sequentially
 * consistent: a handler never begins unseen.
 */

#include <stdbool.h>
#include <stdint.h>

#include "os/thread.h"
#include "sync/atomic.h"

struct echelon_engine;

enum eln_monitor_mode {
	ELN_MONITOR_DEEP,
	ELN_MONITOR_SLOW,
	ELN_MONITOR_FAST,
	ELN_MONITOR_AWAKE
};

struct eln_monitor {
	struct eln_os_thread os;  /* [who starts and joins] */
	struct eln_atomic32 mode; /* [atomic] */
	struct eln_atomic32 bell; /* [atomic] futex: counts rings */
	uint64_t drain_began;     /* [monitor] ns, 0 before */
	bool cut_off;             /* [monitor] */
	bool core_stopped;        /* [monitor] */
	bool exhausted;           /* [monitor] no thread is free */
	bool exhaustion_logged;   /* [monitor] and its end shall be */
	uint64_t exhausted_at;    /* [monitor] ns, when it was said last */
	uint64_t quiet_since;     /* [monitor] no lead in a handler */
};

/** Prepares. */
void eln_monitor_init(struct echelon_engine *engine);

/** Starts the thread. 0, -EAGAIN, -ENOMEM. */
int eln_monitor_start(struct echelon_engine *engine);

/** Makes the monitor look now. Any thread. */
void eln_monitor_ring(struct echelon_engine *engine);

/** The monitor's own: whether, when it looked last, some thread was in a call
 *  that it has seen since `before` (ns) or longer. */
bool eln_monitor_sees_call(const struct echelon_engine *engine,
    uint64_t before);

/** A turn has begun, as all can see; the monitor must be in this mode. */
void eln_monitor_notice(struct echelon_engine *engine,
    enum eln_monitor_mode needed);

#endif
