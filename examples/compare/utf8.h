/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ECHELON_COMPARE_UTF8_H
#define ECHELON_COMPARE_UTF8_H

/*
 * Arguments and the names of files may be any bytes; what is written is UTF-8.
 */

#include <stddef.h>

/* The bytes of the character that a text begins with; 0 if that is none. */
size_t utf8_length(const char *text);

/* A copy, to be freed, with U+FFFD for each byte that is of no character.
 * NULL: out of memory. */
char *utf8_copy(const char *text);

#endif
