/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Two readings and a load between them.
 */
#include "step.h"

#include "load.h"
#include "measure.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

/* An open loop that served less of what was due has a backlog. */
#define NEARLY 0.95

/* What a server has used so far. */
struct usage {
	uint64_t cpu_ns;
	uint64_t switches;
	uint64_t wakes;
};

static int
read_processor(pid_t process, struct usage *usage)
{
	int result = measure_cpu_ns(process, &usage->cpu_ns);

	return result == 0 ? measure_switches(process, &usage->switches)
			   : result;
}

static int
read_wakes(struct server *server, struct usage *usage)
{
	struct echelon_stats stats;
	int result = server_stats(server, &stats);

	if (result == 0) {
		usage->wakes = stats.wakes;
	}
	return result;
}

/* Before the load the server is asked first, after it last, so that its
 * answering is outside of what is counted. */
static int
read_before(struct server *server, struct usage *usage)
{
	int result = read_wakes(server, usage);

	return result == 0 ? read_processor(server->process, usage) : result;
}

static int
read_after(struct server *server, struct usage *usage)
{
	int result = read_processor(server->process, usage);

	return result == 0 ? read_wakes(server, usage) : result;
}

static double
quantile_us(const struct load_result *result, double fraction)
{
	return (double)histogram_quantile(&result->latency, fraction) / 1e3;
}

static bool
is_behind(const struct step *step, const struct load_result *result)
{
	double planned = step->workload->rate * result->window_seconds;

	return result->never_sent > 0 ||
	    (double)result->replies_in_window < NEARLY * planned;
}

static void
keep_values(struct cell *cell, const struct step *step,
    const struct load_result *result, const struct usage *used)
{
	double replies = (double)result->replies;
	double in_window = (double)result->replies_in_window;
	const double values[METRICS] = {
		[METRIC_RATE] = in_window / result->window_seconds,
		[METRIC_P50] = quantile_us(result, 0.5),
		[METRIC_P99] = quantile_us(result, 0.99),
		[METRIC_P999] = quantile_us(result, 0.999),
		[METRIC_CPU] = (double)used->cpu_ns / 1e3 / replies,
		[METRIC_SWITCHES] = (double)used->switches / replies,
		[METRIC_WAKES] = (double)used->wakes / replies,
		[METRIC_CLIENT] = result->busy,
	};

	for (int m = 0; m < METRICS; m++) {
		cell->values[m][cell->reps] = values[m];
	}
	if (cell->reps == 0 || result->latency.count < cell->samples) {
		cell->samples = result->latency.count;
	}
	cell->reps++;
	cell->overrun += is_behind(step, result);
}

/* `used` becomes the difference of two readings. */
static int
load_between(const struct step *step, struct server *server, struct load *load,
    struct cell *cell)
{
	static struct load_result result;
	struct usage before;
	struct usage used;
	int failure = read_before(server, &before);

	if (failure == 0) {
		failure = load_run(load, &result);
	}
	if (failure == 0) {
		failure = read_after(server, &used);
	}
	if (failure == 0) {
		used.cpu_ns -= before.cpu_ns;
		used.switches -= before.switches;
		used.wakes -= before.wakes;
		keep_values(cell, step, &result, &used);
	}
	return failure;
}

/* Whoever failed has said why, but measure.h, which only says how. */
static void
explain(const struct load *load, const struct server *server, int failure,
    char *error)
{
	const char *why = load != NULL ? load_error(load) : "";

	if (why[0] == '\0') {
		why = server->error;
	}
	snprintf(error, STEP_ERROR, "%s",
	    why[0] != '\0' ? why : strerror(-failure));
}

int
step_run(const struct step *step, struct server *server, struct cell *cell,
    char *error)
{
	const struct load_plan plan = {
		.workload = *step->workload,
		.warm_ns = (uint64_t)(step->warm_seconds * 1e9),
		.run_ns = (uint64_t)(step->seconds * 1e9),
		.seed = step->seed,
		.interrupted = step->interrupted,
	};
	struct load *load;
	int result = load_open(&plan, server->address, &load);

	if (result == 0) {
		result = load_between(step, server, load, cell);
	}
	if (result != 0) {
		explain(load, server, result, error);
	}
	load_close(load);
	return result;
}
