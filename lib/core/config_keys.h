/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ELN_CONFIG_KEYS_H
#define ELN_CONFIG_KEYS_H

/*
 * All keys there are: the core's, in the order of enum eln_core_key, then
 * those of each pattern. A key is named by its index in this sequence.
 */

#include <stdbool.h>
#include <stddef.h>

#include "core/config.h"
#include "core/config_problem.h"

/** How many keys there are. */
size_t eln_keys_count(void);

/** The key of an index below the count. */
const struct eln_key *eln_keys_get(size_t index);

/** The index of a pattern's first key. */
size_t eln_keys_first(const struct eln_pattern *pattern);

/** Whether there is such a section: one with keys, or a pattern's. */
bool eln_keys_has_section(const char *section);

/**
 * Finds a key.
 *
 * @return 0, or -EINVAL, and the problem with the nearest name
 */
int eln_keys_find(const char *where, const char *section, const char *name,
    size_t *index, struct eln_problem *problem);

/** Says that there is no such section, and which was meant. -EINVAL. */
int eln_keys_refuse_section(const char *where, const char *section,
    struct eln_problem *problem);

/** A pattern by its name or alias; NULL if there is none. */
const struct eln_pattern *eln_keys_pattern(const char *name);

/** The default of a text. */
const char *eln_keys_default_text(const struct eln_key *key);

#endif
