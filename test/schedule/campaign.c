/* SPDX-License-Identifier: BSD-2-Clause */

/*
 *   seed, seed + 1, ... ──options──▶ explore_run ──result──▶ figures
 *   or the next of a search                         │ the first that fails
 *                                                   ▼
 *             the same again, by seed and by choices; then all runs with 0, 1,
 *             2, 3 preemptions, until one fails that is easier to read
 *
 * All that a run depends on is in its options: one that failed fails again, or
 * the campaign is worth nothing (campaign_replays).
 */

#include "campaign.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum {
	DISTINCT_BITS = 20,
	SIMPLIFY_RUNS = 300000,
	SIMPLIFY_POINTS = 30000000, /* some seconds */
	SIMPLIFY_PREEMPTIONS = 3
};

const char *campaign_program = "schedule";

const struct memory_kind memory_kinds[] = {
	{ "strong", "every access is seen at once by all", EXPLORE_NO_BUFFERS,
	    EXPLORE_LOADS_NEW },
	{ "tso", "stores wait in a buffer, as on x86", EXPLORE_TSO,
	    EXPLORE_LOADS_NEW },
	{ "weak", "and leave it out of order; relaxed loads may be old",
	    EXPLORE_OUT_OF_ORDER, EXPLORE_LOADS_OLD },
	{ "weakest", "acquire loads too, as C11 allows", EXPLORE_OUT_OF_ORDER,
	    EXPLORE_LOADS_OLD_ACQUIRE },
	{ NULL, NULL, EXPLORE_NO_BUFFERS, EXPLORE_LOADS_NEW },
};

const struct memory_kind *
memory_find(const char *name)
{
	for (const struct memory_kind *memory = memory_kinds;
	     memory->name != NULL; memory++) {
		if (strcmp(memory->name, name) == 0) {
			return memory;
		}
	}
	return NULL;
}

/* ---- figures ---- */

static double
seconds_now(void)
{
	struct timespec time;

	(void)clock_gettime(CLOCK_MONOTONIC, &time);
	return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

/* The schedules that were seen, by fingerprint; forgets none while it is not
 * full. */
static uint64_t seen[1 << DISTINCT_BITS];
static unsigned n_seen;

static void
forget_seen(void)
{
	memset(seen, 0, sizeof(seen));
	n_seen = 0;
}

/** Whether it is new, as far as is known. */
static bool
is_new(uint64_t fingerprint)
{
	uint64_t at = fingerprint >> (64 - DISTINCT_BITS);

	if (n_seen >= (1u << DISTINCT_BITS) / 4 * 3) {
		return false;
	}
	while (seen[at] != 0 && seen[at] != fingerprint) {
		at = (at + 1) % (1u << DISTINCT_BITS);
	}
	if (seen[at] == fingerprint) {
		return false;
	}
	seen[at] = fingerprint;
	n_seen++;
	return true;
}

/* ---- runs ---- */

static struct explore_options
options_of(const struct campaign *campaign)
{
	return (struct explore_options){
		.strategy = campaign->strategy,
		.depth = campaign->depth,
		.seed = campaign->seed,
		.max_preemptions = campaign->preemptions,
		.store_buffers = campaign->memory->buffers,
		.weak_loads = campaign->memory->weak,
		.length = campaign->length,
		.path = campaign->path,
	};
}

static enum explore_result
run_once(const struct campaign *campaign, const struct explore_options *options)
{
	return explore_run(options, campaign->scenario->body,
	    campaign->scenario->arg);
}

/** PCT: how long a run is, by one; always the same, or a seed would mean
 *  another schedule in another campaign. */
static uint32_t
measure_length(const struct campaign *campaign)
{
	struct explore_options options = options_of(campaign);

	options.strategy = EXPLORE_RANDOM;
	options.seed = 0;
	(void)run_once(campaign, &options);
	return (uint32_t)explore_points();
}

static bool
is_enough(const struct campaign *campaign, struct figures *figures)
{
	if (campaign->strategy == EXPLORE_EXHAUSTIVE && !explore_has_more()) {
		figures->complete = true;
		return true;
	}
	if (campaign->points != 0 && figures->points >= campaign->points &&
	    (campaign->strategy != EXPLORE_EXHAUSTIVE ||
		campaign->is_bounded)) {
		return true;
	}
	return (campaign->runs != 0 && figures->runs >= campaign->runs) ||
	    campaign->strategy == EXPLORE_REPLAY;
}

static void
note_last(const struct campaign *campaign, struct figures *figures,
    uint64_t seed)
{
	figures->seed = seed;
	(void)snprintf(figures->reason, sizeof(figures->reason), "%s",
	    explore_reason());
	/* A replay may have failed for a choice that it could not take. */
	figures->path = strdup(campaign->strategy == EXPLORE_REPLAY
		? campaign->path
		: explore_path());
}

void
campaign_run(const struct campaign *campaign, struct figures *figures)
{
	struct explore_options options = options_of(campaign);
	double began = seconds_now();

	*figures = (struct figures){ .result = EXPLORE_OK };
	if (campaign->strategy == EXPLORE_PCT && campaign->length == 0) {
		options.length = measure_length(campaign);
	}
	forget_seen();
	explore_restart();
	do {
		options.seed = campaign->seed + figures->runs;
		figures->result = run_once(campaign, &options);
		figures->runs++;
		figures->points += explore_points();
		figures->n_long += explore_points() >= CAMPAIGN_LONG;
		figures->distinct += is_new(explore_fingerprint());
	} while (figures->result == EXPLORE_OK &&
	    !is_enough(campaign, figures));
	note_last(campaign, figures, options.seed);
	figures->seconds = seconds_now() - began;
}

/** Whether these options lead to the same failure. */
static bool
fails_alike(const struct campaign *campaign,
    const struct explore_options *options, const struct figures *figures)
{
	return run_once(campaign, options) == figures->result &&
	    strcmp(explore_reason(), figures->reason) == 0;
}

/** The options of the last run. */
static struct explore_options
options_of_last(const struct campaign *campaign, const struct figures *figures)
{
	struct explore_options options = options_of(campaign);

	options.seed = figures->seed;
	if (campaign->strategy == EXPLORE_EXHAUSTIVE) {
		options.strategy = EXPLORE_REPLAY;
		options.path = figures->path;
	}
	if (campaign->strategy == EXPLORE_PCT && campaign->length == 0) {
		options.length = measure_length(campaign);
	}
	return options;
}

bool
campaign_replays(const struct campaign *campaign, const struct figures *figures)
{
	struct explore_options by_seed = options_of_last(campaign, figures);
	struct explore_options by_path = options_of(campaign);

	by_path.strategy = EXPLORE_REPLAY;
	by_path.path = figures->path;
	return fails_alike(campaign, &by_path, figures) &&
	    fails_alike(campaign, &by_seed, figures);
}

/* ---- what is said ---- */

const char *
campaign_strategy(const struct campaign *campaign, char *text, size_t bytes)
{
	switch (campaign->strategy) {
	case EXPLORE_RANDOM:
		return "random";
	case EXPLORE_PCT:
		(void)snprintf(text, bytes, "pct:%u", campaign->depth);
		return text;
	case EXPLORE_EXHAUSTIVE:
		(void)snprintf(text, bytes, "exhaustive:%u",
		    campaign->preemptions);
		return text;
	case EXPLORE_REPLAY:
		break;
	}
	return "replay";
}

static const char *
name_of(enum explore_result result)
{
	switch (result) {
	case EXPLORE_OK:
		return "ok";
	case EXPLORE_FAILED:
		return "FAILED";
	case EXPLORE_DEADLOCK:
		return "DEADLOCK";
	case EXPLORE_TOO_LONG:
		break;
	}
	return "TOO LONG";
}

void
campaign_print_figures(const struct campaign *campaign,
    const struct figures *figures)
{
	char text[32];

	printf("%-16s %-8s %-13s %9llu runs %s%9llu distinct %7.1f points "
	       "%8.0f runs/s  %s\n",
	    campaign->scenario->name, campaign->memory->name,
	    campaign_strategy(campaign, text, sizeof(text)),
	    (unsigned long long)figures->runs,
	    figures->complete ? "(all) " : "",
	    (unsigned long long)figures->distinct,
	    (double)figures->points / (double)figures->runs,
	    (double)figures->runs / figures->seconds, name_of(figures->result));
	(void)fflush(stdout);
}

/** How to see that run again. */
static void
print_command(const struct campaign *campaign, const struct figures *figures)
{
	char text[32];

	printf("  %s --scenario %s --memory %s ", campaign_program,
	    campaign->scenario->name, campaign->memory->name);
	if (campaign->strategy == EXPLORE_EXHAUSTIVE ||
	    campaign->strategy == EXPLORE_REPLAY) {
		printf("--replay '%s'\n", figures->path);
	} else {
		printf("--strategy %s --seed %llu --print\n",
		    campaign_strategy(campaign, text, sizeof(text)),
		    (unsigned long long)figures->seed);
	}
}

/** Looks for a failure with as few preemptions as there can be. */
static bool
simplify(const struct campaign *campaign, struct campaign *simple,
    struct figures *figures)
{
	*simple = *campaign;
	simple->strategy = EXPLORE_EXHAUSTIVE;
	simple->runs = SIMPLIFY_RUNS;
	simple->points = SIMPLIFY_POINTS;
	simple->is_bounded = true;
	for (unsigned n = 0; n <= SIMPLIFY_PREEMPTIONS; n++) {
		simple->preemptions = n;
		campaign_run(simple, figures);
		if (figures->result != EXPLORE_OK) {
			return true;
		}
		free(figures->path);
	}
	return false;
}

/** Runs the last run again, and prints its schedule. */
static void
print_schedule(const struct campaign *campaign, const struct figures *figures)
{
	struct explore_options options = options_of_last(campaign, figures);

	options.prints = true;
	(void)run_once(campaign, &options);
	explore_print();
}

void
campaign_explain(const struct campaign *campaign, const struct figures *figures)
{
	struct campaign simple;
	struct figures found;

	if (figures->result != EXPLORE_OK) {
		printf("%s\n", figures->reason);
	}
	print_command(campaign, figures);
	(void)fflush(stdout);
	/* One run that is asked for is shown as it is. */
	if (figures->result != EXPLORE_OK &&
	    campaign->strategy != EXPLORE_REPLAY && campaign->runs != 1 &&
	    simplify(campaign, &simple, &found)) {
		printf("with %u preemptions: %s\n", simple.preemptions,
		    found.reason);
		print_command(&simple, &found);
		print_schedule(&simple, &found);
		free(found.path);
	} else {
		print_schedule(campaign, figures);
	}
}
