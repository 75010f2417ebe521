/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/config_value.h"

#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "core/config_problem.h"

struct unit {
	const char *name;
	uint64_t factor;
};

/* From the largest, so that format finds the shortest form first. */
static const struct unit plain[] = {
	{ "", 1 },
	{ NULL, 0 },
};

static const struct unit sizes[] = {
	{ "GiB", UINT64_C(1) << 30 },
	{ "MiB", UINT64_C(1) << 20 },
	{ "KiB", UINT64_C(1) << 10 },
	{ "", 1 },
	{ NULL, 0 },
};

static const struct unit times[] = {
	{ "h", UINT64_C(3600000000000) },
	{ "min", UINT64_C(60000000000) },
	{ "s", UINT64_C(1000000000) },
	{ "ms", UINT64_C(1000000) },
	{ "us", UINT64_C(1000) },
	{ NULL, 0 },
};

static const struct unit *
units_of(const struct eln_key *key)
{
	switch (key->type) {
	case ELN_KEY_SIZE:
		return sizes;
	case ELN_KEY_TIME:
		return times;
	case ELN_KEY_NUMBER:
	case ELN_KEY_COUNT:
	case ELN_KEY_CHOICE:
	case ELN_KEY_TEXT:
		break;
	}
	return plain;
}

static const struct unit *
find_unit(const struct unit *units, const char *name)
{
	for (; units->name != NULL; units++) {
		if (strcmp(units->name, name) == 0) {
			return units;
		}
	}
	return NULL;
}

/* Reads digits, UINT64_MAX if they are too many; returns what follows. */
static const char *
parse_digits(const char *text, uint64_t *number)
{
	uint64_t n = 0;

	for (; *text >= '0' && *text <= '9'; text++) {
		uint64_t digit = (uint64_t)(*text - '0');

		n = n > (UINT64_MAX - digit) / 10 ? UINT64_MAX : n * 10 + digit;
	}
	*number = n;
	return text;
}

/* Returns what is wrong, or NULL. */
static const char *
parse_number(const struct eln_key *key, const char *text, uint64_t *number)
{
	uint64_t n;
	const char *rest = parse_digits(text, &n);
	const struct unit *unit = find_unit(units_of(key), rest);

	if (rest == text) {
		return "is not a number";
	}
	if (unit == NULL && *rest == '\0') {
		return "has no unit";
	}
	if (unit == NULL) {
		return units_of(key) == plain ? "is not a number"
					      : "has no valid unit";
	}
	if (n == UINT64_MAX || n > key->maximum / unit->factor ||
	    n * unit->factor < key->minimum) {
		return "is out of range";
	}
	*number = n * unit->factor;
	return NULL;
}

static const char *
parse_count(const struct eln_key *key, const char *text, uint64_t *number)
{
	if (strcmp(text, "auto") == 0) {
		*number = 0;
		return NULL;
	}
	return parse_number(key, text, number);
}

static const char *
parse_choice(const struct eln_key *key, const char *text, uint64_t *number)
{
	for (size_t i = 0; key->choices[i] != NULL; i++) {
		if (strcmp(key->choices[i], text) == 0) {
			*number = i;
			return NULL;
		}
	}
	return "is unknown";
}

/* What would not come back from a file, where ';' begins a comment and space
 * around a value is dropped, is not valid elsewhere either. */
static const char *
check_text(const struct eln_key *key, const char *text, uint64_t *number)
{
	size_t length = strlen(text);

	*number = 0;
	if (length > key->maximum) {
		return "is too long";
	}
	if (text[0] == ' ' || text[length - 1] == ' ') {
		return "begins or ends with a space";
	}
	for (const char *p = text; *p != '\0'; p++) {
		if ((unsigned char)*p < ' ' || *p == 0x7f || *p == ';') {
			return "has a control character or ';'";
		}
	}
	return NULL;
}

static const char *
find_fault(const struct eln_key *key, const char *text, uint64_t *number)
{
	if (text[0] == '\0') {
		return "is empty";
	}
	switch (key->type) {
	case ELN_KEY_NUMBER:
	case ELN_KEY_SIZE:
	case ELN_KEY_TIME:
		return parse_number(key, text, number);
	case ELN_KEY_COUNT:
		return parse_count(key, text, number);
	case ELN_KEY_CHOICE:
		return parse_choice(key, text, number);
	case ELN_KEY_TEXT:
		return check_text(key, text, number);
	}
	return "has no type";
}

int
eln_value_parse(const struct eln_key *key, const char *where, const char *text,
    uint64_t *number, struct eln_problem *problem)
{
	char valid[ELN_VALUE_SIZE];
	const char *fault = find_fault(key, text, number);

	if (fault == NULL) {
		return 0;
	}
	eln_value_describe(key, valid, sizeof(valid));
	return eln_problem_set(problem,
	    "%.200s: %s.%s: \"%.64s\" %s; valid: %s", where, key->section,
	    key->name, text, fault, valid);
}

static void
format_number(const struct unit *units, uint64_t number, char *buffer,
    size_t size)
{
	const struct unit *unit = units;

	/* Zero is a multiple of all; it reads best with the smallest. */
	while (unit[1].name != NULL &&
	    (number == 0 || number % unit->factor != 0)) {
		unit++;
	}
	snprintf(buffer, size, "%" PRIu64 "%s", number / unit->factor,
	    unit->name);
}

void
eln_value_format(const struct eln_key *key, uint64_t number, const char *text,
    char *buffer, size_t size)
{
	if (key->type == ELN_KEY_TEXT) {
		snprintf(buffer, size, "%s", text);
	} else if (key->type == ELN_KEY_CHOICE) {
		snprintf(buffer, size, "%s", key->choices[number]);
	} else if (key->type == ELN_KEY_COUNT && number == 0) {
		snprintf(buffer, size, "auto");
	} else {
		format_number(units_of(key), number, buffer, size);
	}
}

static void
describe_choices(const char *const *choices, char *buffer, size_t size)
{
	size_t length = 0;

	for (size_t i = 0; choices[i] != NULL && length < size; i++) {
		length += (size_t)snprintf(buffer + length, size - length,
		    "%s%s", i == 0 ? "" : ", ", choices[i]);
	}
}

void
eln_value_describe(const struct eln_key *key, char *buffer, size_t size)
{
	char least[32];
	char most[32];

	if (key->type == ELN_KEY_CHOICE) {
		describe_choices(key->choices, buffer, size);
		return;
	}
	if (key->type == ELN_KEY_TEXT) {
		snprintf(buffer, size, "1 to %" PRIu64 " characters, no ';'",
		    key->maximum);
		return;
	}
	format_number(units_of(key), key->minimum, least, sizeof(least));
	format_number(units_of(key), key->maximum, most, sizeof(most));
	snprintf(buffer, size, "%s%s to %s%s",
	    key->type == ELN_KEY_COUNT ? "auto, " : "", least, most,
	    key->type == ELN_KEY_TIME       ? " (units: us, ms, s, min, h)"
		: key->type == ELN_KEY_SIZE ? " (units: KiB, MiB, GiB)"
					    : "");
}
