/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef KV_WATCH_H
#define KV_WATCH_H

/*
 * Who watches which key, and whether it was touched since.
 *
 * A watch belongs to one transaction and is found from two sides: its owner
 * has it in a list, and the keyspace of its key has it under the key's name.
 * Whoever changes, adds or removes a key touches it, and that marks all of
 * its watches; nobody is woken, the owner looks at its marks before EXEC.
 *
 * All of it is used with the stripe of the key locked, by whatever thread;
 * so a mark needs no atomic, and what EXEC sees stays true while it runs.
 */

#include "dict.h"

struct key;
struct keyspace;
struct watched;

struct watch {
	struct watch *next;           /* of the same owner */
	const void *owner;            /* [const] */
	struct keyspace *space;       /* [const] */
	struct watched *watched;      /* [const] */
	struct watch *before, *after; /* [lock:stripe] of the same key */
	bool is_touched;              /* [lock:stripe] */
};

/** The owner's watch of a key, or NULL. */
struct watch *watch_find(const struct key *key, const void *owner);

/** A new one; the owner has none of this key. */
struct watch *watch_create(const struct key *key, const void *owner);

void watch_destroy(struct watch *watch);

/** The key that it watches; valid for as long as the watch. */
struct key watch_key(const struct watch *watch);

/** Marks all watches of a key. */
void watch_touch(struct keyspace *space, uint64_t hash, struct slice name);

/** Marks all watches of keys that the keyspace has records of. */
void watch_touch_all(struct keyspace *space);

#endif
