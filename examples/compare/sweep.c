/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Each value is measured as a workload is: in rounds, variants in turns. All
 * are closed loops, judged by requests per second.
 *
 * `cells` is a grid, the values of one metric in the rounds of each variant at
 * each value of the parameter; what is said about it is in crossover.c.
 */
#include "sweep.h"

#include "crossover.h"
#include "progress.h"
#include "spread.h"
#include "table.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Of a server; it is killed at its end. */
static double
get_step_seconds(const struct session *session, const struct sweep_plan *plan,
    size_t value)
{
	const struct options *options = session->options;

	return sweep_seconds(plan, value, options->seconds) +
	    options_warm_seconds(options) + SESSION_STEP_OVERHEAD;
}

double
sweep_expected_seconds(const struct session *session,
    const struct sweep_plan *plan)
{
	double seconds = 0;

	for (size_t value = 0; value < plan->n_values; value++) {
		seconds += get_step_seconds(session, plan, value);
	}
	return seconds * (double)session->options->reps;
}

static struct workload
make_workload(const struct sweep_plan *plan, size_t value)
{
	struct workload workload = {
		.name = sweep_names[plan->parameter],
		.connections = 64,
		.depth = 1,
		.job = 'T',
		.wait_us = (uint32_t)sweep_block_us(plan, value),
	};

	switch (plan->parameter) {
	case SWEEP_BLOCK:
		workload.about = "the handler sleeps so long; 64 connections";
		break;
	case SWEEP_THREADS:
		workload.about = "the handler sleeps 1 ms; 64 connections";
		break;
	case SWEEP_CONNECTIONS:
		workload.about = "64 bytes back";
		workload.job = 'E';
		workload.connections = (size_t)plan->values[value];
		break;
	case SWEEPS:
		break;
	}
	return workload;
}

static int
run_step(struct session *session, const struct sweep_plan *plan, size_t value,
    size_t variant, size_t round, double *rate)
{
	static struct step_outcome outcome;
	const struct workload workload = make_workload(plan, value);
	struct step step = session_make_step(session, variant, &workload,
	    round);
	char setting[40];
	char why[STEP_ERROR];
	int result;

	step.seconds = sweep_seconds(plan, value, session->options->seconds);
	step.only_rate = true;
	if (plan->parameter == SWEEP_THREADS) {
		snprintf(setting, sizeof(setting), "engine.threads=%.0f",
		    plan->values[value]);
		step.server.extra = setting;
	}
	progress_step(get_step_seconds(session, plan, value), workload.name,
	    session->variants[variant].id);
	result = step_run(&step, &outcome, why);
	if (result != 0) {
		return session_fail(session, variant, workload.name, result,
		    why);
	}
	*rate = outcome.round.metrics[METRIC_RATE];
	return 0;
}

/* Leaves in the grid the values that all were measured at. */
static int
measure(struct session *session, const struct sweep_plan *plan,
    struct crossover_grid *grid)
{
	size_t n = session->n_variants;
	int result = 0;

	grid->n_values = 0;
	for (size_t value = 0; value < plan->n_values; value++) {
		for (size_t i = 0; i < n * grid->rounds && result == 0; i++) {
			size_t round = i / n;
			size_t v = round % 2 == 0 ? i % n : n - 1 - i % n;

			result = run_step(session, plan, value, v, round,
			    crossover_cell(grid, value, v) + round);
		}
		grid->n_values += result == 0;
	}
	return result;
}

static void
keep_points(const struct session *session, const struct sweep_plan *plan,
    struct crossover_grid *grid, struct results_sweep *sweep)
{
	for (size_t value = 0; value < grid->n_values; value++) {
		for (size_t v = 0; v < session->n_variants; v++) {
			struct spread spread = spread_of(crossover_cell(grid,
							     value, v),
			    grid->rounds);
			struct results_point *point = RESULTS_ADD(sweep->points,
			    sweep->n_points);

			point->value = plan->values[value];
			point->seconds = sweep_seconds(plan, value,
			    session->options->seconds);
			point->variant = results_text("%s",
			    session->variants[v].id);
			point->median = spread.median;
			point->min = spread.min;
			point->max = spread.max;
		}
	}
}

static void
describe(struct results_sweep *sweep, const struct session *session,
    const struct sweep_plan *plan)
{
	sweep->parameter = results_text("%s", sweep_names[plan->parameter]);
	sweep->unit = plan->parameter == SWEEP_BLOCK ? results_text("us")
						     : NULL;
	sweep->metric = results_text("%s", metric_infos[METRIC_RATE].key);
	sweep->workload = results_text("%s, closed loop",
	    make_workload(plan, 0).about);
	sweep->rounds = (double)session->options->reps;
	sweep->seconds = sweep_seconds(plan, 0, session->options->seconds);
}

int
sweep_run(struct session *session, const struct sweep_plan *plan)
{
	struct results *results = session->results;
	struct crossover_grid grid = {
		.values = plan->values,
		.n_values = plan->n_values,
		.n_variants = session->n_variants,
		.rounds = session->options->reps,
	};
	struct results_sweep *sweep;
	int result;

	grid.cells = calloc(grid.n_values * grid.n_variants * grid.rounds,
	    sizeof(*grid.cells));
	if (grid.cells == NULL) {
		return -ENOMEM;
	}
	result = measure(session, plan, &grid);
	progress_clear();
	if (grid.n_values > 0) {
		sweep = RESULTS_ADD(results->sweeps, results->n_sweeps);
		describe(sweep, session, plan);
		keep_points(session, plan, &grid, sweep);
		crossover_find(&grid, results->variants, sweep);
		*RESULTS_ADD(results->verdicts,
		    results->n_verdicts) = crossover_sentence(sweep);
		table_sweep(session->table, results, sweep);
	}
	free(grid.cells);
	return result;
}
