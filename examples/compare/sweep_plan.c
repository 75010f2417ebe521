/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * PARAMETER=VALUE,VALUE,... with the values rising. Values are decimal; times
 * have units, 0 needs none, and the handler sleeps whole microseconds.
 */
#include "sweep_plan.h"

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BLOCK_MAX_US 1e6

/* While the size of the pools is swept. */
#define THREADS_BLOCK_US 1000

#define SECONDS 0.1
#define BLOCKS 20

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

static const char *const needed[SWEEPS] = {
	[SWEEP_BLOCK] = "neither 0 nor a time from 1us to 1s in whole "
			"microseconds, as 20us or 1ms",
	[SWEEP_THREADS] = "not a number of threads from 1 to 1024",
	[SWEEP_CONNECTIONS] = "not a number of connections from 1 to 10000",
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

/* Decimal digits, with a point in between perhaps; strtod takes much more.
 * Returns how long it is. */
static size_t
read_decimal(const char *text, double *value)
{
	static const char digits[] = "0123456789";
	size_t length = strspn(text, digits);

	if (length > 0 && text[length] == '.') {
		length += 1 + strspn(text + length + 1, digits);
	}
	*value = length > 0 ? strtod(text, NULL) : 0;
	return length;
}

static bool
is_whole(double value)
{
	return fabs(value - round(value)) < 1e-6;
}

static bool
read_value(enum sweep_parameter parameter, const char *text, size_t length,
    double *value)
{
	size_t digits = read_decimal(text, value);
	size_t unit = length - digits;
	double factor = 1;

	if (digits == 0 || digits > length) {
		return false;
	}
	if (parameter == SWEEP_BLOCK &&
	    (unit > 0 ? !read_unit(text + digits, unit, &factor)
		      : *value != 0)) {
		return false;
	}
	if (parameter != SWEEP_BLOCK && (unit > 0 || *value < 1)) {
		return false;
	}
	*value *= factor;
	if (!is_whole(*value)) {
		return false;
	}
	*value = round(*value);
	return *value <= most[parameter];
}

/* Kept here until the next one. */
static const char *
refuse_value(const struct sweep_plan *plan, const char *text, size_t length)
{
	static char complaint[160];

	snprintf(complaint, sizeof(complaint),
	    "has \"%.*s\" as value %zu, which is %s",
	    (int)(length < 30 ? length : 30), text, plan->n_values + 1,
	    needed[plan->parameter]);
	return complaint;
}

static const char *
add_value(struct sweep_plan *plan, const char *text, size_t length)
{
	double value;

	if (!read_value(plan->parameter, text, length, &value)) {
		return refuse_value(plan, text, length);
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

double
sweep_block_us(const struct sweep_plan *plan, size_t value)
{
	switch (plan->parameter) {
	case SWEEP_BLOCK:
		return plan->values[value];
	case SWEEP_THREADS:
		return THREADS_BLOCK_US;
	case SWEEP_CONNECTIONS:
	case SWEEPS:
		break;
	}
	return 0;
}

double
sweep_seconds(const struct sweep_plan *plan, size_t value, double wanted)
{
	double seconds = wanted > 0 ? wanted : SECONDS;
	double blocks = BLOCKS * sweep_block_us(plan, value) / 1e6;

	return seconds > blocks ? seconds : blocks;
}
