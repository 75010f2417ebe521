/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/contract.h"

#include <stdio.h>
#include <stdlib.h>

void
eln_contract_broken(const char *function, const char *sentence)
{
	fprintf(stderr, "echelon: %s: %s\n", function, sentence);
	abort();
}
