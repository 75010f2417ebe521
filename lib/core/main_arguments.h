/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ELN_MAIN_ARGUMENTS_H
#define ELN_MAIN_ARGUMENTS_H

/*
 * The command line of echelon_main, and the settings that it leads to. It is
 * checked once; settings are built at the start, and anew at each SIGHUP.
 */

#include <stdio.h>

#include "core/config.h"

enum eln_action {
	ELN_ACTION_SERVE,
	ELN_ACTION_PRINT_CONFIG,
	ELN_ACTION_HELP,
	ELN_ACTION_VERSION
};

struct eln_arguments {
	int argc;
	char **argv; /* borrowed */
	enum eln_action action;
	const char *config_file; /* NULL: none */
};

/**
 * Checks the options, not yet the values of their settings. The first --help
 * or --version ends the reading.
 *
 * @return 0, or -EINVAL and the problem
 */
int eln_arguments_read(struct eln_arguments *arguments, int argc, char **argv,
    struct eln_problem *problem);

/**
 * Builds finished settings: the defaults, then the file, read anew, then the
 * environment, then the arguments.
 *
 * @return 0, -EINVAL, -ENOMEM, or -errno from reading the file; the problem
 *         is empty where the number says it all
 */
int eln_arguments_build(const struct eln_arguments *arguments,
    struct eln_config **config, struct eln_problem *problem);

/** The name that the program was called by, without its folder. */
const char *eln_arguments_program(const struct eln_arguments *arguments);

/** Prints the options, the patterns and all settings. */
void eln_arguments_print_help(const struct eln_arguments *arguments,
    FILE *stream);

#endif
