/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ECHELON_COMPARE_WHERE_H
#define ECHELON_COMPARE_WHERE_H

/*
 * From a trace to where the time of a request went.
 */

#include "results.h"

#include <echelon/echelon.h>

/*
 * The averages over all requests in the trace; NAN where it has none.
 * 0 or -ENOMEM.
 */
int where_of(const struct echelon_trace_event *events, size_t n,
    struct results_where *where);

#endif
