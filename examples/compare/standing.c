/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One beats another if their rounds, pair by pair, show that it is better
 * (spread.h). Nothing else decides; medians choose between equals.
 *
 *     unbeaten   nobody beats it
 *     behind     somebody beats it
 *     the first  of the unbeaten, who beats most: the others' measure
 *
 * Between two of the unbeaten no difference was seen, which another run may
 * see; so only one that is alone unbeaten is called the best, and who is so in
 * one run is not behind in the next by chance alone. Somebody is unbeaten, but
 * for a circle: a beats b, b beats c, c beats a. Ratios that were all on one
 * side cannot make one; where some rounds are left out, from 11 on, they can.
 */
#include "standing.h"

#include "spread.h"

bool
standing_beats(const struct standing_field *field, size_t a, size_t b)
{
	enum difference difference = spread_compare(standing_row(field, a),
	    standing_row(field, b), field->rounds, field->margin);

	return difference == (field->more_is_better ? MORE : LESS);
}

static bool
is_beaten(const struct standing_field *field, size_t i)
{
	for (size_t k = 0; k < field->n; k++) {
		if (standing_beats(field, k, i)) {
			return true;
		}
	}
	return false;
}

static size_t
count_wins(const struct standing_field *field, size_t i)
{
	size_t count = 0;

	for (size_t k = 0; k < field->n; k++) {
		count += standing_beats(field, i, k);
	}
	return count;
}

static bool
has_better_median(const struct standing_field *field, size_t a, size_t b)
{
	double left = spread_of(standing_row(field, a), field->rounds).median;
	double right = spread_of(standing_row(field, b), field->rounds).median;

	return field->more_is_better ? left > right : left < right;
}

/* Returns n if there is none. */
static size_t
find_first(const struct standing_field *field)
{
	size_t first = field->n;
	size_t most = 0;
	bool anybody_beaten = false;

	for (size_t i = 0; i < field->n; i++) {
		size_t wins = count_wins(field, i);

		if (is_beaten(field, i)) {
			anybody_beaten = true;
		} else if (first == field->n || wins > most ||
		    (wins == most && has_better_median(field, i, first))) {
			first = i;
			most = wins;
		}
	}
	return anybody_beaten && most == 0 ? field->n : first;
}

size_t
standing_find(const struct standing_field *field, enum standing *standings)
{
	size_t first = find_first(field);

	for (size_t i = 0; i < field->n; i++) {
		standings[i] = first == field->n ? UNDECIDED
		    : is_beaten(field, i)        ? BEHIND
						 : UNBEATEN;
	}
	return first;
}
