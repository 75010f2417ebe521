/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ELN_GHOST_H
#define ELN_GHOST_H

/*
 * Ghosts: state that nothing depends on, kept only to check a claim while the
 * library runs. Compiled in with -DELN_GHOSTS (CMake: ECHELON_GHOSTS, on in
 * the presets dev, asan and tsan); otherwise neither state nor check is there.
 * A broken claim ends the process with its sentence.
 *
 * The claims, and where they are checked:
 *
 *   ELN_CLAIM_EXCLUSIVE   core/steps.c     around every handler function, `frame` too
 *   ELN_CLAIM_LEAD        core/set.c       around what only the lead may do
 *   ELN_CLAIM_CLOSED      core/steps.c, connection.c   at the end, and when freed
 *   ELN_CLAIM_GENERATION  core/set.c, steps.c   an event taken; every step of a turn
 *   ELN_CLAIM_BOUND       sync/ring.c, queue_with_lock.c, core/message.c, steps.c
 *   ELN_CLAIM_DESCRIPTOR  wherever a handle's descriptor is used: core/
 *   ELN_CLAIM_MESSAGE     core/message.c, output.c     where it is released
 *   ELN_CLAIM_PARKED      sync/lot.c       by a thread that sleeps for long
 *
 * Ghosts must not mend what they look for: they are relaxed, so that they
 * order nothing for ThreadSanitizer, and none stands between a publication
 * and the look at who sleeps, where a locked instruction is a fence on x86.
 * They are made of the compiler's builtins, as this layer is below sync/.
 *
 * Each is seen to fire: test/selftest/ghosts.c.
 */

#ifdef ELN_GHOSTS

#include <stdbool.h>
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

/** A member, or a declaration, that only ghosts need. */
#define ELN_GHOST(...) __VA_ARGS__

#define ELN_GHOST_CLAIM(claim, condition)                  \
	do {                                               \
		if (!(condition)) {                        \
			eln_ghost_broken(claim, __func__); \
		}                                          \
	} while (0)

/* An int of which at most one thread is inside. */
#define ELN_GHOST_ENTER(claim, inside) \
	ELN_GHOST_CLAIM(claim,         \
	    __atomic_fetch_add(&(inside), 1, __ATOMIC_RELAXED) == 0)
#define ELN_GHOST_LEAVE(inside) \
	((void)__atomic_fetch_sub(&(inside), 1, __ATOMIC_RELAXED))

#define ELN_GHOST_TAKE(fd, owner) eln_ghost_take((fd), (owner), __func__)
#define ELN_GHOST_USE(fd, owner) eln_ghost_use((fd), (owner), __func__)
#define ELN_GHOST_GIVE(fd, owner) eln_ghost_give((fd), (owner), __func__)

#else

#define ELN_GHOST(...)
#define ELN_GHOST_CLAIM(claim, condition) ((void)0)
#define ELN_GHOST_ENTER(claim, inside) ((void)0)
#define ELN_GHOST_LEAVE(inside) ((void)0)
#define ELN_GHOST_TAKE(fd, owner) ((void)0)
#define ELN_GHOST_USE(fd, owner) ((void)0)
#define ELN_GHOST_GIVE(fd, owner) ((void)0)

#endif

#endif
