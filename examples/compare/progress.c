/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One line, drawn over itself: carriage return, text, erase to its end.
 */
#include "progress.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define BAR_WIDTH 30
#define ERASE_TO_END "\033[K"

static bool
has_colour(void)
{
	const char *no = getenv("NO_COLOR");

	return no == NULL || *no == '\0';
}

void
progress_show(size_t done, size_t total, const char *workload,
    const char *pattern)
{
	static const char full[] = "##############################";
	static const char empty[] = "..............................";
	int filled = (int)(done * BAR_WIDTH / total);
	bool colour = has_colour();

	if (isatty(STDERR_FILENO)) {
		fprintf(stderr, "\r%s%.*s%s%.*s %3zu%% %s %.40s" ERASE_TO_END,
		    colour ? "\033[32m" : "", filled, full,
		    colour ? "\033[0m" : "", BAR_WIDTH - filled, empty,
		    done * 100 / total, workload, pattern);
		fflush(stderr);
	}
}

void
progress_clear(void)
{
	if (isatty(STDERR_FILENO)) {
		fputs("\r" ERASE_TO_END, stderr);
		fflush(stderr);
	}
}
