/* SPDX-License-Identifier: BSD-2-Clause */
#include "watch.h"

#include <stdlib.h>
#include <string.h>

#include "store.h"

struct watched { /* a key with at least one watch */
	struct dict_entry entry;
	struct watch *first;
	char name[];
};

static struct watched *
find_watched(const struct keyspace *space, uint64_t hash, struct slice name)
{
	return (struct watched *)dict_find(&space->watched, hash, name);
}

static struct watched *
add_watched(const struct key *key)
{
	struct watched *watched = memory_get(sizeof(*watched) +
	    key->name.length);

	memset(watched, 0, sizeof(*watched));
	memcpy(watched->name, key->name.data, key->name.length);
	watched->entry.key = (struct slice){ watched->name, key->name.length };
	watched->entry.hash = key->hash;
	dict_insert(&key->space->watched, &watched->entry);
	return watched;
}

struct watch *
watch_find(const struct key *key, const void *owner)
{
	const struct watched *watched = find_watched(key->space, key->hash,
	    key->name);
	struct watch *watch = watched == NULL ? NULL : watched->first;

	while (watch != NULL && watch->owner != owner) {
		watch = watch->after;
	}
	return watch;
}

struct watch *
watch_create(const struct key *key, const void *owner)
{
	struct watched *watched = find_watched(key->space, key->hash,
	    key->name);
	struct watch *watch = memory_get(sizeof(*watch));

	if (watched == NULL) {
		watched = add_watched(key);
	}
	*watch = (struct watch){
		.owner = owner,
		.space = key->space,
		.watched = watched,
		.after = watched->first,
	};
	if (watched->first != NULL) {
		watched->first->before = watch;
	}
	watched->first = watch;
	return watch;
}

static void
remove_watched(struct keyspace *space, struct watched *watched)
{
	dict_remove(&space->watched, &watched->entry);
	free(watched);
	if (space->watched.count == 0) {
		dict_deinit(&space->watched);
	}
}

void
watch_destroy(struct watch *watch)
{
	struct watched *watched = watch->watched;

	if (watch->before == NULL) {
		watched->first = watch->after;
	} else {
		watch->before->after = watch->after;
	}
	if (watch->after != NULL) {
		watch->after->before = watch->before;
	}
	if (watched->first == NULL) {
		remove_watched(watch->space, watched);
	}
	free(watch);
}

struct key
watch_key(const struct watch *watch)
{
	const struct dict_entry *entry = &watch->watched->entry;

	return (struct key){ entry->key, entry->hash, watch->space };
}

static void
touch(struct watched *watched)
{
	for (struct watch *w = watched->first; w != NULL; w = w->after) {
		w->is_touched = true;
	}
}

void
watch_touch(struct keyspace *space, uint64_t hash, struct slice name)
{
	struct watched *watched = find_watched(space, hash, name);

	if (watched != NULL) {
		touch(watched);
	}
}

void
watch_touch_all(struct keyspace *space)
{
	struct dict_entry *entry = space->watched.first;

	for (; entry != NULL; entry = entry->after) {
		if (dict_find(&space->records, entry->hash, entry->key) !=
		    NULL) {
			touch((struct watched *)entry);
		}
	}
}
