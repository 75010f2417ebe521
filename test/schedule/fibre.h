/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TEST_SCHEDULE_FIBRE_H
#define TEST_SCHEDULE_FIBRE_H

/*
 * A flow of control with a stack of its own, on one thread of the system.
 *
 * On x86-64 a switch is a dozen instructions; elsewhere it is swapcontext(3),
 * which changes the signal mask each time: two system calls. Both tell
 * AddressSanitizer what they do.
 */

#include <stddef.h>

#if defined(__x86_64__) && !defined(EXPLORE_UCONTEXT)
#define FIBRE_IS_SMALL 1
#else
#define FIBRE_IS_SMALL 0
#include <ucontext.h>
#endif

enum {
	FIBRE_STACK_BYTES = 256 * 1024,
	FIBRE_GUARD_BYTES = 4096 /* below it; any access crashes */
};

struct fibre_context {
#if FIBRE_IS_SMALL
	void *stack_pointer;
#else
	ucontext_t context;
#endif
	void *stack; /* NULL: the thread's own */
	size_t bytes;
	void *fake_stack; /* AddressSanitizer's */
};

/** Makes a stack, once; its memory stays for ever. */
void fibre_make_stack(struct fibre_context *context);

/** The next switch to it calls `entry`, which never returns. */
void fibre_prepare(struct fibre_context *context, void (*entry)(void));

/** From the running one to another. `ends`: never back. */
void fibre_switch(struct fibre_context *from, struct fibre_context *to,
    int ends);

/** The first thing that `entry` does. */
void fibre_begin(void);

#endif
