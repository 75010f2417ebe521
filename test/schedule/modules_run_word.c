/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * lib/sync/run_word.c. Claims: at most one thread inside; a ready handle is
 * handed over once; every reason that was not refused as stale is seen by an
 * owner of its generation, unless a hold that lasts hides it or the
 * generation ended before; and none is seen that was not set.
 */

#include <stddef.h>

#include "modules.h"
#include "schedule/explore.h"
#include "sync/run_word.h"

enum {
	SERVERS = 2,
	GENERATIONS = 3
};

static struct {
	struct eln_run_word run;
	struct eln_atomic32 state; /* of the handle: relaxed, the word orders */
	uint32_t version;          /* what `state` must be */
	struct eln_atomic32 ready; /* 1: handed over, not yet taken */
	unsigned inside;
	unsigned generation;
	uint32_t set[GENERATIONS];  /* reasons that were not refused */
	uint32_t seen[GENERATIONS]; /* by owners */
} handle;

static void
hand_over(void)
{
	explore_check(eln_exchange32(&handle.ready, 1) == 0,
	    "a ready handle is handed over twice");
}

static void
signal(uint32_t generation, uint32_t reasons)
{
	switch (eln_run_signal(&handle.run, generation, reasons)) {
	case ELN_STALE:
		return;
	case ELN_MADE_READY:
		handle.set[generation] |= reasons;
		hand_over();
		return;
	case ELN_ADDED:
		handle.set[generation] |= reasons;
		return;
	}
}

static void *
send_input(void *arg)
{
	signal(1, ELN_REASON_INPUT);
	signal(1, ELN_REASON_TIMER);
	return arg;
}

static void *
send_message(void *arg)
{
	signal(1, ELN_REASON_MESSAGE);
	signal(1, ELN_REASON_PEER_CLOSED);
	return arg;
}

static void *
cut_off(void *arg)
{
	signal(1, ELN_REASON_CUT_OFF);
	signal(2, ELN_REASON_INPUT);
	return arg;
}

/* ---- owners ---- */

/** What one owner writes, the next one sees (G2). */
static void
touch(void)
{
	explore_check(eln_load32_relaxed(&handle.state) == handle.version,
	    "an owner does not see what the last one wrote");
	handle.version++;
	eln_store32_relaxed(&handle.state, handle.version);
}

static void
enter(void)
{
	explore_check(handle.inside++ == 0, "two threads own the handle");
}

static void
leave(void)
{
	handle.inside--;
}

/** The first input holds; a message ends that. */
static void
serve(uint32_t reasons)
{
	uint32_t flags = eln_run_flags(&handle.run);

	touch();
	explore_check(flags == 0 ||
		(reasons & (ELN_REASON_INPUT | ELN_REASON_PEER_CLOSED)) == 0,
	    "what a hold hides is seen");
	handle.seen[handle.generation] |= reasons;
	if ((reasons & ELN_REASON_MESSAGE) != 0) {
		eln_run_show(&handle.run, ELN_HELD);
	} else if ((reasons & ELN_REASON_INPUT) != 0) {
		eln_run_hide(&handle.run, ELN_HELD);
	}
}

static void
close_and_use_again(void)
{
	uint32_t ended;

	leave();
	ended = eln_run_close(&handle.run);
	explore_check(ended == handle.generation, "generation %u ended, not %u",
	    ended, handle.generation);
	/* What came for it before the end has ended with it. */
	handle.seen[ended] = handle.set[ended] = 0;
	handle.generation++;
	handle.set[handle.generation] = ELN_REASON_OPEN;
	eln_run_open(&handle.run, ELN_REASON_OPEN);
	hand_over();
}

static void
run_turn(void)
{
	uint32_t reasons;

	enter();
	reasons = eln_run_take(&handle.run);
	for (;;) {
		serve(reasons);
		if ((reasons & ELN_REASON_CUT_OFF) != 0) {
			close_and_use_again();
			return;
		}
		leave();
		if (eln_run_let_go(&handle.run)) {
			return;
		}
		enter();
		reasons = eln_run_look(&handle.run);
	}
}

static bool
is_ready(const void *arg)
{
	(void)arg;
	return explore_peek32(&handle.ready) != 0;
}

static void *
serve_ready(void *arg)
{
	explore_expect_daemon(explore_self());
	for (;;) {
		(void)explore_wait("ready", is_ready, NULL, EXPLORE_FOREVER);
		if (eln_exchange32(&handle.ready, 0) == 1) {
			run_turn();
		}
	}
	return arg;
}

static void
claim_all_seen(void *arg)
{
	uint32_t missed = handle.set[handle.generation] &
	    ~handle.seen[handle.generation];

	(void)arg;
	if (eln_run_flags(&handle.run) != 0) {
		missed &= ~(uint32_t)(ELN_REASON_INPUT |
		    ELN_REASON_PEER_CLOSED);
	}
	explore_check(missed == 0, "reasons %#x were set and never seen",
	    (unsigned)missed);
	explore_check((handle.seen[handle.generation] &
			  ~handle.set[handle.generation]) == 0,
	    "reasons were seen that nobody set");
}

static void
begin(void)
{
	handle.run.word.value = 0;
	handle.state.value = 0;
	handle.version = 0;
	handle.ready.value = 1;
	handle.inside = 0;
	handle.generation = 1;
	for (unsigned i = 0; i < GENERATIONS; i++) {
		handle.set[i] = handle.seen[i] = 0;
	}
	handle.set[1] = ELN_REASON_OPEN;
	explore_at_rest(claim_all_seen, NULL);
	eln_run_open(&handle.run, ELN_REASON_OPEN);
	for (unsigned i = 0; i < SERVERS; i++) {
		(void)explore_spawn("server", serve_ready, NULL);
	}
}

void
module_run_word(void *arg)
{
	(void)arg;
	begin();
	(void)explore_spawn("input", send_input, NULL);
	(void)explore_spawn("message", send_message, NULL);
}

void
module_run_word_reuse(void *arg)
{
	(void)arg;
	begin();
	(void)explore_spawn("input", send_input, NULL);
	(void)explore_spawn("cut off", cut_off, NULL);
}
