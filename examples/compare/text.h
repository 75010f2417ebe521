/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ECHELON_COMPARE_TEXT_H
#define ECHELON_COMPARE_TEXT_H

/*
 * Texts made piece by piece, and numbers that fit into a column.
 */

#include <stddef.h>
#include <stdio.h>

/* A text that is cut at the end of its room. */
struct text {
	char *at;
	size_t room;
};

void text_append(struct text *text, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* A value of a sweep, as "37 ms", whose unit may be "us" or NULL: a count. */
void text_value(char *text, size_t size, double value, const char *unit);

/* Three significant digits, of thousands and millions too, but never more
 * than four after the point: at most 5 characters, 6 below 0.1. NAN: n/a. */
void text_number(char *text, size_t size, double value);

/* Prints a sentence in lines of at most `width`, each after `indent`. */
void text_wrap(FILE *stream, const char *text, const char *indent,
    size_t width);

#endif
