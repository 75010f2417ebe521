/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ECHELON_COMPARE_STICK_H
#define ECHELON_COMPARE_STICK_H

/*
 * The measuring stick of compare's servers: the jobs of `work`, and one more,
 * whose handler sleeps as long as the request says.
 */

#include <echelon/echelon.h>

enum {
	STICK_WAIT = 'T',
	STICK_WAIT_AT = 16 /* where the microseconds stand, 4 bytes */
};

/* Its context is a struct work. */
extern const struct echelon_handler stick_handler;

#endif
