/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ELN_GHOST_H
#define ELN_GHOST_H

/*
 * Ghosts: state that nothing depends on, kept only to check a claim while the
 * library runs. Compiled in with -DELN_GHOSTS: always into echelon_testing, and
 * into the library itself by CMake's ECHELON_GHOSTS (the presets dev, asan and
 * tsan). What users install has neither state nor check, which
 * test/api/check-no-ghosts holds it to. A broken claim ends the process with
 * its sentence.
 *
 * The claims, and where they are checked:
 *
 *   ELN_CLAIM_EXCLUSIVE   core/steps.c     around every handler function, `frame` too
 *   ELN_CLAIM_LEAD        core/set.c       around what only the lead may do;
 *                         and the lead, where it passes on, says that it is one
 *   ELN_CLAIM_CLOSED      core/steps.c, connection.c   at the end, and when freed
 *   ELN_CLAIM_GENERATION  core/set.c, steps.c   an event taken; every step of a turn
 *   ELN_CLAIM_BOUND       sync/ring.c, core/steps.c; the queue with a lock
 *   ELN_CLAIM_DESCRIPTOR  wherever a handle's descriptor is used: core/
 *   ELN_CLAIM_MESSAGE     core/message.c, output.c     where it is released
 *   ELN_CLAIM_PARKED      wherever a thread sleeps: sync/lot.c, condition.c,
 *                         core/set.c; the polls and queues of patterns
 *
 * Ghosts must not mend what they look for. They are relaxed, so that they
 * order nothing for ThreadSanitizer, and on the path of a request they are
 * loads and stores: a locked instruction is a fence on x86, and might be the
 * one that is missing. Two threads inside one thing overwrite each other's
 * name, so one of them, when it leaves, finds another's. They are made of the
 * compiler's builtins, as this layer is below sync/.
 *
 * A sleeper looks up now and then and sleeps on. There is one thing that it
 * mends: a futex word that was changed without a wake. After its own timeout
 * it cannot tell that from a wake on its way.
 *
 * Each is seen to fire, in one of its places at least: test/selftest/ghosts.c.
 */

#ifdef ELN_GHOSTS

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum eln_ghost {
	ELN_CLAIM_EXCLUSIVE,
	ELN_CLAIM_LEAD,
	ELN_CLAIM_CLOSED,
	ELN_CLAIM_GENERATION,
	ELN_CLAIM_BOUND,
	ELN_CLAIM_DESCRIPTOR,
	ELN_CLAIM_MESSAGE,
	ELN_CLAIM_PARKED,
	ELN_CLAIMS
};

/** Ends the process with the claim's sentence. */
_Noreturn void eln_ghost_broken(enum eln_ghost claim, const char *function);

/* Whose a descriptor is: a handle's, from eln_ghost_take to eln_ghost_give. */
void eln_ghost_take(int fd, const void *owner, const char *function);
void eln_ghost_use(int fd, const void *owner, const char *function);
void eln_ghost_give(int fd, const void *owner, const char *function);

/** How long, in ns, a thread sleeps before it looks whether it should. */
extern uint64_t eln_ghost_patience;

/** What is work for those who sleep here. */
struct eln_ghost_watch {
	/* 0: nothing; or a number that changes while anything moves. NULL:
	 * nobody knows. */
	uint64_t (*pending)(const void *arg);
	const void *arg;
};

/** One sleep: what was pending at the last look, and since when. */
struct eln_ghost_sleep {
	uint64_t pending;
	uint64_t since;
};

/** A look: the claim is broken if what is pending is so for `patience`, and
 *  nothing has moved. */
void eln_ghost_look(const struct eln_ghost_watch *watch,
    struct eln_ghost_sleep *sleep, uint64_t now, const char *function);

/** A member, or a declaration, that only ghosts need. */
#define ELN_GHOST(...) __VA_ARGS__

#define ELN_GHOST_CLAIM(claim, condition)                  \
	do {                                               \
		if (!(condition)) {                        \
			eln_ghost_broken(claim, __func__); \
		}                                          \
	} while (0)

/* `inside` is who is in there, a const void *, or NULL. */
#define ELN_GHOST_ENTER(claim, inside, who) \
	ELN_GHOST_CHANGE(claim, inside, NULL, who)
#define ELN_GHOST_LEAVE(claim, inside, who) \
	ELN_GHOST_CHANGE(claim, inside, who, NULL)
#define ELN_GHOST_CHANGE(claim, inside, before, after)                  \
	do {                                                            \
		ELN_GHOST_CLAIM(claim,                                  \
		    __atomic_load_n(&(inside), __ATOMIC_RELAXED) ==     \
			(const void *)(before));                        \
		__atomic_store_n(&(inside), (after), __ATOMIC_RELAXED); \
	} while (0)

#define ELN_GHOST_LOOK(watch, sleep, now) \
	eln_ghost_look((watch), (sleep), (now), __func__)

#define ELN_GHOST_TAKE(fd, owner) eln_ghost_take((fd), (owner), __func__)
#define ELN_GHOST_USE(fd, owner) eln_ghost_use((fd), (owner), __func__)
#define ELN_GHOST_GIVE(fd, owner) eln_ghost_give((fd), (owner), __func__)

#else

#define ELN_GHOST(...)
#define ELN_GHOST_CLAIM(claim, condition) ((void)0)
#define ELN_GHOST_ENTER(claim, inside, who) ((void)0)
#define ELN_GHOST_LEAVE(claim, inside, who) ((void)0)
#define ELN_GHOST_LOOK(watch, sleep, now) ((void)0)
#define ELN_GHOST_TAKE(fd, owner) ((void)0)
#define ELN_GHOST_USE(fd, owner) ((void)0)
#define ELN_GHOST_GIVE(fd, owner) ((void)0)

#endif

#endif
