/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/monitor.h"

#include <errno.h>
#include <inttypes.h>

#include "core/engine.h"
#include "core/end.h"
#include "os/sys.h"
#include "sync/futex.h"

/* A lead that was in no handler for this long lets the monitor sleep. */
#define QUIET_NS UINT64_C(100000000)
#define SLOWEST_NS UINT64_C(250000000)
#define FASTEST_NS UINT64_C(1000000)
/* How often at most to say that no thread is free. */
#define SAY_AGAIN_NS UINT64_C(1000000000)

void
eln_monitor_init(struct echelon_engine *engine)
{
	eln_store32_relaxed(&engine->monitor.mode, ELN_MONITOR_AWAKE);
}

void
eln_monitor_ring(struct echelon_engine *engine)
{
	eln_add32(&engine->monitor.bell, 1);
	eln_wake32(&engine->monitor.bell);
}

void
eln_monitor_notice(struct echelon_engine *engine, enum eln_monitor_mode needed)
{
	struct eln_atomic32 *mode = &engine->monitor.mode;
	/* Sequentially consistent, after the caller said that it is in a
	 * turn: pairs with the exchange in `rest`. */
	uint32_t now = eln_load32_sc(mode);

	/* One of many rings. */
	if (now < (uint32_t)needed &&
	    eln_cas32(mode, &now, ELN_MONITOR_AWAKE)) {
		eln_monitor_ring(engine);
	}
}

/* ---- handlers that block ---- */

static bool
is_in_turn(uint64_t turn)
{
	return (turn & 1) != 0;
}

/** How many threads may run handlers now. */
static unsigned
handler_threads(const struct echelon_engine *engine)
{
	return engine->n_handler_threads +
	    eln_load32_relaxed(&engine->crew.n_added);
}

static unsigned
threads_free(struct echelon_engine *engine)
{
	uint32_t made = eln_crew_made(&engine->crew);
	unsigned all = handler_threads(engine);
	unsigned n = 0;

	for (uint32_t i = 0; i < made; i++) {
		n += is_in_turn(eln_load64_sc(&eln_crew_at(&engine->crew, i)
						   ->turn));
	}
	return n < all ? all - n : 0;
}

static const char *
activity_of(const struct eln_thread *thread)
{
	int sleeps = eln_os_thread_sleeps(eln_load32_relaxed(&thread->tid));

	if (sleeps < 0) {
		return "blocked";
	}
	return sleeps ? "sleeping" : "computing";
}

static void
report(struct echelon_engine *engine, const struct eln_thread *thread,
    uint64_t duration)
{
	/* Relaxed: if the call ends just now, a successor may be named. */
	uint64_t id = eln_load64_relaxed(&thread->conn);
	uint32_t call = eln_load32_relaxed(&thread->call);

	eln_log(engine, ECHELON_LOG_WARNING,
	    "%s of connection %" PRIx64 " has been %s on thread %u for more "
	    "than %" PRIu64 " ms; %u of %u threads are free",
	    eln_call_name((enum eln_call)call), id, activity_of(thread),
	    thread->index, duration / 1000000, threads_free(engine),
	    handler_threads(engine));
	/* After the line: who sees the count finds it in the log. */
	eln_tally_shared(&engine->outside, ELN_BLOCKED, 1);
}

/** Brings what is known of a thread up to date. */
static void
observe(struct eln_sighting *seen, const struct eln_thread *thread,
    uint64_t now)
{
	uint64_t turn = eln_load64_sc(&thread->turn);
	uint64_t calls = eln_load64_relaxed(&thread->calls);

	if (turn != seen->turn || calls != seen->calls) {
		seen->calls = calls;
		seen->call_since = now;
		seen->reported = false;
	}
	if (turn != seen->turn) {
		seen->turn = turn;
		seen->turn_since = now;
	}
}

/** Looks at one thread; returns whether it blocks: it is in a turn that was
 *  seen a stall tick ago or earlier. */
static bool
watch(struct echelon_engine *engine, struct eln_thread *thread, uint64_t now)
{
	struct eln_sighting *seen = &thread->seen;

	observe(seen, thread, now);
	if (!is_in_turn(seen->turn)) {
		return false;
	}
	if (!seen->reported &&
	    now - seen->call_since >= eln_live(engine, ELN_LIVE_REPORT)) {
		seen->reported = true;
		report(engine, thread, now - seen->call_since);
	}
	return now - seen->turn_since >= engine->stall_tick;
}

/** Says that no thread is free, unless it was said lately: a pool at its
 *  limit may come and go from there. */
static void
say_exhausted(struct echelon_engine *engine, uint64_t now)
{
	struct eln_monitor *monitor = &engine->monitor;

	monitor->exhaustion_logged = now - monitor->exhausted_at >=
	    SAY_AGAIN_NS;
	if (monitor->exhaustion_logged) {
		monitor->exhausted_at = now;
		eln_log(engine, ECHELON_LOG_WARNING,
		    "no thread is free; inside handlers: %u",
		    engine->n_handler_threads);
	}
	/* After the line, as in `report`. */
	eln_tally_shared(&engine->outside, ELN_EXHAUSTED, 1);
}

static void
note_exhaustion(struct echelon_engine *engine, bool exhausted, uint64_t now)
{
	struct eln_monitor *monitor = &engine->monitor;

	if (exhausted == monitor->exhausted) {
		return;
	}
	monitor->exhausted = exhausted;
	if (exhausted) {
		say_exhausted(engine, now);
	} else if (monitor->exhaustion_logged) {
		eln_log(engine, ECHELON_LOG_INFO, "threads are free again");
	}
}

/** Looks at all threads; returns whether any is in a turn. */
static bool
watch_threads(struct echelon_engine *engine, uint64_t now)
{
	uint32_t made = eln_crew_made(&engine->crew);
	unsigned pool = engine->n_handler_threads;
	unsigned blocked = 0;
	bool any = false;

	for (uint32_t i = 0; i < made; i++) {
		struct eln_thread *thread = eln_crew_at(&engine->crew, i);

		blocked += watch(engine, thread, now) ? 1 : 0;
		any = any || is_in_turn(thread->seen.turn);
	}
	note_exhaustion(engine, pool > 0 && blocked == pool, now);
	return any;
}

bool
eln_monitor_sees_call(const struct echelon_engine *engine, uint64_t before)
{
	uint32_t made = eln_crew_made(&engine->crew);

	for (uint32_t i = 0; i < made; i++) {
		const struct eln_sighting *seen = &eln_crew_at(&engine->crew, i)
						       ->seen;

		if (is_in_turn(seen->turn) && seen->call_since <= before) {
			return true;
		}
	}
	return false;
}

/* ---- modes ---- */

/** The pattern's stall tick; returns whether to tick on. */
static bool
tick(struct echelon_engine *engine, uint64_t now)
{
	if (engine->pattern->tick == NULL) {
		return false;
	}
	if (engine->pattern->tick(engine->core, now)) {
		engine->monitor.quiet_since = now;
	}
	return now - engine->monitor.quiet_since < QUIET_NS;
}

static uint64_t
slow_period(const struct echelon_engine *engine)
{
	uint64_t period = eln_live(engine, ELN_LIVE_REPORT) / 4;

	if (period > SLOWEST_NS) {
		return SLOWEST_NS;
	}
	return period < FASTEST_NS ? FASTEST_NS : period;
}

static uint64_t
smaller(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

/** Looks at everything once; returns the mode it must be in afterwards. */
static enum eln_monitor_mode
look(struct echelon_engine *engine, uint64_t now)
{
	bool leads = tick(engine, now);
	bool turns = watch_threads(engine, now);

	if (leads) {
		return ELN_MONITOR_FAST;
	}
	return turns ? ELN_MONITOR_SLOW : ELN_MONITOR_DEEP;
}

static uint64_t
period_of(const struct echelon_engine *engine, enum eln_monitor_mode mode)
{
	switch (mode) {
	case ELN_MONITOR_FAST:
		return smaller(engine->stall_tick, slow_period(engine));
	case ELN_MONITOR_SLOW:
		return slow_period(engine);
	case ELN_MONITOR_DEEP:
	case ELN_MONITOR_AWAKE:
		break;
	}
	return ELN_FOREVER;
}

/** Sleeps in `mode`, unless something needs a livelier one meanwhile. */
static void
rest(struct echelon_engine *engine, enum eln_monitor_mode mode, uint32_t bell,
    uint64_t until_next)
{
	struct eln_monitor *monitor = &engine->monitor;
	uint64_t period = smaller(period_of(engine, mode), until_next);

	/* Sequentially consistent, before the second look; pairs with the
	 * load in eln_monitor_notice. */
	eln_exchange32(&monitor->mode, mode);
	if (mode != ELN_MONITOR_FAST && look(engine, eln_sys->now()) > mode) {
		period = 0;
	}
	if (period > 0) {
		eln_wait32(&monitor->bell, bell, period);
	}
	eln_exchange32(&monitor->mode, ELN_MONITOR_AWAKE);
}

static void *
run(void *arg)
{
	struct echelon_engine *engine = arg;
	uint64_t until_next = ELN_FOREVER;

	for (;;) {
		/* Before looking: a ring after this ends the sleep. */
		uint32_t bell = eln_load32_sc(&engine->monitor.bell);
		uint64_t now = eln_sys->now();
		enum eln_monitor_mode mode = look(engine, now);

		if (!eln_end_conduct(engine, now, &until_next)) {
			return NULL;
		}
		rest(engine, mode, bell, until_next);
	}
}

int
eln_monitor_start(struct echelon_engine *engine)
{
	return eln_os_thread_start(&engine->monitor.os, "echelon-monitor", run,
	    engine);
}
