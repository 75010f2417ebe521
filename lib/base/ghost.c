/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/ghost.h"

#include "base/contract.h"

#ifdef ELN_GHOSTS

enum {
	MOST = 65536 /* descriptors beyond are not looked at */
};

static const char *const sentences[ELN_CLAIMS] = {
	[ELN_CLAIM_EXCLUSIVE] =
	    "a second thread is inside the handler of a connection",
	[ELN_CLAIM_LEAD] =
	    "a second thread does what only the lead of a set may do",
	[ELN_CLAIM_CLOSED] = "a connection ends for the second time",
	[ELN_CLAIM_GENERATION] = "a handle is taken for its predecessor",
	[ELN_CLAIM_BOUND] = "a queue holds more than its bound",
	[ELN_CLAIM_DESCRIPTOR] =
	    "a descriptor is used that is not the handle's",
	[ELN_CLAIM_MESSAGE] =
	    "a message or a loan is released for the second time",
	[ELN_CLAIM_PARKED] =
	    "a thread sleeps while there is work, and nothing moves",
};

static const void *owners[MOST];

uint64_t eln_ghost_patience = UINT64_C(3000000000);

void
eln_ghost_broken(enum eln_ghost claim, const char *function)
{
	eln_contract_broken(function, "ghost: %s", sentences[claim]);
}

/** Puts `after` in the place of `before`, which must be there. */
static void
change(int fd, const void *before, const void *after, const char *function)
{
	if (fd < 0) {
		eln_ghost_broken(ELN_CLAIM_DESCRIPTOR, function);
	}
	if (fd < MOST &&
	    __atomic_exchange_n(&owners[fd], after, __ATOMIC_RELAXED) !=
		before) {
		eln_ghost_broken(ELN_CLAIM_DESCRIPTOR, function);
	}
}

void
eln_ghost_take(int fd, const void *owner, const char *function)
{
	change(fd, NULL, owner, function);
}

void
eln_ghost_use(int fd, const void *owner, const char *function)
{
	if (fd < 0 ||
	    (fd < MOST &&
		__atomic_load_n(&owners[fd], __ATOMIC_RELAXED) != owner)) {
		eln_ghost_broken(ELN_CLAIM_DESCRIPTOR, function);
	}
}

void
eln_ghost_give(int fd, const void *owner, const char *function)
{
	change(fd, owner, NULL, function);
}

void
eln_ghost_look(const struct eln_ghost_watch *watch,
    struct eln_ghost_sleep *sleep, uint64_t now, const char *function)
{
	uint64_t pending = watch->pending != NULL ? watch->pending(watch->arg)
						  : 0;

	if (pending == 0 || pending != sleep->pending) {
		sleep->pending = pending;
		sleep->since = now;
	} else if (now - sleep->since >= eln_ghost_patience) {
		eln_ghost_broken(ELN_CLAIM_PARKED, function);
	}
}

#endif
