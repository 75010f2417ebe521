/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ECHELON_COMPARE_SESSION_H
#define ECHELON_COMPARE_SESSION_H

/*
 * Measuring: from options to results.
 *
 *     for each workload
 *         round 0   A B C
 *         round 1   C B A
 *         round 2   A B C ...
 *         each once more with the trace on, and once counting system calls
 *     for each sweep
 *         the same for each of its values, without the passes
 *
 * so that what changes slowly on a machine falls on all variants alike. Each
 * of these letters is a step (step.h).
 */

#include "dialogue.h"
#include "machine.h"
#include "options.h"
#include "results.h"
#include "step.h"

#include <signal.h>
#include <stdio.h>

enum {
	SESSION_WORKLOADS_MAX = 8,
	SESSION_ERROR = 600
};

struct session {
	/* Set by the caller. */
	const struct options *options;
	const struct machine *machine;
	struct results *results;
	FILE *table;
	const volatile sig_atomic_t *interrupted;

	struct variant variants[VARIANTS_MAX];
	size_t n_variants;
	struct workload workloads[SESSION_WORKLOADS_MAX];
	size_t n_workloads;
	size_t n_done; /* workloads whose rounds and passes are complete */
	struct dialogue dialogue;
	bool has_dialogue;
	char program[4096]; /* that a driver drives, or empty */
	char title[200];    /* of a handler's workload */
	char error[SESSION_ERROR];
};

/* Chooses variants and workloads, and says so in the results. 0, or -errno
 * and `error`; -EINVAL if it was in the arguments, -ENOPKG if a program is
 * missing. */
int session_prepare(struct session *session);

/* About how long session_run takes. */
double session_expected_seconds(const struct session *session);

/* Fills the results, and prints the table of each workload as it is done. 0,
 * or -errno and `error`: then the results have what was complete before, of
 * workloads and of the values of a sweep. */
int session_run(struct session *session);

void session_deinit(struct session *session);

/* For sweep.c: a step of a variant, to be filled further and run; and what
 * step_run said, in `error`. */
struct step session_make_step(const struct session *session, size_t variant,
    const struct workload *workload, size_t round);
int session_fail(struct session *session, size_t variant, const char *workload,
    int result, const char *why);

/* The processors of the servers of a workload. */
const cpu_set_t *session_processors(const struct session *session,
    const struct workload *workload, cpu_set_t *one);

/* What a step takes beside its window and warm-up. */
#define SESSION_STEP_OVERHEAD 0.03

#endif
