/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * lib/sync/lead.c. Claims: at most one thread leads, and none while the word
 * says in handler; who leads sees what the last leader wrote; a take-over
 * ends the turn that was seen, or nothing.
 */

#include "sync/lead.h"

#include <stddef.h>

#include "modules.h"
#include "schedule/explore.h"

enum {
	THREADS = 2,
	TURNS = 2
};

static struct {
	struct eln_lead lead;
	struct eln_atomic32 batch; /* relaxed: the lead orders it */
	uint32_t version;          /* what `batch` must be */
	unsigned leaders;
	uint64_t turn;  /* the epoch of the turn inside, or 0 */
	uint64_t taken; /* the turn that was taken away */
} set;

/** What only the leader may do. */
static void
touch_batch(void)
{
	explore_check(set.leaders == 1, "%u threads lead", set.leaders);
	explore_check(eln_load32_relaxed(&set.batch) == set.version,
	    "a leader does not see what the last one wrote");
	set.version++;
	eln_store32_relaxed(&set.batch, set.version);
}

/** One turn with the lead kept; whether it is still ours. */
static bool
keep_through_turn(void)
{
	uint64_t epoch;

	set.leaders--;
	epoch = eln_lead_enter(&set.lead);
	explore_check(epoch != set.turn, "two turns have one epoch");
	set.turn = epoch;
	explore_point("handler", NULL);
	if (!eln_lead_leave(&set.lead, epoch)) {
		explore_check(set.taken >= epoch,
		    "a lead is lost that was not taken away");
		return false;
	}
	explore_check(set.taken != epoch, "a lead is kept that was taken away");
	set.leaders++;
	return true;
}

static void *
lead_in_turns(void *arg)
{
	for (unsigned i = 0; i < TURNS; i++) {
		if (!eln_lead_try(&set.lead)) {
			continue;
		}
		set.leaders++;
		touch_batch();
		if (keep_through_turn()) {
			touch_batch();
			set.leaders--;
			eln_lead_free(&set.lead);
		}
	}
	return arg;
}

static void *
take_away(void *arg)
{
	for (unsigned i = 0; i < TURNS; i++) {
		uint64_t epoch = eln_lead_in_handler(&set.lead);

		if (epoch == 0) {
			continue;
		}
		explore_point("tick", NULL);
		if (eln_lead_take_away(&set.lead, epoch)) {
			set.taken = epoch;
		}
	}
	return arg;
}

void
module_lead(void *arg)
{
	(void)arg;
	set.lead.word.value = 0;
	set.batch.value = 0;
	set.version = 0;
	set.leaders = 0;
	set.turn = 0;
	set.taken = 0;
	for (unsigned i = 0; i < THREADS; i++) {
		(void)explore_spawn("thread", lead_in_turns, NULL);
	}
	(void)explore_spawn("monitor", take_away, NULL);
}
