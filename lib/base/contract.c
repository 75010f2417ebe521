/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/contract.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

void
eln_contract_broken(const char *function, const char *sentence, ...)
{
	char text[256];
	va_list arguments;

	va_start(arguments, sentence);
	(void)vsnprintf(text, sizeof(text), sentence, arguments);
	va_end(arguments);
	fprintf(stderr, "echelon: %s: %s\n", function, text);
	abort();
}
