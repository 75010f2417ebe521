/* SPDX-License-Identifier: BSD-2-Clause */
#include "fibre.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#if defined(__SANITIZE_ADDRESS__)
#include <sanitizer/asan_interface.h>
#include <sanitizer/common_interface_defs.h>
#endif

/* Where the last switch came from: who begins for the first time learns the
 * bounds of the thread's own stack from it. */
static struct fibre_context *came_from;

static void
leave(struct fibre_context *from, struct fibre_context *to, int ends)
{
	came_from = from;
#if defined(__SANITIZE_ADDRESS__)
	__sanitizer_start_switch_fiber(ends ? NULL : &from->fake_stack,
	    to->stack, to->bytes);
#else
	(void)to;
	(void)ends;
#endif
}

static void
arrive(void *fake_stack)
{
#if defined(__SANITIZE_ADDRESS__)
	const void *stack;
	size_t bytes;

	__sanitizer_finish_switch_fiber(fake_stack, &stack, &bytes);
	if (came_from->stack == NULL) {
		came_from->stack = (void *)(uintptr_t)stack;
		came_from->bytes = bytes;
	}
#else
	(void)fake_stack;
#endif
}

void
fibre_begin(void)
{
	arrive(NULL);
}

void
fibre_make_stack(struct fibre_context *context)
{
	char *memory = mmap(NULL, FIBRE_STACK_BYTES + FIBRE_GUARD_BYTES,
	    PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (memory == MAP_FAILED ||
	    mprotect(memory, FIBRE_GUARD_BYTES, PROT_NONE) != 0) {
		perror("no memory for a fibre's stack");
		exit(2);
	}
	context->stack = memory + FIBRE_GUARD_BYTES;
	context->bytes = FIBRE_STACK_BYTES;
}

/** A run that was cut short left its frames marked. */
static void
forget_frames(struct fibre_context *context)
{
#if defined(__SANITIZE_ADDRESS__)
	__asan_unpoison_memory_region(context->stack, context->bytes);
#endif
	context->fake_stack = NULL;
}

#if FIBRE_IS_SMALL

/* Saves what the callee must, on the stack, and the stack pointer; the other
 * way round for the other. */
void fibre_switch_stacks(void **from, void *to);

__asm__(".text\n"
	".p2align 4\n"
	".globl fibre_switch_stacks\n"
	".type fibre_switch_stacks, @function\n"
	"fibre_switch_stacks:\n"
	"	endbr64\n"
	"	pushq %rbp\n"
	"	pushq %rbx\n"
	"	pushq %r12\n"
	"	pushq %r13\n"
	"	pushq %r14\n"
	"	pushq %r15\n"
	"	movq %rsp, (%rdi)\n"
	"	movq %rsi, %rsp\n"
	"	popq %r15\n"
	"	popq %r14\n"
	"	popq %r13\n"
	"	popq %r12\n"
	"	popq %rbx\n"
	"	popq %rbp\n"
	"	ret\n"
	".size fibre_switch_stacks, . - fibre_switch_stacks\n");

enum {
	SAVED_REGISTERS = 6
};

void
fibre_prepare(struct fibre_context *context, void (*entry)(void))
{
	uint64_t *top = (uint64_t *)(void *)((char *)context->stack +
	    context->bytes);
	uint64_t *frame = top - 2 - SAVED_REGISTERS;

	forget_frames(context);
	/* The registers are 0; `ret` goes to `entry`, which finds the stack
	 * as after a call, 8 bytes below a multiple of 16. */
	memset(frame, 0, (2 + SAVED_REGISTERS) * sizeof(*frame));
	frame[SAVED_REGISTERS] = (uint64_t)(uintptr_t)entry;
	context->stack_pointer = frame;
}

void
fibre_switch(struct fibre_context *from, struct fibre_context *to, int ends)
{
	leave(from, to, ends);
	fibre_switch_stacks(&from->stack_pointer, to->stack_pointer);
	arrive(from->fake_stack);
}

#else

void
fibre_prepare(struct fibre_context *context, void (*entry)(void))
{
	forget_frames(context);
	(void)getcontext(&context->context);
	context->context.uc_stack.ss_sp = context->stack;
	context->context.uc_stack.ss_size = context->bytes;
	context->context.uc_link = NULL;
	makecontext(&context->context, entry, 0);
}

void
fibre_switch(struct fibre_context *from, struct fibre_context *to, int ends)
{
	leave(from, to, ends);
	(void)swapcontext(&from->context, &to->context);
	arrive(from->fake_stack);
}

#endif
