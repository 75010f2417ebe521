/* SPDX-License-Identifier: BSD-2-Clause */
#include "dict.h"

#include <stdlib.h>
#include <string.h>

/*
 * Chained buckets, between one entry per bucket and one per eight of them
 * (but never fewer than MIN_BUCKETS once there are any): dict_pick looks at
 * a few buckets only, and a dictionary that was large gives its memory back.
 */
enum {
	MIN_BUCKETS = 4,
	SPARSE = 8
};

static struct dict_entry **
bucket_of(const struct dict *dict, uint64_t hash)
{
	return &dict->buckets[hash & (dict->n_buckets - 1)];
}

static void
chain(struct dict *dict, struct dict_entry *entry)
{
	struct dict_entry **bucket = bucket_of(dict, entry->hash);

	entry->next = *bucket;
	*bucket = entry;
}

static void
resize(struct dict *dict, size_t n_buckets)
{
	size_t bytes = n_buckets * sizeof(*dict->buckets);

	free(dict->buckets);
	dict->buckets = memory_get(bytes);
	memset(dict->buckets, 0, bytes);
	dict->n_buckets = n_buckets;
	for (struct dict_entry *e = dict->first; e != NULL; e = e->after) {
		chain(dict, e);
	}
}

void
dict_deinit(struct dict *dict)
{
	free(dict->buckets);
	*dict = (struct dict){ 0 };
}

struct dict_entry *
dict_find(const struct dict *dict, uint64_t hash, struct slice key)
{
	struct dict_entry *entry;

	if (dict->n_buckets == 0) {
		return NULL;
	}
	entry = *bucket_of(dict, hash);
	while (entry != NULL &&
	    (entry->hash != hash || slice_compare(entry->key, key) != 0)) {
		entry = entry->next;
	}
	return entry;
}

void
dict_insert(struct dict *dict, struct dict_entry *entry)
{
	if (dict->count == dict->n_buckets) {
		resize(dict,
		    dict->n_buckets == 0 ? MIN_BUCKETS : dict->n_buckets * 2);
	}
	chain(dict, entry);
	entry->after = NULL;
	entry->before = dict->last;
	if (dict->last == NULL) {
		dict->first = entry;
	} else {
		dict->last->after = entry;
	}
	dict->last = entry;
	dict->count++;
}

static void
unlink_from_order(struct dict *dict, struct dict_entry *entry)
{
	if (entry->before == NULL) {
		dict->first = entry->after;
	} else {
		entry->before->after = entry->after;
	}
	if (entry->after == NULL) {
		dict->last = entry->before;
	} else {
		entry->after->before = entry->before;
	}
}

void
dict_remove(struct dict *dict, struct dict_entry *entry)
{
	struct dict_entry **link = bucket_of(dict, entry->hash);

	while (*link != entry) {
		link = &(*link)->next;
	}
	*link = entry->next;
	unlink_from_order(dict, entry);
	dict->count--;
	if (dict->n_buckets > MIN_BUCKETS &&
	    dict->count < dict->n_buckets / SPARSE) {
		resize(dict, dict->n_buckets / 2);
	}
}

struct dict_entry *
dict_pick(const struct dict *dict, uint64_t *random)
{
	struct dict_entry *head;
	struct dict_entry *picked;
	uint64_t length = 0;

	do {
		head = *bucket_of(dict, random_next(random));
	} while (head == NULL);
	for (picked = head; picked != NULL; picked = picked->next) {
		length++;
	}
	picked = head;
	for (uint64_t n = random_next(random) % length; n > 0; n--) {
		picked = picked->next;
	}
	return picked;
}

uint64_t
random_next(uint64_t *state)
{
	uint64_t x = *state;

	x ^= x << 13;
	x ^= x >> 7;
	x ^= x << 17;
	*state = x;
	return x;
}
