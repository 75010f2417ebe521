/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/config_keys.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/compiler.h"
#include "base/contract.h"
#include "core/pattern.h"

#define US UINT64_C(1000)
#define MS (1000 * US)
#define SECOND (1000 * MS)
#define MINUTE (60 * SECOND)
#define HOUR (60 * MINUTE)

#define KIB UINT64_C(1024)
#define MIB (1024 * KIB)
#define GIB (1024 * MIB)

/* A text's maximum is its length; with its name it fits a line of inih. */
enum {
	TEXT_MAX = 170
};

static const char *const demultiplexers[] = { "epoll", NULL };

/* In the order of enum echelon_log_level, whose first is 1. */
static const char *const log_levels[] = {
	"error",
	"warning",
	"info",
	"debug",
	NULL,
};

#define KEY(section_, name_, help_, ...)                                 \
	{                                                                \
		.section = (section_), .name = (name_), .help = (help_), \
		__VA_ARGS__                                              \
	}

#define NUMBER(least, most, default_)                                  \
	.type = ELN_KEY_NUMBER, .minimum = (least), .maximum = (most), \
	.value = (default_)

#define SIZE(least, most, default_)                                  \
	.type = ELN_KEY_SIZE, .minimum = (least), .maximum = (most), \
	.value = (default_)

#define TIME(least, most, default_)                                  \
	.type = ELN_KEY_TIME, .minimum = (least), .maximum = (most), \
	.value = (default_)

/* A deadline below ten milliseconds would measure the timer, not the peer. */
#define DEADLINE(name_, help_, default_)                                   \
	KEY("deadlines", name_, help_, TIME(10 * MS, 24 * HOUR, default_), \
	    .live = true)

/* clang-format off */
static const struct eln_key core_keys[] = {
	[ELN_ENGINE_PATTERN] = KEY("engine", "pattern",
	    "who waits for events and who runs the handler; may carry "
	    "settings, as name:key=value,...",
	    .type = ELN_KEY_TEXT, .maximum = TEXT_MAX),
	[ELN_ENGINE_DEMULTIPLEXER] = KEY("engine", "demultiplexer",
	    "the way to wait on a handle set",
	    .type = ELN_KEY_CHOICE, .choices = demultiplexers),
	[ELN_ENGINE_THREADS] = KEY("engine", "threads",
	    "threads that run handlers; auto: 4 per processor, at least 16",
	    .type = ELN_KEY_COUNT, .minimum = 1, .maximum = 1024),
	[ELN_ENGINE_STALL_TICK] = KEY("engine", "stall_tick",
	    "how often somebody looks whether a handler that blocks keeps "
	    "others waiting",
	    TIME(1 * MS, 1 * SECOND, 5 * MS)),
	[ELN_ENGINE_LISTEN] = KEY("engine", "listen",
	    "address: HOST:PORT, [IPV6]:PORT or unix:PATH; port 0: any",
	    .type = ELN_KEY_TEXT, .maximum = TEXT_MAX,
	    .text = "127.0.0.1:7000"),

	[ELN_LIMITS_CONNECTIONS] = KEY("limits", "connections",
	    "open at once; more wait in the backlog",
	    NUMBER(1, 1000000, 10000), .live = true),
	[ELN_LIMITS_INPUT] = KEY("limits", "input",
	    "longest request; a longer one closes its connection",
	    SIZE(1 * KIB, 1 * GIB, 1 * MIB), .live = true),
	[ELN_LIMITS_OUTPUT] = KEY("limits", "output",
	    "unsent output of a connection; above half of it its input pauses",
	    SIZE(4 * KIB, 1 * GIB, 4 * MIB), .live = true),
	[ELN_LIMITS_TURN] = KEY("limits", "turn",
	    "input of a connection served before others get their turn",
	    SIZE(1 * KIB, 16 * MIB, 64 * KIB), .live = true),
	[ELN_LIMITS_MESSAGES] = KEY("limits", "messages",
	    "posted to a connection and not yet seen by its handler",
	    NUMBER(1, 1000000, 1024), .live = true),

	[ELN_DEADLINES_REQUEST] = DEADLINE("request",
	    "for a whole request, from its first byte", 30 * SECOND),
	[ELN_DEADLINES_IDLE] = DEADLINE("idle",
	    "without input and output", 5 * MINUTE),
	[ELN_DEADLINES_WRITE_STALL] = DEADLINE("write_stall",
	    "for a peer that takes none of its output", 30 * SECOND),
	[ELN_DEADLINES_LINGER] = DEADLINE("linger",
	    "for the peer's end, after ours was sent", 2 * SECOND),
	[ELN_DEADLINES_DRAIN] = DEADLINE("drain",
	    "for all that was accepted, after stop", 10 * SECOND),
	[ELN_DEADLINES_REPORT] = DEADLINE("report",
	    "a handler inside for longer is reported", 1 * SECOND),

	[ELN_LOG_LEVEL] = KEY("log", "level",
	    "the least important lines to log",
	    .type = ELN_KEY_CHOICE, .choices = log_levels, .value = 2,
	    .live = true),

	[ELN_TRACE_FILE] = KEY("trace", "file",
	    "where what threads did is written at the end: .txt, .svg or "
	    ".json (for Perfetto); none: no trace",
	    .type = ELN_KEY_TEXT, .maximum = TEXT_MAX, .text = "none"),
	[ELN_TRACE_EVENTS] = KEY("trace", "events",
	    "newest events that each thread keeps",
	    NUMBER(16, 1 << 20, 4096)),
	[ELN_TRACE_CONNECTION] = KEY("trace", "connection",
	    "the only one to show, as the trace calls it: c0, c1.2; or all",
	    .type = ELN_KEY_TEXT, .maximum = 32, .text = "all"),
	[ELN_TRACE_FROM] = KEY("trace", "from",
	    "show what happened from then on, after the first event",
	    TIME(0, 24 * HOUR, 0)),
	[ELN_TRACE_UNTIL] = KEY("trace", "until",
	    "and until then", TIME(1 * US, 24 * HOUR, 24 * HOUR)),
};
/* clang-format on */

_Static_assert(ELN_COUNT(core_keys) == ELN_CORE_KEYS, "every key has a line");

size_t
eln_keys_count(void)
{
	size_t n = ELN_CORE_KEYS;

	for (size_t i = 0; eln_patterns[i] != NULL; i++) {
		n += eln_patterns[i]->n_keys;
	}
	return n;
}

const struct eln_key *
eln_keys_get(size_t index)
{
	if (index < ELN_CORE_KEYS) {
		return &core_keys[index];
	}
	index -= ELN_CORE_KEYS;
	for (size_t i = 0; eln_patterns[i] != NULL; i++) {
		if (index < eln_patterns[i]->n_keys) {
			return &eln_patterns[i]->keys[index];
		}
		index -= eln_patterns[i]->n_keys;
	}
	eln_contract_broken(__func__, "no key has this index");
}

size_t
eln_keys_first(const struct eln_pattern *pattern)
{
	size_t first = ELN_CORE_KEYS;

	for (size_t i = 0; eln_patterns[i] != pattern; i++) {
		first += eln_patterns[i]->n_keys;
	}
	return first;
}

static bool
has_section(const struct eln_key *key, const char *section)
{
	return strcmp(key->section, section) == 0;
}

bool
eln_keys_has_section(const char *section)
{
	for (size_t i = 0; i < ELN_CORE_KEYS; i++) {
		if (has_section(&core_keys[i], section)) {
			return true;
		}
	}
	for (size_t i = 0; eln_patterns[i] != NULL; i++) {
		if (strcmp(eln_patterns[i]->name, section) == 0) {
			return true;
		}
	}
	return false;
}

int
eln_keys_refuse_section(const char *where, const char *section,
    struct eln_problem *problem)
{
	struct eln_nearest nearest;

	eln_nearest_init(&nearest, section);
	for (size_t i = 0; i < ELN_CORE_KEYS; i++) {
		eln_nearest_offer(&nearest, core_keys[i].section);
	}
	for (size_t i = 0; eln_patterns[i] != NULL; i++) {
		const struct eln_pattern *pattern = eln_patterns[i];

		eln_nearest_offer(&nearest, pattern->name);
		eln_nearest_offer_alias(&nearest, pattern->alias,
		    pattern->name);
	}
	if (nearest.name[0] != '\0') {
		return eln_problem_set(problem,
		    "%.200s: %.64s: unknown section; did you mean %s?", where,
		    section, nearest.name);
	}
	return eln_problem_set(problem, "%.200s: %.64s: unknown section", where,
	    section);
}

/* The key of the same name in another section, else the nearest name in this
 * one, as "section.name". */
static void
find_nearest(const char *section, const char *name, struct eln_nearest *nearest)
{
	char full[sizeof(nearest->name)];

	eln_nearest_init(nearest, name);
	for (size_t i = 0; i < eln_keys_count(); i++) {
		const struct eln_key *key = eln_keys_get(i);

		if (has_section(key, section) || strcmp(key->name, name) == 0) {
			snprintf(full, sizeof(full), "%s.%s", key->section,
			    key->name);
			eln_nearest_offer_alias(nearest, key->name, full);
		}
	}
}

static void
list_names(const char *section, char *list, size_t size)
{
	size_t length = 0;

	list[0] = '\0';
	for (size_t i = 0; i < eln_keys_count() && length < size; i++) {
		const struct eln_key *key = eln_keys_get(i);

		if (has_section(key, section)) {
			length += (size_t)snprintf(list + length, size - length,
			    "%s%s", length == 0 ? "" : ", ", key->name);
		}
	}
}

static int
refuse_key(const char *where, const char *section, const char *name,
    struct eln_problem *problem)
{
	struct eln_nearest nearest;
	char list[192];

	find_nearest(section, name, &nearest);
	if (nearest.name[0] != '\0') {
		return eln_problem_set(problem,
		    "%.200s: %s.%.64s: unknown key; did you mean %s?", where,
		    section, name, nearest.name);
	}
	list_names(section, list, sizeof(list));
	return eln_problem_set(problem,
	    "%.200s: %s.%.64s: unknown key; %s has %s", where, section, name,
	    section, list[0] != '\0' ? list : "none");
}

int
eln_keys_find(const char *where, const char *section, const char *name,
    size_t *index, struct eln_problem *problem)
{
	if (!eln_keys_has_section(section)) {
		return eln_keys_refuse_section(where, section, problem);
	}
	for (size_t i = 0; i < eln_keys_count(); i++) {
		const struct eln_key *key = eln_keys_get(i);

		if (has_section(key, section) && strcmp(key->name, name) == 0) {
			*index = i;
			return 0;
		}
	}
	return refuse_key(where, section, name, problem);
}

const struct eln_pattern *
eln_keys_pattern(const char *name)
{
	for (size_t i = 0; eln_patterns[i] != NULL; i++) {
		if (strcmp(eln_patterns[i]->name, name) == 0 ||
		    strcmp(eln_patterns[i]->alias, name) == 0) {
			return eln_patterns[i];
		}
	}
	return NULL;
}

const char *
eln_keys_default_text(const struct eln_key *key)
{
	/* Which patterns there are is known only when they are linked. */
	return key->text != NULL ? key->text : eln_patterns[0]->name;
}
