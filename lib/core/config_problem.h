/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ELN_CONFIG_PROBLEM_H
#define ELN_CONFIG_PROBLEM_H

/*
 * How settings complain: one line, and the valid name that was probably
 * meant.
 */

#include <stddef.h>

#include "core/config.h"

/** Writes the problem; control characters become '?'. Returns -EINVAL. */
int eln_problem_set(struct eln_problem *problem, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/** Replaces the control characters of a text by '?'. */
void eln_problem_clean(char *text);

/**
 * The nearest of the names offered so far, if one is near enough: a name of
 * n letters may differ in 1 + n/4 of them. Case does not count.
 */
struct eln_nearest {
	const char *wanted; /* borrowed */
	size_t allowed;
	size_t distance;
	char name[96]; /* empty: none yet */
};

/** Begins a search for what `wanted` may have meant. */
void eln_nearest_init(struct eln_nearest *nearest, const char *wanted);

/** Offers a candidate, which is copied; of equals the first stays. */
void eln_nearest_offer(struct eln_nearest *nearest, const char *candidate);

/** As offer, but what is compared is `alias` and what is kept `candidate`. */
void eln_nearest_offer_alias(struct eln_nearest *nearest, const char *alias,
    const char *candidate);

#endif
