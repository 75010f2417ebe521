/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Settings from the environment: ECHELON_SECTION_KEY, in capitals, with '_'
 * for '-'. Other ECHELON_ names belong to others and are left alone, unless
 * their section is one of ours: then it is a mistyped key.
 */
#include <ctype.h>
#include <errno.h>
#include <string.h>

#include "core/config_keys.h"
#include "core/config_problem.h"
#include "core/config_setting.h"
#include "core/pattern.h"

#define PREFIX "ECHELON_"

enum {
	NAME_SIZE = 96
};

static void
make_name(const char *section, const char *name, char *buffer, size_t size)
{
	snprintf(buffer, size, PREFIX "%s_%s", section, name);
	for (char *p = buffer; *p != '\0'; p++) {
		*p = *p == '-' ? '_' : (char)toupper((unsigned char)*p);
	}
}

/* Whether a variable's name begins as those of this section do. */
static bool
is_of_section(const char *variable, const char *section)
{
	char start[NAME_SIZE];

	make_name(section, "", start, sizeof(start));
	return strncmp(variable, start, strlen(start)) == 0;
}

/* The section that a variable's name has; NULL if it is none of ours. */
static const char *
find_section(const char *variable)
{
	for (size_t i = 0; i < ELN_CORE_KEYS; i++) {
		const char *section = eln_keys_get(i)->section;

		if (is_of_section(variable, section)) {
			return section;
		}
	}
	for (size_t i = 0; eln_patterns[i] != NULL; i++) {
		if (is_of_section(variable, eln_patterns[i]->name)) {
			return eln_patterns[i]->name;
		}
	}
	return NULL;
}

/* `variable` is cut behind its name. */
static int
refuse_variable(const char *variable, const char *section,
    struct eln_problem *problem)
{
	struct eln_nearest nearest;
	char name[NAME_SIZE];

	eln_nearest_init(&nearest, variable);
	/* What all of them have in common is no reason for more typos. */
	nearest.allowed = 1 + (strlen(variable) - strlen(section)) / 6;
	for (size_t i = 0; i < eln_keys_count(); i++) {
		const struct eln_key *key = eln_keys_get(i);

		if (strcmp(key->section, section) == 0) {
			make_name(section, key->name, name, sizeof(name));
			eln_nearest_offer(&nearest, name);
		}
	}
	if (nearest.name[0] == '\0') {
		return eln_problem_set(problem,
		    "%.200s: unknown key of %s in the environment", variable,
		    section);
	}
	return eln_problem_set(problem,
	    "%.200s: unknown key of %s in the environment; did you mean %s?",
	    variable, section, nearest.name);
}

static int
read_variable(struct eln_config *config, const char *variable,
    const char *value, struct eln_problem *problem)
{
	const char *section = find_section(variable);
	char name[NAME_SIZE];

	if (section == NULL) {
		return 0;
	}
	for (size_t i = 0; i < eln_keys_count(); i++) {
		const struct eln_key *key = eln_keys_get(i);

		make_name(key->section, key->name, name, sizeof(name));
		if (strcmp(name, variable) == 0) {
			return eln_setting_store(config, ELN_FROM_ENVIRONMENT,
			    variable, i, value, problem);
		}
	}
	return refuse_variable(variable, section, problem);
}

int
eln_config_read_environment(struct eln_config *config, char *const *environment,
    struct eln_problem *problem)
{
	/* clearenv(3) leaves none at all. */
	for (; environment != NULL && *environment != NULL; environment++) {
		const char *entry = *environment;
		size_t length = strcspn(entry, "=");
		char variable[256];
		int error;

		if (strncmp(entry, PREFIX, strlen(PREFIX)) != 0 ||
		    entry[length] != '=') {
			continue;
		}
		snprintf(variable, sizeof(variable), "%.*s", (int)length,
		    entry);
		error = read_variable(config, variable, entry + length + 1,
		    problem);
		if (error != 0) {
			return error;
		}
	}
	return 0;
}
