/* SPDX-License-Identifier: BSD-2-Clause */
#include "fuzz.h"

#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	fuzz_one(data, size);
	return 0;
}

void
fuzz_claim(bool holds, const char *sentence)
{
	if (!holds) {
		(void)fprintf(stderr, "not true: %s\n", sentence);
		abort();
	}
}
