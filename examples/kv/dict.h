/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef KV_DICT_H
#define KV_DICT_H

/*
 * A dictionary: entries found by a key of bytes, and kept in the order in
 * which they came.
 *
 * It is intrusive: an entry is the first member of what it names (a record
 * of the store, a field of a hash, a member of a set), which its user
 * allocates and frees; so an element costs one allocation. The key's bytes
 * belong to that object and do not move.
 *
 * Not safe with itself: the stripe that a dictionary belongs to is locked.
 */

#include "bytes.h"

struct dict_entry {
	struct dict_entry *next;           /* in the bucket */
	struct dict_entry *before, *after; /* in the order of arrival */
	uint64_t hash;
	struct slice key;
};

/* All zero is an empty one. */
struct dict {
	struct dict_entry **buckets; /* NULL while n_buckets is 0 */
	size_t n_buckets;            /* 0 or a power of two */
	size_t count;
	struct dict_entry *first, *last;
};

/** Frees the buckets; the entries are their owner's. */
void dict_deinit(struct dict *dict);

/** Returns the entry of `key`, whose hash is `hash`, or NULL. */
struct dict_entry *dict_find(const struct dict *dict, uint64_t hash,
    struct slice key);

/** Adds an entry, its hash and key filled in; there is none of that key. */
void dict_insert(struct dict *dict, struct dict_entry *entry);

/** Takes out an entry that is in. */
void dict_remove(struct dict *dict, struct dict_entry *entry);

/** Returns any entry, chosen by `random`'s next values; count is not 0. */
struct dict_entry *dict_pick(const struct dict *dict, uint64_t *random);

/** The next value of a xorshift generator, whose state is not 0. */
uint64_t random_next(uint64_t *state);

#endif
