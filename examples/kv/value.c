/* SPDX-License-Identifier: BSD-2-Clause */
#include "value.h"

#include <stdlib.h>
#include <string.h>

static void
free_elements(struct dict *dict, bool are_fields)
{
	struct dict_entry *entry = dict->first;

	while (entry != NULL) {
		struct dict_entry *after = entry->after;

		if (are_fields) {
			free(((struct field *)entry)->text);
		}
		free(entry);
		entry = after;
	}
	dict_deinit(dict);
}

void
value_deinit(struct value *value)
{
	switch (value->type) {
	case VALUE_STRING:
		free(value->as.string);
		value->as.string = NULL;
		break;
	case VALUE_LIST:
		deque_deinit(&value->as.list);
		break;
	case VALUE_SET:
		free_elements(&value->as.set, false);
		break;
	case VALUE_HASH:
		free_elements(&value->as.hash, true);
		break;
	case VALUE_ZSET:
		zset_deinit(&value->as.zset);
		break;
	}
}

const char *
value_type_name(enum value_type type)
{
	static const char *const names[] = {
		[VALUE_STRING] = "string",
		[VALUE_LIST] = "list",
		[VALUE_SET] = "set",
		[VALUE_HASH] = "hash",
		[VALUE_ZSET] = "zset",
	};

	return names[type];
}

size_t
value_count(const struct value *value)
{
	switch (value->type) {
	case VALUE_LIST:
		return value->as.list.count;
	case VALUE_SET:
		return value->as.set.count;
	case VALUE_HASH:
		return value->as.hash.count;
	case VALUE_ZSET:
		return value->as.zset.members.count;
	case VALUE_STRING:
		break;
	}
	return 1;
}

/* Fills in the key of an entry whose bytes are kept at `name`. */
static void
name_entry(struct dict_entry *entry, char *name, struct slice key,
    uint64_t hash)
{
	memcpy(name, key.data, key.length);
	entry->key = (struct slice){ name, key.length };
	entry->hash = hash;
}

bool
set_add(struct dict *set, struct slice name)
{
	uint64_t hash = hash_bytes(name);
	struct element *element;

	if (dict_find(set, hash, name) != NULL) {
		return false;
	}
	element = memory_get(sizeof(*element) + name.length);
	name_entry(&element->entry, element->name, name, hash);
	dict_insert(set, &element->entry);
	return true;
}

void
set_remove(struct dict *set, struct dict_entry *entry)
{
	dict_remove(set, entry);
	free(entry);
}

bool
hash_set(struct dict *hash, struct slice name, struct slice text)
{
	uint64_t key_hash = hash_bytes(name);
	struct field *field = (struct field *)dict_find(hash, key_hash, name);

	if (field != NULL) {
		field->text = text_assign(field->text, text);
		return false;
	}
	field = memory_get(sizeof(*field) + name.length);
	field->text = text_create(text);
	name_entry(&field->entry, field->name, name, key_hash);
	dict_insert(hash, &field->entry);
	return true;
}

void
hash_remove(struct dict *hash, struct field *field)
{
	dict_remove(hash, &field->entry);
	free(field->text);
	free(field);
}
