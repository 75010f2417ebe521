/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * lib/base/contract.c in a run: a broken contract is a failed run.
 */

#include "base/contract.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "schedule/explore.h"

void
eln_contract_broken(const char *function, const char *sentence, ...)
{
	char text[256];
	va_list arguments;

	va_start(arguments, sentence);
	(void)vsnprintf(text, sizeof(text), sentence, arguments);
	va_end(arguments);
	explore_fail("contract: %s: %s", function, text);
}
