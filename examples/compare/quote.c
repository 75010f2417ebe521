/* SPDX-License-Identifier: BSD-2-Clause */
#include "quote.h"

#include "utf8.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PLAIN                        \
	"abcdefghijklmnopqrstuvwxyz" \
	"ABCDEFGHIJKLMNOPQRSTUVWXYZ" \
	"0123456789@%+=:,./_-"

static bool
is_printable(unsigned char byte)
{
	return byte >= 0x20 && byte != 0x7f;
}

/* Is all of it characters that can be looked at? */
static bool
can_be_shown(const char *text)
{
	while (*text != '\0') {
		size_t length = utf8_length(text);

		if (length == 0 || !is_printable((unsigned char)*text)) {
			return false;
		}
		text += length;
	}
	return true;
}

static void
print_plainly(FILE *stream, const char *text)
{
	fputc('\'', stream);
	for (; *text != '\0'; text++) {
		if (*text == '\'') {
			fputs("'\\''", stream);
		} else {
			fputc(*text, stream);
		}
	}
	fputc('\'', stream);
}

/* Three octal digits, so that none that follows is taken for one. */
static void
print_escaped(FILE *stream, const char *text)
{
	fputs("$'", stream);
	while (*text != '\0') {
		unsigned char byte = (unsigned char)*text;
		size_t length = utf8_length(text);

		if (length == 0 || !is_printable(byte)) {
			fprintf(stream, "\\%03o", byte);
			length = 1;
		} else if (byte == '\'' || byte == '\\') {
			fprintf(stream, "\\%c", byte);
		} else {
			fwrite(text, 1, length, stream);
		}
		text += length;
	}
	fputc('\'', stream);
}

char *
quote(const char *argument)
{
	char *quoted = NULL;
	size_t length;
	FILE *stream = open_memstream(&quoted, &length);

	if (stream == NULL) {
		abort();
	}
	if (*argument != '\0' && strspn(argument, PLAIN) == strlen(argument)) {
		fputs(argument, stream);
	} else if (can_be_shown(argument)) {
		print_plainly(stream, argument);
	} else {
		print_escaped(stream, argument);
	}
	if (fclose(stream) != 0) {
		abort();
	}
	return quoted;
}
