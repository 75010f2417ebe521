/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What follows a flag is a list, a number within a range, or kept as it is.
 */
#include "flags.h"

#include "summary.h"

#include <errno.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>

#define SECONDS_MAX 600.0
#define RATE_MAX 1000000
#define CONNECTIONS_MAX 10000
#define THREADS_MAX 1024

/* Calls `take` for each piece between commas or blanks. */
static const char *
for_each_item(struct options *options, const char *list,
    const char *(*take)(struct options *, const char *, size_t))
{
	const char *wrong = NULL;
	size_t items = 0;

	while (wrong == NULL && *list != '\0') {
		size_t length = strcspn(list, ", ");

		if (length > 0) {
			wrong = take(options, list, length);
			items++;
		}
		list += length;
		list += strspn(list, ", ");
	}
	return wrong == NULL && items == 0 ? "is empty" : wrong;
}

/* A comma separates patterns here and settings in an engine, so settings are
 * joined by '+' here: "lf:promote=always+rearm=oneshot". */
static const char *
take_pattern(struct options *options, const char *text, size_t length)
{
	char *pattern;

	if (options->n_patterns == PATTERNS_MAX) {
		return "names more than 16 patterns";
	}
	if (length >= PATTERN_MAX) {
		return "has a pattern of more than 95 characters";
	}
	pattern = options->patterns[options->n_patterns];
	memcpy(pattern, text, length);
	pattern[length] = '\0';
	for (char *at = pattern; *at != '\0'; at++) {
		if (*at == '+') {
			*at = ',';
		}
	}
	for (size_t i = 0; i < options->n_patterns; i++) {
		if (strcmp(options->patterns[i], pattern) == 0) {
			return "names a pattern twice";
		}
	}
	options->n_patterns++;
	return NULL;
}

const char *
flag_set_patterns(struct options *options, const char *value)
{
	options->n_patterns = 0;
	return for_each_item(options, value, take_pattern);
}

static const char *
take_workload(struct options *options, const char *text, size_t length)
{
	int found = workload_find(text, length);

	if (found < 0) {
		return "is not a list of echo, pipelined, compute, block, "
		       "mixed";
	}
	if (options->chosen[found]) {
		return "names a workload twice";
	}
	options->chosen[found] = true;
	return NULL;
}

static const char *
set_workloads(struct options *options, const char *value)
{
	memset(options->chosen, 0, sizeof(options->chosen));
	return for_each_item(options, value, take_workload);
}

/* Returns false unless all of the text is a number of the range. */
static bool
parse_number(const char *text, unsigned long minimum, unsigned long maximum,
    unsigned long *number)
{
	char *end;

	if (*text < '0' || *text > '9') {
		return false;
	}
	errno = 0;
	*number = strtoul(text, &end, 10);
	return errno == 0 && *end == '\0' && *number >= minimum &&
	    *number <= maximum;
}

static const char *
set_reps(struct options *options, const char *value)
{
	unsigned long number;

	if (!parse_number(value, 1, REPS_MAX, &number)) {
		return "is not a number from 1 to 100";
	}
	options->reps = number;
	return NULL;
}

static const char *
set_seconds(struct options *options, const char *value)
{
	char *end;

	options->seconds = strtod(value, &end);
	if (end == value || *end != '\0' || !(options->seconds >= 0.01) ||
	    !(options->seconds <= SECONDS_MAX)) {
		return "is not a time from 0.01 to 600 seconds";
	}
	return NULL;
}

static const char *
set_rate(struct options *options, const char *value)
{
	unsigned long number;

	if (!parse_number(value, 1, RATE_MAX, &number)) {
		return "is not a number from 1 to 1000000";
	}
	options->rate = (unsigned)number;
	return NULL;
}

static const char *
set_connections(struct options *options, const char *value)
{
	unsigned long number;

	if (!parse_number(value, 1, CONNECTIONS_MAX, &number)) {
		return "is not a number from 1 to 10000";
	}
	options->connections = number;
	return NULL;
}

/* Do two settings, "section.key=value", have the same key? */
static bool
is_same_key(const char *a, const char *b)
{
	size_t length = strcspn(a, "=");

	return length == strcspn(b, "=") && memcmp(a, b, length) == 0;
}

/* What compare decides itself, or has a flag for. */
static const char *
find_reserved(const char *setting)
{
	if (is_same_key(setting, "engine.listen")) {
		return "is refused: compare chooses the address";
	}
	if (is_same_key(setting, "engine.pattern")) {
		return "is refused: --patterns chooses the patterns";
	}
	return NULL;
}

static const char *
add_setting(struct options *options, const char *value)
{
	const char *reserved = find_reserved(value);

	if (strchr(value, '.') == NULL || strchr(value, '=') == NULL) {
		return "is not SECTION.KEY=VALUE";
	}
	if (reserved != NULL) {
		return reserved;
	}
	for (size_t i = 0; i < options->n_settings; i++) {
		if (is_same_key(options->settings[i], value)) {
			return "sets what was set before";
		}
	}
	if (options->n_settings == SETTINGS_MAX) {
		return "is one setting too many";
	}
	options->settings[options->n_settings++] = value;
	return NULL;
}

static const char *
set_threads(struct options *options, const char *value)
{
	unsigned long number;

	if (!parse_number(value, 1, THREADS_MAX, &number)) {
		return "is not a number from 1 to 1024";
	}
	if (options->threads[0] != '\0') {
		return "was given before";
	}
	snprintf(options->threads, sizeof(options->threads),
	    "engine.threads=%lu", number);
	return add_setting(options, options->threads);
}

static const char *
set_server_cpus(struct options *options, const char *value)
{
	options->server_cpus = value;
	return NULL;
}

static const char *
set_client_cpus(struct options *options, const char *value)
{
	unsigned long number;

	if (!parse_number(value, 0, CPU_SETSIZE - 1, &number)) {
		return "is not one processor; the load generator is one thread";
	}
	options->client_cpus = value;
	return NULL;
}

static const char *
set_json(struct options *options, const char *value)
{
	options->json = value;
	return *value == '\0' ? "is empty" : NULL;
}

static const char *
set_quick(struct options *options, const char *value)
{
	(void)value;
	options->is_quick = true;
	return NULL;
}

static const char *
set_help(struct options *options, const char *value)
{
	(void)value;
	options->wants_help = true;
	return NULL;
}

const struct flag flags[FLAGS] = {
	{ "--patterns", "LIST",
	    "patterns, separated by commas (" DEFAULT_PATTERNS ");\n"
	    "several settings of one are joined by +, as in\n"
	    "hsha:queue=64+overload=refuse",
	    flag_set_patterns },
	{ "--workloads", "LIST",
	    "of echo, pipelined, compute, block, mixed (all)", set_workloads },
	{ "--reps", "N", "repetitions of each cell (5; --quick: 4)", set_reps },
	{ "--seconds", "S",
	    "measured per repetition (0.4 closed loop, 0.7 open loop;\n"
	    "--quick: 0.2 and 0.3)",
	    set_seconds },
	{ "--quick", NULL, "a third of the time, wider spreads", set_quick },
	{ "--rate", "N", "requests per second of block and mixed (2000, 5000)",
	    set_rate },
	{ "--connections", "N", "connections (64; pipelined: 16)",
	    set_connections },
	{ "--threads", "N", "threads of each pool (the library's default)",
	    set_threads },
	{ "--set", "SECTION.KEY=VALUE",
	    "a setting of every server; may be repeated", add_setting },
	{ "--server-cpus", "LIST",
	    "processors of the servers, as 0-2,5 (all but the last)",
	    set_server_cpus },
	{ "--client-cpus", "N", "processor of the load generator (the last)",
	    set_client_cpus },
	{ "--json", "FILE",
	    "write all values too; - is standard output, and the table\n"
	    "then goes to standard error",
	    set_json },
	{ "--help", NULL, "print this; also -h", set_help },
};
