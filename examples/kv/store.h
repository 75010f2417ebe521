/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef KV_STORE_H
#define KV_STORE_H

/*
 * The data, shared by all threads.
 *
 * A key's hash chooses one of 32 stripes; each stripe has its own lock and,
 * for each of the 16 databases, its own keyspace: a dictionary of records.
 * So one command resizes or sweeps at most its own stripe, and two commands
 * meet only in one of 32 cases.
 *
 * Whoever touches a keyspace holds its stripe's lock. The locks that a
 * command needs are one word of bits, known before it begins, and taken
 * together, in order of the index: so a command on many keys is atomic, and
 * no two commands can wait for each other.
 *
 * A record that has expired is gone for everybody: store_find removes it,
 * and each locked command also looks through one bucket of its keyspace, so
 * that what is never asked for again does not stay for ever. What is removed
 * goes to a heap of garbage, which is freed without locks.
 *
 * Adding and removing a record touches its key (watch.h); who changes what a
 * record holds says so by store_touch.
 */

#include "value.h"
#include "watch.h"

/* ThreadSanitizer follows 64 locks of a thread; a flush takes them all. */
enum {
	STORE_STRIPES = 32,
	STORE_DATABASES = 16
};

#define STORE_EVERY_STRIPE UINT32_MAX

struct store;

struct record {
	struct dict_entry entry;
	struct value value;
	int64_t expires_ms; /* 0: never; in milliseconds since the epoch */
	char name[];
};

struct keyspace {
	struct dict records;
	struct dict watched; /* of watch.c */
	size_t n_expiring;
	size_t swept; /* the bucket that the sweep comes to next */
};

/* Records waiting to be freed; all zero is an empty one. */
struct garbage {
	struct dict_entry *first; /* linked by `after` */
};

/* A key, and where it belongs. */
struct key {
	struct slice name;
	uint64_t hash;
	struct keyspace *space;
};

/** An empty store; never NULL. */
struct store *store_create(void);

/** Frees a store that no other thread uses; NULL is allowed. */
void store_destroy(struct store *store);

/** The bit of the stripe of a key. */
uint32_t store_stripe(uint64_t hash);

/** Locks the stripes of these bits, in order. */
void store_lock(struct store *store, uint32_t stripes);

/** Unlocks them. */
void store_unlock(struct store *store, uint32_t stripes);

/** Finds out where a key of this hash belongs. */
struct key store_key(struct store *store, unsigned database, struct slice name,
    uint64_t hash);

/** Returns the record of a key, or NULL when there is none or no longer. */
struct record *store_find(const struct key *key, int64_t now_ms,
    struct garbage *garbage);

/** Adds a record with an empty value; the key has none. */
struct record *store_insert(const struct key *key, enum value_type type);

/** Takes a record out and gives it to the garbage. */
void store_remove(struct keyspace *space, struct record *record,
    struct garbage *garbage);

/** Says that the record of this key has changed. */
void store_touch(const struct key *key);

/** Sets when a record ends; 0: never. */
void store_expire(struct keyspace *space, struct record *record,
    int64_t expires_ms);

/** Looks through the keyspace's next bucket for what has expired. */
void store_sweep(struct keyspace *space, int64_t now_ms,
    struct garbage *garbage);

/** The keyspace of one stripe of a database, for commands that see all. */
struct keyspace *store_keyspace(struct store *store, unsigned database,
    unsigned stripe);

/** Gives all records of a database to the garbage; all stripes are locked. */
void store_clear(struct store *store, unsigned database,
    struct garbage *garbage);

/** Frees the garbage; no lock is needed. */
void garbage_free(struct garbage *garbage);

#endif
