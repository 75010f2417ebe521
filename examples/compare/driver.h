/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ECHELON_COMPARE_DRIVER_H
#define ECHELON_COMPARE_DRIVER_H

/*
 * Load generators that others have written, run as programs. What they do not
 * measure is not known: NAN.
 */

#include "metric.h"
#include "workload.h"

#include <stdbool.h>
#include <stddef.h>

struct step;
struct step_outcome;

struct driver {
	const char *name; /* as --driver takes it, and the program's */
	/* Of a server: `needs_handler`, or the program `serves`. */
	bool needs_handler;
	const char *serves;
	const struct workload *workloads;
	size_t n_workloads;
	const char *package;     /* where it comes from */
	bool is_silent[METRICS]; /* about what it never tells */
	int (*run)(const struct step *step, const char *address,
	    struct step_outcome *outcome, char *error);
};

extern const struct driver driver_redis_benchmark;
extern const struct driver driver_wrk;

/* "builtin" is NULL in `*driver`. Returns false where there is none. */
bool driver_find(const char *name, const struct driver **driver);

/* Runs a program on the client's processors and gives its output, to be
 * freed. 0, or -errno and what is wrong in `error`. */
int driver_command(const struct step *step, const char *const *arguments,
    char **output, char *error);

/* "127.0.0.1:7000" in two; `host` has room for 64 bytes. */
int driver_split_address(const char *address, char *host, const char **port);

#endif
