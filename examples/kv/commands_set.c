/* SPDX-License-Identifier: BSD-2-Clause */
#include "command.h"

/*
 * Commands on sets.
 */

static struct dict_entry *
find_element(const struct record *record, struct slice name)
{
	return dict_find(&record->value.as.set, hash_bytes(name), name);
}

void
run_sadd(struct call *call)
{
	int64_t n_added = 0;
	struct key key;
	struct record *record;

	if (!call_find_typed(call, VALUE_SET, &key, &record)) {
		return;
	}
	if (record == NULL) {
		record = store_insert(&key, VALUE_SET);
	}
	for (size_t i = 2; i < call->n_words; i++) {
		n_added += set_add(&record->value.as.set, call->words[i]);
	}
	if (n_added > 0) {
		store_touch(&key);
	}
	reply_integer(call->reply, n_added);
}

void
run_srem(struct call *call)
{
	int64_t n_removed = 0;
	struct key key;
	struct record *record;

	if (!call_find_typed(call, VALUE_SET, &key, &record)) {
		return;
	}
	for (size_t i = 2; record != NULL && i < call->n_words; i++) {
		struct dict_entry *element = find_element(record,
		    call->words[i]);

		if (element != NULL) {
			set_remove(&record->value.as.set, element);
			n_removed++;
		}
	}
	if (n_removed > 0) {
		store_touch(&key);
		call_drop_empty(call, record, &key);
	}
	reply_integer(call->reply, n_removed);
}

static void
reply_popped(struct call *call, struct dict *set)
{
	struct dict_entry *element = dict_pick(set, &call->session->random);

	reply_bulk(call->reply, element->key);
	set_remove(set, element);
}

static void
pop_many(struct call *call, struct dict *set, size_t count)
{
	size_t n = count < set->count ? count : set->count;

	reply_set(call->reply, n);
	for (; n > 0; n--) {
		reply_popped(call, set);
	}
}

void
run_spop(struct call *call)
{
	bool has_count = call->n_words == 3;
	size_t count = 1;
	struct key key;
	struct record *record;

	if (call->n_words > 3) {
		call_syntax_error(call);
		return;
	}
	if ((has_count && !call_count(call, 2, &count)) ||
	    !call_find_typed(call, VALUE_SET, &key, &record)) {
		return;
	}
	if (has_count && (record == NULL || count == 0)) {
		reply_set(call->reply, 0);
	} else if (record == NULL) {
		reply_null(call->reply);
	} else {
		store_touch(&key);
		if (has_count) {
			pop_many(call, &record->value.as.set, count);
		} else {
			reply_popped(call, &record->value.as.set);
		}
		call_drop_empty(call, record, &key);
	}
}

void
run_scard(struct call *call)
{
	struct key key;
	struct record *record;

	if (call_find_typed(call, VALUE_SET, &key, &record)) {
		reply_integer(call->reply,
		    record == NULL ? 0 : (int64_t)value_count(&record->value));
	}
}

void
run_sismember(struct call *call)
{
	struct key key;
	struct record *record;

	if (call_find_typed(call, VALUE_SET, &key, &record)) {
		reply_integer(call->reply,
		    record != NULL &&
			find_element(record, call->words[2]) != NULL);
	}
}

void
run_smembers(struct call *call)
{
	struct key key;
	struct record *record;

	if (!call_find_typed(call, VALUE_SET, &key, &record)) {
		return;
	}
	if (record == NULL) {
		reply_set(call->reply, 0);
		return;
	}
	reply_set(call->reply, value_count(&record->value));
	for (const struct dict_entry *e = record->value.as.set.first; e != NULL;
	     e = e->after) {
		reply_bulk(call->reply, e->key);
	}
}
