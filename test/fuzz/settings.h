/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef FUZZ_SETTINGS_H
#define FUZZ_SETTINGS_H

/*
 * What is true of settings, wherever they come from.
 */

#include "core/config.h"

/** A problem that users are told is one line that says something. */
void settings_claim_problem(const struct eln_problem *problem);

/** What is printed of finished settings is a file that gives them again. */
void settings_claim_print(const struct eln_config *config);

/** Reads bytes as a settings file called server.ini; as
 *  eln_config_read_file. */
int settings_read(struct eln_config *config, const void *data, size_t size,
    struct eln_problem *problem);

#endif
