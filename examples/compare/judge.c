/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A note says what makes two rows one and the same thing under two names: a
 * queueing layer that nothing passed, a lead that was never passed on.
 */
#include "judge.h"

#include "spread.h"
#include "text.h"
#include "verdict.h"

#include <math.h>
#include <string.h>

/* Once in more than so many requests is worth a note. */
#define SELDOM 20

#define BUSY_CLIENT 0.9

/* Rounds of one server should not differ that much in CPU per request. */
#define NOISY 1.5

void
judge_medians(struct results_result *result)
{
	for (enum metric m = 0; m < METRICS; m++) {
		double values[ROUNDS_MAX];
		size_t n = verdict_values(values, result, m);
		struct spread spread = spread_of(values, n);

		result->median[m] = (struct results_spread){ spread.median,
			spread.min, spread.max };
	}
}

static const char *
name_difference(enum difference difference, bool more_is_better)
{
	if (difference == NOT_JUDGED) {
		return "not judged";
	}
	if (difference == NO_DIFFERENCE) {
		return "no difference seen";
	}
	return (difference == MORE) == more_is_better ? "better" : "worse";
}

void
judge_relative(struct results_result *result, const struct results_result *to,
    enum metric metric)
{
	const struct metric_info *info = &metric_infos[metric];
	double values[ROUNDS_MAX];
	double others[ROUNDS_MAX];
	size_t n = verdict_values(values, result, metric);
	struct interval ratio;

	if (verdict_values(others, to, metric) != n) {
		n = 0;
	}
	ratio = spread_ratio(values, others, n);
	result->relative = (struct results_relative){
		.to = results_text("%s", to->variant),
		.metric = results_text("%s", info->key),
		.value = ratio.value,
		.low = ratio.low,
		.high = ratio.high,
		.verdict = results_text("%s",
		    name_difference(spread_compare(values, others, n,
					info->margin),
			info->more_is_better)),
	};
}

static void
append_note(struct text *text, bool *has_any, const char *what)
{
	text_append(text, "%s%s", *has_any ? "; " : "", what);
	*has_any = true;
}

static bool
begins(const char *text, const char *beginning)
{
	return text != NULL && strncmp(text, beginning, strlen(beginning)) == 0;
}

/* `never` is said of 0; `seldom` has a %.0f for one in how many. */
static void
note_counter(struct text *text, bool *has_any, double per_request,
    const char *never, const char *seldom)
{
	char what[120];

	if (per_request == 0) {
		append_note(text, has_any, never);
	} else if (per_request < 1.0 / SELDOM) {
		snprintf(what, sizeof(what), "%s 1 request in %.0f", seldom,
		    1 / per_request);
		append_note(text, has_any, what);
	}
}

void
judge_note(struct results_result *result, const struct results_variant *variant,
    const struct judge_facts *facts)
{
	char note[512] = "";
	struct text text = { note, sizeof(note) };
	bool has_any = false;

	if (begins(variant->pattern, "half-sync-")) {
		note_counter(&text, &has_any,
		    result->per_request[COUNTER_QUEUED],
		    "no request passed the queue",
		    "the queue was passed by only");
	}
	if (begins(variant->pattern, "leader-followers")) {
		/* An offer that nobody takes changes nothing: without a
		 * thread woken, the same one has led all the time. */
		note_counter(&text, &has_any,
		    result->per_request[COUNTER_WAKES],
		    "the lead was never passed on",
		    "a thread was woken to take the lead for");
	}
	if (facts->fell_behind > 0) {
		char what[160];

		snprintf(what, sizeof(what),
		    "fell behind the rate in %zu of %zu rounds; its latency "
		    "is that of a backlog",
		    facts->fell_behind, result->n_rounds);
		append_note(&text, &has_any, what);
	}
	result->note = has_any ? results_text("%s", note) : NULL;
}

static size_t
collect(const struct results *results, const char *workload,
    const struct results_result **found, size_t room)
{
	size_t n = 0;

	for (size_t i = 0; i < results->n_results && n < room; i++) {
		if (strcmp(results->results[i].workload, workload) == 0) {
			found[n++] = &results->results[i];
		}
	}
	return n;
}

enum {
	COLLECTED_MAX = 64
};

void
judge_workload(const struct results *results, struct results_workload *workload)
{
	const struct results_result *found[COLLECTED_MAX];
	char sentence[SENTENCE_MAX];
	size_t n = collect(results, workload->id, found, COLLECTED_MAX);

	verdict_sentence(sentence, sizeof(sentence), !isnan(workload->rate),
	    found, n);
	workload->verdict = results_text("%s", sentence);
}

static double
get_range(const struct results_spread *spread)
{
	return spread->min > 0 ? spread->max / spread->min : 1;
}

static double
get_client_busy(const struct results_result *result)
{
	double values[ROUNDS_MAX];
	size_t n = result->n_rounds < ROUNDS_MAX ? result->n_rounds
						 : ROUNDS_MAX;

	for (size_t i = 0; i < n; i++) {
		values[i] = result->rounds[i].client_busy;
	}
	return spread_of(values, n).median;
}

void
judge_noise(struct results *results, const struct results_workload *workload)
{
	const struct results_result *found[COLLECTED_MAX];
	size_t n = collect(results, workload->id, found, COLLECTED_MAX);
	double range = 1;
	bool client_is_busy = false;

	for (size_t i = 0; i < n; i++) {
		double its = get_range(&found[i]->median[METRIC_CPU]);

		range = its > range ? its : range;
		client_is_busy |= get_client_busy(found[i]) > BUSY_CLIENT;
	}
	if (range > NOISY) {
		*RESULTS_ADD(results->warnings, results->n_warnings) =
		    results_text("%s: the rounds of one variant differ by up "
				 "to %.1f times in CPU per request: the "
				 "machine was noisy",
			workload->id, range);
	}
	if (client_is_busy) {
		*RESULTS_ADD(results->warnings, results->n_warnings) =
		    results_text("%s: the load generator was busy all the "
				 "time; a faster server could do more than "
				 "shown",
			workload->id);
	}
}
