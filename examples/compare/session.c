/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The rounds of a workload, the passes after them, and what they say.
 */
#include "session.h"

#include "judge.h"
#include "passes.h"
#include "progress.h"
#include "spread.h"
#include "sweep.h"
#include "table.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* The windows of the passes. */
#define TRACE_SECONDS 0.1
#define SYSCALLS_SECONDS 0.05

/* What the rounds of one variant add up to. */
struct cell {
	struct histogram latency;
	double counters[COUNTERS];
	double replies;
	struct judge_facts facts;
};

int
session_fail(struct session *session, size_t variant, const char *workload,
    int result, const char *why)
{
	char what[STEP_ERROR];

	if (result == -EINVAL) {
		options_explain(session->error, sizeof(session->error),
		    session->variants[variant].id, why);
		return result;
	}
	snprintf(what, sizeof(what), "%s", why);
	snprintf(session->error, sizeof(session->error), "%s: %s: %s",
	    session->variants[variant].id, workload, what);
	return result;
}

const cpu_set_t *
session_processors(const struct session *session,
    const struct workload *workload, cpu_set_t *one)
{
	const struct machine *machine = session->machine;
	size_t first = 0;

	if (workload->all_processors && CPU_COUNT(&machine->servers) == 1) {
		return &machine->allowed;
	}
	if (!workload->one_processor) {
		return &machine->servers;
	}
	while (!CPU_ISSET(first, &machine->servers)) {
		first++;
	}
	CPU_ZERO(one);
	CPU_SET(first, one);
	return one;
}

struct step
session_make_step(const struct session *session, size_t variant,
    const struct workload *workload, size_t round)
{
	static char patterns[VARIANTS_MAX][VARIANT_MAX];
	static cpu_set_t one;
	const struct options *options = session->options;

	variant_pattern(patterns[variant], VARIANT_MAX,
	    session->variants[variant].id);
	return (struct step){
		.workload = workload,
		.dialogue = session->has_dialogue ? &session->dialogue : NULL,
		.driver = options->driver,
		.pattern = patterns[variant],
		.server = {
			.cpus = session_processors(session, workload, &one),
			.settings = options->settings,
			.n_settings = options->n_settings,
			.handler = options->handler,
			.program = session->program[0] != '\0'
			    ? session->program
			    : NULL,
			.interrupted = session->interrupted,
		},
		.client = &session->machine->client,
		.seconds = options_seconds(options, workload),
		.warm_seconds = options_warm_seconds(options),
		.seed = round + 1,
		.interrupted = session->interrupted,
	};
}

static double
get_step_seconds(const struct step *step)
{
	return step->seconds + step->warm_seconds + SESSION_STEP_OVERHEAD;
}

static void
add_histogram(struct histogram *sum, const struct histogram *part)
{
	for (size_t i = 0; i < HISTOGRAM_BUCKETS; i++) {
		sum->buckets[i] += part->buckets[i];
	}
	sum->count += part->count;
	sum->max = part->max > sum->max ? part->max : sum->max;
}

/* A warning for the first one of a row; all stand in the file. */
static void
keep_complaint(struct session *session, struct results_result *result,
    size_t round, const char *complaint)
{
	struct results *results = session->results;

	if (result->n_errors == 0) {
		*RESULTS_ADD(results->warnings,
		    results->n_warnings) = results_text("%s: %s: %s",
		    result->workload, result->variant, complaint);
	}
	*RESULTS_ADD(result->errors,
	    result->n_errors) = results_text("round %zu: %s", round + 1,
	    complaint);
}

static int
run_round(struct session *session, const struct workload *workload,
    size_t variant, size_t round, struct results_result *result,
    struct cell *cell)
{
	static struct step_outcome outcome;
	struct step step = session_make_step(session, variant, workload, round);
	char why[STEP_ERROR];
	int failure;

	progress_step(get_step_seconds(&step), workload->name,
	    session->variants[variant].id);
	failure = step_run(&step, &outcome, why);
	if (failure != 0) {
		return session_fail(session, variant, workload->name, failure,
		    why);
	}
	*RESULTS_ADD(result->rounds, result->n_rounds) = outcome.round;
	if (outcome.complaint[0] != '\0') {
		keep_complaint(session, result, round, outcome.complaint);
	}
	add_histogram(&cell->latency, &outcome.latency);
	for (int i = 0; i < COUNTERS; i++) {
		cell->counters[i] += outcome.counters[i];
	}
	cell->replies += outcome.replies;
	cell->facts.fell_behind += outcome.fell_behind;
	return 0;
}

static int
run_rounds(struct session *session, const struct workload *workload,
    struct results_result *first, struct cell *cells)
{
	size_t n = session->n_variants;
	int result = 0;

	for (size_t round = 0; round < session->options->reps; round++) {
		for (size_t i = 0; i < n && result == 0; i++) {
			size_t v = round % 2 == 0 ? i : n - 1 - i;

			result = run_round(session, workload, v, round,
			    &first[v], &cells[v]);
		}
	}
	return result;
}

static int
run_passes(struct session *session, const struct workload *workload,
    size_t variant, struct results_result *result)
{
	struct step step = session_make_step(session, variant, workload, 0);
	char why[STEP_ERROR] = "";
	int failure;

	step.seconds = TRACE_SECONDS;
	progress_step(get_step_seconds(&step), "trace of", workload->name);
	failure = pass_trace(&step, &result->where, NULL, why);
	if (failure == 0 || failure == -ENOTSUP) {
		step.seconds = SYSCALLS_SECONDS;
		progress_step(get_step_seconds(&step), "system calls of",
		    workload->name);
		failure = pass_syscalls(&step,
		    &result->per_request[COUNTER_SYSCALLS], why);
	}
	return failure == 0 || failure == -ENOTSUP
	    ? 0
	    : session_fail(session, variant, workload->name, failure, why);
}

static void
keep_percentiles(struct results_result *result, const struct histogram *latency)
{
	static const double fractions[] = { 0.01, 0.1, 0.25, 0.5, 0.75, 0.9,
		0.95, 0.98, 0.99, 0.995, 0.998, 0.999, 0.9995, 0.9998, 0.9999,
		0.99995, 0.99999 };

	for (size_t i = 0; i < sizeof(fractions) / sizeof(*fractions); i++) {
		struct results_percentile *percentile;

		/* One beyond it, at least. */
		if ((double)latency->count * (1 - fractions[i]) < 1) {
			break;
		}
		percentile = RESULTS_ADD(result->percentiles,
		    result->n_percentiles);
		percentile->fraction = fractions[i];
		percentile->us = (double)histogram_quantile(latency,
				     fractions[i]) /
		    1e3;
	}
}

static void
keep_counters(struct results_result *result, const struct cell *cell)
{
	for (int i = 0; i < COUNTERS; i++) {
		if (i != COUNTER_SYSCALLS) {
			result->per_request[i] = cell->counters[i] /
			    cell->replies;
		}
	}
}

static void
judge(struct session *session, struct results_workload *described,
    enum metric metric, struct results_result *first, const struct cell *cells)
{
	for (size_t v = 0; v < session->n_variants; v++) {
		judge_medians(&first[v]);
		judge_relative(&first[v], &first[0], metric);
		keep_counters(&first[v], &cells[v]);
		keep_percentiles(&first[v], &cells[v].latency);
		judge_note(&first[v], &session->results->variants[v],
		    &cells[v].facts);
	}
	judge_workload(session->results, described);
	judge_noise(session->results, described);
}

/* The results of a workload stand together, in the order of the variants. */
static size_t
add_results(struct session *session, const struct workload *workload)
{
	struct results *results = session->results;
	size_t first = results->n_results;

	for (size_t v = 0; v < session->n_variants; v++) {
		struct results_result *result = RESULTS_ADD(results->results,
		    results->n_results);

		result->workload = results_text("%s", workload->name);
		result->variant = results_text("%s", session->variants[v].id);
	}
	return first;
}

static int
run_workload(struct session *session, size_t w)
{
	const struct workload *workload = &session->workloads[w];
	struct results *results = session->results;
	struct cell *cells = calloc(session->n_variants, sizeof(*cells));
	size_t at = add_results(session, workload);
	struct results_result *first = &results->results[at];
	int result;

	if (cells == NULL) {
		return -ENOMEM;
	}
	result = run_rounds(session, workload, first, cells);
	for (size_t v = 0; v < session->n_variants && result == 0; v++) {
		result = run_passes(session, workload, v, &first[v]);
	}
	progress_clear();
	if (result == 0) {
		judge(session, &results->workloads[w],
		    workload_metric(workload), first, cells);
		table_workload(session->table, results, &results->workloads[w]);
	}
	free(cells);
	return result;
}

/* What a timeline shows: few enough requests to see each, and some of them
 * block. */
static struct workload
get_timeline_workload(const struct session *session)
{
	struct workload workload = {
		.name = "timeline",
		.about = "20 us of computing; 1 in 20 sleeps 10 ms; 1000/s",
		.job = 'C',
		.rare_job = 'S',
		.rare_every = 20,
		.connections = 64,
		.depth = 1,
		.rate = 1000,
	};

	if (session->has_dialogue) {
		workload.about = "1000 requests/s";
		workload.rare_every = 0;
	}
	return workload;
}

static int
draw_timelines(struct session *session)
{
	const struct workload workload = get_timeline_workload(session);
	int result = 0;

	for (size_t v = 0; v < session->n_variants && result == 0; v++) {
		struct step step = session_make_step(session, v, &workload, 0);
		struct results_timeline timeline = { 0 };
		struct results_where where;
		char why[STEP_ERROR];

		step.seconds = 0.12;
		progress_step(get_step_seconds(&step), "timeline of",
		    session->variants[v].id);
		result = pass_trace(&step, &where, &timeline, why);
		if (result == -ENOTSUP) {
			return 0;
		}
		if (result != 0) {
			return session_fail(session, v, "timeline", result,
			    why);
		}
		timeline.variant = results_text("%s", session->variants[v].id);
		timeline.workload = results_text("%s", workload.about);
		*RESULTS_ADD(session->results->timelines,
		    session->results->n_timelines) = timeline;
	}
	return result;
}

static void
keep_verdicts(struct results *results)
{
	for (size_t w = 0; w < results->n_workloads; w++) {
		const struct results_workload *workload = &results
							       ->workloads[w];

		*RESULTS_ADD(results->verdicts,
		    results->n_verdicts) = results_text("%s: %s", workload->id,
		    workload->verdict);
	}
}

double
session_expected_seconds(const struct session *session)
{
	double seconds = 0;

	for (size_t w = 0; w < session->n_workloads; w++) {
		struct step step = session_make_step(session, 0,
		    &session->workloads[w], 0);

		seconds += get_step_seconds(&step) *
			(double)session->options->reps +
		    TRACE_SECONDS + SYSCALLS_SECONDS +
		    2 * (step.warm_seconds + SESSION_STEP_OVERHEAD);
	}
	seconds += 0.2;
	for (size_t i = 0; i < session->options->n_sweeps; i++) {
		seconds += sweep_expected_seconds(session,
		    &session->options->sweeps[i]);
	}
	return seconds * (double)session->n_variants;
}

int
session_run(struct session *session)
{
	const struct options *options = session->options;
	int result = 0;

	progress_plan(session_expected_seconds(session));
	for (size_t w = 0; w < session->n_workloads && result == 0; w++) {
		result = run_workload(session, w);
		session->n_done += result == 0;
	}
	results_keep_workloads(session->results, session->n_done);
	keep_verdicts(session->results);
	if (result == 0) {
		result = draw_timelines(session);
	}
	for (size_t i = 0; i < options->n_sweeps && result == 0; i++) {
		result = sweep_run(session, &options->sweeps[i]);
	}
	progress_clear();
	return result;
}

void
session_deinit(struct session *session)
{
	if (session->has_dialogue) {
		dialogue_deinit(&session->dialogue);
	}
}
