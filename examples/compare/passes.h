/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ECHELON_COMPARE_PASSES_H
#define ECHELON_COMPARE_PASSES_H

/*
 * The reasons behind the figures, measured apart from them, because watching
 * costs something: one short step with the trace on, one under perf or strace.
 */

#include "step.h"

/*
 * A step like `step` with the trace on. Fills `where`, and `timeline` unless
 * it is NULL. 0, -ENOTSUP where the server is a program, or as step_run.
 */
int pass_trace(const struct step *step, struct results_where *where,
    struct results_timeline *timeline, char *error);

/* System calls per request; NAN where they cannot be counted. 0, or as
 * step_run. */
int pass_syscalls(const struct step *step, double *per_request, char *error);

#endif
