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

void
run_hset(struct call *call)
{
	int64_t n_added = 0;
	struct key key;
	struct record *record;

	if (call->n_words % 2 != 0) {
		call_wrong_arity(call, call->command->name);
		return;
	}
	if (!call_find_typed(call, VALUE_HASH, &key, &record)) {
		return;
	}
	if (record == NULL) {
		record = store_insert(&key, VALUE_HASH);
	}
	for (size_t i = 2; i < call->n_words; i += 2) {
		n_added += hash_set(&record->value.as.hash, call->words[i],
		    call->words[i + 1]);
	}
	reply_integer(call->reply, n_added);
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
	if (record != NULL) {
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

void
run_hgetall(struct call *call)
{
	struct key key;
	struct record *record;

	if (!call_find_typed(call, VALUE_HASH, &key, &record)) {
		return;
	}
	if (record == NULL) {
		reply_array(call->reply, 0);
		return;
	}
	reply_array(call->reply, 2 * value_count(&record->value));
	for (const struct dict_entry *e = record->value.as.hash.first;
	     e != NULL; e = e->after) {
		reply_bulk(call->reply, e->key);
		reply_bulk(call->reply,
		    text_slice(((const struct field *)e)->text));
	}
}
