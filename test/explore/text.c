/* SPDX-License-Identifier: BSD-2-Clause */
#include "text.h"

#include <ctype.h>
#include <stdio.h>

enum {
	SHOWN = 16
};

const char *
text_of(char *text, const void *bytes, size_t length)
{
	const unsigned char *next = bytes;
	size_t used = 0;

	text[used++] = '"';
	for (size_t i = 0; i < length && used < TEXT_BYTES - SHOWN; i++) {
		if (next[i] == '\n') {
			text[used++] = '\\';
			text[used++] = 'n';
		} else {
			text[used++] = isprint(next[i]) ? (char)next[i] : '.';
		}
	}
	(void)snprintf(text + used, TEXT_BYTES - used, "\" (%zu)", length);
	return text;
}
