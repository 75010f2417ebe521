/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * work: a server of work_handler.h, the measuring stick for load generators.
 * ECHELON_WORK_FILE names the file that job F appends to.
 */
#include "work_handler.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int
main(int argc, char **argv)
{
	const char *path = getenv("ECHELON_WORK_FILE");
	struct work work;
	int result = work_init(&work, path);

	if (result != 0) {
		fprintf(stderr, "work: cannot open the scratch file %s: %s\n",
		    path != NULL ? path : "in /var/tmp", strerror(-result));
		return 1;
	}

	result = echelon_main(argc, argv, &work_handler, &work);

	/* After a 1 a handler may still be inside, and use the file. */
	if (result != 1) {
		work_deinit(&work);
	}
	return result;
}
