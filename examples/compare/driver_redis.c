/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * redis-benchmark, against kv. Its --csv is a line of names and one of values:
 *
 *     "test","rps","avg_latency_ms","min_latency_ms","p50_latency_ms",...
 *     "SET","91743.12","0.281","0.136","0.279","0.351","0.431","0.815"
 */
#include "driver.h"

#include "step.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define REQUESTS "20000"
#define PIPELINED_REQUESTS "100000"

static const struct workload redis_workloads[] = {
	{ .name = "set",
	    .about = "SET, by redis-benchmark",
	    .connections = 50,
	    .depth = 1,
	    .driven = "set" },
	{ .name = "get",
	    .about = "GET, by redis-benchmark",
	    .connections = 50,
	    .depth = 1,
	    .driven = "get" },
	{ .name = "incr",
	    .about = "INCR, by redis-benchmark",
	    .connections = 50,
	    .depth = 1,
	    .driven = "incr" },
	{ .name = "get-16",
	    .about = "GET in pipelines, by redis-benchmark",
	    .connections = 50,
	    .depth = 16,
	    .driven = "get" },
};

/* The n-th of the quoted fields of a line; NAN: not there. */
static double
get_field(const char *line, size_t n)
{
	for (size_t i = 0; i < n && line != NULL; i++) {
		line = strchr(line, ',');
		line = line != NULL ? line + 1 : NULL;
	}
	return line != NULL && *line == '"' ? strtod(line + 1, NULL)
					    : (double)NAN;
}

static int
read_output(const char *output, struct step_outcome *outcome)
{
	const char *line = strchr(output, '\n');
	double *metrics = outcome->round.metrics;

	if (line == NULL || strncmp(output, "\"test\",\"rps\"", 12) != 0) {
		return -EPROTO;
	}
	line++;
	metrics[METRIC_RATE] = get_field(line, 1);
	metrics[METRIC_P50] = get_field(line, 4) * 1e3;
	metrics[METRIC_P99] = get_field(line, 6) * 1e3;
	metrics[METRIC_P999] = (double)NAN;
	metrics[METRIC_MAX] = get_field(line, 7) * 1e3;
	return metrics[METRIC_RATE] > 0 ? 0 : -EPROTO;
}

static int
run(const struct step *step, const char *address, struct step_outcome *outcome,
    char *error)
{
	char host[64];
	char clients[24];
	char depth[24];
	const char *port;
	const char *requests = step->workload->depth > 1 ? PIPELINED_REQUESTS
							 : REQUESTS;
	const char *arguments[] = { "redis-benchmark", "-h", host, "-p", NULL,
		"-c", clients, "-P", depth, "-n", requests, "-t",
		step->workload->driven, "--csv", NULL };
	char *output = NULL;
	int result = driver_split_address(address, host, &port);

	arguments[4] = port;
	snprintf(clients, sizeof(clients), "%zu", step->workload->connections);
	snprintf(depth, sizeof(depth), "%zu", step->workload->depth);
	if (result == 0) {
		result = driver_command(step, arguments, &output, error);
	}
	if (result != 0) {
		return result;
	}
	result = read_output(output, outcome);
	if (result != 0) {
		snprintf(error, STEP_ERROR,
		    "redis-benchmark says what is not understood: %.200s",
		    output);
	}
	outcome->replies = strtod(requests, NULL);
	outcome->round.requests = outcome->replies;
	outcome->round.seconds = outcome->replies /
	    outcome->round.metrics[METRIC_RATE];
	outcome->round.client_busy = (double)NAN;
	free(output);
	return result;
}

const struct driver driver_redis_benchmark = {
	.name = "redis-benchmark",
	.serves = "kv",
	.package = "redis-tools",
	.is_silent = { [METRIC_P999] = true },
	.workloads = redis_workloads,
	.n_workloads = sizeof(redis_workloads) / sizeof(*redis_workloads),
	.run = run,
};
