/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What engine.pattern means: a pattern by name or alias, and perhaps
 * settings of its section, "lf:promote=always,rearm=edge".
 *
 * These are stronger than any source, and so is the pattern's name that
 * carries them: an argument that names a pattern means this pattern as it
 * stands there, whatever else a file or the environment says.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/contract.h"
#include "core/config_keys.h"
#include "core/config_problem.h"
#include "core/config_setting.h"
#include "core/pattern.h"

static void
list_patterns(char *list, size_t size)
{
	size_t length = 0;

	for (size_t i = 0; eln_patterns[i] != NULL && length < size; i++) {
		length += (size_t)snprintf(list + length, size - length, "%s%s",
		    i == 0 ? "" : ", ", eln_patterns[i]->name);
	}
}

static int
refuse_pattern(const char *where, const char *name, struct eln_problem *problem)
{
	struct eln_nearest nearest;
	char list[192] = "";

	list_patterns(list, sizeof(list));
	eln_nearest_init(&nearest, name);
	for (size_t i = 0; eln_patterns[i] != NULL; i++) {
		const struct eln_pattern *pattern = eln_patterns[i];

		eln_nearest_offer(&nearest, pattern->name);
		eln_nearest_offer_alias(&nearest, pattern->alias,
		    pattern->name);
	}
	if (nearest.name[0] == '\0') {
		return eln_problem_set(problem,
		    "%.160s: engine.pattern: \"%.64s\" is unknown; valid: %s",
		    where, name, list);
	}
	return eln_problem_set(problem,
	    "%.160s: engine.pattern: \"%.64s\" is unknown; did you mean %s? "
	    "valid: %s",
	    where, name, nearest.name, list);
}

/* Stores one "key=value" of the argument, which it may write to. */
static int
store_item(struct eln_config *config, const struct eln_pattern *pattern,
    const char *where, char *item, struct eln_problem *problem)
{
	char *value = strchr(item, '=');
	size_t index;
	int error;

	if (value == NULL) {
		return eln_problem_set(problem,
		    "%.200s: engine.pattern: \"%.64s\" after '%s:' is not "
		    "KEY=VALUE",
		    where, item, pattern->alias);
	}
	*value++ = '\0';
	error = eln_keys_find(where, pattern->name, item, &index, problem);
	if (error != 0) {
		return error;
	}
	return eln_setting_store(config, ELN_FROM_PATTERN, where, index, value,
	    problem);
}

static int
store_items(struct eln_config *config, const struct eln_pattern *pattern,
    const char *where, char *items, struct eln_problem *problem)
{
	int error = 0;

	while (error == 0 && items != NULL) {
		char *comma = strchr(items, ',');

		if (comma != NULL) {
			*comma++ = '\0';
		}
		error = store_item(config, pattern, where, items, problem);
		items = comma;
	}
	return error;
}

static int
copy_values(struct eln_config *config, const struct eln_pattern *pattern)
{
	size_t first = eln_keys_first(pattern);

	/* One more, so that a pattern without keys has an array, too. */
	config->pattern_values = calloc(pattern->n_keys + 1,
	    sizeof(*config->pattern_values));
	if (config->pattern_values == NULL) {
		return -ENOMEM;
	}
	for (size_t i = 0; i < pattern->n_keys; i++) {
		config->pattern_values[i] = config->settings[first + i].number;
	}
	config->pattern = pattern;
	return 0;
}

/* `text` is engine.pattern's value, which it may write to. */
static int
resolve(struct eln_config *config, const char *where, char *text,
    struct eln_problem *problem)
{
	char *items = strchr(text, ':');
	const struct eln_pattern *pattern;
	int error;

	if (items != NULL) {
		*items++ = '\0';
	}
	pattern = eln_keys_pattern(text);
	if (pattern == NULL) {
		return refuse_pattern(where, text, problem);
	}
	error = store_items(config, pattern, where, items, problem);
	if (error != 0) {
		return error;
	}
	return copy_values(config, pattern);
}

int
eln_config_finish(struct eln_config *config, struct eln_problem *problem)
{
	const struct eln_setting *setting = &config
						 ->settings[ELN_ENGINE_PATTERN];
	const char *where = setting->where[setting->source];
	char *text;
	int error;

	ELN_CONTRACT(config->pattern == NULL, "finish comes once");
	text = strdup(eln_setting_text(config, ELN_ENGINE_PATTERN));
	if (text == NULL) {
		return -ENOMEM;
	}
	error = resolve(config, where != NULL ? where : "default", text,
	    problem);
	free(text);
	return error;
}
