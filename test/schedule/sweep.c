/* SPDX-License-Identifier: BSD-2-Clause */
#include "sweep.h"

#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
	MOST_JOBS = 64
};

/* What the processes have in common. */
struct totals {
	atomic_ullong runs;
	atomic_ullong points;
	atomic_ullong n_long;     /* runs of at least CAMPAIGN_LONG points */
	atomic_ullong n_buffered; /* of these, with store buffers */
	atomic_uint next;         /* scenario that nobody has taken */
	atomic_bool found;        /* the failure that was expected */
};

static struct totals own_totals;
static struct totals *totals = &own_totals;

_Noreturn void
sweep_refuse(const char *what, const char *value)
{
	fprintf(stderr, "schedule: %s: %s\n", what, value);
	exit(2);
}

/* ---- strategies ---- */

static unsigned
number_after_colon(const char *text, unsigned otherwise)
{
	const char *colon = strchr(text, ':');

	return colon == NULL ? otherwise
			     : (unsigned)strtoul(colon + 1, NULL, 10);
}

bool
sweep_set_strategy(struct campaign *campaign, const char *text)
{
	if (strcmp(text, "random") == 0) {
		campaign->strategy = EXPLORE_RANDOM;
	} else if (strncmp(text, "pct", 3) == 0) {
		campaign->strategy = EXPLORE_PCT;
		campaign->depth = number_after_colon(text, 3);
	} else if (strncmp(text, "exhaustive", 10) == 0) {
		campaign->strategy = EXPLORE_EXHAUSTIVE;
		campaign->preemptions = number_after_colon(text, 2);
	} else {
		return false;
	}
	return true;
}

/* ---- campaigns ---- */

static void
add_figures(const struct campaign *campaign, const struct figures *figures)
{
	totals->runs += figures->runs;
	totals->points += figures->points;
	totals->n_long += figures->n_long;
	if (campaign->memory->buffers != EXPLORE_NO_BUFFERS) {
		totals->n_buffered += figures->n_long;
	}
}

/** How it was found, and the line that finds it again (regressions.txt). */
static void
say_found(const struct campaign *campaign, const struct figures *figures)
{
	char text[32];

	totals->found = true;
	printf("found after %llu schedules, %llu points: %s\n",
	    (unsigned long long)totals->runs,
	    (unsigned long long)totals->points, figures->reason);
	printf("again: %s %s ", campaign->scenario->name,
	    campaign->memory->name);
	if (campaign->strategy == EXPLORE_EXHAUSTIVE ||
	    campaign->strategy == EXPLORE_REPLAY) {
		printf("replay %s\n", figures->path);
	} else {
		printf("%s %llu\n",
		    campaign_strategy(campaign, text, sizeof(text)),
		    (unsigned long long)figures->seed);
	}
}

static bool
expects_failure(const struct sweep *sweep)
{
	return sweep->expected[0] != NULL;
}

static bool
is_expected(const struct sweep *sweep, const struct figures *figures)
{
	for (unsigned i = 0; i < SWEEP_EXPECTED; i++) {
		if (sweep->expected[i] != NULL &&
		    strstr(figures->reason, sweep->expected[i]) != NULL) {
			return true;
		}
	}
	return false;
}

/** Runs one; whether nothing failed. */
static bool
run_campaign(const struct sweep *sweep, const struct campaign *campaign)
{
	struct figures figures;
	bool ok;
	bool found;

	campaign_run(campaign, &figures);
	campaign_print_figures(campaign, &figures);
	add_figures(campaign, &figures);
	ok = figures.result == EXPLORE_OK;
	found = !ok && is_expected(sweep, &figures);
	if (!ok && !campaign_replays(campaign, &figures)) {
		sweep_refuse("the failure is another one when it is run again",
		    campaign->scenario->name);
	}
	if (found) {
		say_found(campaign, &figures);
	}
	if ((!ok && !found) || sweep->prints) {
		campaign_explain(campaign, &figures);
	}
	free(figures.path);
	return ok;
}

/** Every strategy; stops at a failure. */
static bool
run_strategies(const struct sweep *sweep, struct campaign campaign)
{
	static const char *const strategies[] = { "random", "pct:2", "pct:3",
		"exhaustive:1", "exhaustive:2" };

	if (sweep->has_strategy) {
		return run_campaign(sweep, &campaign);
	}
	for (size_t i = 0; i < sizeof(strategies) / sizeof(strategies[0]);
	     i++) {
		(void)sweep_set_strategy(&campaign, strategies[i]);
		/* All, or it is not worth it. */
		if (campaign.strategy == EXPLORE_EXHAUSTIVE &&
		    !campaign.scenario->is_small) {
			continue;
		}
		if (!run_campaign(sweep, &campaign)) {
			return false;
		}
	}
	return true;
}

static bool
run_memories(const struct sweep *sweep, struct campaign campaign)
{
	if (campaign.memory != NULL) {
		return run_strategies(sweep, campaign);
	}
	for (const struct memory_kind *memory = memory_kinds;
	     memory->name != NULL; memory++) {
		campaign.memory = memory;
		if (!run_strategies(sweep, campaign)) {
			return false;
		}
	}
	return true;
}

/* ---- scenarios, shared by the processes ---- */

static bool
is_asked_for(const struct sweep *sweep, unsigned i)
{
	const char *name = scenario_at(i)->name;

	if (sweep->campaign.scenario != NULL &&
	    sweep->campaign.scenario != scenario_at(i)) {
		return false;
	}
	if (sweep->group != NULL &&
	    strcmp(scenario_group(i), sweep->group) != 0) {
		return false;
	}
	return sweep->prefix == NULL ||
	    strncmp(name, sweep->prefix, strlen(sweep->prefix)) == 0;
}

static void
refuse_if_none(const struct sweep *sweep)
{
	for (unsigned i = 0; scenario_at(i) != NULL; i++) {
		if (is_asked_for(sweep, i)) {
			return;
		}
	}
	sweep_refuse("no such scenarios",
	    sweep->prefix != NULL ? sweep->prefix : sweep->group);
}

/** Runs scenarios until none is left. */
static bool
run_scenarios(const struct sweep *sweep)
{
	struct campaign campaign = sweep->campaign;
	bool ok = true;
	unsigned i;

	while (!totals->found && (i = totals->next++, true) &&
	    (campaign.scenario = scenario_at(i)) != NULL) {
		if (is_asked_for(sweep, i)) {
			ok = run_memories(sweep, campaign) && ok;
		}
	}
	return ok;
}

static void
share_totals(void)
{
	void *memory = mmap(NULL, sizeof(*totals), PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if (memory == MAP_FAILED) {
		sweep_refuse("no memory", "for figures");
	}
	memcpy(memory, &own_totals, sizeof(own_totals));
	totals = memory;
}

static pid_t
start_job(const struct sweep *sweep)
{
	pid_t child = fork();

	if (child < 0) {
		sweep_refuse("no process", "for a job");
	}
	if (child == 0) {
		bool ok = run_scenarios(sweep);

		(void)fflush(stdout);
		_exit(ok ? 0 : 1);
	}
	return child;
}

/** Several processes; each has an explorer of its own. */
static bool
run_jobs(const struct sweep *sweep)
{
	pid_t children[MOST_JOBS];
	bool ok = true;

	share_totals();
	(void)fflush(stdout);
	for (unsigned i = 0; i < sweep->jobs && i < MOST_JOBS; i++) {
		children[i] = start_job(sweep);
	}
	for (unsigned i = 0; i < sweep->jobs && i < MOST_JOBS; i++) {
		int status = -1;

		(void)waitpid(children[i], &status, 0);
		ok = status == 0 && ok;
	}
	return ok;
}

/* ---- regressions ---- */

/** A line is: scenario memory strategy seed; or: scenario memory replay
 *  choices. Only those of what was asked for. */
static bool
run_line(const struct sweep *sweep, char *line)
{
	struct campaign campaign = { .runs = 1 };
	char *rest = NULL;
	const char *scenario = strtok_r(line, " \n", &rest);
	const char *memory = strtok_r(NULL, " \n", &rest);
	const char *strategy = strtok_r(NULL, " \n", &rest);

	if (scenario == NULL || scenario[0] == '#') {
		return true;
	}
	campaign.scenario = scenario_find(scenario);
	campaign.memory = memory == NULL ? NULL : memory_find(memory);
	if (campaign.scenario == NULL || campaign.memory == NULL ||
	    strategy == NULL) {
		sweep_refuse("not a regression", scenario);
	}
	if (!is_asked_for(sweep, scenario_number(campaign.scenario))) {
		return true;
	}
	if (strcmp(strategy, "replay") == 0) {
		campaign.strategy = EXPLORE_REPLAY;
		campaign.path = rest;
	} else if (sweep_set_strategy(&campaign, strategy)) {
		campaign.seed = strtoull(rest, NULL, 10);
	} else {
		sweep_refuse("no such strategy", strategy);
	}
	return run_campaign(sweep, &campaign);
}

static bool
run_regressions(const struct sweep *sweep)
{
	FILE *file = fopen(sweep->regressions, "re");
	char *line = NULL;
	size_t bytes = 0;
	bool ok = true;

	if (file == NULL) {
		sweep_refuse("cannot be read", sweep->regressions);
	}
	while (getline(&line, &bytes, file) >= 0) {
		ok = run_line(sweep, line) && ok;
	}
	free(line);
	(void)fclose(file);
	return ok;
}

/* ---- all of it ---- */

bool
sweep_run(const struct sweep *sweep)
{
	bool ok;

	refuse_if_none(sweep);
	ok = sweep->regressions == NULL || run_regressions(sweep);
	if (ok) {
		ok = sweep->jobs > 1 ? run_jobs(sweep) : run_scenarios(sweep);
	}
	return expects_failure(sweep) ? totals->found : ok;
}

void
sweep_print_totals(void)
{
	printf("%llu schedules, %llu points; %llu of at least %d points, %llu "
	       "of them with store buffers\n",
	    (unsigned long long)totals->runs,
	    (unsigned long long)totals->points,
	    (unsigned long long)totals->n_long, CAMPAIGN_LONG,
	    (unsigned long long)totals->n_buffered);
}
