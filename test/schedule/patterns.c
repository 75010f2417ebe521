/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * The patterns, over a rig: events and posts come in while the threads serve
 * them, and one handler, any, may never end. Claims: at most one thread in a
 * handler; nothing that was sent stays unseen while a thread is free; with
 * `stops`, every thread leaves whose handler ends, and the engine says so.
 */

#include <errno.h>
#include <stddef.h>

#include "rig.h"
#include "schedule/explore.h"
#include "schedule/scenario.h"

struct story {
	struct rig_options rig;
	unsigned events; /* for each handle */
	unsigned posts;
	bool whole; /* the whole engine, with its monitor */
	bool stops; /* whole, and stopped in the middle */
};

static void *
send_events(void *arg)
{
	const struct story *story = arg;

	for (unsigned k = 0; k < story->events; k++) {
		for (unsigned i = 0; i < story->rig.handles; i++) {
			rig_event(i);
		}
	}
	return NULL;
}

static void *
send_posts(void *arg)
{
	const struct story *story = arg;

	for (unsigned k = 0; k < story->posts; k++) {
		rig_post(k % story->rig.handles);
	}
	return NULL;
}

static void
claim_nothing_lost(void *arg)
{
	(void)arg;
	rig_claim_nothing_lost();
}

/** All that run now may sleep when it is over. */
static void
expect_daemons(void)
{
	for (unsigned i = 1; i < explore_spawns(); i++) {
		explore_expect_daemon(i);
	}
}

/** After the end: who is still there is in the handler that never ends. */
static void
claim_all_left(void *arg)
{
	unsigned left = 0;

	(void)arg;
	for (unsigned i = 0; i < rig.options->handles; i++) {
		explore_check(rig.handles[i].closed == 1 ||
			rig.handles[i].endless,
		    "handle %u was not closed", i);
	}
	for (uint32_t i = 0; i < rig.n_threads; i++) {
		left += explore_has_ended(rig_fibre_of(i)) ? 0 : 1;
	}
	explore_check(left == rig.n_endless,
	    "%u threads have not left, and %u handlers never end", left,
	    rig.n_endless);
}

static void
stop_and_wait(void)
{
	int result;

	/* Or the drain deadline may come before anybody has done a step. */
	explore_be_patient();
	echelon_engine_stop(rig.engine);
	result = echelon_engine_wait(rig.engine);
	if (rig.n_endless == 0) {
		explore_check(result == 0, "wait returned %d", result);
		claim_all_left(NULL);
		return;
	}
	explore_check(result == -ETIMEDOUT, "wait returned %d", result);
	expect_daemons();
	explore_at_rest(claim_all_left, NULL);
	explore_stop_clock();
}

static void
run_story(void *arg)
{
	struct story *story = arg;

	rig_make(&story->rig);
	if (story->whole) {
		rig_start_engine();
	} else {
		rig_start_threads();
	}
	if (!story->stops) {
		expect_daemons();
		explore_at_rest(claim_nothing_lost, NULL);
	}
	if (story->posts > 0) {
		(void)explore_spawn("poster", send_posts, story);
	}
	(void)explore_spawn("world", send_events, story);
	if (story->stops) {
		stop_and_wait();
	}
}

/* ---- the stories ---- */

/* The values of half-sync/half-async's settings, in the order of its keys:
 * asynchronous threads, queue, kind of queue, overload, inline. */
enum {
	RINGS,
	LOCKED
};

/* Of leader/followers: promote, rearm. */
enum {
	OFFER,
	ALWAYS,
	STALL
};
enum {
	EDGE,
	ONE_SHOT
};

#define STORY(name_, what_, ...)                                     \
	{                                                            \
		.name = (name_), .what = (what_), .body = run_story, \
		.arg = &(struct story)                               \
		{                                                    \
			__VA_ARGS__                                  \
		}                                                    \
	}

const struct scenario scenarios_of_patterns[] = {
	STORY("set", "the reactor: one set, events and posts",
	    .rig = { .pattern = "reactor", .threads = 1, .handles = 2 },
	    .events = 1, .posts = 2),
	STORY("hsha",
	    "half-sync/half-async: 2 workers, rings, events and posts",
	    .rig = { .pattern = "half-sync-half-async",
		.values = { 1, 4, RINGS },
		.threads = 2,
		.handles = 2,
		.endless = true },
	    .events = 2, .posts = 2),
	STORY("hsha_again", "the same, turns used up after one call",
	    .rig = { .pattern = "half-sync-half-async",
		.values = { 1, 4, RINGS },
		.threads = 2,
		.handles = 2,
		.endless = true,
		.again = true },
	    .events = 2, .posts = 1),
	STORY("hsha_full", "half-sync/half-async with a queue of one: overload",
	    .rig = { .pattern = "half-sync-half-async",
		.values = { 1, 1, RINGS },
		.threads = 2,
		.handles = 4,
		.endless = true },
	    .events = 1, .posts = 1),
	STORY("hsha_two", "2 asynchronous threads, 2 workers",
	    .rig = { .pattern = "half-sync-half-async",
		.values = { 2, 4, RINGS },
		.threads = 2,
		.handles = 2,
		.endless = true },
	    .events = 1, .posts = 1),
	STORY("hsha_locked", "the queue with a lock",
	    .rig = { .pattern = "half-sync-half-async",
		.values = { 1, 1, LOCKED },
		.threads = 2,
		.handles = 3,
		.endless = true },
	    .events = 1, .posts = 1),
	STORY("hsha_stop", "half-sync/half-async, stopped in the middle",
	    .rig = { .pattern = "half-sync-half-async",
		.values = { 1, 4, RINGS },
		.threads = 2,
		.handles = 2,
		.endless = true,
		.marks = true },
	    .events = 1, .posts = 1, .whole = true, .stops = true),
	STORY("hshr", "half-sync/half-reactive: 2 workers",
	    .rig = { .pattern = "half-sync-half-reactive",
		.values = { 1, 4, RINGS },
		.threads = 2,
		.handles = 2,
		.endless = true },
	    .events = 2, .posts = 1),
	STORY("lf_always", "leader/followers, promote = always",
	    .rig = { .pattern = "leader-followers",
		.values = { ALWAYS, EDGE },
		.threads = 2,
		.handles = 2,
		.endless = true },
	    .events = 2, .posts = 1),
	STORY("lf_offer",
	    "leader/followers, promote = offer, with the stall tick",
	    .rig = { .pattern = "leader-followers",
		.values = { OFFER, EDGE },
		.threads = 2,
		.handles = 2,
		.endless = true },
	    .events = 1, .posts = 1, .whole = true),
	STORY("lf_stall",
	    "leader/followers, promote = stall: the tick alone repairs",
	    .rig = { .pattern = "leader-followers",
		.values = { STALL, EDGE },
		.threads = 2,
		.handles = 2,
		.endless = true },
	    .events = 1, .posts = 1, .whole = true),
	STORY("lf_three", "leader/followers, promote = offer, 3 threads",
	    .rig = { .pattern = "leader-followers",
		.values = { OFFER, EDGE },
		.threads = 3,
		.handles = 3,
		.endless = true },
	    .events = 1, .whole = true),
	STORY("lf_oneshot", "leader/followers, rearm = oneshot",
	    .rig = { .pattern = "leader-followers",
		.values = { OFFER, ONE_SHOT },
		.threads = 2,
		.handles = 2,
		.endless = true,
		.again = true },
	    .events = 2, .posts = 1, .whole = true),
	STORY("lf_stop", "leader/followers, stopped in the middle",
	    .rig = { .pattern = "leader-followers",
		.values = { OFFER, EDGE },
		.threads = 2,
		.handles = 2,
		.endless = true,
		.marks = true },
	    .events = 1, .posts = 1, .whole = true, .stops = true),
	STORY("lf_always_stop", "leader/followers, promote = always, stopped",
	    .rig = { .pattern = "leader-followers",
		.values = { ALWAYS, EDGE },
		.threads = 3,
		.handles = 2,
		.endless = true,
		.marks = true },
	    .events = 1, .posts = 1, .whole = true, .stops = true),
	STORY("rpt_stop", "reactor-per-thread, stopped in the middle",
	    .rig = { .pattern = "reactor-per-thread",
		.threads = 2,
		.handles = 2,
		.marks = true },
	    .events = 1, .posts = 1, .whole = true, .stops = true),
	{ .name = NULL }
};
