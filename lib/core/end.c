/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/end.h"

#include "core/engine.h"
#include "os/sys.h"
#include "sync/futex.h"

/* Before the deadline, what is left is cut off, so that on_close can still
 * run: a tenth of the time, within these bounds and the first half. */
#define SHORTEST_CUT_NS UINT64_C(50000000)
#define LONGEST_CUT_NS UINT64_C(500000000)
/* How long after the deadline threads may be on their way. */
#define GRACE_NS UINT64_C(500000000)
/* How often to look, past the deadline, for threads that have left. */
#define LOOK_AGAIN_NS UINT64_C(10000000)

static uint64_t
smaller(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

static uint64_t
larger(uint64_t a, uint64_t b)
{
	return a > b ? a : b;
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
	eln_log(engine, ECHELON_LOG_INFO, "draining; connections open: %u",
	    eln_table_used(&engine->table));
	eln_engine_signal_all(engine, ELN_REASON_DRAIN);
}

static void
cut_off(struct echelon_engine *engine)
{
	engine->monitor.cut_off = true;
	/* Before the walk: pairs with eln_engine_end_reasons. */
	eln_exchange32(&engine->cut, 1);
	eln_log(engine, ECHELON_LOG_WARNING,
	    "drain deadline: cutting off what is left; connections: %u",
	    eln_table_used(&engine->table));
	eln_engine_signal_all(engine, ELN_REASON_CUT_OFF);
}

/** How long before the deadline the cut comes. */
static uint64_t
cut_time(uint64_t drain)
{
	uint64_t time = smaller(drain / 10, LONGEST_CUT_NS);

	return smaller(larger(time, SHORTEST_CUT_NS), drain / 2);
}

/**
 * The deadline has passed and threads are left. A call that began before the
 * cut is stuck. Otherwise this is most likely a machine too busy to let the
 * threads come to their ends, or the last on_close to its own: that is given
 * the grace that echelon_engine_wait promises.
 */
static void
say_stuck(struct echelon_engine *engine, uint64_t now, uint64_t cut_at,
    uint64_t deadline)
{
	if (eln_load32_relaxed(&engine->state) == ELN_ENGINE_RUNNING &&
	    (now >= deadline + GRACE_NS ||
		eln_monitor_sees_call(engine, cut_at))) {
		say_state(engine, ELN_ENGINE_STUCK);
	}
}

/** What is due while handles are open or threads alive. */
static void
conduct_drain(struct echelon_engine *engine, uint64_t now, uint64_t deadline,
    uint64_t cut_at)
{
	if (eln_load32_sc(&engine->handles) == 0) {
		stop_core(engine);
		return;
	}
	if (now >= cut_at && !engine->monitor.cut_off) {
		cut_off(engine);
	}
	if (now >= deadline) {
		stop_core(engine);
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
	cut_at = deadline - cut_time(drain);
	conduct_drain(engine, now, deadline, cut_at);
	if (eln_load32_sc(&engine->alive) == 0) {
		say_state(engine, ELN_ENGINE_STOPPED);
		return false;
	}
	if (now >= deadline) {
		say_stuck(engine, now, cut_at, deadline);
		if (eln_load32_relaxed(&engine->state) == ELN_ENGINE_RUNNING) {
			*until_next = LOOK_AGAIN_NS;
		}
	} else {
		*until_next = (now < cut_at ? cut_at : deadline) - now;
	}
	return true;
}
