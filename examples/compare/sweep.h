/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ECHELON_COMPARE_SWEEP_H
#define ECHELON_COMPARE_SWEEP_H

/*
 * One parameter at several values: who is best where, and where that changes.
 */

#include "session.h"

/* 0, or -errno and the session's `error`. Adds a sweep to the results, and
 * prints it. */
int sweep_run(struct session *session, const struct sweep_plan *plan);

/* Of one variant. */
double sweep_expected_seconds(const struct session *session,
    const struct sweep_plan *plan);

#endif
