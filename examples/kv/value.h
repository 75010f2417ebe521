/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef KV_VALUE_H
#define KV_VALUE_H

/*
 * A value: one of the five types that a key can hold. A set is a dictionary
 * of bare entries, a hash one of fields; both are kept in the order in which
 * their elements came.
 */

#include "deque.h"
#include "dict.h"
#include "text.h"
#include "zset.h"

enum value_type {
	VALUE_STRING,
	VALUE_LIST,
	VALUE_SET,
	VALUE_HASH,
	VALUE_ZSET
};

struct value {
	enum value_type type;
	union {
		struct text *string; /* NULL: the empty one */
		struct deque list;
		struct dict set;
		struct dict hash;
		struct zset zset;
	} as;
};

struct element { /* of a set */
	struct dict_entry entry;
	char name[];
};

struct field { /* of a hash */
	struct dict_entry entry;
	struct text *text;
	char name[];
};

/** Frees what the value owns. */
void value_deinit(struct value *value);

/** The name of a type, as the command TYPE says it. */
const char *value_type_name(enum value_type type);

/** The number of elements; not for strings. */
size_t value_count(const struct value *value);

/** Adds an element; false if it is in already. */
bool set_add(struct dict *set, struct slice name);

/** Takes out and frees an element. */
void set_remove(struct dict *set, struct dict_entry *entry);

/** Sets a field; true if it is a new one. */
bool hash_set(struct dict *hash, struct slice name, struct slice text);

/** Takes out and frees a field. */
void hash_remove(struct dict *hash, struct field *field);

#endif
