/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Each core stands beside itself as the books have it, so that what tuning
 * changed can be seen, and beside its settings one by one in a full run.
 */
#include "variant.h"

#include <echelon/echelon.h>

#include <stdio.h>
#include <string.h>

const struct variant_info variant_infos[VARIANT_INFOS] = {
	{ "hsha", "core", "one thread waits and reads; workers run handlers",
	    VARIANT_BY_DEFAULT },
	{ "hsha:queue_kind=locked", "textbook",
	    "its queue has a mutex and a condition", VARIANT_BY_DEFAULT },
	{ "hshr", "baseline", "its workers do the reading, too",
	    VARIANT_IN_FULL },
	{ "lf", "core", "threads take turns waiting; the lead is offered",
	    VARIANT_BY_DEFAULT },
	{ "lf:promote=always", "textbook",
	    "a follower is made the leader before every handler",
	    VARIANT_BY_DEFAULT },
	{ "lf:promote=stall", "setting",
	    "the lead is kept, and taken away from handlers that block",
	    VARIANT_IN_FULL },
	{ "lf:rearm=oneshot", "setting",
	    "a handle is deactivated and reactivated around each event",
	    VARIANT_IN_FULL },
	{ "lf:promote=always+rearm=oneshot", "textbook",
	    "promotion before every handler, with handles deactivated",
	    VARIANT_IN_FULL },
	{ "reactor", "baseline", "one thread does everything",
	    VARIANT_BY_DEFAULT },
	{ "reactor-per-thread", "baseline",
	    "threads with connections of their own; none helps another",
	    VARIANT_IN_FULL },
	{ "thread-per-connection", "baseline",
	    "each connection has its own thread", VARIANT_IN_FULL },
};

/* The name that the list has for a pattern which has two. */
static const char *
get_listed_name(const char *name, size_t length)
{
	static const char *const others[][2] = {
		{ "half-sync-half-async", "hsha" },
		{ "half-sync-half-reactive", "hshr" },
		{ "leader-followers", "lf" },
		{ "rpt", "reactor-per-thread" },
		{ "tpc", "thread-per-connection" },
	};

	for (size_t i = 0; i < sizeof(others) / sizeof(*others); i++) {
		if (strlen(others[i][0]) == length &&
		    memcmp(others[i][0], name, length) == 0) {
			return others[i][1];
		}
	}
	return NULL;
}

struct variant
variant_make(const char *id)
{
	struct variant variant = { .role = "own",
		.about = "as asked for by --patterns" };
	size_t length = strcspn(id, ":");
	const char *name = get_listed_name(id, length);
	char listed[VARIANT_MAX];

	snprintf(variant.id, sizeof(variant.id), "%s", id);
	snprintf(listed, sizeof(listed), "%s%s", name != NULL ? name : "",
	    name != NULL ? id + length : id);
	for (size_t i = 0; i < VARIANT_INFOS; i++) {
		if (strcmp(variant_infos[i].id, listed) == 0) {
			variant.role = variant_infos[i].role;
			variant.about = variant_infos[i].about;
		}
	}
	return variant;
}

void
variant_pattern(char *pattern, size_t size, const char *id)
{
	snprintf(pattern, size, "%s", id);
	for (char *at = pattern; *at != '\0'; at++) {
		if (*at == '+') {
			*at = ',';
		}
	}
}

static void
keep_complaint(void *context, enum echelon_log_level level, const char *text)
{
	if (level <= ECHELON_LOG_WARNING) {
		snprintf(context, VARIANT_ERROR, "%s", text);
	}
}

bool
variant_exists(const char *id, const char *const *settings, char *why)
{
	struct echelon_options options = ECHELON_OPTIONS_INIT;
	char pattern[VARIANT_MAX];
	echelon_engine *engine;
	int result;

	variant_pattern(pattern, sizeof(pattern), id);
	options.pattern = pattern;
	options.settings = settings;
	options.log = keep_complaint;
	options.log_context = why;
	why[0] = '\0';
	result = echelon_engine_create(&options, &engine);
	if (result == 0) {
		echelon_engine_destroy(engine);
	} else if (why[0] == '\0') {
		snprintf(why, VARIANT_ERROR, "%s", strerror(-result));
	}
	return result == 0;
}
