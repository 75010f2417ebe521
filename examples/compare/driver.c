/* SPDX-License-Identifier: BSD-2-Clause */
#include "driver.h"

#include "command.h"
#include "step.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool
driver_find(const char *name, const struct driver **driver)
{
	static const struct driver *const drivers[] = {
		&driver_redis_benchmark,
		&driver_wrk,
	};

	*driver = NULL;
	for (size_t i = 0; i < sizeof(drivers) / sizeof(*drivers); i++) {
		if (strcmp(drivers[i]->name, name) == 0) {
			*driver = drivers[i];
		}
	}
	return *driver != NULL || strcmp(name, "builtin") == 0;
}

int
driver_command(const struct step *step, const char *const *arguments,
    char **output, char *error)
{
	struct command command = { .arguments = arguments,
		.cpus = step->client,
		.interrupted = step->interrupted };
	int result = command_run(&command);

	*output = command.output;
	if (result == -ENOENT) {
		snprintf(error, STEP_ERROR, "%s is not installed",
		    arguments[0]);
	} else if (result != 0) {
		snprintf(error, STEP_ERROR, "%s failed: %.200s", arguments[0],
		    command.output != NULL ? command.output : "");
	}
	if (result != 0) {
		free(*output);
		*output = NULL;
	}
	return result;
}

int
driver_split_address(const char *address, char *host, const char **port)
{
	const char *colon = strrchr(address, ':');

	if (colon == NULL || colon - address >= 64) {
		return -EINVAL;
	}
	memcpy(host, address, (size_t)(colon - address));
	host[colon - address] = '\0';
	*port = colon + 1;
	return 0;
}
