/* SPDX-License-Identifier: BSD-2-Clause */
#include "transaction.h"

#include <stdlib.h>
#include <string.h>

static bool
take_room(struct transaction *transaction, size_t bytes)
{
	if (bytes > TRANSACTION_MAX_BYTES - transaction->bytes) {
		return false;
	}
	transaction->bytes += bytes;
	return true;
}

/* What a queued command takes, with the bytes of its words. */
static size_t
size_of(const struct queued *command, const struct slice *words)
{
	size_t bytes = sizeof(*command) + command->n_words * sizeof(*words);

	for (size_t i = 0; i < command->n_words; i++) {
		bytes += words[i].length;
	}
	return bytes;
}

static void
copy_words(struct queued *queued, const struct slice *words)
{
	char *at = (char *)(queued->words + queued->n_words);

	for (size_t i = 0; i < queued->n_words; i++) {
		memcpy(at, words[i].data, words[i].length);
		queued->words[i] = (struct slice){ at, words[i].length };
		at += words[i].length;
	}
}

bool
transaction_queue(struct transaction *transaction, const struct queued *command,
    const struct slice *words, uint32_t stripes)
{
	size_t bytes = size_of(command, words);
	struct queued *queued;

	if (!take_room(transaction, bytes)) {
		return false;
	}
	queued = memory_get(bytes);
	*queued = *command;
	queued->next = NULL;
	copy_words(queued, words);
	if (transaction->first == NULL) {
		transaction->first = queued;
	} else {
		transaction->last->next = queued;
	}
	transaction->last = queued;
	transaction->n_queued++;
	transaction->stripes |= stripes;
	return true;
}

/* As much as a watch of this key may take. */
static size_t
size_of_watch(struct slice name)
{
	return sizeof(struct watch) + sizeof(struct dict_entry) + name.length;
}

bool
transaction_watch(struct transaction *transaction, const struct key *key)
{
	struct watch *watch;

	if (watch_find(key, transaction) != NULL) {
		return true;
	}
	if (!take_room(transaction, size_of_watch(key->name))) {
		return false;
	}
	watch = watch_create(key, transaction);
	watch->next = transaction->watches;
	transaction->watches = watch;
	transaction->watched_stripes |= store_stripe(key->hash);
	return true;
}

bool
transaction_is_touched(const struct transaction *transaction, int64_t now_ms,
    struct garbage *garbage)
{
	const struct watch *watch = transaction->watches;
	bool is_touched = false;

	for (; watch != NULL; watch = watch->next) {
		struct key key = watch_key(watch);

		/* What has expired since is removed now, and so touched. */
		store_find(&key, now_ms, garbage);
		is_touched = is_touched || watch->is_touched;
	}
	return is_touched;
}

void
transaction_unwatch_locked(struct transaction *transaction)
{
	struct watch *watch = transaction->watches;

	while (watch != NULL) {
		struct watch *next = watch->next;

		transaction->bytes -= size_of_watch(watch_key(watch).name);
		watch_destroy(watch);
		watch = next;
	}
	transaction->watches = NULL;
	transaction->watched_stripes = 0;
}

void
transaction_unwatch(struct transaction *transaction, struct store *store)
{
	uint32_t stripes = transaction->watched_stripes;

	store_lock(store, stripes);
	transaction_unwatch_locked(transaction);
	store_unlock(store, stripes);
}

void
transaction_discard(struct transaction *transaction)
{
	struct queued *queued = transaction->first;

	while (queued != NULL) {
		struct queued *next = queued->next;

		transaction->bytes -= size_of(queued, queued->words);
		free(queued);
		queued = next;
	}
	transaction->first = NULL;
	transaction->last = NULL;
	transaction->n_queued = 0;
	transaction->stripes = 0;
	transaction->is_open = false;
	transaction->is_broken = false;
}
