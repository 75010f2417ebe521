/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * A lead not handed on.
 *
 * Leader/followers: the thread with the lead waits for an event. When it has
 * one, it hands the lead on and runs the handler. It seems a waste to hand it
 * on to nobody, so this leader looks first whether a follower waits, and
 * otherwise keeps the lead:
 *
 *     leader                        follower
 *     does anybody wait? no         the lead is taken
 *     keep it, run the handler      wait for it
 *
 * The follower comes between the look and the end of the handler. As long as
 * every handler ends, nothing is lost, and no test sees it; the first one
 * that blocks stops the whole server, with a free thread in the pool.
 *
 * The repair: let go of the lead first, and look then who is to be woken.
 */

#include "classic.h"

enum {
	EVENTS = 2,
	NOBODY = 0
};

static struct {
	struct word lead;    /* the number of the thread that has it */
	struct word waiting; /* followers that want it */
	struct word arrived; /* events; the leader sleeps here */
	uint32_t taken;      /* of them; the leader's */
} pool;

/* False: this thread keeps the lead. */
static bool
hand_on(void)
{
#ifdef REPAIRED
	store(&pool.lead, NOBODY);
	fence();
	if (load(&pool.waiting) > 0) {
		wake(&pool.lead);
	}
	return true;
#else
	if (load(&pool.waiting) == 0) {
		return false;
	}
	store(&pool.lead, NOBODY);
	wake(&pool.lead);
	return true;
#endif
}

static void
take_lead(uint32_t self)
{
	while (!compare_and_swap(&pool.lead, NOBODY, self)) {
		uint32_t leader;

		(void)add(&pool.waiting, 1);
		leader = load(&pool.lead);
		if (leader != NOBODY) {
			park(&pool.lead, leader);
		}
		(void)add(&pool.waiting, -1);
	}
}

/* The leader waits on the handle set. */
static uint32_t
wait_for_event(void)
{
	uint32_t arrived = load(&pool.arrived);

	while (arrived == pool.taken) {
		park(&pool.arrived, arrived);
		arrived = load(&pool.arrived);
	}
	return ++pool.taken;
}

/* One handler must never end, or a test of this proves nothing. */
static void
handle(uint32_t event)
{
	if (event == 1) {
		never_end();
	}
}

static void
serve(uint32_t self)
{
	bool leads = false;

	for (;;) {
		uint32_t event;

		if (!leads) {
			take_lead(self);
		}
		event = wait_for_event();
		leads = !hand_on();
		handle(event);
	}
}

static void
send(uint32_t unused)
{
	(void)unused;
	for (int i = 0; i < EVENTS; i++) {
		(void)add(&pool.arrived, 1);
		wake(&pool.arrived);
	}
}

static void
set_up(void)
{
	pool.lead.value = NOBODY;
	pool.waiting.value = 0;
	pool.arrived.value = 0;
	pool.taken = 0;
	start_thread("thread 1", serve, 1);
	start_thread("thread 2", serve, 2);
	start_thread("clients", send, 0);
}

static void
when_all_rest(void)
{
	rule(pool.taken == EVENTS,
	    "one thread is in a handler, the other sleeps; of %d events %u "
	    "have been taken",
	    EVENTS, pool.taken);
}

CLASSIC(lead) = {
	.name = "lead",
	.rule = "while a thread is free, no event waits",
	.memory = "tso",
	.set_up = set_up,
	.when_all_rest = when_all_rest,
};
