/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * Whole engines: every play of the list below under every pattern. stage.h
 * has what a play is, and what is claimed of each.
 */

#include <stddef.h>

#include "schedule/scenario.h"
#include "stage.h"

/* ---- plays ---- */

static const struct play echo = {
	.what = "a client sends in pieces, ends, comes again; another stays",
	.parts = { { .requests = "EE", .rounds = 2 },
	    { .requests = "E", .ending = STAYS } },
};

static const struct play pipeline = {
	.what = "all at once through a small window, replies longer than it",
	.parts = { { .requests = "EWE", .pipelines = true },
	    { .requests = "LE" } },
	.bytes = 96,
	.threads = 2,
};

static const struct play reset = {
	.what = "a client resets while its handler may run, then another comes",
	.parts = { { .requests = "EHE", .ending = RESETS, .pipelines = true },
	    { .requests = "EE", .rounds = 2 } },
};

static const struct play leave = {
	.what = "clients close with replies unread, and come again",
	.parts = { { .requests = "EWH",
		       .ending = CLOSES,
		       .pipelines = true,
		       .rounds = 2 },
	    { .requests = "E" } },
};

static const struct play close = {
	.what = "the handler closes and aborts; slots are used again",
	.parts = { { .requests = "EC", .rounds = 2 },
	    { .requests = "EAE", .pipelines = true, .rounds = 2 } },
};

static const struct play hold = {
	.what = "held, answered by posts; somebody posts to all, open or not",
	.parts = { { .requests = "HE" },
	    { .requests = "HHE", .pipelines = true } },
	.posts = 4,
};

static const struct play posts = {
	.what = "posts to connections that close and come again",
	.parts = { { .requests = "E", .rounds = 3 } },
	.posts = 6,
};

static const struct play stop = {
	.what = "stopped at any moment, from outside",
	.parts = { { .requests = "EH", .ending = STAYS },
	    { .requests = "EEE", .pipelines = true } },
	.stops = true,
};

static const struct play suicide = {
	.what = "stopped by a handler, and from outside",
	.parts = { { .requests = "ES", .ending = STAYS },
	    { .requests = "EHE" } },
	.stops = true,
};

static const struct play endless = {
	.what = "a handler that never ends; the others are served",
	.parts = { { .requests = "N" }, { .requests = "EE" },
	    { .requests = "EH" } },
	.endless = true,
};

static const struct play endless_stop = {
	.what = "stopped with a handler that never ends",
	.parts = { { .requests = "N" }, { .requests = "E", .ending = STAYS } },
	.endless = true,
	.stops = true,
};

static const struct play deadline = {
	.what = "half a request, and silence",
	.parts = { { .requests = "E/", .ending = OUTSTAYS },
	    { .requests = "E" } },
	.settings = { "deadlines.request=100ms" },
};

static const struct play sooner = {
	.what = "a deadline that comes when a later one is being armed",
	.parts = { { .requests = ",E,/", .ending = OUTSTAYS },
	    { .requests = ",E,/", .ending = OUTSTAYS } },
	.settings = { "deadlines.request=100ms", "deadlines.idle=300ms" },
};

static const struct play idle = {
	.what = "not a word",
	.parts = { { .requests = "", .ending = OUTSTAYS },
	    { .requests = "E", .ending = OUTSTAYS } },
	.settings = { "deadlines.idle=100ms" },
};

static const struct play descriptors = {
	.what = "no descriptor for the second client until the first leaves",
	.parts = { { .requests = "E", .rounds = 2 },
	    { .requests = "E", .rounds = 2 } },
	.spare = 1,
	.patience_ms = 220,
};

static const struct play pairs = {
	.what = "descriptors for one connection and its thread",
	.parts = { { .requests = "E", .rounds = 2 },
	    { .requests = "E", .rounds = 2 } },
	.spare = 2,
	.patience_ms = 220,
};

static const struct play refused = {
	.what = "more requests than the queue holds, refused",
	.parts = { { .requests = "EH", .pipelines = true },
	    { .requests = "E", .rounds = 2 },
	    { .requests = "E", .rounds = 2 } },
	.refuses = true,
};

static const struct play slots = {
	.what = "one connection at a time (limits.connections)",
	.parts = { { .requests = "E", .rounds = 2 },
	    { .requests = "E", .rounds = 2 }, { .requests = "EC" } },
	.settings = { "limits.connections=1" },
};

static const struct play crowd = {
	.what = "three clients, three threads",
	.parts = { { .requests = "EE", .pipelines = true }, { .requests = "E" },
	    { .requests = "EH" } },
	.threads = 3,
};

static const struct play alone = {
	.what = "one thread for all",
	.parts = { { .requests = "EHE" }, { .requests = "EE" } },
	.threads = 1,
};

/* ---- under the patterns ---- */

#define CAST(short_, full_, keeps_, play_)                          \
	{                                                           \
		.name = short_ "/" #play_, .what = (full_),         \
		.body = stage_play, .arg = &(struct cast)           \
		{                                                   \
			.pattern = (full_), .keeps_lead = (keeps_), \
			.play = &(play_)                            \
		}                                                   \
	}

/* Those that every pattern can play. */
#define COMMON(short_, full_, keeps_)              \
	CAST(short_, full_, keeps_, echo),         \
	    CAST(short_, full_, keeps_, pipeline), \
	    CAST(short_, full_, keeps_, reset),    \
	    CAST(short_, full_, keeps_, leave),    \
	    CAST(short_, full_, keeps_, close),    \
	    CAST(short_, full_, keeps_, hold),     \
	    CAST(short_, full_, keeps_, posts),    \
	    CAST(short_, full_, keeps_, stop),     \
	    CAST(short_, full_, keeps_, suicide),  \
	    CAST(short_, full_, keeps_, deadline), \
	    CAST(short_, full_, keeps_, sooner),   \
	    CAST(short_, full_, keeps_, idle),     \
	    CAST(short_, full_, keeps_, slots),    \
	    CAST(short_, full_, keeps_, crowd),    \
	    CAST(short_, full_, keeps_, alone)

/* And those of a pattern that keeps G5 and needs one descriptor for each. */
#define ALL(short_, full_, keeps_)                                           \
	COMMON(short_, full_, keeps_), CAST(short_, full_, keeps_, endless), \
	    CAST(short_, full_, keeps_, endless_stop),                       \
	    CAST(short_, full_, keeps_, descriptors)

/* clang-format off */
const struct scenario scenarios_of_engines[] = {
	ALL("hsha", "half-sync-half-async", false),
	ALL("hsha-locked", "half-sync-half-async:queue_kind=locked", false),
	ALL("hshr", "half-sync-half-reactive", false),
	ALL("lf", "leader-followers", true),
	ALL("lf-always", "leader-followers:promote=always", false),
	ALL("lf-stall", "leader-followers:promote=stall", true),
	ALL("lf-oneshot", "leader-followers:rearm=oneshot", true),
	ALL("hsha-full", "half-sync-half-async:queue=1", false),
	ALL("hshr-full", "half-sync-half-reactive:queue=1,queue_kind=locked",
	    false),
	CAST("hsha-full", "half-sync-half-async:queue=1,overload=refuse",
	    false, refused),
	CAST("hshr-full", "half-sync-half-reactive:queue=1,overload=refuse",
	    false, refused),
	COMMON("reactor", "reactor", false),
	COMMON("rpt", "reactor-per-thread", false),
	COMMON("tpc", "thread-per-connection", false),
	CAST("tpc", "thread-per-connection", false, endless),
	CAST("tpc", "thread-per-connection", false, endless_stop),
	CAST("tpc", "thread-per-connection", false, pairs),
	{ .name = NULL },
};
/* clang-format on */
