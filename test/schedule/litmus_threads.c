/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * The threads of the litmus tests (litmus.c). Each is named for what it does;
 * what it loads goes into `seen`, by the test's own meaning.
 */

#include "litmus_threads.h"

#include "schedule/explore.h"
#include "sync/atomic.h"

struct eln_atomic32 x;
struct eln_atomic32 y;
struct eln_atomic32 w;
uint64_t z;
uint32_t seen[2];

/** As ck does it: without an order. */
static void
cas_y(void)
{
	uint64_t expected = 0;

	(void)explore_cas(EXPLORE_SITE("ck cas", y), &y.value, sizeof(y.value),
	    &expected, 1, EXPLORE_RELAXED);
}

void *
store_x_load_y(void *arg)
{
	eln_store32_relaxed(&x, 1);
	seen[0] = eln_load32_relaxed(&y);
	return arg;
}

void *
store_y_load_x(void *arg)
{
	eln_store32_relaxed(&y, 1);
	seen[1] = eln_load32_relaxed(&x);
	return arg;
}

void *
store_x_load_y_sc(void *arg)
{
	eln_store32_relaxed(&x, 1);
	seen[0] = eln_load32_sc(&y);
	return arg;
}

void *
store_x_fence_load_y(void *arg)
{
	eln_store32_relaxed(&x, 1);
	eln_fence();
	seen[0] = eln_load32_relaxed(&y);
	return arg;
}

void *
store_y_fence_load_x(void *arg)
{
	eln_store32_relaxed(&y, 1);
	eln_fence();
	seen[1] = eln_load32_relaxed(&x);
	return arg;
}

void *
exchange_x_load_y(void *arg)
{
	eln_exchange32(&x, 1);
	seen[0] = eln_load32_relaxed(&y);
	return arg;
}

void *
exchange_y_load_x(void *arg)
{
	eln_exchange32(&y, 1);
	seen[1] = eln_load32_relaxed(&x);
	return arg;
}

void *
exchange_x_load_y_sc(void *arg)
{
	eln_exchange32(&x, 1);
	seen[0] = eln_load32_sc(&y);
	return arg;
}

void *
exchange_y_load_x_sc(void *arg)
{
	eln_exchange32(&y, 1);
	seen[1] = eln_load32_sc(&x);
	return arg;
}

void *
exchange_x_load_y_acquire(void *arg)
{
	eln_exchange32(&x, 1);
	seen[0] = eln_load32_acquire(&y);
	return arg;
}

void *
exchange_y_load_x_acquire(void *arg)
{
	eln_exchange32(&y, 1);
	seen[1] = eln_load32_acquire(&x);
	return arg;
}

void *
store_x_exchange_w_load_y_sc(void *arg)
{
	eln_store32_relaxed(&x, 1);
	eln_exchange32(&w, 1);
	seen[0] = eln_load32_sc(&y);
	return arg;
}

/** A compare-and-swap of a word that has another value. */
static void
fail_to_swap(void)
{
	uint32_t expected = 5;

	(void)eln_cas32(&w, &expected, 6);
}

void *
store_x_store_y(void *arg)
{
	eln_store32_relaxed(&x, 1);
	eln_store32_relaxed(&y, 1);
	return arg;
}

void *
store_x_release_y(void *arg)
{
	eln_store32_relaxed(&x, 1);
	eln_store32_release(&y, 1);
	return arg;
}

void *
store_x_fence_store_y(void *arg)
{
	eln_store32_relaxed(&x, 1);
	explore_fence(EXPLORE_SITE("fence", store), EXPLORE_FENCE_STORE);
	eln_store32_relaxed(&y, 1);
	return arg;
}

void *
store_x_fence_ck_cas_y(void *arg)
{
	eln_store32_relaxed(&x, 1);
	explore_fence(EXPLORE_SITE("fence", store), EXPLORE_FENCE_STORE);
	cas_y();
	return arg;
}

void *
store_x_exchange_y(void *arg)
{
	eln_store32_relaxed(&x, 1);
	eln_exchange32(&y, 1);
	return arg;
}

void *
store_x_ck_cas_y(void *arg)
{
	eln_store32_relaxed(&x, 1);
	cas_y();
	return arg;
}

void *
load_y_load_x(void *arg)
{
	seen[0] = eln_load32_relaxed(&y);
	seen[1] = eln_load32_relaxed(&x);
	return arg;
}

void *
acquire_y_load_x(void *arg)
{
	seen[0] = eln_load32_acquire(&y);
	seen[1] = eln_load32_relaxed(&x);
	return arg;
}

void *
load_y_acquire_x(void *arg)
{
	seen[0] = eln_load32_relaxed(&y);
	seen[1] = eln_load32_acquire(&x);
	return arg;
}

void *
load_y_load_x_sc(void *arg)
{
	seen[0] = eln_load32_relaxed(&y);
	seen[1] = eln_load32_sc(&x);
	return arg;
}

void *
load_y_sc_load_x_sc(void *arg)
{
	seen[0] = eln_load32_sc(&y);
	seen[1] = eln_load32_sc(&x);
	return arg;
}

void *
load_y_fence_load_x(void *arg)
{
	seen[0] = eln_load32_relaxed(&y);
	explore_fence(EXPLORE_SITE("fence", load), EXPLORE_FENCE_LOAD);
	seen[1] = eln_load32_relaxed(&x);
	return arg;
}

void *
count_x(void *arg)
{
	eln_store32_relaxed(&x, 1);
	eln_store32_relaxed(&x, 2);
	return arg;
}

void *
load_x_twice(void *arg)
{
	seen[0] = eln_load32_relaxed(&x);
	seen[1] = eln_load32_relaxed(&x);
	return arg;
}

void *
load_x_store_y(void *arg)
{
	seen[0] = eln_load32_relaxed(&x);
	eln_store32_relaxed(&y, 1);
	return arg;
}

void *
load_y_store_x(void *arg)
{
	seen[1] = eln_load32_relaxed(&y);
	eln_store32_relaxed(&x, 1);
	return arg;
}

void *
copy_z_ck_cas_y(void *arg)
{
	uint64_t copy = 0;

	explore_load_late(EXPLORE_SITE("ck copy", z), &z, &copy);
	cas_y();
	seen[0] = (uint32_t)copy;
	return arg;
}

void *
copy_z_fence_ck_cas_y(void *arg)
{
	uint64_t copy = 0;

	explore_load_late(EXPLORE_SITE("ck copy", z), &z, &copy);
	explore_fence(EXPLORE_SITE("fence", late), EXPLORE_FENCE_LATE);
	cas_y();
	seen[0] = (uint32_t)copy;
	return arg;
}

void *
acquire_y_store_z(void *arg)
{
	seen[1] = eln_load32_acquire(&y);
	explore_store(EXPLORE_SITE("ck fill", z), &z, sizeof(z), 1,
	    EXPLORE_RELAXED);
	return arg;
}

/** Two exchanges: each returns what is newest. */
void *
exchange_y_exchange_x(void *arg)
{
	seen[0] = eln_exchange32(&y, 2);
	seen[1] = eln_exchange32(&x, 2);
	return arg;
}

void *
store_x_fail_ck_cas_y(void *arg)
{
	eln_store32_relaxed(&x, 1);
	fail_to_swap();
	cas_y();
	return arg;
}

void *
store_x_call_load_y(void *arg)
{
	eln_store32_relaxed(&x, 1);
	explore_point("a call", NULL);
	explore_system_call();
	seen[0] = eln_load32_relaxed(&y);
	return arg;
}

/** What the kernel is told has no word of ours. */
void *
store_x_tell_kernel(void *arg)
{
	eln_store32_relaxed(&x, 1);
	explore_point("a call", NULL);
	explore_system_call();
	z = 1;
	return arg;
}

void *
ask_kernel_load_x(void *arg)
{
	explore_point("a call", NULL);
	explore_system_call();
	seen[0] = (uint32_t)z;
	seen[1] = eln_load32_relaxed(&x);
	return arg;
}
