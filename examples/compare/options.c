/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One table of flags (flags.h). A flag with a value takes it as
 * "--flag VALUE" or "--flag=VALUE"; every other argument is an error.
 */
#include "options.h"

#include "expression.h"
#include "flags.h"

#include <errno.h>
#include <string.h>

#define DEFAULT_REPS 7
#define FULL_REPS 9

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
	if (!flag->is_of_results) {
		options->measuring = flag->name;
	}
	return taken;
}

/* What is wrong with the flags together; NULL: nothing. */
static const char *
find_contradiction(const struct options *options)
{
	bool is_own = options->handler != NULL;
	bool is_builtin = options->driver == NULL;
	bool has_reply = options->reply_bytes > 0 || options->has_reply_frame;

	if (options->is_quick && options->is_full) {
		return "--quick and --full: one or the other";
	}
	if (options->reply_bytes > 0 && options->has_reply_frame) {
		return "--reply-bytes and --reply-frame: one or the other";
	}
	if (!is_builtin && options->driver->needs_handler && !is_own) {
		return "--driver wrk: needs --handler, one that speaks HTTP";
	}
	if (!is_builtin && options->driver->serves != NULL && is_own) {
		return "--driver redis-benchmark: drives kv and no --handler";
	}
	if (is_own && is_builtin && options->request == NULL) {
		return "--handler: needs --request FILE, what to send to it";
	}
	if (is_own && is_builtin && !has_reply) {
		return "--handler: needs --reply-bytes N or --reply-frame, to "
		       "know where a reply ends";
	}
	if ((options->request != NULL || has_reply) &&
	    (!is_own || !is_builtin)) {
		return "--request, --reply-bytes and --reply-frame: are for "
		       "--handler and the builtin driver";
	}
	if ((is_own || !is_builtin) && options->has_workloads) {
		return "--workloads: are those of the builtin handler";
	}
	if ((is_own || !is_builtin) && options->n_sweeps > 0) {
		return "--sweep: is for the builtin handler";
	}
	if (options->no_html && options->html != NULL) {
		return "--html and --no-html: one or the other";
	}
	return NULL;
}

static bool
sets_threads(const struct options *options)
{
	for (size_t i = 0; i < options->n_settings; i++) {
		if (strncmp(options->settings[i], "engine.threads=", 15) == 0) {
			return true;
		}
	}
	return false;
}

static bool
sweeps(const struct options *options, enum sweep_parameter parameter)
{
	for (size_t i = 0; i < options->n_sweeps; i++) {
		if (options->sweeps[i].parameter == parameter) {
			return true;
		}
	}
	return false;
}

static bool
is_standard_output(const char *file)
{
	return file != NULL && strcmp(file, "-") == 0;
}

/* The metric that the condition asks for and the driver never tells, or -1. */
static int
find_untold(const struct options *options)
{
	const struct driver *driver = options->driver;

	if (driver == NULL || options->fail_if == NULL) {
		return -1;
	}
	for (int m = 0; m < METRICS; m++) {
		if (driver->is_silent[m] &&
		    expression_asks(options->fail_if, (enum metric)m)) {
			return m;
		}
	}
	return -1;
}

static const char *
find_more(const struct options *options)
{
	if (is_standard_output(options->json) +
		is_standard_output(options->markdown) +
		is_standard_output(options->html) >
	    1) {
		return "-: only one file can be standard output";
	}
	if (sweeps(options, SWEEP_THREADS) && sets_threads(options)) {
		return "--sweep threads: sets engine.threads, as --threads and "
		       "--set engine.threads do: one or the other";
	}
	return NULL;
}

static int
check_together(const struct options *options, char *error, size_t size)
{
	const char *wrong = find_contradiction(options);
	int untold = find_untold(options);

	if (wrong == NULL) {
		wrong = find_more(options);
	}
	if (wrong != NULL) {
		snprintf(error, size, "%s", wrong);
	} else if (options->from != NULL && options->measuring != NULL) {
		snprintf(error, size,
		    "--from: measures nothing, so %s has no effect beside it",
		    options->measuring);
	} else if (untold >= 0) {
		snprintf(error, size,
		    "--fail-if: asks for %s, which --driver %s does not tell",
		    metric_infos[untold].short_name, options->driver->name);
	} else {
		return 0;
	}
	return -EINVAL;
}

static void
choose_defaults(struct options *options)
{
	for (size_t i = 0; i < WORKLOADS && !options->has_workloads; i++) {
		options->chosen[i] = workloads[i].is_default ||
		    options->is_full;
	}
	if (options->reps == 0) {
		options->reps = options->is_full ? FULL_REPS : DEFAULT_REPS;
	}
	if (options->is_full && options->n_sweeps == 0 &&
	    options->handler == NULL && options->driver == NULL) {
		(void)sweep_parse(&options->sweeps[0], SWEEP_DEFAULT);
		options->n_sweeps = 1;
	}
}

int
options_parse(struct options *options, int argc, char **argv, char *error,
    size_t size)
{
	memset(options, 0, sizeof(*options));
	for (int i = 1; i < argc;) {
		int taken = parse_argument(options, argv + i, error, size);

		if (taken < 0) {
			return taken;
		}
		i += taken;
	}
	choose_defaults(options);
	return check_together(options, error, size);
}

double
options_seconds(const struct options *options, const struct workload *workload)
{
	if (options->seconds > 0) {
		return options->seconds;
	}
	if (workload_is_open(workload)) {
		return options->is_quick ? 0.15 : 0.25;
	}
	return options->is_quick ? 0.08 : 0.15;
}

double
options_warm_seconds(const struct options *options)
{
	return options->is_quick ? 0.03 : 0.05;
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
options_explain(char *text, size_t size, const char *id, const char *complaint)
{
	if (skip(&complaint, "options.settings: ")) {
		snprintf(text, size, "--set: %s", complaint);
	} else if (skip(&complaint, "options.pattern: engine.pattern: ")) {
		snprintf(text, size, "--patterns: %s", complaint);
	} else if (skip(&complaint, "options.pattern: ")) {
		snprintf(text, size, "--patterns: %s: %s", id, complaint);
	} else {
		snprintf(text, size, "%s: %s", id, complaint);
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

static void
print_lists(FILE *stream)
{
	fputs("\nworkloads; those without --full have a *:\n", stream);
	for (size_t i = 0; i < WORKLOADS; i++) {
		fprintf(stream, "%c %-24s %s, %s\n",
		    workloads[i].is_default ? '*' : ' ', workloads[i].name,
		    workloads[i].about,
		    workload_is_open(&workloads[i]) ? "open loop"
						    : "closed loop");
	}
	fputs("\npatterns, as far as the library has them:\n", stream);
	for (size_t i = 0; i < VARIANT_INFOS; i++) {
		fprintf(stream, "%c %-32s %s\n",
		    variant_infos[i].when == VARIANT_BY_DEFAULT ? '*' : ' ',
		    variant_infos[i].id, variant_infos[i].about);
	}
}

void
options_print_help(FILE *stream)
{
	fputs("usage: compare [FLAGS]\n\n"
	      "Runs one handler under several patterns, each in a server\n"
	      "process of its own, measures them in turns, and says which\n"
	      "differences are real and why.\n\n",
	    stream);
	for (size_t i = 0; i < FLAGS; i++) {
		print_flag(stream, &flags[i]);
	}
	print_lists(stream);
	fputs("\nTwo patterns are called different only if the ratios of\n"
	      "their rounds leave no doubt; docs/comparison.md says how.\n"
	      "Between those that \"or\" joins no difference was seen.\n",
	    stream);
	fputs("\nexit status: 0 measured; 1 a server failed, a reply was\n"
	      "wrong or a file cannot be read or written; 2 bad arguments;\n"
	      "3 --fail-if is true; 69 what --driver needs is missing;\n"
	      "130 interrupted; what was measured until then is written\n",
	    stream);
}
