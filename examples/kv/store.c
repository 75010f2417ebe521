/* SPDX-License-Identifier: BSD-2-Clause */
#include "store.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

enum {
	CACHE_LINE = 64
};

struct stripe {
	_Alignas(CACHE_LINE) pthread_mutex_t lock;
	struct keyspace spaces[STORE_DATABASES]; /* [lock] */
};

struct store {
	struct stripe stripes[STORE_STRIPES];
};

struct store *
store_create(void)
{
	struct store *store = aligned_alloc(CACHE_LINE, sizeof(*store));

	if (store == NULL) {
		abort();
	}
	memset(store, 0, sizeof(*store));
	for (size_t i = 0; i < STORE_STRIPES; i++) {
		pthread_mutex_init(&store->stripes[i].lock, NULL);
	}
	return store;
}

void
store_destroy(struct store *store)
{
	struct garbage garbage = { 0 };

	if (store == NULL) {
		return;
	}
	for (unsigned i = 0; i < STORE_DATABASES; i++) {
		store_clear(store, i, &garbage);
	}
	garbage_free(&garbage);
	for (size_t i = 0; i < STORE_STRIPES; i++) {
		pthread_mutex_destroy(&store->stripes[i].lock);
	}
	free(store);
}

/* The upper bits choose the stripe, the lower ones the bucket in it. */
static unsigned
stripe_index(uint64_t hash)
{
	return (unsigned)(hash >> 59);
}

uint32_t
store_stripe(uint64_t hash)
{
	return UINT32_C(1) << stripe_index(hash);
}

static unsigned
lowest_bit(uint32_t bits)
{
	return (unsigned)__builtin_ctz(bits);
}

void
store_lock(struct store *store, uint32_t stripes)
{
	for (; stripes != 0; stripes &= stripes - 1) {
		pthread_mutex_lock(&store->stripes[lowest_bit(stripes)].lock);
	}
}

void
store_unlock(struct store *store, uint32_t stripes)
{
	for (; stripes != 0; stripes &= stripes - 1) {
		pthread_mutex_unlock(&store->stripes[lowest_bit(stripes)].lock);
	}
}

struct keyspace *
store_keyspace(struct store *store, unsigned database, unsigned stripe)
{
	return &store->stripes[stripe].spaces[database];
}

struct key
store_key(struct store *store, unsigned database, struct slice name,
    uint64_t hash)
{
	return (struct key){ name, hash,
		store_keyspace(store, database, stripe_index(hash)) };
}

static bool
has_expired(const struct record *record, int64_t now_ms)
{
	return record->expires_ms != 0 && record->expires_ms <= now_ms;
}

struct record *
store_find(const struct key *key, int64_t now_ms, struct garbage *garbage)
{
	struct record *record = (struct record *)dict_find(&key->space->records,
	    key->hash, key->name);

	if (record != NULL && has_expired(record, now_ms)) {
		store_remove(key->space, record, garbage);
		return NULL;
	}
	return record;
}

struct record *
store_insert(const struct key *key, enum value_type type)
{
	struct record *record = memory_get(sizeof(*record) + key->name.length);

	memset(record, 0, sizeof(*record));
	memcpy(record->name, key->name.data, key->name.length);
	record->entry.key = (struct slice){ record->name, key->name.length };
	record->entry.hash = key->hash;
	record->value.type = type;
	dict_insert(&key->space->records, &record->entry);
	store_touch(key);
	return record;
}

void
store_remove(struct keyspace *space, struct record *record,
    struct garbage *garbage)
{
	store_expire(space, record, 0);
	dict_remove(&space->records, &record->entry);
	watch_touch(space, record->entry.hash, record->entry.key);
	record->entry.after = garbage->first;
	garbage->first = &record->entry;
}

void
store_touch(const struct key *key)
{
	watch_touch(key->space, key->hash, key->name);
}

void
store_expire(struct keyspace *space, struct record *record, int64_t expires_ms)
{
	space->n_expiring -= record->expires_ms != 0;
	space->n_expiring += expires_ms != 0;
	record->expires_ms = expires_ms;
}

void
store_sweep(struct keyspace *space, int64_t now_ms, struct garbage *garbage)
{
	struct dict_entry *entry;

	if (space->n_expiring == 0) {
		return;
	}
	space->swept = (space->swept + 1) & (space->records.n_buckets - 1);
	entry = space->records.buckets[space->swept];
	while (entry != NULL) {
		struct record *record = (struct record *)entry;

		entry = entry->next;
		if (has_expired(record, now_ms)) {
			/* May resize: the rest of this bucket waits. */
			store_remove(space, record, garbage);
			return;
		}
	}
}

void
store_clear(struct store *store, unsigned database, struct garbage *garbage)
{
	for (unsigned i = 0; i < STORE_STRIPES; i++) {
		struct keyspace *space = store_keyspace(store, database, i);
		struct dict watched = space->watched;

		watch_touch_all(space);
		if (space->records.last != NULL) {
			space->records.last->after = garbage->first;
			garbage->first = space->records.first;
		}
		dict_deinit(&space->records);
		*space = (struct keyspace){ .watched = watched };
	}
}

void
garbage_free(struct garbage *garbage)
{
	while (garbage->first != NULL) {
		struct record *record = (struct record *)garbage->first;

		garbage->first = record->entry.after;
		value_deinit(&record->value);
		free(record);
	}
}
