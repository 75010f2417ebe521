/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * The classics of examples/broken, in many orders.
 *
 *   broken                         what there is
 *   broken NAME                    looks for an order in which its rule is
 *                                  violated, and prints the shortest it finds
 *   broken NAME --repaired         the same schedules of the repaired twin
 *   broken NAME --seed N           one schedule, its columns
 *   broken NAME --replay CHOICES   one schedule, its columns
 *   --schedules N                  how many random ones; 10,000 unless given
 *   --memory strong|tso|weak       as the classic says unless given
 *
 * Exit: 0 the rule held in all schedules, 1 it did not, 2 usage.
 */

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "classic.h"
#include "schedule/campaign.h"
#include "words.h"

enum {
	SCHEDULES = 10000,
	FIRST_SEED = 1,
	PREEMPTIONS = 2
};

struct twins {
	const struct classic *broken;
	const struct classic *repaired;
};

static const struct twins all[] = {
	{ &lost_wake_broken, &lost_wake_repaired },
	{ &lead_broken, &lead_repaired },
	{ &stale_event_broken, &stale_event_repaired },
	{ &rearm_broken, &rearm_repaired },
};

enum {
	CLASSICS = sizeof(all) / sizeof(all[0])
};

struct request {
	const struct classic *classic;
	bool repaired;
	const struct memory_kind *memory;
	uint64_t schedules;
	const char *seed; /* NULL: not that one alone */
	const char *path;
};

static _Noreturn void
refuse(const char *what, const char *value)
{
	fprintf(stderr, "broken: %s: %s\n", what, value);
	exit(2);
}

/* ---- arguments ---- */

static const struct twins *
find(const char *name)
{
	for (unsigned i = 0; i < CLASSICS; i++) {
		if (strcmp(all[i].broken->name, name) == 0) {
			return &all[i];
		}
	}
	refuse("no such classic", name);
}

static void
list(void)
{
	for (unsigned i = 0; i < CLASSICS; i++) {
		printf("%-12s %s\n", all[i].broken->name, all[i].broken->rule);
	}
}

static void
set_value(struct request *request, const char *name, const char *value)
{
	if (strcmp(name, "--seed") == 0) {
		request->seed = value;
	} else if (strcmp(name, "--replay") == 0) {
		request->path = value;
	} else if (strcmp(name, "--schedules") == 0) {
		request->schedules = strtoull(value, NULL, 10);
	} else if (strcmp(name, "--memory") == 0) {
		request->memory = memory_find(value);
		if (request->memory == NULL) {
			refuse("no such memory", value);
		}
	} else {
		refuse("no such option", name);
	}
}

static struct request
read_arguments(int argc, char **argv)
{
	const struct twins *twins = find(argv[1]);
	struct request request = { .schedules = SCHEDULES };

	for (int i = 2; i < argc; i++) {
		if (strcmp(argv[i], "--repaired") == 0) {
			request.repaired = true;
		} else if (i + 1 < argc) {
			set_value(&request, argv[i], argv[i + 1]);
			i++;
		} else {
			refuse("a value is missing", argv[i]);
		}
	}
	request.classic = request.repaired ? twins->repaired : twins->broken;
	if (request.memory == NULL) {
		request.memory = memory_find(request.classic->memory);
	}
	if (request.schedules == 0) {
		refuse("a number above 0, please", "--schedules");
	}
	return request;
}

/* ---- one schedule ---- */

/** The command that shows it again. */
static void
print_command(const struct request *request)
{
	printf("  broken %s%s", request->classic->name,
	    request->repaired ? " --repaired" : "");
	if (strcmp(request->memory->name, request->classic->memory) != 0) {
		printf(" --memory %s", request->memory->name);
	}
}

/** Runs one and prints its columns; whether the rule held. */
static bool
show(const struct request *request, const char *path, uint64_t seed)
{
	const struct classic *classic = request->classic;
	struct explore_options options = {
		.strategy = path != NULL ? EXPLORE_REPLAY : EXPLORE_RANDOM,
		.path = path,
		.seed = seed,
		.store_buffers = request->memory->buffers,
		.weak_loads = request->memory->weak,
		.prints = true,
	};
	bool held = explore_run(&options, words_run, &classic) == EXPLORE_OK;

	explore_print();
	printf("\nrule      %s\n", classic->rule);
	if (held) {
		printf("          held in this schedule\n");
	} else {
		printf("violated  %s\n", explore_reason());
	}
	return held;
}

/* ---- many ---- */

static struct campaign
campaign_of(struct request *request, struct scenario *scenario)
{
	*scenario = (struct scenario){ .name = request->classic->name,
		.body = words_run,
		.arg = &request->classic };
	return (struct campaign){ .scenario = scenario,
		.memory = request->memory,
		.seed = FIRST_SEED };
}

/** All schedules with few preemptions, the fewest first. */
static bool
run_few(const struct campaign *campaign, struct figures *figures,
    uint64_t *schedules)
{
	struct campaign few = *campaign;

	few.strategy = EXPLORE_EXHAUSTIVE;
	for (unsigned n = 0; n <= PREEMPTIONS; n++) {
		few.preemptions = n;
		campaign_run(&few, figures);
		*schedules += figures->runs;
		if (figures->result != EXPLORE_OK) {
			printf("and with %u preemption%s, after %llu "
			       "schedules:\n\n",
			    n, n == 1 ? "" : "s",
			    (unsigned long long)*schedules);
			return false;
		}
	}
	return true;
}

/** Looks for a violation among random schedules. */
static bool
run_random(const struct campaign *campaign, const struct request *request,
    struct figures *figures)
{
	struct campaign random = *campaign;

	random.strategy = EXPLORE_RANDOM;
	random.runs = request->schedules;
	campaign_run(&random, figures);
	printf("%llu random schedules of %llu, %.2f s: %s%s\n",
	    (unsigned long long)figures->runs,
	    (unsigned long long)request->schedules, figures->seconds,
	    figures->result == EXPLORE_OK ? "the rule held" : "violated: ",
	    figures->reason);
	return figures->result == EXPLORE_OK;
}

/** Returns whether the rule held in all. */
static bool
explore(struct request *request)
{
	struct scenario scenario;
	struct campaign campaign = campaign_of(request, &scenario);
	struct figures random;
	struct figures few;
	uint64_t schedules = 0;
	bool held = run_random(&campaign, request, &random);

	if (!run_few(&campaign, &few, &schedules)) {
		(void)show(request, few.path, 0);
		printf("\nthis schedule again, and the random one:\n");
		print_command(request);
		printf(" --replay '%s'\n", few.path);
	} else {
		printf("all %llu schedules with %d preemptions at most: the "
		       "rule held\n",
		    (unsigned long long)schedules, PREEMPTIONS);
	}
	if (!held) {
		print_command(request);
		printf(" --seed %llu\n", (unsigned long long)random.seed);
	}
	held = held && few.result == EXPLORE_OK;
	free(random.path);
	free(few.path);
	return held;
}

int
main(int argc, char **argv)
{
	struct request request;

	if (argc < 2 || strcmp(argv[1], "--help") == 0) {
		list();
		return 0;
	}
	request = read_arguments(argc, argv);
	if (request.path != NULL || request.seed != NULL) {
		return !show(&request, request.path,
		    request.seed == NULL ? 0
					 : strtoull(request.seed, NULL, 10));
	}
	return !explore(&request);
}
