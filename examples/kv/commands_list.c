/* SPDX-License-Identifier: BSD-2-Clause */
#include "command.h"

#include <stdlib.h>

/*
 * Commands on lists.
 */

static void
push(struct call *call, bool front)
{
	struct key key;
	struct record *record;

	if (!call_find_typed(call, VALUE_LIST, &key, &record)) {
		return;
	}
	if (record == NULL) {
		record = store_insert(&key, VALUE_LIST);
	}
	store_touch(&key);
	for (size_t i = 2; i < call->n_words; i++) {
		deque_push(&record->value.as.list, text_create(call->words[i]),
		    front);
	}
	reply_integer(call->reply, (int64_t)record->value.as.list.count);
}

void
run_lpush(struct call *call)
{
	push(call, true);
}

void
run_rpush(struct call *call)
{
	push(call, false);
}

static void
reply_popped(struct call *call, struct deque *list, bool front)
{
	struct text *text = deque_pop(list, front);

	reply_bulk(call->reply, text_slice(text));
	free(text);
}

static void
pop_many(struct call *call, struct deque *list, size_t count, bool front)
{
	size_t n = count < list->count ? count : list->count;

	reply_array(call->reply, n);
	for (; n > 0; n--) {
		reply_popped(call, list, front);
	}
}

static void
pop(struct call *call, bool front)
{
	bool has_count = call->n_words == 3;
	size_t count = 1;
	struct key key;
	struct record *record;

	if (call->n_words > 3) {
		call_wrong_arity(call, call->command->name);
		return;
	}
	if ((has_count && !call_count(call, 2, &count)) ||
	    !call_find_typed(call, VALUE_LIST, &key, &record)) {
		return;
	}
	if (record == NULL && has_count) {
		reply_null_array(call->reply);
	} else if (record == NULL) {
		reply_null(call->reply);
	} else if (count == 0) {
		reply_array(call->reply, 0);
	} else {
		store_touch(&key);
		if (has_count) {
			pop_many(call, &record->value.as.list, count, front);
		} else {
			reply_popped(call, &record->value.as.list, front);
		}
		call_drop_empty(call, record, &key);
	}
}

void
run_lpop(struct call *call)
{
	pop(call, true);
}

void
run_rpop(struct call *call)
{
	pop(call, false);
}

void
run_lrange(struct call *call)
{
	int64_t first;
	int64_t last;
	struct key key;
	struct record *record;

	if (!call_integer(call, 2, &first) || !call_integer(call, 3, &last) ||
	    !call_find_typed(call, VALUE_LIST, &key, &record)) {
		return;
	}
	if (record == NULL ||
	    !range_within(&first, &last, record->value.as.list.count)) {
		reply_array(call->reply, 0);
		return;
	}
	reply_array(call->reply, (size_t)(last - first + 1));
	for (size_t i = (size_t)first; i <= (size_t)last; i++) {
		reply_bulk(call->reply,
		    text_slice(deque_at(&record->value.as.list, i)));
	}
}

void
run_llen(struct call *call)
{
	struct key key;
	struct record *record;

	if (call_find_typed(call, VALUE_LIST, &key, &record)) {
		reply_integer(call->reply,
		    record == NULL ? 0 : (int64_t)value_count(&record->value));
	}
}

void
run_lindex(struct call *call)
{
	int64_t index;
	int64_t count;
	struct key key;
	struct record *record;

	if (!call_find_typed(call, VALUE_LIST, &key, &record)) {
		return;
	}
	if (record == NULL) {
		reply_null(call->reply);
		return;
	}
	if (!call_integer(call, 2, &index)) {
		return;
	}
	count = (int64_t)record->value.as.list.count;
	index = index < 0 ? index + count : index;
	if (index < 0 || index >= count) {
		reply_null(call->reply);
		return;
	}
	reply_bulk(call->reply,
	    text_slice(deque_at(&record->value.as.list, (size_t)index)));
}
