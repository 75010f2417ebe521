/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * The schedule explorer's command line.
 *
 *   schedule --list
 *   schedule [--scenario NAME | --group G]         every strategy and memory
 *   schedule --scenario NAME --memory M --strategy S [--seed N] [--runs N]
 *   schedule ... --seed N --print                  one run, its schedule
 *   schedule ... --replay 'CHOICES'                one run, by its choices
 *   schedule ... --points N                        of each strategy and memory
 *   schedule ... --jobs N                          processes that share it
 *   schedule ... --full                            all of it, at full length
 *   schedule --regressions FILE ...                first the runs named there
 *   schedule ... --expect WORDS                    succeeds if one fails, and
 *                                                  says so in these words
 *
 * NAME may end in a slash: all that begin so. S is random, pct:DEPTH,
 * exhaustive:PREEMPTIONS. Exit 0: no run failed; 1: one did, or none as
 * expected; 2: no such thing.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "schedule/campaign.h"
#include "schedule/scenario.h"
#include "schedule/sweep.h"

enum {
	POINTS = 1000000,     /* of each strategy with each memory */
	FULL_POINTS = 1500000 /* the same, with --full */
};

/* ---- arguments ---- */

/** Whether it is "NAME/": all that begin so. */
static bool
is_prefix(const char *text)
{
	return text[0] != '\0' && text[strlen(text) - 1] == '/';
}

static void
set_scenario(struct sweep *sweep, const char *text)
{
	if (is_prefix(text)) {
		sweep->prefix = text;
		return;
	}
	sweep->campaign.scenario = scenario_find(text);
	if (sweep->campaign.scenario == NULL) {
		sweep_refuse("no such scenario", text);
	}
}

static void
set_memory(struct sweep *sweep, const char *text)
{
	sweep->campaign.memory = memory_find(text);
	if (sweep->campaign.memory == NULL) {
		sweep_refuse("no such memory", text);
	}
}

static void
set_strategy(struct sweep *sweep, const char *text)
{
	if (!sweep_set_strategy(&sweep->campaign, text)) {
		sweep_refuse("no such strategy", text);
	}
	sweep->has_strategy = true;
}

static void
set_replay(struct sweep *sweep, const char *text)
{
	sweep->campaign.strategy = EXPLORE_REPLAY;
	sweep->campaign.path = text;
	sweep->has_strategy = true;
	sweep->prints = true;
}

static void
add_expected(struct sweep *sweep, const char *words)
{
	for (unsigned i = 0; i < SWEEP_EXPECTED; i++) {
		if (sweep->expected[i] == NULL) {
			sweep->expected[i] = words;
			return;
		}
	}
	sweep_refuse("too many failures are expected", words);
}

static void
list(void)
{
	const struct scenario *scenario;

	for (unsigned i = 0; (scenario = scenario_at(i)) != NULL; i++) {
		printf("%-9s %-24s %s\n", scenario_group(i), scenario->name,
		    scenario->what);
	}
	printf("\nmemory:\n");
	for (const struct memory_kind *memory = memory_kinds;
	     memory->name != NULL; memory++) {
		printf("%-16s %s\n", memory->name, memory->what);
	}
}

static void
set_value(struct sweep *sweep, const char *name, const char *value)
{
	struct campaign *campaign = &sweep->campaign;

	if (strcmp(name, "--scenario") == 0) {
		set_scenario(sweep, value);
	} else if (strcmp(name, "--group") == 0) {
		sweep->group = value;
	} else if (strcmp(name, "--memory") == 0) {
		set_memory(sweep, value);
	} else if (strcmp(name, "--strategy") == 0) {
		set_strategy(sweep, value);
	} else if (strcmp(name, "--seed") == 0) {
		campaign->seed = strtoull(value, NULL, 10);
	} else if (strcmp(name, "--runs") == 0) {
		campaign->runs = strtoull(value, NULL, 10);
	} else if (strcmp(name, "--points") == 0) {
		campaign->points = strtoull(value, NULL, 10);
	} else if (strcmp(name, "--jobs") == 0) {
		sweep->jobs = (unsigned)strtoul(value, NULL, 10);
	} else if (strcmp(name, "--replay") == 0) {
		set_replay(sweep, value);
	} else if (strcmp(name, "--regressions") == 0) {
		sweep->regressions = value;
	} else if (strcmp(name, "--expect") == 0) {
		add_expected(sweep, value);
	} else {
		sweep_refuse("no such option", name);
	}
}

/** What has no value. */
static bool
set_flag(struct sweep *sweep, const char *name)
{
	if (strcmp(name, "--list") == 0) {
		list();
		exit(0);
	} else if (strcmp(name, "--print") == 0) {
		sweep->prints = true;
		sweep->campaign.runs = 1;
	} else if (strcmp(name, "--full") == 0) {
		sweep->campaign.points = FULL_POINTS;
		sweep->jobs = (unsigned)sysconf(_SC_NPROCESSORS_ONLN);
	} else {
		return false;
	}
	return true;
}

static void
read_arguments(struct sweep *sweep, int argc, char **argv)
{
	for (int i = 1; i < argc; i++) {
		if (set_flag(sweep, argv[i])) {
			continue;
		}
		if (i + 1 == argc) {
			sweep_refuse("a value is missing", argv[i]);
		}
		set_value(sweep, argv[i], argv[i + 1]);
		i++;
	}
	if (sweep->campaign.runs == 0 && sweep->campaign.points == 0) {
		sweep->campaign.points = POINTS;
	}
}

int
main(int argc, char **argv)
{
	struct sweep sweep = { .jobs = 1 };
	bool ok;

	campaign_program = argv[0];
	read_arguments(&sweep, argc, argv);
	ok = sweep_run(&sweep);
	sweep_print_totals();
	return ok ? 0 : 1;
}
