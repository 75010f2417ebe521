/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TEST_SCHEDULE_SWEEP_H
#define TEST_SCHEDULE_SWEEP_H

/*
 * Campaigns of all that was asked for: scenarios x memories x strategies, in
 * one process or shared by several; and the sum of their figures.
 *
 *   scenario 0, 1, 2 ... ──the next one──▶ process ──figures──▶ totals
 *                                          (jobs of them, memory in common)
 */

#include <stdbool.h>

#include "schedule/campaign.h"

enum {
	SWEEP_EXPECTED = 4
};

struct sweep {
	struct campaign campaign; /* what is given; the rest is all of it */
	const char *group;        /* of scenarios, or NULL: all */
	const char *prefix;       /* of the scenarios, or NULL: all */
	const char *regressions;  /* a file of runs that go first, or NULL */
	bool has_strategy;
	bool prints;
	/* Words of the failures of which one must turn up; the first NULL: none
	 * must. */
	const char *expected[SWEEP_EXPECTED];
	unsigned jobs;
};

/** Says what is wrong with what was asked for, and ends the program. */
_Noreturn void sweep_refuse(const char *what, const char *value);

/** "random", "pct:2", "exhaustive:1"; false: there is no such strategy. */
bool sweep_set_strategy(struct campaign *campaign, const char *text);

/** Runs it; whether nothing failed. If a failure is expected: whether one of
 *  those came first; the rest is left out then. */
bool sweep_run(const struct sweep *sweep);

/** One line: how many schedules, points, long ones, buffered ones. */
void sweep_print_totals(void);

#endif
