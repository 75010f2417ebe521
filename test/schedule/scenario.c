/* SPDX-License-Identifier: BSD-2-Clause */
#include "scenario.h"

#include <stddef.h>
#include <string.h>

static const struct group {
	const char *name;
	const struct scenario *scenarios;
} groups[] = {
	{ "modules", scenarios_of_modules },
	{ "patterns", scenarios_of_patterns },
	{ "engines", scenarios_of_engines },
};

/** The i-th of all, or NULL; and its group. */
static const struct scenario *
find(unsigned i, const struct group **group)
{
	for (size_t k = 0; k < sizeof(groups) / sizeof(groups[0]); k++) {
		const struct scenario *scenario = groups[k].scenarios;

		*group = &groups[k];
		for (; scenario->name != NULL; scenario++) {
			if (i-- == 0) {
				return scenario;
			}
		}
	}
	return NULL;
}

const struct scenario *
scenario_at(unsigned i)
{
	const struct group *group;

	return find(i, &group);
}

const char *
scenario_group(unsigned i)
{
	const struct group *group;

	(void)find(i, &group);
	return group->name;
}

unsigned
scenario_number(const struct scenario *scenario)
{
	unsigned i = 0;

	while (scenario_at(i) != scenario) {
		i++;
	}
	return i;
}

const struct scenario *
scenario_find(const char *name)
{
	const struct scenario *scenario;

	for (unsigned i = 0; (scenario = scenario_at(i)) != NULL; i++) {
		if (strcmp(scenario->name, name) == 0) {
			return scenario;
		}
	}
	return NULL;
}
