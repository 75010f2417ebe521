/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TEST_EXPLORE_TEXT_H
#define TEST_EXPLORE_TEXT_H

#include <stddef.h>

enum {
	TEXT_BYTES = 48
};

/** Bytes as one reads them: in quotes, and not too many; returns `text`. */
const char *text_of(char *text, const void *bytes, size_t length);

#endif
