/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * PARAMETER=VALUE,VALUE,... with the values rising. Times have units; 0 needs
 * none.
 */
#include "sweep_plan.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define BLOCK_MAX_US 1e6

const char *const sweep_names[SWEEPS] = {
	[SWEEP_BLOCK] = "block",
	[SWEEP_THREADS] = "threads",
	[SWEEP_CONNECTIONS] = "connections",
};

static const double most[SWEEPS] = {
	[SWEEP_BLOCK] = BLOCK_MAX_US,
	[SWEEP_THREADS] = 1024,
	[SWEEP_CONNECTIONS] = 10000,
};

static const char *const complaints[SWEEPS] = {
	[SWEEP_BLOCK] = "has a time that is none from 0 to 1s, as 20us or 1ms",
	[SWEEP_THREADS] = "has a number of threads that is none from 1 to 1024",
	[SWEEP_CONNECTIONS] =
	    "has a number of connections that is none from 1 to 10000",
};

static bool
read_unit(const char *unit, size_t length, double *factor)
{
	static const struct {
		const char *name;
		double factor;
	} units[] = { { "us", 1 }, { "ms", 1e3 }, { "s", 1e6 } };

	for (size_t i = 0; i < sizeof(units) / sizeof(*units); i++) {
		if (strlen(units[i].name) == length &&
		    memcmp(units[i].name, unit, length) == 0) {
			*factor = units[i].factor;
			return true;
		}
	}
	return false;
}

static bool
read_value(enum sweep_parameter parameter, const char *text, size_t length,
    double *value)
{
	char *end;
	size_t unit;
	double factor = 1;

	if (*text < '0' || *text > '9') {
		return false;
	}
	*value = strtod(text, &end);
	unit = length - (size_t)(end - text);
	if (end > text + length) {
		return false;
	}
	if (parameter != SWEEP_BLOCK) {
		return unit == 0 && *value >= 1 && *value <= most[parameter] &&
		    *value == floor(*value);
	}
	if (unit > 0 ? !read_unit(end, unit, &factor) : *value != 0) {
		return false;
	}
	*value *= factor;
	return *value <= most[parameter];
}

static const char *
add_value(struct sweep_plan *plan, const char *text, size_t length)
{
	double value;

	if (!read_value(plan->parameter, text, length, &value)) {
		return complaints[plan->parameter];
	}
	if (plan->n_values == SWEEP_VALUES_MAX) {
		return "has more than 16 values";
	}
	if (plan->n_values > 0 && value <= plan->values[plan->n_values - 1]) {
		return "has values that do not rise";
	}
	plan->values[plan->n_values++] = value;
	return NULL;
}

static bool
find_parameter(struct sweep_plan *plan, const char *name, size_t length)
{
	for (enum sweep_parameter i = 0; i < SWEEPS; i++) {
		if (strlen(sweep_names[i]) == length &&
		    memcmp(sweep_names[i], name, length) == 0) {
			plan->parameter = i;
			return true;
		}
	}
	return false;
}

const char *
sweep_parse(struct sweep_plan *plan, const char *text)
{
	size_t length = strcspn(text, "=");
	const char *wrong = NULL;

	*plan = (struct sweep_plan){ 0 };
	if (!find_parameter(plan, text, length) || text[length] != '=') {
		return "is not block=LIST, threads=LIST or connections=LIST";
	}
	text += length + 1;
	while (wrong == NULL) {
		length = strcspn(text, ",");
		wrong = add_value(plan, text, length);
		text += length;
		if (*text == '\0') {
			break;
		}
		text++;
	}
	return wrong == NULL && plan->n_values < 2 ? "has fewer than 2 values"
						   : wrong;
}
