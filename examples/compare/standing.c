/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One beats another if their rounds, pair by pair, show that it is better
 * (spread.h). Nothing else decides; medians choose between equals.
 *
 *     the best   of those whom nobody beats, who beats most
 *     behind     the best beats it
 *     alike      nobody beats it, and it beats all that are behind
 *     undecided  the others
 *
 * So whoever is called best or alike is beaten by nobody, and somebody is
 * behind wherever anybody beats anybody. But for a circle: a beats b, b beats
 * c, c beats a. Ratios that were all on one side cannot make one; where some
 * rounds are left out, from 11 on, they can. Then nobody is best.
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
find_best(const struct standing_field *field)
{
	size_t best = field->n;
	size_t most = 0;
	bool anybody_beaten = false;

	for (size_t i = 0; i < field->n; i++) {
		size_t wins = count_wins(field, i);

		if (is_beaten(field, i)) {
			anybody_beaten = true;
		} else if (best == field->n || wins > most ||
		    (wins == most && has_better_median(field, i, best))) {
			best = i;
			most = wins;
		}
	}
	return anybody_beaten && most == 0 ? field->n : best;
}

static bool
beats_all_behind(const struct standing_field *field, size_t i,
    const enum standing *standings)
{
	for (size_t k = 0; k < field->n; k++) {
		if (standings[k] == BEHIND && !standing_beats(field, i, k)) {
			return false;
		}
	}
	return true;
}

size_t
standing_find(const struct standing_field *field, enum standing *standings)
{
	size_t best = find_best(field);

	for (size_t i = 0; i < field->n; i++) {
		standings[i] = best < field->n && standing_beats(field, best, i)
		    ? BEHIND
		    : UNDECIDED;
	}
	for (size_t i = 0; i < field->n && best < field->n; i++) {
		if (standings[i] == UNDECIDED && !is_beaten(field, i) &&
		    beats_all_behind(field, i, standings)) {
			standings[i] = ALIKE;
		}
	}
	return best;
}
