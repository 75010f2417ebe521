/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ELN_CONFIG_VALUE_H
#define ELN_CONFIG_VALUE_H

/*
 * Values as text. What is parsed is exactly what format writes: digits with
 * a unit, no sign, no space, no fraction; nothing wraps and nothing is
 * guessed.
 */

#include <stddef.h>
#include <stdint.h>

#include "core/config.h"

/** Enough for every value but a text, and for what format writes of it. */
enum {
	ELN_VALUE_SIZE = 192
};

/**
 * Reads a value; of a text only whether it is valid.
 *
 * @return 0, or -EINVAL and the problem, beginning with `where`
 */
int eln_value_parse(const struct eln_key *key, const char *where,
    const char *text, uint64_t *number, struct eln_problem *problem);

/** Writes a value so that parse reads it back; a text is `text`. */
void eln_value_format(const struct eln_key *key, uint64_t number,
    const char *text, char *buffer, size_t size);

/** Writes what is valid for a key: "1 to 1024", "error, warning". */
void eln_value_describe(const struct eln_key *key, char *buffer, size_t size);

#endif
