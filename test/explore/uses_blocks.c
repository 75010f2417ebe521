/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * Memory, and what the C library allocates for its callers.
 */

#include <errno.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "uses.h"

enum {
	PAGE = 4096,
	LINE = 64
};

static bool
is(const char *text, const char *expected)
{
	return text != NULL && strcmp(text, expected) == 0;
}

static void
use_blocks(void)
{
	/* Volatile: the compiler is not to see through it. */
	static volatile size_t too_many = SIZE_MAX / 2;
	char *block = malloc(1);
	void *aligned;

	block[0] = 'a';
	block = reallocarray(block, 10, 10);
	uses_check(block != NULL && block[0] == 'a', "reallocarray");
	uses_check(reallocarray(NULL, too_many, 4) == NULL && errno == ENOMEM,
	    "reallocarray, too many");
	free(block);
	for (size_t i = sizeof(void *); i <= PAGE; i *= 2) {
		uses_check(posix_memalign(&aligned, i, 100) == 0 &&
			(uintptr_t)aligned % i == 0,
		    "posix_memalign");
		memset(aligned, 1, 100);
		free(aligned);
		aligned = aligned_alloc(i, i);
		uses_check(aligned != NULL && (uintptr_t)aligned % i == 0,
		    "aligned_alloc");
		memset(aligned, 1, i);
		aligned = realloc(aligned, 2 * i);
		uses_check(aligned != NULL && ((char *)aligned)[i - 1] == 1,
		    "realloc");
		free(aligned);
	}
}

static char *
print(const char *format, ...)
{
	va_list arguments;
	char *text = NULL;
	int length;

	va_start(arguments, format);
	length = vasprintf(&text, format, arguments);
	va_end(arguments);
	uses_check(length == (int)strlen(text), "vasprintf");
	return text;
}

static void
use_strings(void)
{
	char *text = strdup("text");

	uses_check(is(text, "text"), "strdup");
	free(text);
	text = strndup("text", 2);
	uses_check(is(text, "te"), "strndup");
	free(text);
	text = strndup("text", 20);
	uses_check(is(text, "text"), "strndup");
	free(text);
	uses_check(asprintf(&text, "%d %s", 12, "text") == 7 &&
		is(text, "12 text"),
	    "asprintf");
	free(text);
	text = print("%d", 12);
	uses_check(is(text, "12"), "vasprintf");
	free(text);
}

static void
use_lines(void)
{
	static char lines[LINE * 5];
	size_t room = 2;
	char *line = malloc(room);
	FILE *file;

	memset(lines, 'x', sizeof(lines));
	memcpy(lines, "one\ntwo;", 8);
	file = fmemopen(lines, sizeof(lines), "r");
	uses_check(file != NULL && getline(&line, &room, file) == 4 &&
		is(line, "one\n"),
	    "getline");
	uses_check(getdelim(&line, &room, ';', file) == 4 && is(line, "two;"),
	    "getdelim");
	uses_check(getline(&line, &room, file) == sizeof(lines) - 8 &&
		room > sizeof(lines) - 8,
	    "getline, a long one");
	uses_check(getline(&line, &room, file) == -1, "getline, at the end");
	free(line);
	(void)fclose(file);
}

void
uses_blocks(void *unused)
{
	(void)unused;
	use_blocks();
	use_strings();
	use_lines();
}
