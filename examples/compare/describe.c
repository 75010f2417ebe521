/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What all settings of a variant are: a child runs echelon_main with
 * --print-config, as a user would, and its output is read:
 *
 *     [engine]
 *     threads = auto                  ; default
 *
 * The child is forked while this process has one thread, with an environment
 * that has none of the library's variables: servers read none.
 */
#include "variant.h"

#include "command.h"

#include <echelon/echelon.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
	ARGUMENTS_MAX = 80
};

/* "[section]" begins the keys of a section. */
static bool
read_section(const char *line, char *section, size_t size)
{
	const char *end = strchr(line, ']');

	if (line[0] != '[' || end == NULL) {
		return false;
	}
	snprintf(section, size, "%.*s", (int)(end - line - 1), line + 1);
	return true;
}

static int
trimmed_length(const char *text, size_t length)
{
	while (length > 0 && text[length - 1] == ' ') {
		length--;
	}
	return (int)length;
}

static void
read_line(const char *line, char *section, size_t size,
    struct results_variant *described)
{
	const char *equals = strstr(line, " = ");
	const char *value = equals != NULL ? equals + 3 : NULL;
	const char *comment = value != NULL ? strstr(value, " ;") : NULL;
	struct results_setting *setting;

	if (read_section(line, section, size) || value == NULL) {
		return;
	}
	setting = RESULTS_ADD(described->configuration,
	    described->n_configuration);
	setting->key = results_text("%s.%.*s", section,
	    trimmed_length(line, (size_t)(equals - line)), line);
	setting->value = results_text("%.*s",
	    trimmed_length(value,
		comment != NULL ? (size_t)(comment - value) : strlen(value)),
	    value);
	if (strcmp(setting->key, "engine.pattern") == 0) {
		free(described->pattern);
		described->pattern = results_text("%s", setting->value);
	}
}

static void
read_configuration(char *text, struct results_variant *described)
{
	char section[64] = "";
	char *rest = text;
	const char *line;

	while ((line = strsep(&rest, "\n")) != NULL) {
		read_line(line, section, sizeof(section), described);
	}
}

struct question {
	const char *pattern;
	const char *const *settings;
	size_t n_settings;
};

static int
print_configuration(void *context)
{
	static const struct echelon_handler handler = ECHELON_HANDLER(0);
	static char *nothing[] = { NULL };
	const struct question *question = context;
	char *arguments[ARGUMENTS_MAX];
	int n = 0;

	environ = nothing;
	arguments[n++] = (char *)(uintptr_t) "compare";
	arguments[n++] = (char *)(uintptr_t) "--print-config";
	arguments[n++] = (char *)(uintptr_t) "--pattern";
	arguments[n++] = (char *)(uintptr_t)question->pattern;
	for (size_t i = 0; i < question->n_settings; i++) {
		arguments[n++] = (char *)(uintptr_t) "--set";
		arguments[n++] = (char *)(uintptr_t)question->settings[i];
	}
	arguments[n] = NULL;
	return echelon_main(n, arguments, &handler, NULL);
}

int
variant_describe(const struct variant *variant, const char *const *settings,
    size_t n_settings, struct results_variant *described)
{
	char pattern[VARIANT_MAX];
	const struct question question = { pattern, settings, n_settings };
	struct command command = { .function = print_configuration,
		.context = (void *)(uintptr_t)&question };
	int result;

	variant_pattern(pattern, sizeof(pattern), variant->id);
	described->id = results_text("%s", variant->id);
	described->role = results_text("%s", variant->role);
	described->about = results_text("%s", variant->about);
	result = command_run(&command);
	if (result == 0) {
		read_configuration(command.output, described);
	}
	free(command.output);
	return result;
}
