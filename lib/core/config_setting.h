/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ELN_CONFIG_SETTING_H
#define ELN_CONFIG_SETTING_H

/*
 * What a config is inside: one setting per key, in the order of the keys.
 *
 * A setting remembers where each source gave it (`where`, owned; NULL: this
 * source did not), and the value of the strongest of them.
 */

#include <stddef.h>
#include <stdint.h>

#include "core/config.h"

/* The settings that engine.pattern carries, stronger than any source. */
enum {
	ELN_FROM_PATTERN = ELN_FROM_ARGUMENT + 1,
	ELN_SOURCES
};

struct eln_setting {
	int source; /* the strongest so far */
	uint64_t number;
	char *text; /* owned; NULL: the default */
	char *where[ELN_SOURCES];
};

struct eln_config {
	struct eln_setting *settings;
	size_t n_settings;
	/* After finish; NULL before. */
	const struct eln_pattern *pattern;
	uint64_t *pattern_values;
};

/** As eln_config_set, for the key of an index. */
int eln_setting_store(struct eln_config *config, int source, const char *where,
    size_t index, const char *value, struct eln_problem *problem);

/** The value of a text. */
const char *eln_setting_text(const struct eln_config *config, size_t index);

/** Writes the value as a source would give it. */
void eln_setting_format(const struct eln_config *config, size_t index,
    char *buffer, size_t size);

#endif
