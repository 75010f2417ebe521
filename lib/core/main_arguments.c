/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/main_arguments.h"

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>
#include <unistd.h>

#include "base/compiler.h"
#include "core/config_keys.h"
#include "core/config_problem.h"
#include "core/pattern.h"

enum option_kind {
	OPTION_KEY, /* gives a key its value */
	OPTION_SET, /* gives any key its value */
	OPTION_CONFIG,
	OPTION_ACTION
};

struct option {
	const char *name;
	const char *value; /* what follows it; NULL: nothing */
	enum option_kind kind;
	unsigned meaning; /* the key, or the action */
	const char *help;
};

static const struct option options[] = {
	{ "--listen", "ADDRESS", OPTION_KEY, ELN_ENGINE_LISTEN,
	    "HOST:PORT, [IPV6]:PORT or unix:PATH; port 0: any" },
	{ "--pattern", "PATTERN", OPTION_KEY, ELN_ENGINE_PATTERN,
	    "NAME or NAME:KEY=VALUE,...; see below" },
	{ "--demultiplexer", "NAME", OPTION_KEY, ELN_ENGINE_DEMULTIPLEXER,
	    "the way to wait on a handle set" },
	{ "--threads", "N", OPTION_KEY, ELN_ENGINE_THREADS,
	    "threads that run handlers, or auto" },
	{ "--trace", "FILE", OPTION_KEY, ELN_TRACE_FILE,
	    "write what each thread did: .txt, .svg, .json" },
	{ "--config", "FILE", OPTION_CONFIG, 0,
	    "read settings from an INI file; SIGHUP reads it again" },
	{ "--set", "SECTION.KEY=VALUE", OPTION_SET, 0, "any setting" },
	{ "--print-config", NULL, OPTION_ACTION, ELN_ACTION_PRINT_CONFIG,
	    "print all settings, and where each comes from" },
	{ "--help", NULL, OPTION_ACTION, ELN_ACTION_HELP, "print this" },
	{ "-h", NULL, OPTION_ACTION, ELN_ACTION_HELP, "the same" },
	{ "--version", NULL, OPTION_ACTION, ELN_ACTION_VERSION,
	    "print the version of the library" },
};

static const struct option *
find_option(const char *name, size_t length)
{
	for (size_t i = 0; i < ELN_COUNT(options); i++) {
		if (strlen(options[i].name) == length &&
		    strncmp(options[i].name, name, length) == 0) {
			return &options[i];
		}
	}
	return NULL;
}

/* "--connections" lacks an option, but there is a setting of this name. */
static void
offer_settings(struct eln_nearest *nearest)
{
	char option[sizeof(nearest->name)];
	char full[sizeof(nearest->name)];

	for (size_t i = 0; i < eln_keys_count(); i++) {
		const struct eln_key *key = eln_keys_get(i);

		snprintf(full, sizeof(full), "--set %s.%s=...", key->section,
		    key->name);
		snprintf(option, sizeof(option), "--%s", key->name);
		eln_nearest_offer_alias(nearest, option, full);
		snprintf(option, sizeof(option), "--%s.%s", key->section,
		    key->name);
		eln_nearest_offer_alias(nearest, option, full);
	}
}

static void
refuse_option(const char *text, size_t length, struct eln_problem *problem)
{
	struct eln_nearest nearest;
	char name[64];

	if (strncmp(text, "--", 2) != 0) {
		(void)eln_problem_set(problem,
		    "\"%.64s\": not an option; see --help", text);
		return;
	}
	snprintf(name, sizeof(name), "%.*s", (int)length, text);
	eln_nearest_init(&nearest, name);
	for (size_t i = 0; i < ELN_COUNT(options); i++) {
		if (strncmp(options[i].name, "--", 2) == 0) {
			eln_nearest_offer(&nearest, options[i].name);
		}
	}
	offer_settings(&nearest);
	if (nearest.name[0] == '\0') {
		(void)eln_problem_set(problem, "%s: unknown option; see --help",
		    name);
		return;
	}
	(void)eln_problem_set(problem, "%s: unknown option; did you mean %s?",
	    name, nearest.name);
}

/* Takes the option at `*next`, and its value, if it has one, and moves on.
 * NULL: refused. */
static const struct option *
take_option(const struct eln_arguments *arguments, int *next,
    const char **value, struct eln_problem *problem)
{
	const char *text = arguments->argv[(*next)++];
	size_t length = strcspn(text, "=");
	const struct option *option = find_option(text, length);

	*value = text[length] == '=' ? text + length + 1 : NULL;
	if (option == NULL) {
		refuse_option(text, length, problem);
		return NULL;
	}
	if (option->value == NULL && *value != NULL) {
		(void)eln_problem_set(problem, "%s: takes no value",
		    option->name);
		return NULL;
	}
	if (option->value != NULL && *value == NULL) {
		if (*next >= arguments->argc) {
			(void)eln_problem_set(problem, "%s: needs a value, %s",
			    option->name, option->value);
			return NULL;
		}
		*value = arguments->argv[(*next)++];
	}
	return option;
}

static bool
take_config_file(struct eln_arguments *arguments, const char *path,
    struct eln_problem *problem)
{
	if (arguments->config_file != NULL) {
		(void)eln_problem_set(problem, "--config: given before");
		return false;
	}
	if (path[0] == '\0') {
		(void)eln_problem_set(problem, "--config: \"\" is no file");
		return false;
	}
	arguments->config_file = path;
	return true;
}

int
eln_arguments_read(struct eln_arguments *arguments, int argc, char **argv,
    struct eln_problem *problem)
{
	int next = 1;

	*arguments = (struct eln_arguments){
		.argc = argc,
		.argv = argv,
		.action = ELN_ACTION_SERVE,
	};
	while (next < argc && arguments->action != ELN_ACTION_HELP &&
	    arguments->action != ELN_ACTION_VERSION) {
		const char *value;
		const struct option *option = take_option(arguments, &next,
		    &value, problem);

		if (option == NULL ||
		    (option->kind == OPTION_CONFIG &&
			!take_config_file(arguments, value, problem))) {
			return -EINVAL;
		}
		if (option->kind == OPTION_ACTION) {
			arguments->action = (enum eln_action)option->meaning;
		}
	}
	return 0;
}

static int
apply_option(const struct option *option, const char *value,
    struct eln_config *config, struct eln_problem *problem)
{
	const struct eln_key *key;

	if (option->kind == OPTION_SET) {
		return eln_config_set_assignment(config, ELN_FROM_ARGUMENT,
		    option->name, value, problem);
	}
	if (option->kind != OPTION_KEY) {
		return 0;
	}
	key = eln_keys_get(option->meaning);
	return eln_config_set(config, ELN_FROM_ARGUMENT, option->name,
	    key->section, key->name, value, problem);
}

static int
apply_arguments(const struct eln_arguments *arguments,
    struct eln_config *config, struct eln_problem *problem)
{
	int next = 1;
	int error = 0;

	while (error == 0 && next < arguments->argc) {
		const char *value;
		const struct option *option = take_option(arguments, &next,
		    &value, problem);

		error = option == NULL
		    ? -EINVAL
		    : apply_option(option, value, config, problem);
	}
	return error;
}

static int
read_sources(const struct eln_arguments *arguments, struct eln_config *config,
    struct eln_problem *problem)
{
	int error = 0;

	if (arguments->config_file != NULL) {
		error = eln_config_read_file(config, arguments->config_file,
		    problem);
	}
	if (error == 0) {
		error = eln_config_read_environment(config, environ, problem);
	}
	if (error == 0) {
		error = apply_arguments(arguments, config, problem);
	}
	if (error == 0) {
		error = eln_config_finish(config, problem);
	}
	return error;
}

int
eln_arguments_build(const struct eln_arguments *arguments,
    struct eln_config **config, struct eln_problem *problem)
{
	struct eln_config *new;
	int error;

	problem->text[0] = '\0';
	error = eln_config_create(&new);
	if (error != 0) {
		return error;
	}
	error = read_sources(arguments, new, problem);
	if (error != 0) {
		eln_config_destroy(new);
		return error;
	}
	*config = new;
	return 0;
}

const char *
eln_arguments_program(const struct eln_arguments *arguments)
{
	const char *path = arguments->argc > 0 ? arguments->argv[0] : "server";
	const char *slash = strrchr(path, '/');

	return slash != NULL ? slash + 1 : path;
}

static void
print_options(FILE *stream)
{
	for (size_t i = 0; i < ELN_COUNT(options); i++) {
		const struct option *option = &options[i];
		int length = fprintf(stream, "  %s%s%s", option->name,
		    option->value != NULL ? " " : "",
		    option->value != NULL ? option->value : "");

		fprintf(stream, "%*s%s\n", length < 27 ? 27 - length : 1, "",
		    option->help);
	}
}

static void
print_patterns(FILE *stream)
{
	for (size_t i = 0; eln_patterns[i] != NULL; i++) {
		const struct eln_pattern *pattern = eln_patterns[i];

		fprintf(stream, "  %s", pattern->name);
		if (strcmp(pattern->alias, pattern->name) != 0) {
			fprintf(stream, " (%s)", pattern->alias);
		}
		fprintf(stream, "%s\n      %s\n", i == 0 ? ", the default" : "",
		    pattern->summary);
	}
}

void
eln_arguments_print_help(const struct eln_arguments *arguments, FILE *stream)
{
	fprintf(stream, "Usage: %s [OPTION]...\n\n",
	    eln_arguments_program(arguments));
	print_options(stream);
	fputs("\nPatterns: who waits for events, and who runs the handler\n\n",
	    stream);
	print_patterns(stream);
	fputs("\nSettings, strongest first: the command line, then "
	      "ECHELON_SECTION_KEY in the\nenvironment, the file, the "
	      "defaults, which stand here as they would in a file.\n"
	      "SIGHUP applies at once those that say \"live\".\n\n",
	    stream);
	eln_config_print_help(stream);
	fputs("\nSIGTERM and SIGINT answer what has arrived, then exit 0; a "
	      "SIGINT after that exits\n1 at once.\n",
	    stream);
}
