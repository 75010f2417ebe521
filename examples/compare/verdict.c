/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * In one metric every result stands to the best, which has the best median,
 * in one of three ways (spread.h says when two are different):
 *
 *     alike      not different from the best, nor from any that is alike
 *                and different from all that are behind
 *     undecided  different neither from the best nor from one behind it
 *     behind     different from the best
 *
 * The best is alike itself. Only those behind get a ratio.
 */
#include "verdict.h"

#include "spread.h"
#include "text.h"

#include <math.h>

/* Of fewer latencies in a round, p99.9 is the one longest, which is chance. */
#define SAMPLES_FOR_P999 1000

#define NAMED_UNDECIDED 2

struct contest {
	enum metric metric;
	const struct results_result *const *results;
	size_t n;
	size_t best;
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

static double
get_median(const struct contest *contest, size_t i)
{
	double values[ROUNDS_MAX];
	size_t n = verdict_values(values, contest->results[i], contest->metric);

	return spread_of(values, n).median;
}

static bool
is_different(const struct contest *contest, size_t i, size_t k)
{
	double a[ROUNDS_MAX];
	double b[ROUNDS_MAX];
	size_t n = verdict_values(a, contest->results[i], contest->metric);

	return n == verdict_values(b, contest->results[k], contest->metric) &&
	    spread_compare(a, b, n, metric_infos[contest->metric].margin) !=
	    NO_DIFFERENCE;
}

static size_t
find_best(const struct contest *contest)
{
	bool more = metric_infos[contest->metric].more_is_better;
	size_t best = 0;

	for (size_t i = 1; i < contest->n; i++) {
		double value = get_median(contest, i);
		double champion = get_median(contest, best);

		if (more ? value > champion : value < champion) {
			best = i;
		}
	}
	return best;
}

static enum standing
get_standing(const struct contest *contest, size_t i)
{
	if (i == contest->best) {
		return ALIKE;
	}
	if (is_different(contest, i, contest->best)) {
		return BEHIND;
	}
	for (size_t k = 0; k < contest->n; k++) {
		if (k != i && is_different(contest, k, contest->best) &&
		    !is_different(contest, i, k)) {
			return UNDECIDED;
		}
	}
	return ALIKE;
}

static size_t
count_standing(const struct contest *contest, enum standing standing)
{
	size_t count = 0;

	for (size_t i = 0; i < contest->n; i++) {
		count += get_standing(contest, i) == standing;
	}
	return count;
}

/* "lf, reactor and hsha", from the best on. */
static void
append_names(struct text *text, const struct contest *contest,
    enum standing standing)
{
	size_t left = count_standing(contest, standing);

	for (size_t k = 0; k < contest->n; k++) {
		size_t i = (contest->best + k) % contest->n;

		if (get_standing(contest, i) == standing) {
			left--;
			text_append(text, "%s%s", contest->results[i]->variant,
			    left > 1        ? ", "
				: left == 1 ? " and "
					    : "");
		}
	}
}

static double
get_ratio(const struct contest *contest, size_t i)
{
	double best[ROUNDS_MAX];
	double other[ROUNDS_MAX];
	size_t n = verdict_values(best, contest->results[contest->best],
	    contest->metric);

	(void)verdict_values(other, contest->results[i], contest->metric);
	return spread_ratio(best, other, n).value;
}

/* Two digits after the point, or two that are not 0. */
static void
append_ratio(struct text *text, const struct contest *contest, size_t i)
{
	double ratio = get_ratio(contest, i);

	text_append(text,
	    ratio < 0.095 ? ", %.2g times %s's" : ", %.2f times %s's", ratio,
	    contest->results[i]->variant);
}

/* Many names of whom nothing is said are only counted. */
static void
append_undecided(struct text *text, const struct contest *contest)
{
	size_t n = count_standing(contest, UNDECIDED);

	if (n > NAMED_UNDECIDED) {
		text_append(text, " (%zu others undecided)", n);
	} else if (n > 0) {
		text_append(text, " (");
		append_names(text, contest, UNDECIDED);
		text_append(text, " undecided)");
	}
}

void
verdict_metric(char *text, size_t size, enum metric metric,
    const struct results_result *const *results, size_t n)
{
	struct text clause = { text, size };
	struct contest contest = { metric, results, n, 0 };

	contest.best = find_best(&contest);
	text_append(&clause, "%s: ", metric_infos[metric].best);
	if (count_standing(&contest, BEHIND) == 0) {
		text_append(&clause, "no difference seen");
		return;
	}
	append_names(&clause, &contest, ALIKE);
	if (count_standing(&contest, ALIKE) > 1) {
		text_append(&clause, " alike");
	}
	for (size_t i = 0; i < n; i++) {
		if (get_standing(&contest, i) == BEHIND) {
			append_ratio(&clause, &contest, i);
		}
	}
	append_undecided(&clause, &contest);
}

void
verdict_places(struct verdict_place *places, enum metric metric,
    const struct results_result *const *results, size_t n)
{
	struct contest contest = { metric, results, n, 0 };

	contest.best = find_best(&contest);
	for (size_t i = 0; i < n; i++) {
		places[i].standing = get_standing(&contest, i);
		places[i].ratio = get_ratio(&contest, i);
	}
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
	if (results[0]->n_rounds < ROUNDS_FOR_VERDICT) {
		text_append(&sentence,
		    "fewer than %d rounds: too little was run to say",
		    ROUNDS_FOR_VERDICT);
		return;
	}
	count = choose_metrics(metrics, is_open, results, n);
	for (size_t i = 0; i < count; i++) {
		char clause[SENTENCE_MAX];

		verdict_metric(clause, sizeof(clause), metrics[i], results, n);
		text_append(&sentence, "%s%s", i > 0 ? "; " : "", clause);
	}
}
