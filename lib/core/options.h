/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ELN_OPTIONS_H
#define ELN_OPTIONS_H

/*
 * The options of an engine: a copy of its own, and the settings they name.
 */

#include <echelon/engine.h>

struct eln_config;
struct eln_problem;

/**
 * Copies options, with their strings. NULL: all defaults.
 *
 * 0, -EINVAL (no `size`), -E2BIG (unknown members are set), -ENOMEM.
 */
int eln_options_copy(struct echelon_options *copy,
    const struct echelon_options *options);

/** Frees the strings of a copy; idempotent. */
void eln_options_deinit(struct echelon_options *copy);

/**
 * Reads the settings that the options name: file, settings, pattern.
 *
 * 0, -EINVAL (and the problem), -ENOMEM, -errno from the file.
 */
int eln_options_read(const struct echelon_options *options,
    struct eln_config **config, struct eln_problem *problem);

#endif
