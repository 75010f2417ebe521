/* SPDX-License-Identifier: BSD-2-Clause */
#include "sync/lock.h"

#include "os/sys.h"

enum {
	FREE = 0,
	HELD = 1,
	AWAITED = 2
};

void
eln_lock_acquire(struct eln_lock *lock)
{
	uint32_t free = FREE;

	if (eln_cas32(&lock->word, &free, HELD)) {
		return;
	}
	while (eln_exchange32(&lock->word, AWAITED) != FREE) {
		(void)eln_sys->futex_wait(&lock->word, AWAITED, ELN_FOREVER);
	}
}

void
eln_lock_release(struct eln_lock *lock)
{
	if (eln_exchange32(&lock->word, FREE) == AWAITED) {
		(void)eln_sys->futex_wake(&lock->word, 1);
	}
}
