/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * Leader/followers: the threads of a pool take turns waiting.
 *
 *                     ┌────────────── promoted ◀─────────────┐
 *                     ▼                                       │
 *   handle set ──▶ leader: wait, next ready handle        followers
 *                     │ keeps the lead, or passes it on ──▶  (parked)
 *                     ▼                                       ▲
 *                  processing: the handle's turn ─────────────┘
 *                     └── the lead is free? take it back ─▶ leader
 *
 * Who waits: the leader. Who runs: the thread that took the handle, on the
 * spot, so a request is never queued. Who accepts: whoever takes the listener
 * as a ready handle.
 *
 * Invariant: if the lead (sync/lead.h) is free, no thread stays parked: who
 * frees it notifies the lot (sync/lot.h), and a follower looks at the lead
 * once more after it has said that it will sleep. So somebody always waits,
 * or is about to, unless every thread is inside a handler.
 *
 *   promote = always   the textbook: before every turn a follower is made the
 *                      leader, one wake each
 *   promote = offer    the lead is free during the turn if more is ready at
 *                      hand, or if handlers have blocked lately; a follower
 *                      is woken for it, and the old leader, should it finish
 *                      first, takes it back: under load one wake serves many
 *                      turns. Otherwise the lead is kept through the turn
 *   promote = stall    the lead is kept through every turn, whatever is ready;
 *                      only the stall tick passes it on
 *
 *   rearm = oneshot    as the book has it, a handle is deactivated by its event
 *                      and reactivated after its turn (one system call each);
 *                      with `edge` the run word alone keeps it from a second
 *                      thread
 *
 * Kept through a turn, the lead says *in handler*. If it still does after a
 * stall tick, the monitor takes it away (`tick`) and a follower goes on with
 * the rest of the batch, which lives in the set. The thread that comes back
 * finds the lead lost and is an ordinary one.
 *
 * End: `stop` wakes all; who has the lead works off what is ready, frees it
 * and leaves, and so on.
 *
 * (Schmidt and others, "Leader/Followers", PLoP 2000; POSA2 p. 447. That
 * promotion is an offer is after Jetty's AdaptiveExecutionStrategy, the stall
 * tick after MariaDB's thread pool.)
 *
 * Model: test/model/lead.pml.
 */

#include <errno.h>

#include "base/contract.h"
#include "base/memory.h"
#include "core/config.h"
#include "core/engine.h"
#include "core/pattern.h"
#include "core/trace.h"
#include "os/sys.h"
#include "sync/lead.h"
#include "sync/lot.h"

extern const struct eln_pattern eln_pattern_leader_followers;

enum {
	KEY_PROMOTE,
	KEY_REARM
};
enum {
	REARM_EDGE,
	REARM_ONESHOT
};
enum promotion {
	PROMOTE_OFFER,
	PROMOTE_ALWAYS,
	PROMOTE_STALL
};

/*
 * Handlers "have blocked lately", and the lead is offered before turns, for a
 * while after a take-over, or after two turns in about thirty took longer
 * than BLOCKED_NS: a single one may have been preempted, which promotion does
 * not help. If it happens again soon after, the while is twice as long.
 */
#define BLOCKED_NS UINT64_C(200000)
#define FIRST_CAUTION_NS UINT64_C(100000000)
#define LONGEST_CAUTION_NS UINT64_C(10000000000)
enum {
	SOON = 4
}; /* times the last caution */
enum {
	SLOW_TURN = 16,
	SLOW_ENOUGH = 2 * SLOW_TURN - 1
};

struct eln_core {
	struct echelon_engine *engine; /* [const] */
	enum promotion promotion;      /* [const] */
	struct eln_place *places;      /* [const] */
	unsigned slowness;    /* [lead] up at slow turns, down at others */
	struct eln_lead lead; /* [atomic] */
	struct eln_lot lot;   /* [atomic] */
	struct eln_atomic32 stopping;       /* [atomic] 1: leave */
	struct eln_atomic64 cautious_until; /* [atomic] ns */
	struct eln_atomic64 caution; /* [atomic] ns, how long it was last */
	struct eln_atomic32 keeper;  /* [atomic] thread of the last kept turn */
	uint64_t seen_epoch;         /* [monitor] turn with the lead kept */
	uint64_t seen_at;            /* [monitor] ns, when first seen */
};

static const char *const promotions[] = { "offer", "always", "stall", NULL };
static const char *const rearms[] = { "edge", "oneshot", NULL };

static const struct eln_key keys[] = {
	[KEY_PROMOTE] = { .section = "leader-followers",
	    .name = "promote",
	    .help = "when the lead is passed on",
	    .type = ELN_KEY_CHOICE,
	    .value = PROMOTE_OFFER,
	    .choices = promotions },
	[KEY_REARM] = { .section = "leader-followers",
	    .name = "rearm",
	    .help = "how a handle is watched again after its event",
	    .type = ELN_KEY_CHOICE,
	    .choices = rearms },
};

/* ---- life ---- */

static bool
is_one_shot(const uint64_t *values)
{
	return values[KEY_REARM] == REARM_ONESHOT;
}

#ifdef ELN_GHOSTS
/** A free lead is work for every follower. */
static uint64_t
pending(const void *arg)
{
	const struct eln_core *core = arg;

	return eln_lead_is_free(&core->lead) ? eln_engine_progress(core->engine)
					     : 0;
}
#endif

static int
create(struct echelon_engine *engine, const uint64_t *values,
    struct eln_core **result)
{
	struct eln_core *core = eln_allocate(&engine->memory, sizeof(*core));

	if (core == NULL) {
		return -ENOMEM;
	}
	core->engine = engine;
	core->promotion = (enum promotion)values[KEY_PROMOTE];
	core->places = eln_allocate(&engine->memory,
	    engine->crew.n_pool * sizeof(*core->places));
	if (core->places == NULL) {
		eln_release(&engine->memory, core);
		return -ENOMEM;
	}
	eln_lot_init(&core->lot, core->places, engine->crew.n_pool);
	ELN_GHOST(core->lot.watch.pending = pending;)
	ELN_GHOST(core->lot.watch.arg = core;)
	*result = core;
	return 0;
}

static void
destroy(struct eln_core *core)
{
	struct echelon_engine *engine = core->engine;

	eln_release(&engine->memory, core->places);
	eln_release(&engine->memory, core);
}

static bool
is_stopping(const struct eln_core *core)
{
	return eln_load32_sc(&core->stopping) != 0;
}

static struct eln_set *
set_of(const struct eln_core *core)
{
	return &core->engine->sets[0];
}

/* ---- followers ---- */

/** Sleeps until there is a reason to look at the lead again. Whether the
 *  lead has been handed to this thread. */
static bool
follow(struct eln_core *core, struct eln_thread *thread)
{
	enum eln_grant grant;

	eln_trace_role(thread, ECHELON_ROLE_FOLLOWER);
	eln_lot_announce(&core->lot, thread->index);
	/* After the announcement: pairs with `offer` and `stop`. */
	if ((eln_lead_is_free(&core->lead) || is_stopping(core)) &&
	    eln_lot_retract(&core->lot, thread->index)) {
		return false;
	}
	eln_thread_tally(thread, ELN_PARKS, 1);
	eln_trace(thread, ECHELON_TRACE_PARKED, 0, 0);
	grant = eln_lot_sleep(&core->lot, thread->index);
	eln_trace(thread, ECHELON_TRACE_WOKEN, 0, 0);
	switch (grant) {
	case ELN_GRANT_HANDED:
		return true;
	case ELN_GRANT_SEARCH:
		eln_lot_search_over(&core->lot);
		if (!eln_lead_is_free(&core->lead)) {
			eln_thread_tally(thread, ELN_WAKES_FOR_NOTHING, 1);
		}
		break;
	case ELN_GRANT_END:
	case ELN_GRANT_NONE:
		break;
	}
	return false;
}

/* ---- the leader ---- */

/** Frees the lead; a follower, or whoever is first, takes it. */
static void
offer(struct eln_core *core, struct eln_thread *thread)
{
	eln_lead_free(&core->lead);
	if (eln_lot_notify(&core->lot)) {
		eln_thread_tally(thread, ELN_WAKES, 1);
	}
}

/** Makes a follower the leader; without followers the lead is free. */
static void
promote(struct eln_core *core, struct eln_thread *thread)
{
	if (eln_lot_hand_over(&core->lot)) {
		eln_thread_tally(thread, ELN_WAKES, 1);
	} else {
		offer(core, thread);
	}
}

static enum eln_turn
run_turn(struct eln_core *core, struct eln_thread *thread,
    struct eln_handle *handle)
{
	enum eln_turn end = handle->type->turn(handle, thread, true);

	if (end == ELN_TURN_AGAIN) {
		eln_set_post(set_of(core), handle);
	}
	return end;
}

static bool
shall_pass_on(const struct eln_core *core)
{
	switch (core->promotion) {
	case PROMOTE_ALWAYS:
		return true;
	case PROMOTE_STALL:
		return false;
	case PROMOTE_OFFER:
		break;
	}
	/* Relaxed: a hint. */
	return eln_set_has_more(set_of(core)) ||
	    eln_load64_relaxed(&core->cautious_until) > eln_sys->now_coarse();
}

/** How long to be cautious, at `now`. */
static uint64_t
next_caution(const struct eln_core *core, uint64_t now)
{
	/* Relaxed, all of it: leader and monitor may come here at once, and
	 * then it is one length or the other. */
	uint64_t ended = eln_load64_relaxed(&core->cautious_until);
	uint64_t last = eln_load64_relaxed(&core->caution);

	if (last == 0 || now > ended + SOON * last) {
		return FIRST_CAUTION_NS;
	}
	return last < LONGEST_CAUTION_NS / 2 ? 2 * last : LONGEST_CAUTION_NS;
}

static void
be_cautious(struct eln_core *core, uint64_t now)
{
	uint64_t caution = next_caution(core, now);

	eln_store64_relaxed(&core->caution, caution);
	eln_store64_relaxed(&core->cautious_until, now + caution);
}

/** Leading again after a turn: how long did it take? */
static void
note_duration(struct eln_core *core, uint64_t began)
{
	uint64_t now = eln_sys->now();

	if (now - began > BLOCKED_NS) {
		core->slowness += SLOW_TURN;
	} else if (core->slowness > 0) {
		core->slowness--;
	}
	if (core->slowness >= SLOW_ENOUGH) {
		core->slowness = 0;
		be_cautious(core, now);
	}
}

/** Runs a turn with the lead kept; whether it is still ours afterwards. */
static bool
run_keeping(struct eln_core *core, struct eln_thread *thread,
    struct eln_handle *handle)
{
	uint64_t began = eln_sys->now();
	uint64_t epoch;

	/* Relaxed: the epoch, which the monitor saw before, orders it. */
	eln_store32_relaxed(&core->keeper, thread->index);
	epoch = eln_lead_enter(&core->lead);
	eln_monitor_notice(core->engine, ELN_MONITOR_FAST);
	eln_thread_tally(thread, ELN_RUN_INLINE, 1);
	(void)run_turn(core, thread, handle);
	if (!eln_lead_leave(&core->lead, epoch)) {
		eln_trace_role(thread, ECHELON_ROLE_PROCESSING);
		return false;
	}
	note_duration(core, began);
	return true;
}

/** Serves one ready handle; whether the lead is still ours afterwards. */
static bool
serve(struct eln_core *core, struct eln_thread *thread,
    struct eln_handle *handle)
{
	if (!shall_pass_on(core)) {
		return run_keeping(core, thread, handle);
	}
	eln_thread_tally(thread, ELN_PROMOTED, 1);
	eln_trace(thread, ECHELON_TRACE_PROMOTED, 0,
	    core->promotion == PROMOTE_ALWAYS);
	eln_trace_role(thread, ECHELON_ROLE_PROCESSING);
	if (core->promotion == PROMOTE_ALWAYS) {
		promote(core, thread);
	} else {
		offer(core, thread);
	}
	(void)run_turn(core, thread, handle);
	return false;
}

/** Leads until the lead is passed on or lost. False: it is the end, and
 *  nothing is ready any more. */
static bool
lead(struct eln_core *core, struct eln_thread *thread)
{
	struct eln_set *set = set_of(core);

	eln_trace_role(thread, ECHELON_ROLE_LEADER);
	for (;;) {
		struct eln_handle *handle;
		bool stopping;

		ELN_GHOST_CLAIM(ELN_CLAIM_LEAD,
		    eln_lead_is_leading(&core->lead));
		handle = eln_set_next(set, thread);
		stopping = is_stopping(core);

		if (handle != NULL) {
			if (!serve(core, thread, handle)) {
				return true;
			}
			continue;
		}
		eln_set_wait(set, thread, stopping ? 0 : ELN_FOREVER);
		if (stopping && !eln_set_has_more(set)) {
			eln_trace_role(thread, ECHELON_ROLE_NONE);
			offer(core, thread);
			return false;
		}
	}
}

static void
run(struct eln_core *core, struct eln_thread *thread)
{
	for (;;) {
		if (eln_lead_try(&core->lead) || follow(core, thread)) {
			/* A thread that came out of a handler may have posted
			 * after the leader's last look, found the lead taken,
			 * and left. Sequentially consistent: the lead was
			 * freed before this look; pairs with its post, which
			 * was before its try. */
			if (!lead(core, thread) &&
			    !eln_set_has_posts(set_of(core))) {
				return;
			}
		} else if (is_stopping(core)) {
			return;
		}
	}
}

static void
stop(struct eln_core *core)
{
	eln_exchange32(&core->stopping, 1);
	eln_set_wake(set_of(core));
	(void)eln_lot_wake_all(&core->lot);
}

/* ---- the stall tick ---- */

static void
take_over(struct eln_core *core, uint64_t epoch, uint64_t now)
{
	struct echelon_engine *engine = core->engine;
	uint64_t time = eln_trace_time(engine);
	/* Relaxed: written before the epoch that the caller has seen. Was it
	 * written again since, the epoch has moved, and nothing happens. */
	uint32_t loser = eln_load32_relaxed(&core->keeper);

	if (!eln_lead_take_away(&core->lead, epoch)) {
		return;
	}
	eln_trace_outside_at(engine, time, ECHELON_TRACE_TAKEN_OVER, 0, loser);
	be_cautious(core, now);
	eln_tally_shared(&engine->outside, ELN_TAKEN_OVER, 1);
	if (eln_lot_notify(&core->lot)) {
		eln_tally_shared(&engine->outside, ELN_WAKES, 1);
	}
}

static bool
tick(struct eln_core *core, uint64_t now)
{
	uint64_t epoch = eln_lead_in_handler(&core->lead);
	bool moved = eln_lead_epoch(&core->lead) != core->seen_epoch;

	if (moved) {
		core->seen_epoch = eln_lead_epoch(&core->lead);
		core->seen_at = now;
	} else if (epoch != 0 && epoch == core->seen_epoch &&
	    now - core->seen_at >= core->engine->stall_tick) {
		take_over(core, epoch, now);
	}
	return moved || epoch != 0;
}

const struct eln_pattern eln_pattern_leader_followers = {
	.name = "leader-followers",
	.alias = "lf",
	.summary = "threads take turns waiting; who got an event runs it",
	.keys = keys,
	.n_keys = ELN_COUNT(keys),
	.one_shot = is_one_shot,
	.create = create,
	.destroy = destroy,
	.run = run,
	.stop = stop,
	.tick = tick,
};
