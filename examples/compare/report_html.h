/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ECHELON_COMPARE_REPORT_HTML_H
#define ECHELON_COMPARE_REPORT_HTML_H

/*
 * Results as one HTML file that needs nothing but itself.
 */

#include "results.h"

#include <stdio.h>

/* 0, or -errno of the stream. */
int report_html(const struct results *results, FILE *stream);

#endif
