/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ELN_CONTRACT_H
#define ELN_CONTRACT_H

/*
 * Contract checks. Misuse by the caller, or a broken invariant of our own, is
 * not an error that anybody could handle: the process ends with a sentence on
 * standard error. On in every build.
 */

#include <stdbool.h>

#include "base/compiler.h"

/** Ends the process with a sentence about `function`. */
_Noreturn void eln_contract_broken(const char *function, const char *sentence,
    ...) ELN_PRINTF(2, 3);

#define ELN_CONTRACT(condition, sentence)                                \
	do {                                                             \
		if (__builtin_expect(!(condition), 0)) {                 \
			eln_contract_broken(__func__, "%s", (sentence)); \
		}                                                        \
	} while (0)

#endif
