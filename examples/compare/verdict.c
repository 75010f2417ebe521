/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How results stand to each other is decided in standing.c; here it is said.
 * Who is unbeaten is named, then how many times the value of those behind the
 * first one's is.
 */
#include "verdict.h"

#include "spread.h"
#include "text.h"

#include <math.h>
#include <stdlib.h>

/* Of fewer latencies in a round, p99.9 is the one longest, which is chance. */
#define SAMPLES_FOR_P999 1000

enum {
	NAMED_UNBEATEN = 3,
	NAMED_BEHIND = 3
};

struct contest {
	const struct results_result *const *results;
	struct standing_field field;
	double *cells;
	enum standing *standings;
	size_t first; /* of the unbeaten; the number of results: nobody */
};

size_t
verdict_values(double *values, const struct results_result *result,
    enum metric metric)
{
	size_t n = result->n_rounds < ROUNDS_MAX ? result->n_rounds
						 : ROUNDS_MAX;

	for (size_t i = 0; i < n; i++) {
		values[i] = result->rounds[i].metrics[metric];
	}
	return n;
}

static size_t
count_rounds(const struct results_result *const *results, size_t n)
{
	size_t most = 0;

	for (size_t i = 0; i < n; i++) {
		most = results[i]->n_rounds > most ? results[i]->n_rounds
						   : most;
	}
	return most < ROUNDS_MAX ? most : ROUNDS_MAX;
}

/* Rounds that only others have are not known of a result. */
static void
fill_cells(struct contest *contest, enum metric metric)
{
	size_t rounds = contest->field.rounds;

	for (size_t i = 0; i < contest->field.n; i++) {
		double *row = contest->cells + i * rounds;
		size_t known = verdict_values(row, contest->results[i], metric);

		for (size_t k = known; k < rounds; k++) {
			row[k] = (double)NAN;
		}
	}
}

static void
begin_contest(struct contest *contest, enum metric metric,
    const struct results_result *const *results, size_t n)
{
	size_t rounds = count_rounds(results, n);

	*contest = (struct contest){
		.results = results,
		.cells = calloc(n * rounds + 1, sizeof(*contest->cells)),
		.standings = calloc(n + 1, sizeof(*contest->standings)),
	};
	if (contest->cells == NULL || contest->standings == NULL) {
		abort();
	}
	contest->field = (struct standing_field){
		.cells = contest->cells,
		.n = n,
		.rounds = rounds,
		.margin = metric_infos[metric].margin,
		.more_is_better = metric_infos[metric].more_is_better,
	};
	fill_cells(contest, metric);
	contest->first = standing_find(&contest->field, contest->standings);
}

static void
end_contest(struct contest *contest)
{
	free(contest->cells);
	free(contest->standings);
}

static size_t
count_standing(const struct contest *contest, enum standing standing)
{
	return standing_count(contest->standings, contest->field.n, standing);
}

/* "lf, reactor or hsha", from the first on; `last` stands before the last. */
static void
append_names(struct text *text, const struct contest *contest,
    enum standing standing, const char *last)
{
	size_t left = count_standing(contest, standing);
	size_t n = contest->field.n;

	for (size_t k = 0; k < n; k++) {
		size_t i = (contest->first + k) % n;

		if (contest->standings[i] == standing) {
			left--;
			text_append(text, "%s%s", contest->results[i]->variant,
			    left > 1        ? ", "
				: left == 1 ? last
					    : "");
		}
	}
}

static double
get_ratio(const struct contest *contest, size_t i)
{
	const struct standing_field *field = &contest->field;

	return contest->first == field->n
	    ? (double)NAN
	    : spread_ratio(standing_row(field, contest->first),
		  standing_row(field, i), field->rounds)
		  .value;
}

/* Two digits after the point, or two that are not 0. */
static void
append_ratio(struct text *text, const struct contest *contest, size_t i)
{
	double ratio = get_ratio(contest, i);

	text_append(text, ratio < 0.095 ? "%.2g times %s's" : "%.2f times %s's",
	    ratio, contest->results[i]->variant);
}

/* Of those behind the nearest to the first, or the farthest. */
static size_t
find_behind(const struct contest *contest, bool farthest)
{
	bool largest = contest->field.more_is_better == farthest;
	size_t found = contest->field.n;

	for (size_t i = 0; i < contest->field.n; i++) {
		if (contest->standings[i] == BEHIND &&
		    (found == contest->field.n ||
			(get_ratio(contest, i) > get_ratio(contest, found)) ==
			    largest)) {
			found = i;
		}
	}
	return found;
}

/* Each by name, or the range of many; the table has the others. */
static void
append_behind(struct text *text, const struct contest *contest)
{
	size_t left = count_standing(contest, BEHIND);

	if (left > NAMED_BEHIND) {
		append_ratio(text, contest, find_behind(contest, false));
		text_append(text, " to ");
		append_ratio(text, contest, find_behind(contest, true));
		text_append(text, " (%zu behind)", left);
		return;
	}
	for (size_t i = 0; i < contest->field.n; i++) {
		if (contest->standings[i] == BEHIND) {
			append_ratio(text, contest, i);
			text_append(text, --left > 0 ? ", " : "");
		}
	}
}

/* The shorter of the two ways to name the unbeaten. */
static void
append_standings(struct text *text, const struct contest *contest)
{
	size_t unbeaten = count_standing(contest, UNBEATEN);
	size_t behind = count_standing(contest, BEHIND);

	if (unbeaten > NAMED_UNBEATEN && behind <= NAMED_BEHIND) {
		text_append(text, "all but ");
		append_names(text, contest, BEHIND, " and ");
		text_append(text, ", %s ",
		    contest->results[contest->first]->variant);
	} else {
		append_names(text, contest, UNBEATEN, " or ");
		text_append(text, unbeaten > 1 ? ", the first " : ", ");
	}
	append_behind(text, contest);
}

void
verdict_metric(char *text, size_t size, enum metric metric,
    const struct results_result *const *results, size_t n)
{
	struct text clause = { text, size };
	struct contest contest;

	begin_contest(&contest, metric, results, n);
	text_append(&clause, "%s: ", metric_infos[metric].best);
	if (count_standing(&contest, UNBEATEN) == n) {
		text_append(&clause, "no difference seen");
	} else if (contest.first == n) {
		text_append(&clause,
		    "undecided, as some are better than each other in a "
		    "circle");
	} else {
		append_standings(&clause, &contest);
	}
	end_contest(&contest);
}

void
verdict_places(struct verdict_place *places, enum metric metric,
    const struct results_result *const *results, size_t n)
{
	struct contest contest;

	begin_contest(&contest, metric, results, n);
	for (size_t i = 0; i < n; i++) {
		places[i].standing = contest.standings[i];
		places[i].ratio = get_ratio(&contest, i);
	}
	end_contest(&contest);
}

static bool
has_rounds(const struct results_result *const *results, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (results[i]->n_rounds < ROUNDS_FOR_VERDICT) {
			return false;
		}
	}
	return true;
}

static bool
has_metric(enum metric metric, const struct results_result *const *results,
    size_t n)
{
	for (size_t i = 0; i < n; i++) {
		for (size_t r = 0; r < results[i]->n_rounds; r++) {
			if (isnan(results[i]->rounds[r].metrics[metric])) {
				return false;
			}
		}
	}
	return true;
}

bool
verdict_is_judged(enum metric metric,
    const struct results_result *const *results, size_t n)
{
	return n > 1 && has_rounds(results, n) &&
	    has_metric(metric, results, n);
}

static enum metric
choose_tail(const struct results_result *const *results, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		for (size_t r = 0; r < results[i]->n_rounds; r++) {
			if (!(results[i]->rounds[r].requests >=
				SAMPLES_FOR_P999)) {
				return METRIC_P99;
			}
		}
	}
	return has_metric(METRIC_P999, results, n) ? METRIC_P999 : METRIC_P99;
}

/* Of an open loop the rate was given, and is no merit. */
static size_t
choose_metrics(enum metric *chosen, bool is_open,
    const struct results_result *const *results, size_t n)
{
	enum metric tail = choose_tail(results, n);
	size_t count = 0;

	chosen[count++] = is_open ? METRIC_P99 : METRIC_RATE;
	if (has_metric(METRIC_CPU, results, n)) {
		chosen[count++] = METRIC_CPU;
	}
	if (chosen[0] != tail && has_metric(tail, results, n)) {
		chosen[count++] = tail;
	}
	return count;
}

void
verdict_sentence(char *text, size_t size, bool is_open,
    const struct results_result *const *results, size_t n)
{
	struct text sentence = { text, size };
	enum metric metrics[METRICS];
	size_t count;

	if (n < 2) {
		text_append(&sentence, "one pattern: nothing to compare with");
		return;
	}
	if (!has_rounds(results, n)) {
		text_append(&sentence, TOO_FEW_ROUNDS);
		return;
	}
	count = choose_metrics(metrics, is_open, results, n);
	for (size_t i = 0; i < count; i++) {
		char clause[SENTENCE_MAX];

		verdict_metric(clause, sizeof(clause), metrics[i], results, n);
		text_append(&sentence, "%s%s", i > 0 ? "; " : "", clause);
	}
}
