/* SPDX-License-Identifier: BSD-2-Clause */
#include "command.h"

#include <stdlib.h>
#include <string.h>

#include "resp.h"

/*
 * Commands on strings. A number is a string that reads as one.
 */

static struct slice
string_of(const struct record *record)
{
	return text_slice(record->value.as.string);
}

/* Gives the key this value, whatever it held; keeps what record it can. */
static struct record *
assign(struct call *call, const struct key *key, struct slice bytes)
{
	struct record *record = call_find(call, key);

	if (record != NULL && record->value.type != VALUE_STRING) {
		store_remove(key->space, record, &call->garbage);
		record = NULL;
	}
	if (record == NULL) {
		record = store_insert(key, VALUE_STRING);
	}
	record->value.as.string = text_assign(record->value.as.string, bytes);
	store_touch(key);
	return record;
}

static void
assign_for_ever(struct call *call, const struct key *key, struct slice bytes)
{
	struct record *record = assign(call, key, bytes);

	store_expire(key->space, record, 0);
}

/* Replies the string of the first key; false: it holds another type. */
static bool
reply_string(struct call *call)
{
	struct key key;
	struct record *record;

	if (!call_find_typed(call, VALUE_STRING, &key, &record)) {
		return false;
	}
	if (record == NULL) {
		reply_null(call->reply);
	} else {
		reply_bulk(call->reply, string_of(record));
	}
	return true;
}

void
run_get(struct call *call)
{
	reply_string(call);
}

struct set_options {
	bool if_new, if_known, gives_old, keeps_expiry;
	size_t expiry; /* the word with the time, or 0 */
	bool in_seconds, is_absolute;
};

static bool
is_expiry_option(struct slice word, struct set_options *options)
{
	static const struct {
		const char *name;
		bool in_seconds, is_absolute;
	} names[] = {
		{ "EX", true, false },
		{ "PX", false, false },
		{ "EXAT", true, true },
		{ "PXAT", false, true },
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (slice_is(word, names[i].name)) {
			options->in_seconds = names[i].in_seconds;
			options->is_absolute = names[i].is_absolute;
			return true;
		}
	}
	return false;
}

/* Takes the option at word `n`; returns how many words it is, 0: none. */
static size_t
take_set_option(struct call *call, size_t n, struct set_options *options)
{
	struct slice word = call->words[n];

	if (slice_is(word, "NX") && !options->if_known) {
		options->if_new = true;
	} else if (slice_is(word, "XX") && !options->if_new) {
		options->if_known = true;
	} else if (slice_is(word, "GET")) {
		options->gives_old = true;
	} else if (slice_is(word, "KEEPTTL") && options->expiry == 0) {
		options->keeps_expiry = true;
	} else if (options->expiry == 0 && !options->keeps_expiry &&
	    n + 1 < call->n_words && is_expiry_option(word, options)) {
		options->expiry = n + 1;
		return 2;
	} else {
		return 0;
	}
	return 1;
}

static bool
parse_set_options(struct call *call, struct set_options *options)
{
	size_t taken;

	for (size_t n = 3; n < call->n_words; n += taken) {
		taken = take_set_option(call, n, options);
		if (taken == 0) {
			call_syntax_error(call);
			return false;
		}
	}
	return true;
}

/* Reads when the value ends, since the epoch; false: it has replied. */
static bool
read_expiry(struct call *call, const struct set_options *options,
    int64_t *expires_ms)
{
	int64_t unit = options->in_seconds ? 1000 : 1;
	int64_t base = options->is_absolute ? 0 : call->now_ms;
	int64_t time;

	if (options->expiry == 0) {
		*expires_ms = 0;
		return true;
	}
	if (!call_integer(call, options->expiry, &time)) {
		return false;
	}
	if (time <= 0 || time > INT64_MAX / unit ||
	    time * unit > INT64_MAX - base) {
		reply_error(call->reply,
		    "ERR invalid expire time in '%s' command",
		    call->command->name);
		return false;
	}
	*expires_ms = time * unit + base;
	return true;
}

void
run_set(struct call *call)
{
	struct set_options options = { 0 };
	struct key key = call_key(call, 1);
	struct record *record = call_find(call, &key);
	bool is_known = record != NULL;
	int64_t expires_ms;

	if (!parse_set_options(call, &options) ||
	    !read_expiry(call, &options, &expires_ms) ||
	    (options.gives_old && !reply_string(call))) {
		return;
	}
	if ((options.if_new && is_known) || (options.if_known && !is_known)) {
		if (!options.gives_old) {
			reply_null(call->reply);
		}
		return;
	}
	if (options.keeps_expiry && is_known) {
		expires_ms = record->expires_ms;
	}
	record = assign(call, &key, call->words[2]);
	store_expire(key.space, record, expires_ms);
	if (!options.gives_old) {
		reply_status(call->reply, "OK");
	}
}

void
run_setex(struct call *call)
{
	struct set_options options = { .expiry = 2, .in_seconds = true };
	struct key key = call_key(call, 1);
	int64_t expires_ms;

	if (read_expiry(call, &options, &expires_ms)) {
		store_expire(key.space, assign(call, &key, call->words[3]),
		    expires_ms);
		reply_status(call->reply, "OK");
	}
}

void
run_setnx(struct call *call)
{
	struct key key = call_key(call, 1);
	bool is_new = call_find(call, &key) == NULL;

	if (is_new) {
		assign_for_ever(call, &key, call->words[2]);
	}
	reply_integer(call->reply, is_new);
}

void
run_getset(struct call *call)
{
	struct key key = call_key(call, 1);

	if (reply_string(call)) {
		assign_for_ever(call, &key, call->words[2]);
	}
}

void
run_append(struct call *call)
{
	struct slice bytes = call->words[2];
	struct key key;
	struct record *record;

	if (!call_find_typed(call, VALUE_STRING, &key, &record)) {
		return;
	}
	if (record == NULL) {
		record = assign(call, &key, bytes);
	} else if (string_of(record).length + bytes.length > RESP_BULK_BYTES) {
		reply_error(call->reply,
		    "ERR string exceeds maximum allowed "
		    "size (proto-max-bulk-len)");
		return;
	} else {
		record->value.as.string = text_append(record->value.as.string,
		    bytes);
		store_touch(&key);
	}
	reply_integer(call->reply, (int64_t)string_of(record).length);
}

void
run_strlen(struct call *call)
{
	struct key key;
	struct record *record;

	if (call_find_typed(call, VALUE_STRING, &key, &record)) {
		reply_integer(call->reply,
		    record == NULL ? 0 : (int64_t)string_of(record).length);
	}
}

/* Adds to the number at the first key, which keeps its expiry. */
static void
add(struct call *call, int64_t change)
{
	char digits[INTEGER_ROOM];
	int64_t number = 0;
	struct key key;
	struct record *record;

	if (!call_find_typed(call, VALUE_STRING, &key, &record)) {
		return;
	}
	if (record != NULL && !integer_parse(string_of(record), &number)) {
		reply_error(call->reply,
		    "ERR value is not an integer or out of range");
		return;
	}
	if (__builtin_add_overflow(number, change, &number)) {
		reply_error(call->reply,
		    "ERR increment or decrement would overflow");
		return;
	}
	assign(call, &key,
	    (struct slice){ digits, integer_format(digits, number) });
	reply_integer(call->reply, number);
}

void
run_incr(struct call *call)
{
	add(call, 1);
}

void
run_decr(struct call *call)
{
	add(call, -1);
}

void
run_incrby(struct call *call)
{
	int64_t change;

	if (call_integer(call, 2, &change)) {
		add(call, change);
	}
}

void
run_decrby(struct call *call)
{
	int64_t change;

	if (!call_integer(call, 2, &change)) {
		return;
	}
	if (change == INT64_MIN) {
		reply_error(call->reply, "ERR decrement would overflow");
		return;
	}
	add(call, -change);
}

void
run_mget(struct call *call)
{
	reply_array(call->reply, call->n_words - 1);
	for (size_t i = 1; i < call->n_words; i++) {
		struct key key = call_key(call, i);
		const struct record *record = call_find(call, &key);

		if (record == NULL || record->value.type != VALUE_STRING) {
			reply_null(call->reply);
		} else {
			reply_bulk(call->reply, string_of(record));
		}
	}
}

void
run_mset(struct call *call)
{
	if (call->n_words % 2 == 0) {
		call_wrong_arity(call, call->command->name);
		return;
	}
	for (size_t i = 1; i < call->n_words; i += 2) {
		struct key key = call_key(call, i);

		assign_for_ever(call, &key, call->words[i + 1]);
	}
	reply_status(call->reply, "OK");
}
