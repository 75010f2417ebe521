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

/* How long the handler sleeps at a value. */
double sweep_block_us(const struct sweep_plan *plan, size_t value);

/*
 * The window of a round at a value: as long as wanted, or else long enough to
 * count, and never less than 20 times what the handler sleeps, for a rate that
 * is right to some percent.
 */
double sweep_seconds(const struct sweep_plan *plan, size_t value,
    double wanted);

/* The sweep of a full run. */
#define SWEEP_DEFAULT "block=0,20us,100us,1ms,10ms"

/* Reads "block=0,20us,1ms". What is wrong with it, until the next call; NULL:
 * nothing. */
const char *sweep_parse(struct sweep_plan *plan, const char *text);

#endif
