/* SPDX-License-Identifier: BSD-2-Clause */
#include "command.h"

#include <stdlib.h>

/*
 * Commands on keys of any type, and on whole databases.
 */

void
run_del(struct call *call)
{
	int64_t n_removed = 0;

	for (size_t i = 1; i < call->n_words; i++) {
		struct key key = call_key(call, i);
		struct record *record = call_find(call, &key);

		if (record != NULL) {
			store_remove(key.space, record, &call->garbage);
			n_removed++;
		}
	}
	reply_integer(call->reply, n_removed);
}

void
run_exists(struct call *call)
{
	int64_t n_found = 0;

	for (size_t i = 1; i < call->n_words; i++) {
		struct key key = call_key(call, i);

		n_found += call_find(call, &key) != NULL;
	}
	reply_integer(call->reply, n_found);
}

void
run_type(struct call *call)
{
	struct key key = call_key(call, 1);
	const struct record *record = call_find(call, &key);

	reply_status(call->reply,
	    record == NULL ? "none" : value_type_name(record->value.type));
}

struct conditions { /* of EXPIRE */
	bool if_none, if_some, if_later, if_earlier;
};

static bool
parse_conditions(struct call *call, struct conditions *conditions)
{
	for (size_t i = 3; i < call->n_words; i++) {
		struct slice word = call->words[i];

		if (slice_is(word, "NX")) {
			conditions->if_none = true;
		} else if (slice_is(word, "XX")) {
			conditions->if_some = true;
		} else if (slice_is(word, "GT")) {
			conditions->if_later = true;
		} else if (slice_is(word, "LT")) {
			conditions->if_earlier = true;
		} else {
			reply_error(call->reply, "ERR Unsupported option %.*s",
			    (int)(word.length < 128 ? word.length : 128),
			    word.data);
			return false;
		}
	}
	return true;
}

static bool
are_compatible(struct call *call, const struct conditions *conditions)
{
	if (conditions->if_none &&
	    (conditions->if_some || conditions->if_later ||
		conditions->if_earlier)) {
		reply_error(call->reply,
		    "ERR NX and XX, GT or LT options at "
		    "the same time are not compatible");
		return false;
	}
	if (conditions->if_later && conditions->if_earlier) {
		reply_error(call->reply,
		    "ERR GT and LT options at the same "
		    "time are not compatible");
		return false;
	}
	return true;
}

/* No expiry counts as one that never comes. */
static bool
are_met(const struct conditions *conditions, int64_t current, int64_t wanted)
{
	if (current == 0) {
		return !conditions->if_some && !conditions->if_later;
	}
	return !conditions->if_none &&
	    !(conditions->if_later && wanted <= current) &&
	    !(conditions->if_earlier && wanted >= current);
}

static bool
read_deadline(struct call *call, int64_t unit_ms, int64_t *deadline)
{
	int64_t time;

	if (!call_integer(call, 2, &time)) {
		return false;
	}
	if (time > INT64_MAX / unit_ms || time < INT64_MIN / unit_ms ||
	    time * unit_ms > INT64_MAX - call->now_ms) {
		reply_error(call->reply,
		    "ERR invalid expire time in '%s' command",
		    call->command->name);
		return false;
	}
	*deadline = time * unit_ms + call->now_ms;
	return true;
}

static void
expire(struct call *call, int64_t unit_ms)
{
	struct conditions conditions = { 0 };
	struct key key = call_key(call, 1);
	struct record *record = call_find(call, &key);
	int64_t deadline;

	if (!parse_conditions(call, &conditions) ||
	    !are_compatible(call, &conditions) ||
	    !read_deadline(call, unit_ms, &deadline)) {
		return;
	}
	if (record == NULL ||
	    !are_met(&conditions, record->expires_ms, deadline)) {
		reply_integer(call->reply, 0);
		return;
	}
	if (deadline <= call->now_ms) {
		store_remove(key.space, record, &call->garbage);
	} else {
		store_expire(key.space, record, deadline);
		store_touch(&key);
	}
	reply_integer(call->reply, 1);
}

void
run_expire(struct call *call)
{
	expire(call, 1000);
}

void
run_pexpire(struct call *call)
{
	expire(call, 1);
}

/* -2 there is no such key, -1 it does not expire. */
static int64_t
time_left(struct call *call)
{
	struct key key = call_key(call, 1);
	const struct record *record = call_find(call, &key);

	if (record == NULL) {
		return -2;
	}
	return record->expires_ms == 0 ? -1 : record->expires_ms - call->now_ms;
}

void
run_ttl(struct call *call)
{
	int64_t left = time_left(call);

	reply_integer(call->reply, left < 0 ? left : (left + 500) / 1000);
}

void
run_pttl(struct call *call)
{
	reply_integer(call->reply, time_left(call));
}

void
run_persist(struct call *call)
{
	struct key key = call_key(call, 1);
	struct record *record = call_find(call, &key);
	bool expires = record != NULL && record->expires_ms != 0;

	if (expires) {
		store_expire(key.space, record, 0);
		store_touch(&key);
	}
	reply_integer(call->reply, expires);
}

/* The names found so far; borrowed from records whose stripes are locked. */
struct names {
	struct slice *names;
	size_t count;
};

static void
add_name(struct names *names, struct slice name)
{
	size_t n = names->count++;

	/* Its capacity is the power of two at or above the count. */
	if ((n & (n - 1)) == 0) {
		names->names = memory_resize(names->names,
		    (n == 0 ? 1 : 2 * n) * sizeof(*names->names));
	}
	names->names[n] = name;
}

static void
match_names(struct call *call, const struct keyspace *space,
    struct names *names)
{
	const struct dict_entry *entry = space->records.first;

	for (; entry != NULL; entry = entry->after) {
		const struct record *record = (const struct record *)entry;

		if ((record->expires_ms == 0 ||
			record->expires_ms > call->now_ms) &&
		    glob_matches(call->words[1], entry->key, false)) {
			add_name(names, entry->key);
		}
	}
}

void
run_keys(struct call *call)
{
	struct names names = { 0 };

	for (unsigned i = 0; i < STORE_STRIPES; i++) {
		match_names(call,
		    store_keyspace(call->store, call->session->database, i),
		    &names);
	}
	reply_array(call->reply, names.count);
	for (size_t i = 0; i < names.count; i++) {
		reply_bulk(call->reply, names.names[i]);
	}
	free(names.names);
}

void
run_dbsize(struct call *call)
{
	size_t count = 0;

	for (unsigned i = 0; i < STORE_STRIPES; i++) {
		count += store_keyspace(call->store, call->session->database, i)
			     ->records.count;
	}
	reply_integer(call->reply, (int64_t)count);
}

/* Garbage is always freed behind the locks, so both words mean the same. */
static bool
parse_flush(struct call *call)
{
	if (call->n_words > 2 ||
	    (call->n_words == 2 && !slice_is(call->words[1], "ASYNC") &&
		!slice_is(call->words[1], "SYNC"))) {
		call_syntax_error(call);
		return false;
	}
	return true;
}

void
run_flushall(struct call *call)
{
	if (!parse_flush(call)) {
		return;
	}
	for (unsigned i = 0; i < STORE_DATABASES; i++) {
		store_clear(call->store, i, &call->garbage);
	}
	reply_status(call->reply, "OK");
}

void
run_flushdb(struct call *call)
{
	if (parse_flush(call)) {
		store_clear(call->store, call->session->database,
		    &call->garbage);
		reply_status(call->reply, "OK");
	}
}
