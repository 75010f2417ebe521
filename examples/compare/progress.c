/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One line, drawn over itself: carriage return, text, erase to its end.
 */
#include "progress.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#define BAR_WIDTH 30
#define ERASE_TO_END "\033[K"

/* Of the only bar that a terminal has. */
static struct {
	double planned;
	double done; /* of the plan */
	double begun_s;
} progress;

static double
get_seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

bool
progress_has_colour(int descriptor)
{
	const char *no = getenv("NO_COLOR");

	return isatty(descriptor) && (no == NULL || *no == '\0');
}

void
progress_plan(double seconds)
{
	progress.planned = seconds;
	progress.done = 0;
	progress.begun_s = get_seconds();
}

static double
get_part(void)
{
	double part = progress.planned > 0 ? progress.done / progress.planned
					   : 0;

	return part < 1 ? part : 1;
}

/* The plan until something is done, then at the speed so far. */
static double
get_seconds_left(void)
{
	double left = progress.planned - progress.done;
	double elapsed = get_seconds() - progress.begun_s;

	left = left > 0 ? left : 0;
	return progress.done > 0 ? left * elapsed / progress.done : left;
}

static void
draw(const char *what, const char *who)
{
	static const char full[] = "##############################";
	static const char empty[] = "..............................";
	bool colour = progress_has_colour(STDERR_FILENO);
	int filled = (int)(get_part() * BAR_WIDTH);

	fprintf(stderr,
	    "\r%s%.*s%s%.*s %3.0f%% %.0f s left  %s %.36s" ERASE_TO_END,
	    colour ? "\033[32m" : "", filled, full, colour ? "\033[0m" : "",
	    BAR_WIDTH - filled, empty, get_part() * 100, get_seconds_left(),
	    what, who);
	fflush(stderr);
}

void
progress_step(double seconds, const char *what, const char *who)
{
	if (isatty(STDERR_FILENO)) {
		draw(what, who);
	}
	progress.done += seconds;
}

void
progress_clear(void)
{
	if (isatty(STDERR_FILENO)) {
		fputs("\r" ERASE_TO_END, stderr);
		fflush(stderr);
	}
}
