/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The flags that say what is measured. What follows one is a list, a number
 * within a range, or kept as it is.
 */
#include "flags_apply.h"

#include "spread.h"

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
 * joined by '+' here, and stay so until an engine is made. */
static const char *
take_pattern(struct options *options, const char *text, size_t length)
{
	char *pattern;

	if (options->n_patterns == VARIANTS_MAX) {
		return "names more than 24 patterns";
	}
	if (length >= VARIANT_MAX) {
		return "has a pattern of more than 95 characters";
	}
	pattern = options->patterns[options->n_patterns];
	memcpy(pattern, text, length);
	pattern[length] = '\0';
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
		return "is not a list of " WORKLOAD_NAMES;
	}
	if (options->chosen[found]) {
		return "names a workload twice";
	}
	options->chosen[found] = true;
	return NULL;
}

const char *
flag_set_workloads(struct options *options, const char *value)
{
	memset(options->chosen, 0, sizeof(options->chosen));
	options->has_workloads = true;
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

const char *
flag_set_reps(struct options *options, const char *value)
{
	unsigned long number;

	if (!parse_number(value, 1, ROUNDS_MAX, &number)) {
		return "is not a number from 1 to 100";
	}
	options->reps = number;
	return NULL;
}

const char *
flag_set_seconds(struct options *options, const char *value)
{
	char *end;

	options->seconds = strtod(value, &end);
	if (end == value || *end != '\0' || !(options->seconds >= 0.01) ||
	    !(options->seconds <= SECONDS_MAX)) {
		return "is not a time from 0.01 to 600 seconds";
	}
	return NULL;
}

const char *
flag_set_rate(struct options *options, const char *value)
{
	unsigned long number;

	if (!parse_number(value, 1, RATE_MAX, &number)) {
		return "is not a number from 1 to 1000000";
	}
	options->rate = (unsigned)number;
	return NULL;
}

const char *
flag_set_connections(struct options *options, const char *value)
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

const char *
flag_add_setting(struct options *options, const char *value)
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

const char *
flag_set_threads(struct options *options, const char *value)
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
	return flag_add_setting(options, options->threads);
}

const char *
flag_set_server_cpus(struct options *options, const char *value)
{
	options->server_cpus = value;
	return NULL;
}

const char *
flag_set_client_cpus(struct options *options, const char *value)
{
	unsigned long number;

	if (!parse_number(value, 0, CPU_SETSIZE - 1, &number)) {
		return "is not one processor; the load generator is one thread";
	}
	options->client_cpus = value;
	return NULL;
}
