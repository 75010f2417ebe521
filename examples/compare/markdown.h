/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ECHELON_COMPARE_MARKDOWN_H
#define ECHELON_COMPARE_MARKDOWN_H

/*
 * Results as Markdown, with the tables that its dialects have in common.
 */

#include "results.h"

#include <stdio.h>

/* 0, or -errno of the stream. */
int report_markdown(const struct results *results, FILE *stream);

#endif
