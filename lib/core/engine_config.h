/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ELN_ENGINE_CONFIG_H
#define ELN_ENGINE_CONFIG_H

/*
 * An engine and settings that somebody else has read: how echelon_main, the
 * only reader of the command line and the environment, hands them over.
 */

#include <echelon/engine.h>

#include "core/config.h"

/**
 * As echelon_engine_create, with these finished settings instead of those
 * that the options name. Takes `config` on success.
 */
int eln_engine_create_with(const struct echelon_options *options,
    struct eln_config *config, echelon_engine **engine);

/**
 * Applies what is live of these finished settings, and logs every other key
 * that differs as waiting for the next start. Always takes `config`. 0 or
 * -errno; then nothing has changed.
 */
int eln_engine_apply(echelon_engine *engine, struct eln_config *config);

#endif
