/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A character is refused if it is longer than it must be, a surrogate, or
 * beyond U+10FFFF: a reader of JSON refuses it, too.
 */
#include "utf8.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define REPLACEMENT "\xef\xbf\xbd"

/* How many bytes begin with this one, and what it has of the character. */
static size_t
begin(unsigned char byte, uint32_t *character)
{
	if (byte < 0x80) {
		*character = byte;
		return 1;
	}
	if (byte >= 0xc0 && byte < 0xe0) {
		*character = byte & 0x1f;
		return 2;
	}
	if (byte >= 0xe0 && byte < 0xf0) {
		*character = byte & 0x0f;
		return 3;
	}
	*character = byte & 0x07;
	return byte >= 0xf0 && byte < 0xf8 ? 4 : 0;
}

size_t
utf8_length(const char *text)
{
	static const uint32_t least[] = { 0, 1, 0x80, 0x800, 0x10000 };
	uint32_t character;
	size_t length = begin((unsigned char)text[0], &character);

	for (size_t i = 1; i < length; i++) {
		unsigned char byte = (unsigned char)text[i];

		if ((byte & 0xc0) != 0x80) {
			return 0;
		}
		character = character << 6 | (byte & 0x3f);
	}
	if (character < least[length] || character > 0x10ffff ||
	    (character >= 0xd800 && character < 0xe000)) {
		return 0;
	}
	return length;
}

char *
utf8_copy(const char *text)
{
	char *copy = malloc(strlen(text) * strlen(REPLACEMENT) + 1);
	char *end = copy;

	while (copy != NULL && *text != '\0') {
		size_t length = utf8_length(text);

		if (length == 0) {
			end = stpcpy(end, REPLACEMENT);
			text++;
		} else {
			memcpy(end, text, length);
			end += length;
			text += length;
		}
	}
	if (copy != NULL) {
		*end = '\0';
	}
	return copy;
}
