/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef KV_TEXT_H
#define KV_TEXT_H

/*
 * A text: owned bytes in one allocation; the value of a string, an element
 * of a list, the value of a field.
 */

#include "bytes.h"

struct text {
	size_t length;
	size_t capacity;
	char data[];
};

/** A copy of `bytes`, freed by free(). */
struct text *text_create(struct slice bytes);

struct slice text_slice(const struct text *text);

/** Replaces the bytes, in place if they fit without waste. NULL: creates. */
struct text *text_assign(struct text *text, struct slice bytes);

/** Appends; the result takes the place of `text`. */
struct text *text_append(struct text *text, struct slice bytes);

#endif
