/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ECHELON_COMPARE_OPTIONS_H
#define ECHELON_COMPARE_OPTIONS_H

/*
 * What the command line asks for.
 */

#include "workload.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

enum {
	PATTERNS_MAX = 16,
	PATTERN_MAX = 96,
	SETTINGS_MAX = 32
};

struct options {
	/* As the engine takes them: "lf:promote=always,rearm=oneshot". */
	char patterns[PATTERNS_MAX][PATTERN_MAX];
	size_t n_patterns;

	bool chosen[WORKLOADS];
	size_t reps;
	double seconds;     /* of a window; 0: by the kind of loop */
	unsigned rate;      /* 0: the workload's */
	size_t connections; /* 0: the workload's */
	bool is_quick;
	bool wants_help;

	const char *settings[SETTINGS_MAX]; /* of all engines */
	size_t n_settings;
	char threads[40]; /* --threads as a setting, in `settings` too */

	const char *server_cpus;
	const char *client_cpus;
	const char *json; /* a file, "-" is standard output */
};

/*
 * Fills the options from a command line. 0, or -EINVAL and one line in
 * `error` that names the argument and what is wrong with it.
 */
int options_parse(struct options *options, int argc, char **argv, char *error,
    size_t size);

/* The window and the warm-up before it, for one workload. */
double options_seconds(const struct options *options,
    const struct workload *workload);
double options_warm_seconds(const struct options *options);

/*
 * Says what an engine of a pattern complains about in words of the command
 * line: an engine knows options.pattern and options.settings, a user
 * --patterns and --set.
 */
void options_explain(char *text, size_t size, const char *pattern,
    const char *complaint);

void options_print_help(FILE *stream);

#endif
