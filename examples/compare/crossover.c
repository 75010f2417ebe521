/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Winners are those whom nobody beats at a value, where somebody is behind
 * (standing.h), as in the verdicts; and two cross between the last value where
 * one beats the other and the first where it is the other way round.
 */
#include "crossover.h"

#include "metric.h"
#include "spread.h"
#include "standing.h"
#include "text.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

static struct standing_field
get_field(const struct crossover_grid *grid, size_t value)
{
	return (struct standing_field){
		.cells = crossover_cell(grid, value, 0),
		.n = grid->n_variants,
		.rounds = grid->rounds,
		.margin = metric_infos[METRIC_RATE].margin,
		.more_is_better = metric_infos[METRIC_RATE].more_is_better,
	};
}

static bool
beats(const struct crossover_grid *grid, size_t value, size_t a, size_t b)
{
	const struct standing_field field = get_field(grid, value);

	return standing_beats(&field, a, b);
}

static void
find_winners(const struct crossover_grid *grid, size_t value,
    const struct results_variant *variants, struct results_winners *winners)
{
	const struct standing_field field = get_field(grid, value);
	enum standing *standings = calloc(field.n + 1, sizeof(*standings));

	if (standings == NULL) {
		abort();
	}
	winners->value = grid->values[value];
	standing_find(&field, standings);
	for (size_t v = 0; v < field.n; v++) {
		if (standings[v] == UNBEATEN &&
		    standing_count(standings, field.n, BEHIND) > 0) {
			*RESULTS_ADD(winners->variants,
			    winners->n_variants) = results_text("%s",
			    variants[v].id);
		}
	}
	free(standings);
}

/* The first one after which a is not better than b any more, but b than a. */
static void
find_crossovers(const struct crossover_grid *grid, size_t a, size_t b,
    const struct results_variant *variants, struct results_sweep *sweep)
{
	size_t last = grid->n_values; /* where a beat b */

	for (size_t value = 0; value < grid->n_values; value++) {
		struct results_crossover *crossover;

		if (beats(grid, value, a, b)) {
			last = value;
		}
		if (last == grid->n_values || !beats(grid, value, b, a)) {
			continue;
		}
		crossover = RESULTS_ADD(sweep->crossovers, sweep->n_crossovers);
		crossover->before = results_text("%s", variants[a].id);
		crossover->after = results_text("%s", variants[b].id);
		crossover->from = grid->values[last];
		crossover->to = grid->values[value];
		last = grid->n_values;
	}
}

void
crossover_find(const struct crossover_grid *grid,
    const struct results_variant *variants, struct results_sweep *sweep)
{
	for (size_t value = 0; value < grid->n_values; value++) {
		find_winners(grid, value, variants,
		    RESULTS_ADD(sweep->winners, sweep->n_winners));
	}
	for (size_t a = 0; a < grid->n_variants; a++) {
		for (size_t b = 0; b < grid->n_variants; b++) {
			find_crossovers(grid, a, b, variants, sweep);
		}
	}
}

static bool
are_same(const struct results_winners *a, const struct results_winners *b)
{
	if (a->n_variants != b->n_variants) {
		return false;
	}
	for (size_t i = 0; i < a->n_variants; i++) {
		if (strcmp(a->variants[i], b->variants[i]) != 0) {
			return false;
		}
	}
	return true;
}

/* Those who were measured at a value, and are winners there or are not. */
static size_t
count_points(const struct results_sweep *sweep,
    const struct results_winners *winners, bool wins)
{
	size_t count = 0;

	for (size_t i = 0; i < sweep->n_points; i++) {
		const struct results_point *point = &sweep->points[i];

		count += point->value == winners->value &&
		    results_is_winner(winners, point->variant) == wins;
	}
	return count;
}

/* `last` stands before the last of several. */
static void
append_points(struct text *text, const struct results_sweep *sweep,
    const struct results_winners *winners, bool wins, const char *last)
{
	size_t left = count_points(sweep, winners, wins);

	for (size_t i = 0; i < sweep->n_points; i++) {
		const struct results_point *point = &sweep->points[i];

		if (point->value != winners->value ||
		    results_is_winner(winners, point->variant) != wins) {
			continue;
		}
		left--;
		text_append(text, "%s%s", point->variant,
		    left > 1        ? ", "
			: left == 1 ? last
				    : "");
	}
}

/* The shorter of the two ways to say it. */
static void
append_winners(struct text *text, const struct results_sweep *sweep,
    const struct results_winners *winners)
{
	size_t others = count_points(sweep, winners, false);

	if (winners->n_variants == 0) {
		text_append(text, "no difference seen");
	} else if (others < winners->n_variants) {
		text_append(text, "all but ");
		append_points(text, sweep, winners, false, " and ");
	} else {
		append_points(text, sweep, winners, true, " or ");
	}
}

char *
crossover_sentence(const struct results_sweep *sweep)
{
	char sentence[4096];
	struct text text = { sentence, sizeof(sentence) };
	char value[32];

	text_append(&text, "%s: ", sweep->parameter);
	if (sweep->n_points <= sweep->n_winners) {
		text_append(&text, "one pattern: nothing to compare with");
		return results_text("%s", sentence);
	}
	if (sweep->rounds < ROUNDS_FOR_VERDICT) {
		text_append(&text, TOO_FEW_ROUNDS);
		return results_text("%s", sentence);
	}
	text_append(&text, "most requests per second at");
	for (size_t i = 0; i < sweep->n_winners; i++) {
		const struct results_winners *winners = &sweep->winners[i];

		if (i > 0 && are_same(winners, winners - 1)) {
			continue;
		}
		text_value(value, sizeof(value), winners->value, sweep->unit);
		text_append(&text, "%s %s: ", i > 0 ? "; from" : "", value);
		append_winners(&text, sweep, winners);
	}
	return results_text("%s", sentence);
}
