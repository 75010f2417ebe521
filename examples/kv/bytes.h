/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef KV_BYTES_H
#define KV_BYTES_H

/*
 * Bytes and numbers: what everything else in kv is made of.
 *
 * A slice is borrowed bytes of any value, not terminated. Numbers are read
 * as strictly as redis reads them: no blanks, no plus sign, no leading zero.
 *
 * Memory that the system does not give ends the program with a sentence, as
 * it ends redis: a store that has half-executed a command has no way back.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct slice {
	const char *data;
	size_t length;
};

/** The slice of a terminated string. */
struct slice slice_of(const char *text);

/** Compares as memcmp does, the shorter first. */
int slice_compare(struct slice a, struct slice b);

/** Whether `slice` is `word`, upper and lower case being the same. */
bool slice_is(struct slice slice, const char *word);

/** Memory; never NULL. */
void *memory_get(size_t bytes);

/** As realloc; never NULL. */
void *memory_resize(void *memory, size_t bytes);

/** Reads a decimal integer of 64 bits; false if it is none. */
bool integer_parse(struct slice slice, int64_t *value);

/** Room for any integer. */
#define INTEGER_ROOM 24

/** Writes `value` without a terminator; returns the length. */
size_t integer_format(char *buffer, int64_t value);

/** Reads whatever strtod takes whole, but for NaN. */
bool score_parse(struct slice slice, double *value);

/** Room for any score, with its terminator. */
#define SCORE_ROOM 40

/** Writes a score as redis does in RESP2, terminated; returns the length. */
size_t score_format(char *buffer, double value);

/** Sets the secret of hash_bytes, once, before threads exist. */
void hash_seed(void);

/** SipHash-1-3: who chooses the keys cannot choose where they collide. */
uint64_t hash_bytes(struct slice slice);

#endif
