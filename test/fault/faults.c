/* SPDX-License-Identifier: BSD-2-Clause */
#include "fault/faults.h"

#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

#include "fault/internal.h"

static struct {
	const struct kind *kind;
	unsigned nth;
	unsigned times;
	_Atomic bool armed;
	_Atomic unsigned calls; /* of the kind so far */
	_Atomic unsigned met;
	_Atomic unsigned problems;
	_Atomic long blocks;
} state;

/* ---- when ---- */

bool
strikes(enum call call, long which)
{
	const struct kind *kind = state.kind;
	unsigned n;

	if (!atomic_load_explicit(&state.armed, memory_order_relaxed) ||
	    kind->call != call ||
	    (kind->which != ANY && kind->which != which)) {
		return false;
	}
	n = atomic_fetch_add_explicit(&state.calls, 1, memory_order_relaxed) +
	    1;
	if (n < state.nth || n >= state.nth + state.times) {
		return false;
	}
	atomic_fetch_add(&state.met, 1);
	return true;
}

const struct kind *
striking(void)
{
	return state.kind;
}

void
faults_begin(const struct kind *kind, unsigned nth, unsigned times)
{
	state.kind = kind;
	state.nth = nth;
	state.times = times;
	atomic_store(&state.calls, 0);
	atomic_store(&state.met, 0);
	atomic_store(&state.problems, 0);
	atomic_store(&state.blocks, 0);
	descriptors_forget();
	atomic_store(&state.armed, true);
}

unsigned
faults_met(void)
{
	return atomic_load(&state.met);
}

void
faults_end(void)
{
	atomic_store(&state.armed, false);
}

int
faults_thread_start(void)
{
	return strikes(CALL_THREAD_START, ANY) ? -state.kind->error : 0;
}

/* ---- problems ---- */

void
problem(const char *format, ...)
{
	char text[512];
	va_list arguments;

	va_start(arguments, format);
	(void)vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	(void)fprintf(stderr, "%s, number %u, %u of them: %s\n",
	    state.kind->name, state.nth, state.times, text);
	atomic_fetch_add(&state.problems, 1);
}

unsigned
problems(void)
{
	return atomic_load(&state.problems);
}

/* ---- memory ---- */

void *__real_malloc(size_t bytes);
void *__real_calloc(size_t n, size_t bytes);
char *__real_strdup(const char *text);
void *__wrap_malloc(size_t bytes);
void *__wrap_calloc(size_t n, size_t bytes);
char *__wrap_strdup(const char *text);

static void *
allocate(void *context, size_t bytes)
{
	(void)context;
	if (strikes(CALL_ALLOCATE, ANY)) {
		return NULL;
	}
	atomic_fetch_add(&state.blocks, 1);
	return __real_malloc(bytes);
}

static void
release(void *context, void *memory)
{
	(void)context;
	atomic_fetch_sub(&state.blocks, 1);
	free(memory);
}

struct echelon_allocator
faults_allocator(void)
{
	return (struct echelon_allocator){
		.allocate = allocate,
		.release = release,
	};
}

long
faults_live_blocks(void)
{
	return atomic_load(&state.blocks);
}

/* The linker gives the library these in place of libc's (--wrap). */

void *
__wrap_malloc(size_t bytes)
{
	return strikes(CALL_MALLOC, ANY) ? NULL : __real_malloc(bytes);
}

void *
__wrap_calloc(size_t n, size_t bytes)
{
	return strikes(CALL_MALLOC, ANY) ? NULL : __real_calloc(n, bytes);
}

char *
__wrap_strdup(const char *text)
{
	return strikes(CALL_MALLOC, ANY) ? NULL : __real_strdup(text);
}
