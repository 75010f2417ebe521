/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TEST_SCHEDULE_CAMPAIGN_H
#define TEST_SCHEDULE_CAMPAIGN_H

/*
 * Many runs of one scenario, until one fails or there were enough; figures;
 * and what is said about a run that failed.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "schedule/explore.h"
#include "schedule/scenario.h"

/* What the memory may do, from what no machine does to what C11 allows. */
struct memory_kind {
	const char *name;
	const char *what;
	enum explore_buffers buffers;
	enum explore_weak weak;
};

/** Ended by one without a name. */
extern const struct memory_kind memory_kinds[];

const struct memory_kind *memory_find(const char *name);

/* What was called, for the command that runs a failure again. */
extern const char *campaign_program;

struct campaign {
	const struct scenario *scenario;
	const struct memory_kind *memory;
	enum explore_strategy strategy;
	unsigned depth;       /* PCT */
	unsigned preemptions; /* EXHAUSTIVE */
	uint64_t seed;        /* the first */
	uint64_t runs;        /* at most; 0: no limit */
	uint64_t points;      /* at most, of all runs together; 0, and for
			       * EXHAUSTIVE: no limit */
	bool is_bounded;      /* EXHAUSTIVE: by points too */
	const char *path;     /* REPLAY */
	uint32_t length;      /* PCT; 0: measured */
};

enum {
	CAMPAIGN_LONG = 100
};

struct figures {
	uint64_t runs;
	uint64_t n_long; /* of at least CAMPAIGN_LONG points */
	uint64_t points;
	uint64_t distinct; /* schedules */
	double seconds;
	bool complete; /* EXHAUSTIVE: there are no more */
	/* Of the last run: the one that failed, if one did. */
	enum explore_result result;
	uint64_t seed;
	char reason[512];
	char *path; /* the caller's, to free() */
};

/** Runs it. Silent. */
void campaign_run(const struct campaign *campaign, struct figures *figures);

/** Whether the run that failed fails in the same way again, by its choices
 *  and by its seed. */
bool campaign_replays(const struct campaign *campaign,
    const struct figures *figures);

/** "random", "pct:2", "exhaustive:1", "replay"; `text` is for it. */
const char *campaign_strategy(const struct campaign *campaign, char *text,
    size_t bytes);

/** One line: what was run, and how it went. */
void campaign_print_figures(const struct campaign *campaign,
    const struct figures *figures);

/** The last run: if it failed, why, and a schedule that shows it in few steps;
 *  how to see it again; its schedule. */
void campaign_explain(const struct campaign *campaign,
    const struct figures *figures);

#endif
