/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The settings of an engine as an object: storing what sources give, and
 * reading it. How they are read, resolved and printed is in config_*.c.
 */
#include "core/config.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/contract.h"
#include "core/config_keys.h"
#include "core/config_problem.h"
#include "core/config_setting.h"
#include "core/config_value.h"
#include "core/pattern.h"

int
eln_config_create(struct eln_config **config)
{
	size_t n = eln_keys_count();
	struct eln_config *new = calloc(1, sizeof(*new));

	if (new == NULL) {
		return -ENOMEM;
	}
	new->settings = calloc(n, sizeof(*new->settings));
	if (new->settings == NULL) {
		free(new);
		return -ENOMEM;
	}
	new->n_settings = n;
	for (size_t i = 0; i < n; i++) {
		new->settings[i].source = ELN_FROM_DEFAULT;
		new->settings[i].number = eln_keys_get(i)->value;
	}
	*config = new;
	return 0;
}

void
eln_config_destroy(struct eln_config *config)
{
	if (config == NULL) {
		return;
	}
	for (size_t i = 0; i < config->n_settings; i++) {
		free(config->settings[i].text);
		for (int source = 0; source < ELN_SOURCES; source++) {
			free(config->settings[i].where[source]);
		}
	}
	free(config->settings);
	free(config->pattern_values);
	free(config);
}

static int
refuse_repetition(const struct eln_key *key, const char *where,
    const char *before, struct eln_problem *problem)
{
	return eln_problem_set(problem,
	    "%.160s: %s.%s: given before, at %.160s", where, key->section,
	    key->name, before);
}

/* Keeps the strongest value. 0 or -ENOMEM. */
static int
take_value(struct eln_setting *setting, const struct eln_key *key, int source,
    uint64_t number, const char *value)
{
	char *text = NULL;

	if (source < setting->source) {
		return 0;
	}
	if (key->type == ELN_KEY_TEXT) {
		text = strdup(value);
		if (text == NULL) {
			return -ENOMEM;
		}
	}
	free(setting->text);
	setting->text = text;
	setting->number = number;
	setting->source = source;
	return 0;
}

int
eln_setting_store(struct eln_config *config, int source, const char *where,
    size_t index, const char *value, struct eln_problem *problem)
{
	struct eln_setting *setting = &config->settings[index];
	const struct eln_key *key = eln_keys_get(index);
	uint64_t number;
	char *origin;
	int error;

	if (setting->where[source] != NULL) {
		return refuse_repetition(key, where, setting->where[source],
		    problem);
	}
	error = eln_value_parse(key, where, value, &number, problem);
	if (error != 0) {
		return error;
	}
	origin = strdup(where);
	if (origin == NULL) {
		return -ENOMEM;
	}
	eln_problem_clean(origin);
	setting->where[source] = origin;
	return take_value(setting, key, source, number, value);
}

int
eln_config_set(struct eln_config *config, enum eln_source source,
    const char *where, const char *section, const char *name, const char *value,
    struct eln_problem *problem)
{
	size_t index;
	int error;

	ELN_CONTRACT(source > ELN_FROM_DEFAULT && source <= ELN_FROM_ARGUMENT,
	    "a source is the file, the environment or an argument");
	ELN_CONTRACT(config->pattern == NULL, "set comes before finish");
	error = eln_keys_find(where, section, name, &index, problem);
	if (error != 0) {
		return error;
	}
	return eln_setting_store(config, (int)source, where, index, value,
	    problem);
}

/* "threads=4" lacks its section; whoever wrote it knows the key. */
static int
refuse_assignment(const char *where, const char *assignment,
    struct eln_problem *problem)
{
	struct eln_nearest nearest;
	char name[64];
	char full[96];

	snprintf(name, sizeof(name), "%.*s", (int)strcspn(assignment, "="),
	    assignment);
	eln_nearest_init(&nearest, name);
	for (size_t i = 0; i < eln_keys_count(); i++) {
		const struct eln_key *key = eln_keys_get(i);

		snprintf(full, sizeof(full), "%s.%s", key->section, key->name);
		eln_nearest_offer_alias(&nearest, key->name, full);
		eln_nearest_offer(&nearest, full);
	}
	if (nearest.name[0] == '\0') {
		return eln_problem_set(problem,
		    "%.200s: \"%.64s\" is not SECTION.KEY=VALUE", where,
		    assignment);
	}
	return eln_problem_set(problem,
	    "%.200s: \"%.64s\" is not SECTION.KEY=VALUE; did you mean %s=...?",
	    where, assignment, nearest.name);
}

int
eln_config_set_assignment(struct eln_config *config, enum eln_source source,
    const char *where, const char *assignment, struct eln_problem *problem)
{
	size_t section_end = strcspn(assignment, ".=");
	size_t name_end = strcspn(assignment, "=");
	char *copy;
	int error;

	if (assignment[section_end] != '.' || assignment[name_end] != '=') {
		return refuse_assignment(where, assignment, problem);
	}
	copy = strdup(assignment);
	if (copy == NULL) {
		return -ENOMEM;
	}
	copy[section_end] = '\0';
	copy[name_end] = '\0';
	error = eln_config_set(config, source, where, copy,
	    copy + section_end + 1, copy + name_end + 1, problem);
	free(copy);
	return error;
}

uint64_t
eln_config_get(const struct eln_config *config, enum eln_core_key key)
{
	return config->settings[key].number;
}

const char *
eln_setting_text(const struct eln_config *config, size_t index)
{
	const struct eln_setting *setting = &config->settings[index];

	/* Resolved: "lf:promote=always" has become its pattern's name. */
	if (index == ELN_ENGINE_PATTERN && config->pattern != NULL) {
		return config->pattern->name;
	}
	if (setting->text == NULL) {
		return eln_keys_default_text(eln_keys_get(index));
	}
	return setting->text;
}

const char *
eln_config_text(const struct eln_config *config, enum eln_core_key key)
{
	ELN_CONTRACT(eln_keys_get(key)->type == ELN_KEY_TEXT,
	    "this key is not a text");
	return eln_setting_text(config, key);
}

bool
eln_config_is_given(const struct eln_config *config, enum eln_core_key key)
{
	return config->settings[key].source > ELN_FROM_DEFAULT;
}

const struct eln_pattern *
eln_config_pattern(const struct eln_config *config)
{
	ELN_CONTRACT(config->pattern != NULL, "finish comes first");
	return config->pattern;
}

const uint64_t *
eln_config_pattern_values(const struct eln_config *config)
{
	ELN_CONTRACT(config->pattern != NULL, "finish comes first");
	return config->pattern_values;
}
