/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ELN_PATTERN_H
#define ELN_PATTERN_H

/*
 * A pattern: who waits on the handle sets, and who runs a ready handle.
 *
 * Everything else exists once, in core. A pattern is one constant table of
 * these; the build collects all of them in eln_patterns, so that nothing in
 * lib names one.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct echelon_engine;
struct eln_handle;
struct eln_key;
struct eln_thread;

/** What a running pattern keeps; each pattern defines its own. */
struct eln_core;

struct eln_pattern {
	const char *name;    /* as configured; also its settings' section */
	const char *alias;   /* its short form */
	const char *summary; /* one line for --help */

	const struct eln_key *keys;
	size_t n_keys;

	/** How many pool threads it wants, given the setting engine.threads
	 *  (never 0) and its own values. NULL: as the setting says. */
	unsigned (*n_threads)(const uint64_t *values, unsigned threads);
	/** How many handle sets; `threads` as above. NULL: one. */
	unsigned (*n_sets)(const uint64_t *values, unsigned threads);
	/** How many of these threads only wait and never run a handler.
	 *  NULL: none. */
	unsigned (*n_waiters)(const uint64_t *values);

	/** It adds a thread with a descriptor for each connection. */
	bool thread_each;

	/** A thread that was added has left: it can be reaped, and given back.
	 *  Any thread; for who adds threads. */
	void (*left)(struct eln_core *core);

	/** Whether handles are watched for one event at a time. NULL: no. */
	bool (*one_shot)(const uint64_t *values);

	/**
	 * Prepares the core of an engine whose sets exist; no thread runs.
	 * 0 or -ENOMEM.
	 */
	int (*create)(struct echelon_engine *engine, const uint64_t *values,
	    struct eln_core **core);

	/** Frees it; no thread runs. */
	void (*destroy)(struct eln_core *core);

	/** The life of one pool thread; returns after stop. */
	void (*run)(struct eln_core *core, struct eln_thread *thread);

	/**
	 * Makes every run return as soon as its thread is out of a handler.
	 * Any thread, once; never blocks.
	 */
	void (*stop)(struct eln_core *core);

	/**
	 * A connection is being opened, and will be ready: makes what `watch`
	 * needs. Any thread. 0 or -errno. NULL if `watch` is.
	 */
	int (*prepare)(struct eln_core *core, struct eln_handle *handle);

	/**
	 * Threads of its own watch the connections, not the handle sets: a
	 * turn of one, on its thread, is about to end, and next it shall be
	 * watched for `interest` (enum eln_interest) and errors, once. NULL:
	 * the sets watch all handles.
	 */
	void (*watch)(struct eln_core *core, struct eln_handle *handle,
	    unsigned interest);

	/**
	 * The monitor looks, at `now` (ns): takes over what a thread that
	 * blocks has kept from the others for a stall tick. Returns whether
	 * there is anything that a further tick must watch. NULL: never.
	 */
	bool (*tick)(struct eln_core *core, uint64_t now);
};

/** How many pool threads a pattern wants. */
static inline unsigned
eln_pattern_threads(const struct eln_pattern *pattern, const uint64_t *values,
    unsigned threads)
{
	return pattern->n_threads == NULL ? threads
					  : pattern->n_threads(values, threads);
}

/** All patterns, ended by NULL; the first is the default. */
extern const struct eln_pattern *const eln_patterns[];

#endif
