/* SPDX-License-Identifier: BSD-2-Clause */
#include "sync/condition.h"

#include <errno.h>
#include <limits.h>

#include "os/sys.h"

#ifdef ELN_GHOSTS
static void
sleep_while(struct eln_condition *condition, uint32_t seen)
{
	struct eln_ghost_sleep sleep = { 0 };
	int result;

	do {
		ELN_GHOST_LOOK(&condition->watch, &sleep, eln_sys->now());
		result = eln_sys->futex_wait(&condition->sequence, seen,
		    eln_ghost_patience);
	} while (result == -ETIMEDOUT);
}
#else
static void
sleep_while(struct eln_condition *condition, uint32_t seen)
{
	(void)eln_sys->futex_wait(&condition->sequence, seen, ELN_FOREVER);
}
#endif

void
eln_condition_wait(struct eln_condition *condition, struct eln_lock *lock)
{
	uint32_t seen;

	eln_add32(&condition->n_waiting, 1);
	seen = eln_load32_sc(&condition->sequence);
	eln_lock_release(lock);
	sleep_while(condition, seen);
	eln_add32(&condition->n_waiting, (uint32_t)-1);
	eln_lock_acquire(lock);
}

/** Whether somebody waited. */
static bool
wake(struct eln_condition *condition, int n)
{
	/* Sequentially consistent, before the look at n_waiting; pairs with
	 * the add and the load in eln_condition_wait. */
	eln_add32(&condition->sequence, 1);
	if (eln_load32_sc(&condition->n_waiting) == 0) {
		return false;
	}
	(void)eln_sys->futex_wake(&condition->sequence, n);
	return true;
}

bool
eln_condition_signal(struct eln_condition *condition)
{
	return wake(condition, 1);
}

void
eln_condition_broadcast(struct eln_condition *condition)
{
	(void)wake(condition, INT_MAX);
}
