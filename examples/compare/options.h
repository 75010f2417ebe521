/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ECHELON_COMPARE_OPTIONS_H
#define ECHELON_COMPARE_OPTIONS_H

/*
 * What the command line asks for.
 */

#include "driver.h"
#include "sweep_plan.h"
#include "variant.h"
#include "workload.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

enum {
	SETTINGS_MAX = 32,
	SWEEPS_MAX = 3
};

struct options {
	/* Ids, as "lf:promote=always+rearm=oneshot"; 0: those of the list. */
	char patterns[VARIANTS_MAX][VARIANT_MAX];
	size_t n_patterns;

	bool chosen[WORKLOADS];
	bool has_workloads; /* --workloads was given */
	size_t reps;
	double seconds;     /* of a window; 0: by the kind of loop */
	unsigned rate;      /* 0: the workload's */
	size_t connections; /* 0: the workload's */
	bool is_quick;
	bool is_full;
	bool wants_help;

	const char *settings[SETTINGS_MAX]; /* of all engines */
	size_t n_settings;
	char threads[40]; /* --threads as a setting, in `settings` too */

	struct sweep_plan sweeps[SWEEPS_MAX];
	size_t n_sweeps;

	const char *handler; /* a shared object */
	const char *request; /* a file */
	size_t reply_bytes;
	bool has_reply_frame;
	const struct driver *driver; /* NULL: the builtin one */

	const char *server_cpus;
	const char *client_cpus;
	const char *from;      /* a file of results: measure nothing */
	const char *measuring; /* a flag that says how to measure, or NULL */
	const char *fail_if;
	/* Files; "-" is standard output. */
	const char *json;
	const char *markdown;
	const char *html; /* NULL: report.html, if something was measured */
	bool no_html;
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
 * Says what an engine of a variant complains about in words of the command
 * line: an engine knows options.pattern and options.settings, a user
 * --patterns and --set.
 */
void options_explain(char *text, size_t size, const char *id,
    const char *complaint);

void options_print_help(FILE *stream);

#endif
