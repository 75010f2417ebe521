/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * report/template.html is the page; where it says @name@, a function writes
 * what belongs there.
 */
#include "report_html.h"

#include "html.h"
#include "html_assets.h"

#include <errno.h>
#include <string.h>

struct part {
	const char *name;
	void (*print)(const struct results *results, FILE *stream);
};

static void
print_asset(const struct html_asset *asset, FILE *stream)
{
	fwrite(asset->bytes, 1, asset->length, stream);
}

static void
print_style(const struct results *results, FILE *stream)
{
	(void)results;
	print_asset(&html_style, stream);
}

static void
print_script(const struct results *results, FILE *stream)
{
	(void)results;
	print_asset(&html_script, stream);
}

static const struct part parts[] = {
	{ "title", html_title },
	{ "style", print_style },
	{ "script", print_script },
	{ "summary", html_summary },
	{ "score", html_score },
	{ "verdicts", html_verdicts },
	{ "warnings", html_warnings },
	{ "workloads", html_workloads },
	{ "sweeps", html_sweeps },
	{ "machine", html_machine },
	{ "counters", html_counters },
	{ "configuration", html_configuration },
	{ "command", html_command },
	{ "data", html_data },
	{ "lanes", html_lanes },
	{ "library", html_library },
	{ "licence", html_library_licence },
};

static const struct part *
find_part(const char *name, size_t length)
{
	for (size_t i = 0; i < sizeof(parts) / sizeof(*parts); i++) {
		if (strlen(parts[i].name) == length &&
		    memcmp(parts[i].name, name, length) == 0) {
			return &parts[i];
		}
	}
	return NULL;
}

/* An @ that does not begin a part's name stands for itself. */
int
report_html(const struct results *results, FILE *stream)
{
	const char *at = (const char *)html_template.bytes;
	const char *end = at + html_template.length;

	while (at < end) {
		const char *close = *at == '@'
		    ? memchr(at + 1, '@', (size_t)(end - at - 1))
		    : NULL;
		const struct part *part = close != NULL
		    ? find_part(at + 1, (size_t)(close - at - 1))
		    : NULL;

		if (part != NULL) {
			part->print(results, stream);
			at = close + 1;
		} else {
			fputc(*at++, stream);
		}
	}
	return ferror(stream) != 0 ? -errno : 0;
}
