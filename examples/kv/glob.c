/* SPDX-License-Identifier: BSD-2-Clause */
#include "command.h"

#include <ctype.h>

/*
 * Patterns as KEYS has them: ? * [abc] [^a-z] and \ before a character.
 *
 * A star is tried with nothing first and then with one character more each
 * time; only the last star is ever tried again, since an earlier one could
 * only repeat what the later one can do. So no pattern takes longer than its
 * length times the text's.
 */

struct matcher {
	const char *at, *end; /* of the pattern */
	bool any_case;
};

static int
fold(const struct matcher *pattern, char c)
{
	unsigned char byte = (unsigned char)c;

	return pattern->any_case ? tolower(byte) : byte;
}

/* Whether the next member or range of a class holds `c`; steps behind it. */
static bool
take_member(struct matcher *pattern, int c)
{
	const char *at = pattern->at;
	size_t left = (size_t)(pattern->end - at);
	int low = fold(pattern, at[0]);
	int high = low;

	if (left >= 2 && at[0] == '\\') {
		pattern->at += 2;
		return fold(pattern, at[1]) == c;
	}
	if (left >= 3 && at[1] == '-') {
		high = fold(pattern, at[2]);
		pattern->at += 3;
	} else {
		pattern->at++;
	}
	return (low <= c && c <= high) || (high <= c && c <= low);
}

/* Behind the opening bracket; a class that is not closed ends with all. */
static bool
class_holds(struct matcher *pattern, int c)
{
	bool is_negated = pattern->at < pattern->end && *pattern->at == '^';
	bool holds = false;

	pattern->at += is_negated;
	while (pattern->at < pattern->end && *pattern->at != ']') {
		holds |= take_member(pattern, c);
	}
	pattern->at += pattern->at < pattern->end;
	return holds != is_negated;
}

/* Matches one character; the pattern is not at its end nor at a star. */
static bool
take_one(struct matcher *pattern, char text)
{
	int c = fold(pattern, text);
	char wanted = *pattern->at++;

	if (wanted == '?') {
		return true;
	}
	if (wanted == '[') {
		return class_holds(pattern, c);
	}
	if (wanted == '\\' && pattern->at < pattern->end) {
		wanted = *pattern->at++;
	}
	return fold(pattern, wanted) == c;
}

bool
glob_matches(struct slice pattern, struct slice text, bool any_case)
{
	struct matcher p = { pattern.data, pattern.data + pattern.length,
		any_case };
	const char *at = text.data;
	const char *end = text.data + text.length;
	const char *behind_star = NULL;
	const char *retry = NULL;

	for (;;) {
		if (p.at < p.end && *p.at == '*') {
			behind_star = ++p.at;
			retry = at;
			continue;
		}
		if (at == end && p.at == p.end) {
			return true;
		}
		if (at < end && p.at < p.end && take_one(&p, *at)) {
			at++;
			continue;
		}
		if (behind_star == NULL || retry == end) {
			return false;
		}
		p.at = behind_star;
		at = ++retry;
	}
}
