/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef KV_TRANSACTION_H
#define KV_TRANSACTION_H

/*
 * What a connection prepares: the keys that it watches, and the commands
 * that it has said since MULTI.
 *
 *     none --WATCH--> watching --MULTI--> open --EXEC, DISCARD--> none
 *
 * A queued command knows the stripes of its keys. The transaction holds the
 * union of them, and EXEC locks that and the watched keys' stripes at once,
 * looks at the watches, and runs all commands before it unlocks: for
 * everybody else they are one command.
 *
 * A transaction is its connection's own (G1); only its watches are also
 * found by others (watch.h). What it holds is limited.
 */

#include "store.h"
#include "watch.h"

enum {
	TRANSACTION_MAX_BYTES = 64 << 20
};

struct command;

struct queued {
	struct queued *next;
	const struct command *command;
	uint64_t first_hash; /* of words[1], where that is a key */
	size_t n_words;
	struct slice words[]; /* of bytes that lie behind them */
};

/* All zero is none. */
struct transaction {
	bool is_open;
	bool is_broken; /* a command was refused: there is nothing to run */
	size_t bytes;   /* of the queue and the watches */
	struct queued *first, *last;
	size_t n_queued;
	uint32_t stripes; /* of the queued commands */
	struct watch *watches;
	uint32_t watched_stripes;
};

/**
 * Adds a copy of a command; its words are copied too.
 *
 * @return false: there is no room, and it is not added
 */
bool transaction_queue(struct transaction *transaction,
    const struct queued *command, const struct slice *words, uint32_t stripes);

/**
 * Watches a key, whose stripe is locked; again means nothing.
 *
 * @return false: there is no room, and it is not watched
 */
bool transaction_watch(struct transaction *transaction, const struct key *key);

/** Whether a watched key was touched; its stripes are locked. */
bool transaction_is_touched(const struct transaction *transaction,
    int64_t now_ms, struct garbage *garbage);

/** Ends all watches; their stripes are locked. */
void transaction_unwatch_locked(struct transaction *transaction);

/** The same, and locks them. */
void transaction_unwatch(struct transaction *transaction, struct store *store);

/** Forgets the commands; there is no transaction then. */
void transaction_discard(struct transaction *transaction);

#endif
