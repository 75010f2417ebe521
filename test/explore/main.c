/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * Many runs of a scene, under each pattern: half of them in random orders,
 * half by priorities (PCT), which finds what needs one thread to be very late.
 * Of the runs that fail in the same way, the shortest of a few is shown.
 */

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "scene.h"
#include "schedule/explore.h"

enum {
	SCHEDULES = 2000,
	SHORTER = 300, /* more runs, when one has failed */
	DEPTH = 3,
	REASON = 512,
	SIGNAL_STACK = 64 * 1024
};

static const char *const every_pattern[] = { "half-sync-half-async",
	"half-sync-half-reactive", "leader-followers",
	"leader-followers:promote=always", "reactor", "reactor-per-thread",
	"thread-per-connection", NULL };

struct request {
	const char *program;
	const char *pattern; /* NULL: all */
	unsigned schedules;
	enum explore_strategy strategy;
	uint64_t seed;
	bool one;     /* that seed alone */
	bool verbose; /* all steps */
};

/* ---- arguments ---- */

static _Noreturn void
refuse(const char *program, const char *what, const char *value)
{
	fprintf(stderr, "%s: %s: %s\n", program, what, value);
	exit(2);
}

static void
set_value(struct request *request, const char *name, const char *value)
{
	char *end = NULL;
	unsigned long long number = strtoull(value, &end, 10);
	bool is_number = end != value && *end == '\0';

	if (strcmp(name, "--pattern") == 0) {
		request->pattern = value;
	} else if (strcmp(name, "--strategy") == 0 &&
	    strcmp(value, "random") == 0) {
		request->strategy = EXPLORE_RANDOM;
	} else if (strcmp(name, "--strategy") == 0 &&
	    strcmp(value, "pct") == 0) {
		request->strategy = EXPLORE_PCT;
	} else if (strcmp(name, "--schedules") == 0 && is_number) {
		request->schedules = (unsigned)number;
	} else if (strcmp(name, "--seed") == 0 && is_number) {
		request->seed = number;
		request->one = true;
	} else {
		refuse(request->program, name, value);
	}
}

static struct request
read_arguments(int argc, char **argv)
{
	struct request request = { .program = argv[0],
		.schedules = SCHEDULES,
		.strategy = EXPLORE_RANDOM };

	for (int i = 1; i < argc; i++) {
		if (strcmp(argv[i], "--verbose") == 0) {
			request.verbose = true;
		} else if (i + 1 < argc) {
			set_value(&request, argv[i], argv[i + 1]);
			i++;
		} else {
			refuse(argv[0], argv[i], "a value is missing");
		}
	}
	if (request.one && request.pattern == NULL) {
		refuse(argv[0], "--seed", "of which --pattern?");
	}
	return request;
}

/* ---- crashes ---- */

static void
fail_as_crashed(int number)
{
	if (!scene_run.runs) {
		(void)signal(number, SIG_DFL);
		(void)raise(number);
		return;
	}
	explore_fail("crashes: %s", strsignal(number));
}

/** A crash ends the run, not the program. With AddressSanitizer, that says
 *  more of it. */
static void
catch_crashes(void)
{
#ifndef __SANITIZE_ADDRESS__
	static char stack[SIGNAL_STACK];
	const stack_t other = { .ss_sp = stack, .ss_size = sizeof(stack) };
	struct sigaction action = { .sa_handler = fail_as_crashed,
		.sa_flags = SA_ONSTACK | SA_NODEFER };

	(void)sigaltstack(&other, NULL);
	(void)sigaction(SIGSEGV, &action, NULL);
	(void)sigaction(SIGBUS, &action, NULL);
	(void)sigaction(SIGFPE, &action, NULL);
	(void)sigaction(SIGABRT, &action, NULL);
#else
	(void)fail_as_crashed;
#endif
}

/* ---- runs ---- */

static enum explore_result
run(struct explore_options *options, uint64_t seed)
{
	enum explore_result result;

	options->seed = seed;
	scene_run.runs = true;
	result = explore_run(options, scene_play, NULL);
	scene_run.runs = false;
	return result;
}

/** For PCT: how long a run is, the same for every use of a seed. */
static struct explore_options
options_of(enum explore_strategy strategy)
{
	struct explore_options options = { .strategy = EXPLORE_RANDOM };

	if (strategy == EXPLORE_PCT) {
		(void)run(&options, 0);
		options.length = (uint32_t)explore_points();
		options.strategy = strategy;
		options.depth = DEPTH;
	}
	return options;
}

/** A seed that fails in the same way in fewer steps, if a few have one. */
static uint64_t
find_shorter(struct explore_options *options, uint64_t seed)
{
	char reason[REASON];
	uint64_t best = seed;
	uint64_t points = explore_points();

	(void)snprintf(reason, sizeof(reason), "%s", explore_reason());
	for (uint64_t next = seed + 1; next <= seed + SHORTER; next++) {
		if (run(options, next) != EXPLORE_OK &&
		    explore_points() < points &&
		    strcmp(reason, explore_reason()) == 0) {
			best = next;
			points = explore_points();
		}
	}
	return best;
}

/** Runs one and prints its columns; whether it went well. */
static bool
show(const struct request *request, enum explore_strategy strategy,
    uint64_t seed)
{
	struct explore_options options = options_of(strategy);
	bool ok;

	options.prints = true;
	options.brief = !request->verbose;
	ok = run(&options, seed) == EXPLORE_OK;
	explore_print();
	printf("\n%s %s\n", ok ? "all went well:" : "failed:",
	    ok ? scene_run.pattern : explore_reason());
	return ok;
}

static void
print_command(const struct request *request, enum explore_strategy strategy,
    uint64_t seed)
{
	printf("again: %s --pattern %s --strategy %s --seed %llu\n",
	    request->program, scene_run.pattern,
	    strategy == EXPLORE_PCT ? "pct" : "random",
	    (unsigned long long)seed);
}

/** Half of the schedules of a pattern; whether all went well. */
static bool
explore(const struct request *request, enum explore_strategy strategy,
    uint64_t *points)
{
	struct explore_options options = options_of(strategy);

	for (uint64_t seed = 1; seed <= (request->schedules + 1) / 2; seed++) {
		if (run(&options, seed) != EXPLORE_OK) {
			printf("%s: schedule %llu (%s) failed\n\n",
			    scene_run.pattern, (unsigned long long)seed,
			    strategy == EXPLORE_PCT ? "pct" : "random");
			seed = find_shorter(&options, seed);
			(void)show(request, strategy, seed);
			print_command(request, strategy, seed);
			return false;
		}
		*points += explore_points();
	}
	return true;
}

static bool
explore_pattern(const struct request *request, const char *pattern)
{
	uint64_t points = 0;

	scene_run.pattern = pattern;
	if (request->one) {
		return show(request, request->strategy, request->seed);
	}
	if (!explore(request, EXPLORE_RANDOM, &points) ||
	    !explore(request, EXPLORE_PCT, &points)) {
		return false;
	}
	printf("%-32s %u schedules, %.0f steps each: all went well\n", pattern,
	    (request->schedules + 1) / 2 * 2,
	    (double)points / ((request->schedules + 1) / 2 * 2));
	(void)fflush(stdout);
	return true;
}

int
echelon_explore_main(int argc, char **argv,
    const struct echelon_explore_scene *scene)
{
	struct request request = read_arguments(argc, argv);
	const char *const *patterns = every_pattern;

	if (scene->size != sizeof(*scene) || scene->handler == NULL) {
		refuse(argv[0], "the scene", "needs a size and a handler");
	}
	scene_run.scene = scene;
	catch_crashes();
	if (request.pattern != NULL) {
		return !explore_pattern(&request, request.pattern);
	}
	if (scene->patterns != NULL) {
		patterns = scene->patterns;
	}
	for (; *patterns != NULL; patterns++) {
		if (!explore_pattern(&request, *patterns)) {
			return 1;
		}
	}
	return 0;
}
