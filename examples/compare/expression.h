/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ECHELON_COMPARE_EXPRESSION_H
#define ECHELON_COMPARE_EXPRESSION_H

/*
 * The expression of --fail-if:
 *
 *     either     = both { "||" both }
 *     both       = comparison { "&&" comparison }
 *     comparison = sum ( "<" | "<=" | ">" | ">=" ) sum | "(" either ")"
 *     sum        = product { ( "+" | "-" ) product }
 *     product    = factor { ( "*" | "/" ) factor }
 *     factor     = NUMBER | METRIC "(" VARIANT [ "," WORKLOAD ] ")"
 *                | "(" sum ")"
 *
 * METRIC is rate, p50, p99, p999, max or cpu, and stands for a median. VARIANT
 * is an id, in quotes if it likes. Without a WORKLOAD it is that of which the
 * expression is asked.
 *
 * To divide by 0 is an error, and not a number beyond all others.
 */

#include "results.h"

#include <stddef.h>

enum {
	EXPRESSION_ERROR = 200
};

/* 0, or -EINVAL and in `error` what is wrong where. */
int expression_check(const char *expression, char *error, size_t size);

/* Does it have a metric in it? */
bool expression_asks(const char *expression, enum metric metric);

enum expression_value {
	EXPRESSION_FALSE,
	EXPRESSION_TRUE,
	EXPRESSION_UNKNOWN /* it needs a value that is not known */
};

/*
 * Its value for one workload. 0, or -EINVAL and in `error` which variant or
 * workload the results do not have at all, or that it divides by 0.
 */
int expression_evaluate(const char *expression, const struct results *results,
    const char *workload, enum expression_value *value, char *error,
    size_t size);

#endif
