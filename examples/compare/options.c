/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One table of flags (flags.h). A flag with a value takes it as
 * "--flag VALUE" or "--flag=VALUE"; every other argument is an error.
 */
#include "options.h"

#include "flags.h"

#include <errno.h>
#include <string.h>

#define DEFAULT_REPS 5
#define QUICK_REPS 4

/* The flag that an argument names, before a '=' if there is one. */
static const struct flag *
find_flag(const char *argument)
{
	size_t length;

	if (strcmp(argument, "-h") == 0) {
		argument = "--help";
	}
	length = strcspn(argument, "=");
	for (size_t i = 0; i < FLAGS; i++) {
		if (strlen(flags[i].name) == length &&
		    memcmp(flags[i].name, argument, length) == 0) {
			return &flags[i];
		}
	}
	return NULL;
}

/* Returns how many arguments it took, or -EINVAL. */
static int
parse_argument(struct options *options, char **argv, char *error, size_t size)
{
	const struct flag *flag = find_flag(argv[0]);
	const char *value = strchr(argv[0], '=');
	const char *wrong;
	int taken = 1;

	if (flag == NULL) {
		snprintf(error, size, "%s: no such flag; see --help", argv[0]);
		return -EINVAL;
	}
	if (value != NULL) {
		value++;
	} else if (flag->value != NULL) {
		value = argv[1];
		taken = 2;
	}
	if ((flag->value != NULL) != (value != NULL)) {
		snprintf(error, size, "%s: %s", flag->name,
		    value == NULL ? "needs a value" : "takes no value");
		return -EINVAL;
	}
	wrong = flag->apply(options, value);
	if (wrong != NULL) {
		snprintf(error, size, "%s: \"%s\" %s", flag->name, value,
		    wrong);
		return -EINVAL;
	}
	return taken;
}

int
options_parse(struct options *options, int argc, char **argv, char *error,
    size_t size)
{
	memset(options, 0, sizeof(*options));
	(void)flag_set_patterns(options, DEFAULT_PATTERNS);
	memset(options->chosen, true, sizeof(options->chosen));

	for (int i = 1; i < argc;) {
		int taken = parse_argument(options, argv + i, error, size);

		if (taken < 0) {
			return taken;
		}
		i += taken;
	}
	if (options->reps == 0) {
		options->reps = options->is_quick ? QUICK_REPS : DEFAULT_REPS;
	}
	return 0;
}

double
options_seconds(const struct options *options, const struct workload *workload)
{
	if (options->seconds > 0) {
		return options->seconds;
	}
	if (workload_is_open(workload)) {
		return options->is_quick ? 0.3 : 0.7;
	}
	return options->is_quick ? 0.2 : 0.4;
}

double
options_warm_seconds(const struct options *options)
{
	return options->is_quick ? 0.05 : 0.1;
}

/* Moves past a beginning, if the text has it. */
static bool
skip(const char **text, const char *beginning)
{
	size_t length = strlen(beginning);

	if (strncmp(*text, beginning, length) != 0) {
		return false;
	}
	*text += length;
	return true;
}

void
options_explain(char *text, size_t size, const char *pattern,
    const char *complaint)
{
	char given[PATTERN_MAX];

	snprintf(given, sizeof(given), "%s", pattern);
	for (char *at = given; *at != '\0'; at++) {
		if (*at == ',') {
			*at = '+';
		}
	}
	if (skip(&complaint, "options.settings: ")) {
		snprintf(text, size, "--set: %s", complaint);
	} else if (skip(&complaint, "options.pattern: engine.pattern: ")) {
		snprintf(text, size, "--patterns: %s", complaint);
	} else if (skip(&complaint, "options.pattern: ")) {
		snprintf(text, size, "--patterns: %s: %s", given, complaint);
	} else {
		snprintf(text, size, "%s: %s", given, complaint);
	}
}

/* The rest of a help text goes under its beginning. */
static void
print_flag(FILE *stream, const struct flag *flag)
{
	const char *help = flag->help;
	char left[40];

	snprintf(left, sizeof(left), "%s %s", flag->name,
	    flag->value != NULL ? flag->value : "");
	while (*help != '\0') {
		int length = (int)strcspn(help, "\n");

		fprintf(stream, "  %-24s %.*s\n", left, length, help);
		left[0] = '\0';
		help += length;
		help += *help == '\n';
	}
}

void
options_print_help(FILE *stream)
{
	fputs("usage: compare [FLAGS]\n\n"
	      "Runs one handler under several patterns, each in a server\n"
	      "process of its own, and measures them in turns.\n\n",
	    stream);
	for (size_t i = 0; i < FLAGS; i++) {
		print_flag(stream, &flags[i]);
	}
	fputs("\nworkloads:\n", stream);
	for (size_t i = 0; i < WORKLOADS; i++) {
		fprintf(stream, "  %-24s %s, %s\n", workloads[i].name,
		    workloads[i].about,
		    workload_is_open(&workloads[i]) ? "open loop"
						    : "closed loop");
	}
	fputs("\nA verdict calls two patterns different only if all "
	      "repetitions\n"
	      "of one are better than all of the other; its ratio is the\n"
	      "median of repetition by repetition. Undecided is who overlaps\n"
	      "both the best and one behind it.\n",
	    stream);
	fputs("\nexit status: 0 measured; 1 a server failed, a reply was\n"
	      "wrong or the results cannot be written; 2 bad arguments;\n"
	      "130 interrupted\n",
	    stream);
}
