/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Two readings and a load between them.
 */
#include "step.h"

#include "load.h"
#include "usage.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

/* An open loop that served less of what was due has a backlog. */
#define NEARLY 0.95

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
keep_load(struct step_outcome *outcome, const struct step *step,
    const struct load_result *result)
{
	struct results_round *round = &outcome->round;

	round->requests = (double)result->replies_in_window;
	round->seconds = result->window_seconds;
	round->client_busy = result->busy;
	round->metrics[METRIC_RATE] = round->requests / round->seconds;
	round->metrics[METRIC_P50] = quantile_us(result, 0.5);
	round->metrics[METRIC_P99] = quantile_us(result, 0.99);
	round->metrics[METRIC_P999] = quantile_us(result, 0.999);
	round->metrics[METRIC_MAX] = (double)result->latency.max / 1e3;
	outcome->replies = (double)result->replies;
	outcome->fell_behind = is_behind(step, result);
	outcome->latency = result->latency;
}

static void
keep_usage(struct step_outcome *outcome, const struct usage *before,
    const struct usage *after)
{
	double cpu_us = (double)(after->cpu_ns - before->cpu_ns) / 1e3;

	usage_count(before, after, outcome->counters);
	outcome->round.metrics[METRIC_CPU] = outcome->replies > 0
	    ? cpu_us / outcome->replies
	    : (double)NAN;
}

static int
run_load(const struct step *step, struct server *server, struct load *load,
    struct step_outcome *outcome)
{
	static struct load_result result;
	int failure = 0;

	if (step->begin != NULL) {
		failure = step->begin(step->context, server);
	}
	if (failure == 0) {
		failure = load_run(load, &result);
		keep_load(outcome, step, &result);
	}
	if (step->end != NULL) {
		int ended = step->end(step->context, server);

		failure = failure == 0 ? ended : failure;
	}
	return failure;
}

static int
run_builtin(const struct step *step, struct server *server,
    struct step_outcome *outcome, char *error)
{
	const struct load_plan plan = {
		.workload = *step->workload,
		.dialogue = step->dialogue,
		.warm_ns = (uint64_t)(step->warm_seconds * 1e9),
		.run_ns = (uint64_t)(step->seconds * 1e9),
		.seed = step->seed,
		.leaves_rest = step->only_rate,
		.interrupted = step->interrupted,
	};
	struct usage before;
	struct usage after;
	struct load *load;
	int result = load_open(&plan, server->address, &load);

	if (result == 0) {
		result = usage_read_before(server, &before);
	}
	if (result == 0) {
		result = run_load(step, server, load, outcome);
	}
	if (result == 0) {
		result = usage_read_after(server, &after);
	}
	if (result == 0) {
		keep_usage(outcome, &before, &after);
	}
	snprintf(error, STEP_ERROR, "%s", load != NULL ? load_error(load) : "");
	load_close(load);
	return result;
}

static int
run_driver(const struct step *step, struct server *server,
    struct step_outcome *outcome, char *error)
{
	struct usage before;
	struct usage after;
	int result = usage_read_before(server, &before);

	if (result == 0) {
		result = step->driver->run(step, server->address, outcome,
		    error);
	}
	if (result == 0) {
		result = usage_read_after(server, &after);
	}
	if (result == 0) {
		keep_usage(outcome, &before, &after);
	}
	return result;
}

/* Whoever failed has said why, but measure.h, which only says how. */
static int
stop(struct server *server, int result, char *error)
{
	if (result == 0) {
		result = server_stop(server);
		error[0] = '\0';
	} else if (server_has_ended(server, result)) {
		/* What the others saw of it is only what followed. */
		error[0] = '\0';
	} else {
		server_kill(server);
	}
	if (result != 0 && error[0] == '\0') {
		snprintf(error, STEP_ERROR, "%s",
		    server->error[0] != '\0' ? server->error
					     : strerror(-result));
	}
	return result;
}

int
step_run(const struct step *step, struct step_outcome *outcome, char *error)
{
	struct server server;
	int result = server_start(&server, &step->server, step->pattern);

	memset(outcome, 0, sizeof(*outcome));
	error[0] = '\0';
	if (result == 0) {
		result = step->driver == NULL
		    ? run_builtin(step, &server, outcome, error)
		    : run_driver(step, &server, outcome, error);
		/* -EINVAL says that it has never run. */
		result = result == -EINVAL ? -EPROTO : result;
	}
	if (result == 0 && step->only_rate) {
		server_kill(&server);
		return 0;
	}
	return stop(&server, result, error);
}
