/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * The schedule of a run, as it was: a line for each point, in the column of
 * its fibre, and at the right where in the source. The newest lines are kept.
 */

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "explore_internal.h"
#include "memory.h"

enum {
	LINES = 8192,
	TEXT = 120,
	NARROW = 8,
	WIDE = 44
};

struct line {
	unsigned fibre;
	char text[TEXT];
	char place[TEXT];
};

static struct line lines[LINES];
static uint64_t n_lines;

void
explore_print_begin(void)
{
	n_lines = 0;
}

bool
explore_prints(void)
{
	return explore_the_run.options.prints &&
	    !explore_the_run.options.brief && !explore_the_run.judges;
}

static struct line *
next_line(unsigned fibre)
{
	struct line *line = &lines[n_lines++ % LINES];

	line->fibre = fibre;
	line->place[0] = '\0';
	return line;
}

void
explore_print_line(unsigned fibre, const char *text)
{
	if (explore_the_run.options.prints) {
		(void)snprintf(next_line(fibre)->text, TEXT, "%s", text);
	}
}

void
explore_note(const char *sentence, ...)
{
	va_list arguments;

	if (!explore_prints()) {
		return;
	}
	va_start(arguments, sentence);
	(void)vsnprintf(next_line(explore_the_run.current)->text, TEXT,
	    sentence, arguments);
	va_end(arguments);
}

void
explore_say(const char *sentence, ...)
{
	va_list arguments;

	if (!explore_the_run.options.prints || explore_the_run.judges) {
		return;
	}
	va_start(arguments, sentence);
	(void)vsnprintf(next_line(explore_the_run.current)->text, TEXT,
	    sentence, arguments);
	va_end(arguments);
}

void
explore_print_access(unsigned fibre, const struct explore_site *site,
    const char *effect, ...)
{
	const char *file = strrchr(site->file, '/');
	struct line *line;
	va_list arguments;
	int used;

	if (!explore_prints()) {
		return;
	}
	line = next_line(fibre);
	used = snprintf(line->text, TEXT, "%s %s ", site->what, site->word);
	if (used < TEXT) {
		va_start(arguments, effect);
		(void)vsnprintf(line->text + used, (size_t)(TEXT - used),
		    effect, arguments);
		va_end(arguments);
	}
	(void)snprintf(line->place, TEXT, "%s:%d %s",
	    file == NULL ? site->file : file + 1, site->line, site->function);
}

/* ---- columns ---- */

static uint64_t
first_line(void)
{
	return n_lines > LINES ? n_lines - LINES : 0;
}

/** The violated claim is the last line, whose ever it is. */
static bool
is_shown(uint64_t number)
{
	return number + 1 == n_lines ||
	    !explore_the_run.fibres[lines[number % LINES].fibre].hidden;
}

/** A column without a line has none. */
static void
measure(int *widths)
{
	for (unsigned i = 0; i < explore_the_run.n_fibres; i++) {
		widths[i] = 0;
	}
	for (uint64_t i = first_line(); i < n_lines; i++) {
		const struct line *line = &lines[i % LINES];
		int width = (int)strlen(line->text);

		if (!is_shown(i)) {
			continue;
		}
		if (width < NARROW) {
			width = NARROW;
		}
		if (width > widths[line->fibre]) {
			widths[line->fibre] = width < WIDE ? width : WIDE;
		}
	}
}

static void
print_names(const int *widths)
{
	printf("%6s", "");
	for (unsigned i = 0; i < explore_the_run.n_fibres; i++) {
		if (widths[i] > 0) {
			printf("  %-*.*s", widths[i], widths[i],
			    explore_the_run.fibres[i].name);
		}
	}
	printf("\n");
}

static void
print_one(uint64_t number, const struct line *line, const int *widths)
{
	int rest = 0;

	printf("%6u", (unsigned)number);
	for (unsigned i = 0; i < line->fibre; i++) {
		if (widths[i] > 0) {
			printf("  %*s", widths[i], "");
		}
	}
	for (unsigned i = line->fibre + 1; i < explore_the_run.n_fibres; i++) {
		rest += widths[i] > 0 ? widths[i] + 2 : 0;
	}
	if (line->place[0] == '\0') {
		printf("  %s\n", line->text);
		return;
	}
	printf("  %-*s  %s\n", widths[line->fibre] + rest, line->text,
	    line->place);
}

void
explore_print(void)
{
	int widths[EXPLORE_FIBRES];

	measure(widths);
	print_names(widths);
	for (uint64_t i = first_line(); i < n_lines; i++) {
		if (is_shown(i)) {
			print_one(i, &lines[i % LINES], widths);
		}
	}
}
