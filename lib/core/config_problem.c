/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/config_problem.h"

#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

enum {
	LONGEST = 64
}; /* a longer word is not near to anything */

void
eln_problem_clean(char *text)
{
	for (char *p = text; *p != '\0'; p++) {
		if ((unsigned char)*p < ' ' || *p == 0x7f) {
			*p = '?';
		}
	}
}

int
eln_problem_set(struct eln_problem *problem, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(problem->text, sizeof(problem->text), format, arguments);
	va_end(arguments);
	eln_problem_clean(problem->text);
	return -EINVAL;
}

static size_t
least(size_t a, size_t b, size_t c)
{
	size_t smaller = a < b ? a : b;

	return smaller < c ? smaller : c;
}

static bool
differ(char a, char b)
{
	return tolower((unsigned char)a) != tolower((unsigned char)b);
}

/* Levenshtein's distance, row by row; SIZE_MAX for long words. */
static size_t
measure_distance(const char *a, const char *b)
{
	size_t row[LONGEST + 1];
	size_t n = strlen(b);

	if (n > LONGEST || strlen(a) > LONGEST) {
		return SIZE_MAX;
	}
	for (size_t j = 0; j <= n; j++) {
		row[j] = j;
	}
	for (size_t i = 0; a[i] != '\0'; i++) {
		size_t diagonal = row[0];

		row[0] = i + 1;
		for (size_t j = 0; j < n; j++) {
			size_t above = row[j + 1];

			row[j + 1] = least(above + 1, row[j] + 1,
			    diagonal + (differ(a[i], b[j]) ? 1 : 0));
			diagonal = above;
		}
	}
	return row[n];
}

void
eln_nearest_init(struct eln_nearest *nearest, const char *wanted)
{
	nearest->wanted = wanted;
	nearest->allowed = 1 + strlen(wanted) / 4;
	nearest->distance = SIZE_MAX;
	nearest->name[0] = '\0';
}

void
eln_nearest_offer_alias(struct eln_nearest *nearest, const char *alias,
    const char *candidate)
{
	size_t distance = measure_distance(nearest->wanted, alias);

	if (distance <= nearest->allowed && distance < nearest->distance) {
		nearest->distance = distance;
		snprintf(nearest->name, sizeof(nearest->name), "%s", candidate);
	}
}

void
eln_nearest_offer(struct eln_nearest *nearest, const char *candidate)
{
	eln_nearest_offer_alias(nearest, candidate, candidate);
}
