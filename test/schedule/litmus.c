/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * What the explorer's memory may do and may not: two threads, two words, and
 * an outcome that only a weak memory shows. All schedules with 3 preemptions
 * are run, and some thousands by each of the other strategies, which choose in
 * another way when stores drain; the outcome must turn up with the memories
 * named, and never with the others. So a defect that needs it is found, and
 * correct code that excludes it is not accused.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "schedule/campaign.h"
#include "schedule/explore.h"
#include "schedule/litmus_threads.h"

enum {
	PREEMPTIONS = 3,
	SEEDS = 20000,
	DEPTH = 3
};

static bool shown; /* the outcome, in this run */

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
	/* What an acquire load of C11 may do, as LDAPR, and LDAR may not. */
	{ "exchange, then acquire loads", exchange_x_load_y_acquire,
	    exchange_y_load_x_acquire, is_00, "weakest" },
	{ "exchange and sc load, or a fence", exchange_x_load_y_sc,
	    store_y_fence_load_x, is_00, "" },
	/* C11's one order has no place for the store; no machine does it. */
	{ "a store before the exchange", store_x_exchange_w_load_y_sc,
	    exchange_y_load_x_sc, is_00, "weakest" },
	{ "message by relaxed stores", store_x_store_y, load_y_load_x, is_10,
	    "weak weakest" },
	{ "stores out of order", store_x_store_y, acquire_y_load_x, is_10,
	    "weak weakest" },
	{ "release, and a relaxed load", store_x_release_y, load_y_load_x,
	    is_10, "weak weakest" },
	{ "the same, then an acquire load", store_x_release_y, load_y_acquire_x,
	    is_10, "weak weakest" },
	{ "the same, then an sc load", store_x_release_y, load_y_load_x_sc,
	    is_10, "weak weakest" },
	{ "release, and sc loads", store_x_release_y, load_y_sc_load_x_sc,
	    is_10, "" },
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
	{ "but after a fence for stores", store_x_fence_ck_cas_y,
	    acquire_y_load_x, is_10, "" },
	/* Nothing is stored, so nothing need be seen before. */
	{ "a cas that fails orders nothing", store_x_fail_ck_cas_y,
	    exchange_y_exchange_x, is_10, "weak weakest" },
	{ "a system call is no fence", store_x_call_load_y,
	    store_y_fence_load_x, is_00, "weak weakest" },
	{ "a message through the kernel", store_x_tell_kernel,
	    ask_kernel_load_x, is_10, "" },
	{ "no word goes back in time", count_x, load_x_twice, goes_back, "" },
	{ "a slot copied after ck's cas", copy_z_ck_cas_y, acquire_y_store_z,
	    is_11, "weak weakest" },
	{ "not with a fence between", copy_z_fence_ck_cas_y, acquire_y_store_z,
	    is_11, "" },
	/* C11 allows it for relaxed words. A limit of the explorer. */
	{ "no load is before its store", load_x_store_y, load_y_store_x, is_11,
	    "" },
};

/** What comes at its end, a full fence, others may come before. */
static void *
run_thread(void *arg)
{
	void *(*const *thread)(void *arg) = arg;

	(*thread)(NULL);
	explore_point("the end", NULL);
	return NULL;
}

static void
run_litmus(void *arg)
{
	struct litmus *litmus = arg;
	unsigned first;
	unsigned second;

	x.value = 0;
	y.value = 0;
	w.value = 0;
	z = 0;
	first = explore_spawn("first", run_thread, &litmus->first);
	second = explore_spawn("second", run_thread, &litmus->second);
	(void)explore_join(first);
	(void)explore_join(second);
	shown = shown || litmus->is_shown();
}

/** Whether a name is one of those, with a space between. */
static bool
is_among(const char *name, const char *names)
{
	size_t length = strlen(name);

	while (strncmp(names, name, length) != 0 ||
	    (names[length] != ' ' && names[length] != '\0')) {
		names = strchr(names, ' ');
		if (names == NULL) {
			return false;
		}
		names++;
	}
	return true;
}

/** Whether the outcome turned up exactly if it should. */
static bool
run_test(const struct litmus *litmus, const struct memory_kind *memory,
    enum explore_strategy strategy)
{
	static const char *const names[] = { "random", "pct:3",
		"exhaustive:3" };
	struct litmus copy = *litmus;
	struct scenario scenario = {
		.name = litmus->name, .body = run_litmus, .arg = &copy
	};
	struct campaign campaign = { .scenario = &scenario,
		.memory = memory,
		.strategy = strategy,
		.depth = DEPTH,
		.runs = strategy == EXPLORE_EXHAUSTIVE ? 0 : SEEDS,
		.preemptions = PREEMPTIONS };
	bool expected = is_among(memory->name, litmus->shows_with);
	struct figures figures;

	shown = false;
	campaign_run(&campaign, &figures);
	free(figures.path);
	printf("%-36s %-8s %-12s %6llu schedules: %s%s\n", litmus->name,
	    memory->name, names[strategy], (unsigned long long)figures.runs,
	    shown ? "shown" : "never", shown == expected ? "" : ", WRONG");
	return shown == expected && figures.result == EXPLORE_OK;
}

int
main(void)
{
	bool ok = true;

	for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++) {
		for (const struct memory_kind *memory = memory_kinds;
		     memory->name != NULL; memory++) {
			for (unsigned k = EXPLORE_RANDOM;
			     k <= EXPLORE_EXHAUSTIVE; k++) {
				ok = run_test(&tests[i], memory, k) && ok;
			}
		}
	}
	return ok ? 0 : 1;
}
