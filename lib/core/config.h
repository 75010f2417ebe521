/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ELN_CONFIG_H
#define ELN_CONFIG_H

/*
 * The settings of an engine: keys, their values, and where each came from.
 *
 * A *key* is section.name, with a type, a range and a default; the core's
 * keys are listed here, each pattern brings a table of its own whose section
 * is the pattern's name. A *source* gives values; the strongest source wins,
 * whatever the order in which they are read:
 *
 *   defaults < file < environment < settings, command line < pattern argument
 *
 * Two values for one key from one source are an error, as is an unknown key;
 * the message names what, where, and the nearest valid name.
 */

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

struct eln_config;
struct eln_pattern;

enum eln_key_type {
	ELN_KEY_NUMBER, /* "16" */
	ELN_KEY_COUNT,  /* as a number, or "auto", which is 0 */
	ELN_KEY_SIZE,   /* bytes: "512", "64KiB", "1MiB", "1GiB" */
	ELN_KEY_TIME,   /* nanoseconds: "250us", "10ms", "30s", "5min", "1h" */
	ELN_KEY_CHOICE, /* one of `choices`; the value is its index */
	ELN_KEY_TEXT    /* not empty, no control characters */
};

struct eln_key {
	const char *section;
	const char *name;
	const char *help; /* one line */
	enum eln_key_type type;
	bool live; /* a reload applies it at once */
	uint64_t minimum;
	uint64_t maximum;
	uint64_t value;             /* the default */
	const char *text;           /* the default of a text */
	const char *const *choices; /* ended by NULL */
};

/* The core's keys, in the order of their table in config_keys.c. */
enum eln_core_key {
	ELN_ENGINE_PATTERN, /* text: "lf:promote=always" */
	ELN_ENGINE_DEMULTIPLEXER,
	ELN_ENGINE_THREADS,
	ELN_ENGINE_STALL_TICK,
	ELN_ENGINE_LISTEN, /* read by echelon_main only */
	ELN_LIMITS_CONNECTIONS,
	ELN_LIMITS_INPUT,
	ELN_LIMITS_OUTPUT,
	ELN_LIMITS_TURN,
	ELN_LIMITS_MESSAGES,
	ELN_DEADLINES_REQUEST,
	ELN_DEADLINES_IDLE,
	ELN_DEADLINES_WRITE_STALL,
	ELN_DEADLINES_LINGER,
	ELN_DEADLINES_DRAIN,
	ELN_DEADLINES_REPORT,
	ELN_LOG_LEVEL,
	ELN_TRACE_FILE, /* this section is read by echelon_main only */
	ELN_TRACE_EVENTS,
	ELN_TRACE_CONNECTION,
	ELN_TRACE_FROM,
	ELN_TRACE_UNTIL,
	ELN_CORE_KEYS
};

enum eln_source {
	ELN_FROM_DEFAULT,
	ELN_FROM_FILE,
	ELN_FROM_ENVIRONMENT,
	ELN_FROM_ARGUMENT
};

/** What was wrong, as one line. */
struct eln_problem {
	char text[512];
};

/** Makes settings with all defaults. 0 or -ENOMEM. */
int eln_config_create(struct eln_config **config);

/** NULL is allowed. */
void eln_config_destroy(struct eln_config *config);

/**
 * Gives one key a value. `where` says where it stands, for messages and for
 * eln_config_print: "--threads", "server.ini:12", "ECHELON_ENGINE_THREADS".
 *
 * @return 0, -EINVAL (and the problem), or -ENOMEM
 */
int eln_config_set(struct eln_config *config, enum eln_source source,
    const char *where, const char *section, const char *name, const char *value,
    struct eln_problem *problem);

/** As eln_config_set, for "section.key=value". */
int eln_config_set_assignment(struct eln_config *config, enum eln_source source,
    const char *where, const char *assignment, struct eln_problem *problem);

/**
 * Reads an INI file, to its end, and reports its first problem.
 *
 * @return 0, -EINVAL, -ENOMEM, or -errno from opening or reading
 */
int eln_config_read_file(struct eln_config *config, const char *path,
    struct eln_problem *problem);

/** Reads ECHELON_SECTION_KEY for every key; an unknown ECHELON_ name with a
 *  known section is an error. `environment` as environ(7). */
int eln_config_read_environment(struct eln_config *config,
    char *const *environment, struct eln_problem *problem);

/**
 * Resolves engine.pattern ("alias:key=value,...") once all sources are read,
 * and checks what only makes sense together.
 *
 * @return 0, -EINVAL (and the problem), or -ENOMEM
 */
int eln_config_finish(struct eln_config *config, struct eln_problem *problem);

/** A number, size, time (ns), or index of a choice. */
uint64_t eln_config_get(const struct eln_config *config, enum eln_core_key key);

/** A text. */
const char *eln_config_text(const struct eln_config *config,
    enum eln_core_key key);

/** Whether something stronger than the default gave the value. */
bool eln_config_is_given(const struct eln_config *config,
    enum eln_core_key key);

/** After finish: the pattern, and the values of its keys in their order. */
const struct eln_pattern *eln_config_pattern(const struct eln_config *config);
const uint64_t *eln_config_pattern_values(const struct eln_config *config);

/**
 * Calls `changed` for each key that has another value in `new`.
 */
void eln_config_compare(const struct eln_config *old,
    const struct eln_config *new,
    void (*changed)(void *context, const struct eln_key *key,
	const char *value),
    void *context);

/** Prints all keys as an INI file, each with its origin as a comment. */
void eln_config_print(const struct eln_config *config, FILE *stream);

/** Prints all keys with their ranges, defaults and help, for --help. */
void eln_config_print_help(FILE *stream);

#endif
