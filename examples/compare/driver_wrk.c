/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * wrk, against a handler that speaks HTTP. What it prints with --latency:
 *
 *       Latency Distribution
 *          50%  123.00us
 *          99%    1.20ms
 *       81011 requests in 1.00s, 10.04MB read
 *       Socket errors: connect 0, read 5, write 0, timeout 0
 *       Non-2xx or 3xx responses: 12
 *     Requests/sec:  80932.14
 */
#include "driver.h"

#include "step.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct workload wrk_workloads[] = {
	{ .name = "http",
	    .about = "GET /, by wrk",
	    .connections = 64,
	    .depth = 1,
	    .driven = "/" },
};

/* "123.00us", "1.20ms", "2.00s" in microseconds; NAN: none. */
static double
read_time_us(const char *text)
{
	char *unit;
	double number = strtod(text, &unit);

	if (unit == text) {
		return (double)NAN;
	}
	if (unit[0] == 'm' && unit[1] == 's') {
		return number * 1e3;
	}
	if (unit[0] == 's') {
		return number * 1e6;
	}
	return unit[0] == 'u' ? number : number * 6e7;
}

static double
find_time_us(const char *output, const char *label)
{
	const char *at = strstr(output, "Latency Distribution");

	at = at != NULL ? strstr(at, label) : NULL;
	return at != NULL ? read_time_us(at + strlen(label)) : (double)NAN;
}

/* The number that ends just before a text. */
static double
find_number_before(const char *output, const char *text)
{
	const char *at = strstr(output, text);

	while (at != NULL && at > output && at[-1] != ' ' && at[-1] != '\n') {
		at--;
	}
	return at != NULL ? strtod(at, NULL) : (double)NAN;
}

/* wrk goes on without the connections that failed. */
static void
read_complaint(const char *output, struct step_outcome *outcome)
{
	static const char label[] = "Socket errors: ";
	const char *at = strstr(output, label);

	if (at != NULL) {
		at += strlen(label);
		snprintf(outcome->complaint, sizeof(outcome->complaint),
		    "wrk had socket errors: %.*s", (int)strcspn(at, "\n"), at);
	}
}

static int
read_output(const char *output, struct step_outcome *outcome, char *error)
{
	const char *rate = strstr(output, "Requests/sec:");
	const char *refused = strstr(output, "Non-2xx or 3xx responses:");
	double *metrics = outcome->round.metrics;

	outcome->replies = find_number_before(output, " requests in ");
	if (rate == NULL || !(outcome->replies > 0)) {
		snprintf(error, STEP_ERROR, "wrk had no answer: %.200s",
		    output);
		return -EPROTO;
	}
	if (refused != NULL) {
		snprintf(error, STEP_ERROR,
		    "the handler did not answer GET / with success: %.40s",
		    refused);
		return -EPROTO;
	}
	read_complaint(output, outcome);
	metrics[METRIC_RATE] = strtod(rate + strlen("Requests/sec:"), NULL);
	metrics[METRIC_P50] = find_time_us(output, "50%");
	metrics[METRIC_P99] = find_time_us(output, "99%");
	metrics[METRIC_P999] = (double)NAN;
	metrics[METRIC_MAX] = (double)NAN;
	return 0;
}

static int
run(const struct step *step, const char *address, struct step_outcome *outcome,
    char *error)
{
	char connections[24];
	char seconds[24];
	char url[96];
	const char *arguments[] = { "wrk", "-t1", "-c", connections, "-d",
		seconds, "--latency", url, NULL };
	char *output;
	int result;

	/* It knows only whole seconds. */
	snprintf(seconds, sizeof(seconds), "%.0fs",
	    step->seconds < 1 ? 1 : ceil(step->seconds));
	snprintf(connections, sizeof(connections), "%zu",
	    step->workload->connections);
	snprintf(url, sizeof(url), "http://%s%s", address,
	    step->workload->driven);
	result = driver_command(step, arguments, &output, error);
	if (result != 0) {
		return result;
	}
	result = read_output(output, outcome, error);
	outcome->round.requests = outcome->replies;
	outcome->round.seconds = outcome->replies /
	    outcome->round.metrics[METRIC_RATE];
	outcome->round.client_busy = (double)NAN;
	free(output);
	return result;
}

const struct driver driver_wrk = {
	.name = "wrk",
	.needs_handler = true,
	.package = "wrk",
	.is_silent = { [METRIC_P999] = true, [METRIC_MAX] = true },
	.workloads = wrk_workloads,
	.n_workloads = sizeof(wrk_workloads) / sizeof(*wrk_workloads),
	.run = run,
};
