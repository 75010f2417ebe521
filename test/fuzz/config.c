/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Any bytes as a settings file: they are refused with a sentence that names
 * the line, or give settings that can be printed and read again.
 */

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "fuzz.h"
#include "settings.h"

void
fuzz_one(const uint8_t *data, size_t size)
{
	struct eln_config *config;
	struct eln_problem problem = { "" };
	int error;

	fuzz_claim(eln_config_create(&config) == 0, "there is memory");
	error = settings_read(config, data, size, &problem);
	if (error != 0) {
		fuzz_claim(error == -EINVAL, "bytes are only ever invalid");
		settings_claim_problem(&problem);
		fuzz_claim(strncmp(problem.text, "/proc/self/fd/", 14) == 0,
		    "a problem of a file begins with its name");
	} else {
		error = eln_config_finish(config, &problem);
		if (error == 0) {
			settings_claim_print(config);
		} else {
			fuzz_claim(error == -EINVAL,
			    "settings are only ever invalid");
			settings_claim_problem(&problem);
		}
	}
	eln_config_destroy(config);
}
