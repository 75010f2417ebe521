/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/end.h"

#include "core/engine.h"
#include "os/sys.h"
#include "sync/futex.h"

/* Before the deadline, what is left is cut off, so that on_close can still
 * run: a tenth of the time, at most this. */
#define LONGEST_CUT_NS UINT64_C(500000000)

static uint64_t
smaller(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

static void
say_state(struct echelon_engine *engine, enum eln_engine_state state)
{
	eln_exchange32(&engine->state, state);
	eln_wake32(&engine->state);
}

static void
stop_core(struct echelon_engine *engine)
{
	if (!engine->monitor.core_stopped) {
		engine->monitor.core_stopped = true;
		engine->pattern->stop(engine->core);
	}
}

static void
begin_drain(struct echelon_engine *engine, uint64_t now)
{
	engine->monitor.drain_began = now;
	eln_log(engine, ECHELON_LOG_INFO, "draining %u connections",
	    eln_table_used(&engine->table));
	eln_engine_signal_all(engine, ELN_REASON_DRAIN);
}

static void
cut_off(struct echelon_engine *engine)
{
	engine->monitor.cut_off = true;
	eln_log(engine, ECHELON_LOG_WARNING,
	    "drain deadline: cutting off %u connections",
	    eln_table_used(&engine->table));
	eln_engine_signal_all(engine, ELN_REASON_CUT_OFF);
}

static void
say_stuck(struct echelon_engine *engine)
{
	if (eln_load32_relaxed(&engine->state) == ELN_ENGINE_RUNNING) {
		say_state(engine, ELN_ENGINE_STUCK);
	}
}

bool
eln_end_conduct(struct echelon_engine *engine, uint64_t now,
    uint64_t *until_next)
{
	struct eln_monitor *monitor = &engine->monitor;
	uint64_t drain = eln_live(engine, ELN_LIVE_DRAIN);
	uint64_t deadline;
	uint64_t cut_at;

	*until_next = ELN_FOREVER;
	if (!eln_engine_is_stopping(engine)) {
		return true;
	}
	if (monitor->drain_began == 0) {
		begin_drain(engine, now);
	}
	deadline = monitor->drain_began + drain;
	cut_at = deadline - smaller(drain / 10, LONGEST_CUT_NS);
	if (eln_load32_sc(&engine->handles) == 0 || now >= deadline) {
		stop_core(engine);
	} else if (now >= cut_at && !monitor->cut_off) {
		cut_off(engine);
	}
	if (eln_load32_sc(&engine->alive) == 0) {
		say_state(engine, ELN_ENGINE_STOPPED);
		return false;
	}
	if (now >= deadline) {
		say_stuck(engine);
		return true;
	}
	*until_next = (monitor->cut_off ? deadline : cut_at) - now;
	if (now >= cut_at) {
		*until_next = deadline - now;
	}
	return true;
}
