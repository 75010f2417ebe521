/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ECHELON_COMPARE_HTML_ASSETS_H
#define ECHELON_COMPARE_HTML_ASSETS_H

/*
 * The files of report/, and the plotting library, as the build found them:
 * cmake/Embed.cmake writes the source that defines these.
 */

#include <stddef.h>

struct html_asset {
	const unsigned char *bytes;
	size_t length;
};

extern const struct html_asset html_template;
extern const struct html_asset html_style;
extern const struct html_asset html_script;

/* Compressed by gzip; of no length where it was not there. */
extern const struct html_asset html_chart;

/* The comments in it that name its authors. */
extern const struct html_asset html_chart_notice;

#endif
