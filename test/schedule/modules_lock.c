/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * lib/sync/lock.c and condition.c: at most one thread has the lock, nobody
 * sleeps beside a free one, each owner sees what the last has written, and
 * no signal after a change is lost.
 */

#include <stddef.h>

#include "kernel_small.h"
#include "modules.h"
#include "schedule/explore.h"
#include "sync/condition.h"
#include "sync/lock.h"

enum {
	LOCKERS = 3,
	ROUNDS = 2,
	ITEMS = 3
};

static struct {
	struct eln_lock lock;
	struct eln_condition condition;
	struct eln_atomic32 sum; /* relaxed: the lock orders it */
	unsigned inside;
} shared;

static void
begin(void)
{
	kernel_small_begin();
	shared.lock.word.value = 0;
	shared.condition.sequence.value = 0;
	shared.condition.n_waiting.value = 0;
	shared.sum.value = 0;
	shared.inside = 0;
}

static void
acquire(void)
{
	eln_lock_acquire(&shared.lock);
	explore_check(shared.inside++ == 0, "two have the lock");
}

static void
release(void)
{
	shared.inside--;
	eln_lock_release(&shared.lock);
}

static void
add(uint32_t n)
{
	eln_store32_relaxed(&shared.sum, eln_load32_relaxed(&shared.sum) + n);
}

/* ---- lock ---- */

static void *
add_under_lock(void *arg)
{
	for (unsigned i = 0; i < ROUNDS; i++) {
		acquire();
		add(1);
		release();
	}
	return arg;
}

void
module_lock(void *arg)
{
	unsigned fibres[LOCKERS];

	(void)arg;
	begin();
	for (unsigned i = 0; i < LOCKERS; i++) {
		fibres[i] = explore_spawn("locker", add_under_lock, NULL);
	}
	for (unsigned i = 0; i < LOCKERS; i++) {
		(void)explore_join(fibres[i]);
	}
	explore_check(eln_load32_relaxed(&shared.sum) == LOCKERS * ROUNDS,
	    "an owner has not seen what the last one wrote");
}

/* ---- condition ---- */

/** Takes until it has its share: `ITEMS` for two. */
static void *
take_items(void *arg)
{
	const unsigned *share = arg;

	for (unsigned i = 0; i < *share; i++) {
		acquire();
		while (eln_load32_relaxed(&shared.sum) == 0) {
			shared.inside--;
			eln_condition_wait(&shared.condition, &shared.lock);
			explore_check(shared.inside++ == 0,
			    "two have the lock");
		}
		add((uint32_t)-1);
		release();
	}
	return NULL;
}

static void *
give_items(void *arg)
{
	for (unsigned i = 0; i < ITEMS; i++) {
		acquire();
		add(1);
		release();
		(void)eln_condition_signal(&shared.condition);
	}
	return arg;
}

void
module_condition(void *arg)
{
	static unsigned shares[] = { 1, ITEMS - 1 };

	(void)arg;
	begin();
	(void)explore_spawn("taker", take_items, &shares[0]);
	(void)explore_spawn("taker", take_items, &shares[1]);
	(void)explore_spawn("giver", give_items, NULL);
}
