/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ELN_HANDLE_SET_H
#define ELN_HANDLE_SET_H

/*
 * A handle set, and the demultiplexer that watches it.
 *
 * A handle is registered once, under an id, for input and the peer's FIN;
 * output is watched only while somebody has output waiting. Readiness is
 * reported as reasons of the run word, at least once after each change (as
 * edge-triggered epoll does): who was told must use it up, or remember it.
 *
 * A *one-shot* demultiplexer, one with `rearm`, reports a handle once and
 * then no more, until it is rearmed for what it shall be watched for next:
 *
 *   add ──▶ watched ──an event──▶ silent ──rearm──▶ watched
 *
 * What is ready already when it is rearmed is reported, so nothing is lost.
 *
 * A new demultiplexer is one file with one such table.
 */

#include <echelon/engine.h>
#include <stdbool.h>
#include <stdint.h>

/* What a handle is watched for, beside errors. */
enum eln_interest {
	ELN_INTEREST_INPUT = 1, /* and the peer's FIN */
	ELN_INTEREST_OUTPUT = 2
};

struct eln_event {
	uint64_t id;
	uint32_t reasons; /* of enum eln_reason */
};

/** Each demultiplexer defines its own. */
struct eln_handle_set;

struct eln_demultiplexer {
	const char *name;

	/** Makes an empty set. 0, -EMFILE, -ENFILE, -ENOMEM. */
	int (*create)(const struct echelon_allocator *memory,
	    struct eln_handle_set **set);
	/** Frees it; nothing is registered, nobody waits. */
	void (*destroy)(struct eln_handle_set *set);

	/** Registers a descriptor. Any thread, also while another waits.
	 *  0, -ENOSPC, -ENOMEM, -EPERM (cannot be watched). */
	int (*add)(struct eln_handle_set *set, int fd, uint64_t id);
	/** Also watches for room for output, or no longer. Any thread. */
	int (*watch_output)(struct eln_handle_set *set, int fd, uint64_t id,
	    bool output);
	/** Deregisters, before the descriptor is closed. Any thread. */
	void (*remove)(struct eln_handle_set *set, int fd);

	/**
	 * Waits for events, at most `timeout_ns` (ELN_FOREVER: no limit).
	 * One thread at a time.
	 *
	 * @return how many of `events` it filled, 0 to max; interrupted: 0
	 */
	unsigned (*wait)(struct eln_handle_set *set, struct eln_event *events,
	    unsigned max, uint64_t timeout_ns);

	/**
	 * One-shot: watches again, for `interest` and errors. Any thread,
	 * also while another waits. NULL: events do not silence a handle.
	 * 0 or -errno.
	 */
	int (*rearm)(struct eln_handle_set *set, int fd, uint64_t id,
	    unsigned interest);

	/** The same as a one-shot demultiplexer; NULL: there is none. */
	const struct eln_demultiplexer *one_shot;
};

/** All demultiplexers, ended by NULL; the first is the default. */
extern const struct eln_demultiplexer *const eln_demultiplexers[];

#endif
