/* SPDX-License-Identifier: BSD-2-Clause */
#include "passes.h"

#include "syscalls.h"
#include "timeline.h"
#include "where.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

struct traced {
	struct echelon_trace_event *events;
	size_t n;
	size_t threads;
};

static int
begin_trace(void *context, struct server *server)
{
	struct traced *traced = context;
	struct echelon_stats stats;
	int result = server_stats(server, &stats);

	if (result == 0) {
		traced->threads = (size_t)stats.threads;
		result = server_trace_start(server);
	}
	return result;
}

static int
end_trace(void *context, struct server *server)
{
	struct traced *traced = context;

	return server_trace_stop(server, &traced->events, &traced->n);
}

int
pass_trace(const struct step *step, struct results_where *where,
    struct results_timeline *timeline, char *error)
{
	static struct step_outcome outcome;
	struct traced traced = { 0 };
	struct step pass = *step;
	int result;

	*where = (struct results_where){ NAN, NAN, NAN, NAN };
	if (step->server.program != NULL || step->driver != NULL) {
		return -ENOTSUP;
	}
	pass.server.traces = true;
	pass.begin = begin_trace;
	pass.end = end_trace;
	pass.context = &traced;
	result = step_run(&pass, &outcome, error);
	if (result == 0) {
		result = where_of(traced.events, traced.n, where);
	}
	if (result == 0 && timeline != NULL) {
		timeline_of(traced.events, traced.n, traced.threads, timeline);
	}
	free(traced.events);
	return result;
}

struct counted {
	struct syscalls syscalls;
	bool counts;
	uint64_t calls;
};

/* Where nobody can count, the step runs all the same, and nothing is known. */
static int
begin_syscalls(void *context, struct server *server)
{
	struct counted *counted = context;

	counted->counts = syscalls_begin(&counted->syscalls, server->process) ==
	    0;
	return 0;
}

static int
end_syscalls(void *context, struct server *server)
{
	struct counted *counted = context;

	(void)server;
	if (counted->counts) {
		counted->counts = syscalls_end(&counted->syscalls,
				      &counted->calls) == 0;
	}
	return 0;
}

int
pass_syscalls(const struct step *step, double *per_request, char *error)
{
	static struct step_outcome outcome;
	struct counted counted = { .calls = 0 };
	struct step pass = *step;
	int result;

	*per_request = (double)NAN;
	if (step->driver != NULL) {
		return -ENOTSUP;
	}
	pass.begin = begin_syscalls;
	pass.end = end_syscalls;
	pass.context = &counted;
	result = step_run(&pass, &outcome, error);
	if (result == 0 && counted.counts) {
		*per_request = (double)counted.calls / outcome.replies;
	}
	return result;
}
