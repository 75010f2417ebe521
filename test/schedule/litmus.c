/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * What the explorer's memory may do and may not: two threads, two words, and
 * an outcome that only a weak memory shows. All schedules with 3 preemptions
 * are run; the outcome must turn up with the memories named, and never with
 * the others. So a defect that needs it is found, and correct code that
 * excludes it is not accused.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "schedule/campaign.h"
#include "schedule/explore.h"
#include "sync/atomic.h"

enum {
	PREEMPTIONS = 3
};

static struct eln_atomic32 x;
static struct eln_atomic32 y;
static uint64_t z;
static uint32_t seen[2]; /* by the litmus's own meaning */
static bool shown;       /* the outcome, in this run */

/* ---- threads ---- */

static void *
store_x_load_y(void *arg)
{
	eln_store32_relaxed(&x, 1);
	seen[0] = eln_load32_relaxed(&y);
	return arg;
}

static void *
store_y_load_x(void *arg)
{
	eln_store32_relaxed(&y, 1);
	seen[1] = eln_load32_relaxed(&x);
	return arg;
}

static void *
store_x_load_y_sc(void *arg)
{
	eln_store32_relaxed(&x, 1);
	seen[0] = eln_load32_sc(&y);
	return arg;
}

static void *
store_x_fence_load_y(void *arg)
{
	eln_store32_relaxed(&x, 1);
	eln_fence();
	seen[0] = eln_load32_relaxed(&y);
	return arg;
}

static void *
store_y_fence_load_x(void *arg)
{
	eln_store32_relaxed(&y, 1);
	eln_fence();
	seen[1] = eln_load32_relaxed(&x);
	return arg;
}

static void *
exchange_x_load_y(void *arg)
{
	eln_exchange32(&x, 1);
	seen[0] = eln_load32_relaxed(&y);
	return arg;
}

static void *
exchange_y_load_x(void *arg)
{
	eln_exchange32(&y, 1);
	seen[1] = eln_load32_relaxed(&x);
	return arg;
}

static void *
exchange_x_load_y_sc(void *arg)
{
	eln_exchange32(&x, 1);
	seen[0] = eln_load32_sc(&y);
	return arg;
}

static void *
exchange_y_load_x_sc(void *arg)
{
	eln_exchange32(&y, 1);
	seen[1] = eln_load32_sc(&x);
	return arg;
}

static void *
store_x_store_y(void *arg)
{
	eln_store32_relaxed(&x, 1);
	eln_store32_relaxed(&y, 1);
	return arg;
}

static void *
store_x_release_y(void *arg)
{
	eln_store32_relaxed(&x, 1);
	eln_store32_release(&y, 1);
	return arg;
}

static void *
store_x_fence_store_y(void *arg)
{
	eln_store32_relaxed(&x, 1);
	explore_fence(EXPLORE_SITE("fence", store), EXPLORE_FENCE_STORE);
	eln_store32_relaxed(&y, 1);
	return arg;
}

static void *
store_x_exchange_y(void *arg)
{
	eln_store32_relaxed(&x, 1);
	eln_exchange32(&y, 1);
	return arg;
}

static void *
store_x_ck_cas_y(void *arg)
{
	uint64_t expected = 0;

	eln_store32_relaxed(&x, 1);
	(void)explore_cas(EXPLORE_SITE("ck cas", y), &y.value, sizeof(y.value),
	    &expected, 1, EXPLORE_RELAXED);
	return arg;
}

static void *
load_y_load_x(void *arg)
{
	seen[0] = eln_load32_relaxed(&y);
	seen[1] = eln_load32_relaxed(&x);
	return arg;
}

static void *
acquire_y_load_x(void *arg)
{
	seen[0] = eln_load32_acquire(&y);
	seen[1] = eln_load32_relaxed(&x);
	return arg;
}

static void *
load_y_fence_load_x(void *arg)
{
	seen[0] = eln_load32_relaxed(&y);
	explore_fence(EXPLORE_SITE("fence", load), EXPLORE_FENCE_LOAD);
	seen[1] = eln_load32_relaxed(&x);
	return arg;
}

static void *
count_x(void *arg)
{
	eln_store32_relaxed(&x, 1);
	eln_store32_relaxed(&x, 2);
	return arg;
}

static void *
load_x_twice(void *arg)
{
	seen[0] = eln_load32_relaxed(&x);
	seen[1] = eln_load32_relaxed(&x);
	return arg;
}

static void *
load_x_store_y(void *arg)
{
	seen[0] = eln_load32_relaxed(&x);
	eln_store32_relaxed(&y, 1);
	return arg;
}

static void *
load_y_store_x(void *arg)
{
	seen[1] = eln_load32_relaxed(&y);
	eln_store32_relaxed(&x, 1);
	return arg;
}

static void
cas_y(void)
{
	uint64_t expected = 0;

	(void)explore_cas(EXPLORE_SITE("ck cas", y), &y.value, sizeof(y.value),
	    &expected, 1, EXPLORE_RELAXED);
}

static void *
copy_z_ck_cas_y(void *arg)
{
	uint64_t copy = 0;

	explore_load_late(EXPLORE_SITE("ck copy", z), &z, &copy);
	cas_y();
	seen[0] = (uint32_t)copy;
	return arg;
}

static void *
copy_z_fence_ck_cas_y(void *arg)
{
	uint64_t copy = 0;

	explore_load_late(EXPLORE_SITE("ck copy", z), &z, &copy);
	explore_fence(EXPLORE_SITE("fence", late), EXPLORE_FENCE_LATE);
	cas_y();
	seen[0] = (uint32_t)copy;
	return arg;
}

static void *
acquire_y_store_z(void *arg)
{
	seen[1] = eln_load32_acquire(&y);
	explore_store(EXPLORE_SITE("ck fill", z), &z, sizeof(z), 1,
	    EXPLORE_RELAXED);
	return arg;
}

/* ---- litmus tests ---- */

static bool
is_00(void)
{
	return seen[0] == 0 && seen[1] == 0;
}

static bool
is_10(void)
{
	return seen[0] == 1 && seen[1] == 0;
}

static bool
is_11(void)
{
	return seen[0] == 1 && seen[1] == 1;
}

static bool
goes_back(void)
{
	return seen[0] > seen[1];
}

struct litmus {
	const char *name;
	void *(*first)(void *arg);
	void *(*second)(void *arg);
	bool (*is_shown)(void);
	const char *shows_with; /* the memories */
};

static const struct litmus tests[] = {
	{ "each stores, then loads the other's", store_x_load_y, store_y_load_x,
	    is_00, "tso weak weakest" },
	{ "the same, one load sc", store_x_load_y_sc, store_y_load_x, is_00,
	    "tso weak weakest" },
	{ "the same with fences", store_x_fence_load_y, store_y_fence_load_x,
	    is_00, "" },
	{ "a fence on one side only", store_x_fence_load_y, store_y_load_x,
	    is_00, "tso weak weakest" },
	{ "exchange, then relaxed loads", exchange_x_load_y, exchange_y_load_x,
	    is_00, "weak weakest" },
	{ "exchange, then sc loads", exchange_x_load_y_sc, exchange_y_load_x_sc,
	    is_00, "" },
	{ "message by relaxed stores", store_x_store_y, load_y_load_x, is_10,
	    "weak weakest" },
	{ "stores out of order", store_x_store_y, acquire_y_load_x, is_10,
	    "weak weakest" },
	{ "release, and a relaxed load", store_x_release_y, load_y_load_x,
	    is_10, "weak weakest" },
	{ "release and acquire", store_x_release_y, acquire_y_load_x, is_10,
	    "" },
	{ "release, and a fence for loads", store_x_release_y,
	    load_y_fence_load_x, is_10, "" },
	{ "a fence for stores, and acquire", store_x_fence_store_y,
	    acquire_y_load_x, is_10, "" },
	{ "fences for stores and loads", store_x_fence_store_y,
	    load_y_fence_load_x, is_10, "" },
	{ "an exchange and acquire", store_x_exchange_y, acquire_y_load_x,
	    is_10, "" },
	{ "ck's cas orders nothing", store_x_ck_cas_y, acquire_y_load_x, is_10,
	    "weak weakest" },
	{ "no word goes back in time", count_x, load_x_twice, goes_back, "" },
	{ "a slot copied after ck's cas", copy_z_ck_cas_y, acquire_y_store_z,
	    is_11, "weak weakest" },
	{ "not with a fence between", copy_z_fence_ck_cas_y, acquire_y_store_z,
	    is_11, "" },
	/* C11 allows it for relaxed words. A limit of the explorer. */
	{ "no load is before its store", load_x_store_y, load_y_store_x, is_11,
	    "" },
};

static void
run_litmus(void *arg)
{
	const struct litmus *litmus = arg;
	unsigned first;
	unsigned second;

	x.value = 0;
	y.value = 0;
	z = 0;
	first = explore_spawn("first", litmus->first, NULL);
	second = explore_spawn("second", litmus->second, NULL);
	(void)explore_join(first);
	(void)explore_join(second);
	shown = shown || litmus->is_shown();
}

/** Whether the outcome turned up exactly if it should. */
static bool
run_test(const struct litmus *litmus, const struct memory_kind *memory)
{
	struct litmus copy = *litmus;
	struct scenario scenario = {
		.name = litmus->name, .body = run_litmus, .arg = &copy
	};
	struct campaign campaign = { .scenario = &scenario,
		.memory = memory,
		.strategy = EXPLORE_EXHAUSTIVE,
		.preemptions = PREEMPTIONS };
	bool expected = strstr(litmus->shows_with, memory->name) != NULL;
	struct figures figures;

	/* "weak" is found in "weakest" too: both are named, or none. */
	shown = false;
	campaign_run(&campaign, &figures);
	free(figures.path);
	printf("%-36s %-8s %6llu schedules: %s%s\n", litmus->name, memory->name,
	    (unsigned long long)figures.runs, shown ? "shown" : "never",
	    shown == expected ? "" : ", WRONG");
	return shown == expected && figures.result == EXPLORE_OK;
}

int
main(void)
{
	bool ok = true;

	for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++) {
		for (const struct memory_kind *memory = memory_kinds;
		     memory->name != NULL; memory++) {
			ok = run_test(&tests[i], memory) && ok;
		}
	}
	return ok ? 0 : 1;
}
