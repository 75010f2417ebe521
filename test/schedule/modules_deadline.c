/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * Deadlines, lib/core/set.c: the runner of a handle stores one while the
 * thread with the lead arms timers, goes to sleep, or expires others. Claim:
 * none is forgotten.
 */

#include <stddef.h>

#include "modules.h"
#include "rig.h"
#include "schedule/explore.h"

#define EARLY_NS 600000
#define LATE_NS 2000000
#define BETWEEN_NS 1300000

static const struct rig_options reactor = {
	.pattern = "reactor",
	.threads = 1,
	.handles = 1,
};

/** A turn of another thread, as a worker's, in which it stores one. */
static void
store_deadline(uint64_t deadline)
{
	struct eln_handle *handle = rig.handles[0].handle;

	if (eln_run_signal(&handle->run, 1, ELN_REASON_MESSAGE) !=
	    ELN_MADE_READY) {
		return; /* its turn goes on elsewhere */
	}
	(void)eln_run_take(&handle->run);
	rig_set_deadline(0, deadline);
	if (!eln_run_let_go(&handle->run)) {
		eln_run_yield(&handle->run, 0);
		eln_set_post(handle->set, handle);
	}
}

/** An early one; then it moves away; and when the early one would have come,
 *  it moves to between. */
static void
move_to_and_fro(uint64_t began)
{
	store_deadline(began + EARLY_NS);
	store_deadline(began + LATE_NS);
	explore_sleep("a while",
	    explore_random(2) == 0 ? EARLY_NS / 2
				   : began + EARLY_NS - explore_now());
	store_deadline(began + BETWEEN_NS);
}

/** Each is earlier. */
static void
move_ahead(uint64_t began)
{
	store_deadline(began + LATE_NS);
	store_deadline(began + BETWEEN_NS);
	store_deadline(began + EARLY_NS);
}

static void *
store_deadlines(void *arg)
{
	if (explore_random(2) == 0) {
		move_to_and_fro(explore_now());
	} else {
		move_ahead(explore_now());
	}
	return arg;
}

static void
claim_expired(void *arg)
{
	(void)arg;
	explore_check(rig.handles[0].deadline == ELN_NEVER,
	    "a deadline was forgotten");
}

void
module_deadline(void *arg)
{
	(void)arg;
	rig_make(&reactor);
	explore_be_patient();
	explore_at_rest(claim_expired, NULL);
	rig_start_threads();
	explore_expect_daemon(rig_fibre_of(0));
	(void)explore_spawn("worker", store_deadlines, NULL);
}
