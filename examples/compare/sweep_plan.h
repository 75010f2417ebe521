/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ECHELON_COMPARE_SWEEP_PLAN_H
#define ECHELON_COMPARE_SWEEP_PLAN_H

/*
 * What --sweep asks for: one parameter and the values it shall have.
 */

#include <stddef.h>

enum sweep_parameter {
	SWEEP_BLOCK,       /* how long the handler sleeps, us */
	SWEEP_THREADS,     /* of each pool */
	SWEEP_CONNECTIONS, /* of the load generator */
	SWEEPS
};

enum {
	SWEEP_VALUES_MAX = 16
};

struct sweep_plan {
	enum sweep_parameter parameter;
	double values[SWEEP_VALUES_MAX]; /* rising */
	size_t n_values;
};

extern const char *const sweep_names[SWEEPS];

/* The sweep of a full run. */
#define SWEEP_DEFAULT "block=0,20us,100us,1ms,10ms"

/* Reads "block=0,20us,1ms". What is wrong with it, until the next call; NULL:
 * nothing. */
const char *sweep_parse(struct sweep_plan *plan, const char *text);

#endif
