/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * Many runs of a scene, under each pattern: half of them in random orders,
 * half by priorities (PCT), which finds what needs one thread to be very late.
 * Of the runs that fail in the same way, the shortest of a few is shown.
 */

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "scene.h"
#include "schedule/explore.h"
#include "schedule/explore_internal.h"

enum {
	SCHEDULES = 2000,
	SHORTER = 300, /* more runs, when one has failed */
	DEPTH = 3,
	REASON = 512,
	SIGNAL_STACK = 64 * 1024
};

static const char *const every_pattern[] = { EVERY_PATTERN, NULL };

struct request {
	const char *program;
	const char *pattern; /* NULL: all */
	unsigned schedules;
	enum explore_strategy strategy;
	uint64_t seed;
	bool has_strategy;
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

/** Digits alone, and not too many. */
static bool
read_number(uint64_t *number, const char *value, uint64_t most)
{
	char *end = NULL;

	errno = 0;
	*number = strtoull(value, &end, 10);
	return errno == 0 && isdigit((unsigned char)value[0]) && *end == '\0' &&
	    *number <= most;
}

static void
set_value(struct request *request, const char *name, const char *value)
{
	uint64_t number;

	if (strcmp(name, "--pattern") == 0) {
		request->pattern = value;
	} else if (strcmp(name, "--strategy") == 0 &&
	    (strcmp(value, "random") == 0 || strcmp(value, "pct") == 0)) {
		request->strategy = value[0] == 'p' ? EXPLORE_PCT
						    : EXPLORE_RANDOM;
		request->has_strategy = true;
	} else if (strcmp(name, "--schedules") == 0 &&
	    read_number(&number, value, UINT32_MAX - 1) && number > 0) {
		request->schedules = (unsigned)number;
	} else if (strcmp(name, "--seed") == 0 &&
	    read_number(&request->seed, value, UINT64_MAX)) {
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
	if (request.has_strategy && !request.one) {
		refuse(argv[0], "--strategy", "with which --seed?");
	}
	return request;
}

/* ---- how to run it again ---- */

/* What runs, or ran last. */
static struct {
	const char *program;
	enum explore_strategy strategy;
	uint64_t seed;
} current;

static const char *
name_of(enum explore_strategy strategy)
{
	return strategy == EXPLORE_PCT ? "pct" : "random";
}

static void
print_command(FILE *file)
{
	fprintf(file,
	    "again: %s --pattern %s --strategy %s --seed %" PRIu64 "\n",
	    current.program, scene_run.pattern, name_of(current.strategy),
	    current.seed);
}

/** A sanitizer, if there is one in the program, is about to end it. */
static void
say_again(void)
{
	if (scene_run.runs) {
		print_command(stderr);
	}
}

extern void __sanitizer_set_death_callback(void (*callback)(void))
    __attribute__((weak));

/* ---- crashes ---- */

/** Whether it is where a stack ends. */
static bool
is_below_stack(const void *address)
{
	const struct explore_fibre *self = &explore_the_run
						.fibres[explore_self()];
	uintptr_t end = (uintptr_t)self->context.stack;

	return (uintptr_t)address < end &&
	    (uintptr_t)address >= end - FIBRE_GUARD_BYTES;
}

static void
fail_as_crashed(int number, siginfo_t *info, void *unused)
{
	(void)unused;
	if (!scene_run.runs) {
		(void)signal(number, SIG_DFL);
		(void)raise(number);
		return;
	}
	explore_check(number != SIGSEGV || !is_below_stack(info->si_addr),
	    "needs more stack than the %d KiB of a thread here",
	    FIBRE_STACK_BYTES / 1024);
	explore_fail("crashes: %s", strsignal(number));
}

/** A crash ends the run, not the program. With AddressSanitizer, that says
 *  more of it, and ends the program. */
static void
catch_crashes(void)
{
	static char stack[SIGNAL_STACK];
	const stack_t other = { .ss_sp = stack, .ss_size = sizeof(stack) };
	struct sigaction action = { .sa_sigaction = fail_as_crashed,
		.sa_flags = SA_ONSTACK | SA_NODEFER | SA_SIGINFO };

	if (__sanitizer_set_death_callback != NULL) {
		__sanitizer_set_death_callback(say_again);
		return;
	}
	(void)sigaltstack(&other, NULL);
	(void)sigaction(SIGSEGV, &action, NULL);
	(void)sigaction(SIGBUS, &action, NULL);
	(void)sigaction(SIGFPE, &action, NULL);
	(void)sigaction(SIGABRT, &action, NULL);
}

/* ---- runs ---- */

static enum explore_result
run(struct explore_options *options, uint64_t seed)
{
	enum explore_result result;

	options->seed = seed;
	current.strategy = options->strategy;
	current.seed = seed;
	scene_run.runs = true;
	result = explore_run(options, scene_play, NULL);
	scene_run.runs = false;
	return result;
}

/** For PCT: how long a run is, the same for every use of a seed. Of one that
 *  has failed the length says nothing. */
static struct explore_options
options_of(enum explore_strategy strategy)
{
	struct explore_options options = { .strategy = EXPLORE_RANDOM };

	if (strategy == EXPLORE_PCT) {
		if (run(&options, 0) == EXPLORE_OK) {
			options.length = (uint32_t)explore_points();
		}
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

static uint64_t
half_of(const struct request *request)
{
	return ((uint64_t)request->schedules + 1) / 2;
}

/** Half of the schedules of a pattern; whether all went well. */
static bool
explore(const struct request *request, enum explore_strategy strategy,
    uint64_t *points)
{
	struct explore_options options = options_of(strategy);

	for (uint64_t seed = 0; seed < half_of(request); seed++) {
		if (run(&options, seed) != EXPLORE_OK) {
			printf("%s: schedule %" PRIu64 " (%s) failed\n\n",
			    scene_run.pattern, seed + 1, name_of(strategy));
			seed = find_shorter(&options, seed);
			(void)show(request, strategy, seed);
			print_command(stdout);
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
	/* Random first: its first run is the one that PCT measures. */
	if (!explore(request, EXPLORE_RANDOM, &points) ||
	    !explore(request, EXPLORE_PCT, &points)) {
		return false;
	}
	printf("%-32s %" PRIu64 " schedules, %.0f steps each: all went well\n",
	    pattern, 2 * half_of(request),
	    (double)points / (double)(2 * half_of(request)));
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
	current.program = argv[0];
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
