/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TEST_SCHEDULE_SCENARIO_H
#define TEST_SCHEDULE_SCENARIO_H

/*
 * A scenario: what the fibres of a run do, and what must hold. Everything
 * static is set anew in each run, or lives in memory of the run.
 */

#include <stdbool.h>

struct scenario {
	const char *name;
	const char *what; /* one line */
	void (*body)(void *arg);
	void *arg;
	bool is_small; /* all schedules with 2 preemptions are few enough */
};

/* Each ended by one without a name. */
extern const struct scenario scenarios_of_modules[];
extern const struct scenario scenarios_of_patterns[];
extern const struct scenario scenarios_of_engines[];

/** The scenario of that name, or NULL. */
const struct scenario *scenario_find(const char *name);

/** The i-th of all, or NULL. */
const struct scenario *scenario_at(unsigned i);

/** "modules", "patterns" or "engines": what the i-th is about. */
const char *scenario_group(unsigned i);

/** Its i. */
unsigned scenario_number(const struct scenario *scenario);

#endif
