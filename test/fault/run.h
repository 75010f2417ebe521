/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TEST_FAULT_RUN_H
#define TEST_FAULT_RUN_H

/*
 * One run: an engine is made, serves some clients, the next one, drains, and
 * is destroyed, while the nth call of a kind fails, or several from it on. What went wrong beyond
 * what the kind may cost is a problem.
 */

#include "fault/kinds.h"

/** How many calls failed. */
unsigned run_once(const char *pattern, const struct kind *kind, unsigned nth,
    unsigned times);

#endif
