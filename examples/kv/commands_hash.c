/* SPDX-License-Identifier: BSD-2-Clause */
#include "command.h"

/*
 * Commands on hashes.
 */

static struct field *
find_field(const struct record *record, struct slice name)
{
	return (struct field *)dict_find(&record->value.as.hash,
	    hash_bytes(name), name);
}

/* Replies a field of a record, which may be NULL. */
static void
reply_field(struct call *call, const struct record *record, struct slice name)
{
	const struct field *field = record == NULL ? NULL
						   : find_field(record, name);

	if (field == NULL) {
		reply_null(call->reply);
	} else {
		reply_bulk(call->reply, text_slice(field->text));
	}
}

/* Sets fields; false: it has replied why not. */
static bool
set_fields(struct call *call, int64_t *n_added)
{
	struct key key;
	struct record *record;

	if (call->n_words % 2 != 0) {
		call_wrong_arity(call, call->command->name);
		return false;
	}
	if (!call_find_typed(call, VALUE_HASH, &key, &record)) {
		return false;
	}
	if (record == NULL) {
		record = store_insert(&key, VALUE_HASH);
	}
	*n_added = 0;
	for (size_t i = 2; i < call->n_words; i += 2) {
		*n_added += hash_set(&record->value.as.hash, call->words[i],
		    call->words[i + 1]);
	}
	store_touch(&key);
	return true;
}

void
run_hset(struct call *call)
{
	int64_t n_added;

	if (set_fields(call, &n_added)) {
		reply_integer(call->reply, n_added);
	}
}

void
run_hmset(struct call *call)
{
	int64_t n_added;

	if (set_fields(call, &n_added)) {
		reply_status(call->reply, "OK");
	}
}

void
run_hget(struct call *call)
{
	struct key key;
	struct record *record;

	if (call_find_typed(call, VALUE_HASH, &key, &record)) {
		reply_field(call, record, call->words[2]);
	}
}

void
run_hmget(struct call *call)
{
	struct key key;
	struct record *record;

	if (!call_find_typed(call, VALUE_HASH, &key, &record)) {
		return;
	}
	reply_array(call->reply, call->n_words - 2);
	for (size_t i = 2; i < call->n_words; i++) {
		reply_field(call, record, call->words[i]);
	}
}

void
run_hdel(struct call *call)
{
	int64_t n_removed = 0;
	struct key key;
	struct record *record;

	if (!call_find_typed(call, VALUE_HASH, &key, &record)) {
		return;
	}
	for (size_t i = 2; record != NULL && i < call->n_words; i++) {
		struct field *field = find_field(record, call->words[i]);

		if (field != NULL) {
			hash_remove(&record->value.as.hash, field);
			n_removed++;
		}
	}
	if (n_removed > 0) {
		store_touch(&key);
		call_drop_empty(call, record, &key);
	}
	reply_integer(call->reply, n_removed);
}

void
run_hlen(struct call *call)
{
	struct key key;
	struct record *record;

	if (call_find_typed(call, VALUE_HASH, &key, &record)) {
		reply_integer(call->reply,
		    record == NULL ? 0 : (int64_t)value_count(&record->value));
	}
}

void
run_hexists(struct call *call)
{
	struct key key;
	struct record *record;

	if (call_find_typed(call, VALUE_HASH, &key, &record)) {
		reply_integer(call->reply,
		    record != NULL &&
			find_field(record, call->words[2]) != NULL);
	}
}

static void
reply_name(struct reply *reply, const struct dict_entry *entry)
{
	reply_bulk(reply, entry->key);
}

static void
reply_value(struct reply *reply, const struct dict_entry *entry)
{
	reply_bulk(reply, text_slice(((const struct field *)entry)->text));
}

static void
reply_both(struct reply *reply, const struct dict_entry *entry)
{
	reply_name(reply, entry);
	reply_value(reply, entry);
}

/* Replies something of every field, behind a head that says how many. */
static void
reply_fields(struct call *call, void (*reply_head)(struct reply *, size_t),
    void (*reply_one)(struct reply *, const struct dict_entry *))
{
	struct key key;
	struct record *record;

	if (!call_find_typed(call, VALUE_HASH, &key, &record)) {
		return;
	}
	if (record == NULL) {
		reply_head(call->reply, 0);
		return;
	}
	reply_head(call->reply, value_count(&record->value));
	for (const struct dict_entry *e = record->value.as.hash.first;
	     e != NULL; e = e->after) {
		reply_one(call->reply, e);
	}
}

void
run_hgetall(struct call *call)
{
	reply_fields(call, reply_map, reply_both);
}

void
run_hkeys(struct call *call)
{
	reply_fields(call, reply_array, reply_name);
}

void
run_hvals(struct call *call)
{
	reply_fields(call, reply_array, reply_value);
}

/* False: the field holds no number, or the sum is none; it has replied. */
static bool
add_to_field(struct call *call, const struct record *record, int64_t *number)
{
	const struct field *field = record == NULL
	    ? NULL
	    : find_field(record, call->words[2]);
	int64_t old = 0;

	if (field != NULL && !integer_parse(text_slice(field->text), &old)) {
		reply_error(call->reply, "ERR hash value is not an integer");
		return false;
	}
	if (__builtin_add_overflow(old, *number, number)) {
		reply_error(call->reply,
		    "ERR increment or decrement would overflow");
		return false;
	}
	return true;
}

void
run_hincrby(struct call *call)
{
	char digits[INTEGER_ROOM];
	int64_t number;
	struct key key;
	struct record *record;

	if (!call_integer(call, 3, &number) ||
	    !call_find_typed(call, VALUE_HASH, &key, &record) ||
	    !add_to_field(call, record, &number)) {
		return;
	}
	if (record == NULL) {
		record = store_insert(&key, VALUE_HASH);
	}
	hash_set(&record->value.as.hash, call->words[2],
	    (struct slice){ digits, integer_format(digits, number) });
	store_touch(&key);
	reply_integer(call->reply, number);
}
