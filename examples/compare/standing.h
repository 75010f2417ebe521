/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ECHELON_COMPARE_STANDING_H
#define ECHELON_COMPARE_STANDING_H

/*
 * Who is best in one metric: the one rule of verdicts, tables and sweeps.
 */

#include <stdbool.h>
#include <stddef.h>

struct standing_field {
	const double *cells; /* by contestant, by round */
	size_t n;
	size_t rounds;
	double margin; /* of the metric, as in spread.h */
	bool more_is_better;
};

enum standing {
	UNBEATEN, /* nobody beats it; the best, if it is the only one */
	BEHIND,   /* somebody beats it */
	UNDECIDED /* as all others: they are in a circle */
};

static inline const double *
standing_row(const struct standing_field *field, size_t i)
{
	return field->cells + i * field->rounds;
}

/* Do the rounds show that `a` is better than `b`? */
bool standing_beats(const struct standing_field *field, size_t a, size_t b);

/*
 * How each of the `n` stands. Returns the one that the others are measured by,
 * which is unbeaten; or `n`, and all are undecided, where those that beat
 * others are in a circle.
 */
size_t standing_find(const struct standing_field *field,
    enum standing *standings);

static inline size_t
standing_count(const enum standing *standings, size_t n, enum standing standing)
{
	size_t count = 0;

	for (size_t i = 0; i < n; i++) {
		count += standings[i] == standing;
	}
	return count;
}

#endif
