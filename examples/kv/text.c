/* SPDX-License-Identifier: BSD-2-Clause */
#include "text.h"

#include <stdlib.h>
#include <string.h>

static void
copy_bytes(char *to, struct slice bytes)
{
	if (bytes.length != 0) {
		memcpy(to, bytes.data, bytes.length);
	}
}

struct text *
text_create(struct slice bytes)
{
	struct text *text = memory_get(sizeof(*text) + bytes.length);

	text->length = bytes.length;
	text->capacity = bytes.length;
	copy_bytes(text->data, bytes);
	return text;
}

struct slice
text_slice(const struct text *text)
{
	return (struct slice){ text->data, text->length };
}

struct text *
text_assign(struct text *text, struct slice bytes)
{
	/* Keeping more than twice the room would hoard what was once long. */
	if (text == NULL || bytes.length > text->capacity ||
	    bytes.length < text->capacity / 2) {
		free(text);
		return text_create(bytes);
	}
	copy_bytes(text->data, bytes);
	text->length = bytes.length;
	return text;
}

struct text *
text_append(struct text *text, struct slice bytes)
{
	size_t length = text->length + bytes.length;

	if (length > text->capacity) {
		/* Doubling keeps a long row of appends linear. */
		text = memory_resize(text, sizeof(*text) + 2 * length);
		text->capacity = 2 * length;
	}
	copy_bytes(text->data + text->length, bytes);
	text->length = length;
	return text;
}
