/* SPDX-License-Identifier: BSD-2-Clause */
#include "command.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

/* As much of an unknown command as the error repeats. */
enum {
	REPEATED_BYTES = 128,
	NAME_ROOM = 32
};

static int
compare_name(const void *name, const void *command)
{
	return strcasecmp(name, ((const struct command *)command)->name);
}

/* Finds a command by its name, or by its container's name and its own. */
static const struct command *
find_command(struct slice container, struct slice word)
{
	struct command_list all = command_table();
	char name[2 * NAME_ROOM];
	char *at = name;

	if (word.length >= NAME_ROOM ||
	    memchr(word.data, '\0', word.length) != NULL ||
	    memchr(word.data, '|', word.length) != NULL) {
		return NULL;
	}
	if (container.length > 0) {
		memcpy(at, container.data, container.length);
		at += container.length;
		*at++ = '|';
	}
	memcpy(at, word.data, word.length);
	at[word.length] = '\0';
	return bsearch(name, all.commands, all.count, sizeof(*all.commands),
	    compare_name);
}

static bool
has_arity(const struct command *command, size_t n_words)
{
	return command->arity < 0 ? n_words >= (size_t)-command->arity
				  : n_words == (size_t)command->arity;
}

/* The length of a word as C's formats see it: it ends at a NUL. */
static int
printed_length(struct slice word, size_t at_most)
{
	return (int)strnlen(word.data,
	    word.length < at_most ? word.length : at_most);
}

static void
reply_unknown(struct call *call)
{
	char words[REPEATED_BYTES + 8] = "";
	size_t length = 0;

	for (size_t i = 1; i < call->n_words && length < REPEATED_BYTES; i++) {
		struct slice word = call->words[i];

		length += (size_t)snprintf(words + length,
		    sizeof(words) - length, "'%.*s' ",
		    printed_length(word, REPEATED_BYTES - length), word.data);
	}
	reply_error(call->reply,
	    "ERR unknown command '%.*s', with args beginning with: %s",
	    printed_length(call->words[0], REPEATED_BYTES), call->words[0].data,
	    words);
}

static uint32_t
stripes_of_words(struct call *call, size_t step)
{
	uint32_t stripes = 0;

	call->first_hash = hash_bytes(call->words[1]);
	stripes = store_stripe(call->first_hash);
	for (size_t i = 1 + step; i < call->n_words; i += step) {
		stripes |= store_stripe(hash_bytes(call->words[i]));
	}
	return stripes;
}

uint32_t
call_stripes(struct call *call, enum command_keys keys)
{
	switch (keys) {
	case KEYS_FIRST:
		return stripes_of_words(call, call->n_words);
	case KEYS_REST:
		return stripes_of_words(call, 1);
	case KEYS_PAIRS:
		return stripes_of_words(call, 2);
	case KEYS_EVERY:
		return STORE_EVERY_STRIPE;
	case KEYS_NONE:
	case KEYS_OWN:
	case KEYS_IN_SUB:
		break;
	}
	return 0;
}

int64_t
clock_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static bool
has_keys(const struct command *command)
{
	return command->keys == KEYS_FIRST || command->keys == KEYS_REST ||
	    command->keys == KEYS_PAIRS;
}

void
call_run_locked(struct call *call)
{
	call->command->run(call);
	if (has_keys(call->command)) {
		store_sweep(call_key(call, 1).space, call->now_ms,
		    &call->garbage);
	}
}

static void
run_command_called(struct call *call)
{
	uint32_t stripes = call_stripes(call, call->command->keys);

	if (stripes == 0) {
		call->command->run(call);
		return;
	}
	call->now_ms = clock_ms();
	store_lock(call->store, stripes);
	call_run_locked(call);
	store_unlock(call->store, stripes);
	garbage_free(&call->garbage);
}

static void
reply_unknown_sub(struct call *call)
{
	char name[NAME_ROOM];
	size_t length = 0;

	for (const char *c = call->command->name; *c != '\0'; c++) {
		name[length++] = (char)toupper((unsigned char)*c);
	}
	reply_error(call->reply,
	    "ERR unknown subcommand '%.*s'. Try %.*s HELP.",
	    printed_length(call->words[1], REPEATED_BYTES), call->words[1].data,
	    (int)length, name);
}

/* Finds what is to be run; false: there is nothing, and it has replied so. */
static bool
resolve(struct call *call)
{
	call->command = find_command((struct slice){ NULL, 0 }, call->words[0]);
	if (call->command == NULL) {
		reply_unknown(call);
		return false;
	}
	if (call->command->keys == KEYS_IN_SUB && call->n_words > 1) {
		const struct command *sub =
		    find_command(slice_of(call->command->name), call->words[1]);

		if (sub == NULL) {
			reply_unknown_sub(call);
			return false;
		}
		call->command = sub;
	}
	if (has_arity(call->command, call->n_words)) {
		return true;
	}
	if (call->command->run == run_exec) {
		call_abort_exec(call);
	} else {
		call_wrong_arity(call, call->command->name);
	}
	return false;
}

static void
queue(struct call *call)
{
	struct transaction *transaction = &call->session->transaction;
	uint32_t stripes = call_stripes(call, call->command->keys);
	struct queued command = { .command = call->command,
		.first_hash = call->first_hash,
		.n_words = call->n_words };

	if (transaction_queue(transaction, &command, call->words, stripes)) {
		reply_status(call->reply, "QUEUED");
		return;
	}
	transaction->is_broken = true;
	reply_error(call->reply, "ERR the transaction is too long");
}

void
command_execute(struct store *store, struct session *session,
    const struct slice *words, size_t n_words, struct reply *reply)
{
	struct call call = {
		.store = store,
		.session = session,
		.reply = reply,
		.words = words,
		.n_words = n_words,
	};
	struct transaction *transaction = &session->transaction;

	if (!resolve(&call)) {
		transaction->is_broken = transaction->is_open;
	} else if (transaction->is_open && call.command->keys != KEYS_OWN) {
		queue(&call);
	} else {
		run_command_called(&call);
	}
	if (reply->overflowed) {
		reply_refuse(reply);
	}
}

struct key
call_key(struct call *call, size_t n)
{
	uint64_t hash = n == 1 ? call->first_hash : hash_bytes(call->words[n]);

	return store_key(call->store, call->session->database, call->words[n],
	    hash);
}

struct record *
call_find(struct call *call, const struct key *key)
{
	return store_find(key, call->now_ms, &call->garbage);
}

bool
call_find_typed(struct call *call, enum value_type type, struct key *key,
    struct record **record)
{
	*key = call_key(call, 1);
	*record = call_find(call, key);
	if (*record != NULL && (*record)->value.type != type) {
		call_wrong_type(call);
		return false;
	}
	return true;
}

void
call_drop_empty(struct call *call, struct record *record, const struct key *key)
{
	if (value_count(&record->value) == 0) {
		store_remove(key->space, record, &call->garbage);
	}
}

bool
call_integer(struct call *call, size_t n, int64_t *value)
{
	if (!integer_parse(call->words[n], value)) {
		reply_error(call->reply,
		    "ERR value is not an integer or out of range");
		return false;
	}
	return true;
}

bool
call_count(struct call *call, size_t n, size_t *value)
{
	int64_t number;

	if (!integer_parse(call->words[n], &number) || number < 0) {
		reply_error(call->reply,
		    "ERR value is out of range, must be positive");
		return false;
	}
	*value = (size_t)number;
	return true;
}

void
call_wrong_type(struct call *call)
{
	reply_error(call->reply,
	    "WRONGTYPE Operation against a key holding the wrong kind of "
	    "value");
}

void
call_syntax_error(struct call *call)
{
	reply_error(call->reply, "ERR syntax error");
}

void
call_wrong_arity(struct call *call, const char *name)
{
	reply_error(call->reply,
	    "ERR wrong number of arguments for '%s' command", name);
}

bool
range_within(int64_t *first, int64_t *last, size_t count)
{
	int64_t n = (int64_t)count;

	*first = *first < 0 ? *first + n : *first;
	*last = *last < 0 ? *last + n : *last;
	*first = *first < 0 ? 0 : *first;
	*last = *last >= n ? n - 1 : *last;
	return *first <= *last && *first < n;
}
