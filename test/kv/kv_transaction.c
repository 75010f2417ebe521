/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * What transactions and watches do inside kv: the limit of what one may
 * prepare, and that a key is touched whoever changes it. How it all looks to
 * clients is compared with redis (sessions.txt).
 */

#include <check.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../examples/kv/command.h"

enum {
	THREADS = 4,
	COUNTED = 10000 /* by each */
};

/* Whoever says commands, and the last reply. */
struct client {
	struct session *session;
	struct reply reply;
};

static struct store *store;
static struct session_list sessions;
static struct client client; /* of the tests with one */
static struct session *session;

static void
open_client(struct client *who)
{
	who->session = session_create(&sessions, "peer");
	reply_init(&who->reply, 2);
}

static void
close_client(struct client *who)
{
	reply_deinit(&who->reply);
	transaction_unwatch(&who->session->transaction, store);
	session_destroy(who->session);
}

static void
open_session(void)
{
	store = store_create();
	session_list_init(&sessions);
	open_client(&client);
	session = client.session;
}

static void
close_session(void)
{
	close_client(&client);
	session_list_deinit(&sessions);
	store_destroy(store);
}

static const char *
say_words_by(struct client *who, const struct slice *words, size_t n_words)
{
	reply_deinit(&who->reply);
	command_execute(store, who->session, words, n_words, &who->reply);
	ck_assert_uint_lt(who->reply.length, who->reply.capacity);
	who->reply.data[who->reply.length] = '\0';
	return who->reply.data;
}

static const char *
say_words(const struct slice *words, size_t n_words)
{
	return say_words_by(&client, words, n_words);
}

/* Says a command of words between blanks; returns its reply. */
static const char *
say_by(struct client *who, const char *line)
{
	struct slice words[8];
	size_t n_words = 0;

	while (*line != '\0') {
		size_t length = strcspn(line, " ");

		words[n_words++] = (struct slice){ line, length };
		line += length;
		line += *line == ' ';
	}
	return say_words_by(who, words, n_words);
}

static const char *
say(const char *line)
{
	return say_by(&client, line);
}

static struct key
key_of(const char *name)
{
	struct slice slice = slice_of(name);

	return store_key(store, 0, slice, hash_bytes(slice));
}

START_TEST(transaction_above_the_limit_is_refused_and_runs_nothing)
{
	static char chunk[16 << 20];
	struct slice words[3] = { slice_of("SET"), slice_of("k"),
		{ chunk, sizeof(chunk) } };

	ck_assert_str_eq(say("MULTI"), "+OK\r\n");
	for (int i = 0; i < 3; i++) {
		ck_assert_str_eq(say_words(words, 3), "+QUEUED\r\n");
	}
	ck_assert_str_eq(say_words(words, 3),
	    "-ERR the transaction is too long\r\n");
	ck_assert_uint_le(session->transaction.bytes, TRANSACTION_MAX_BYTES);

	ck_assert_mem_eq(say("EXEC"), "-EXECABORT ", 11);
	ck_assert_str_eq(say("EXISTS k"), ":0\r\n");
	ck_assert_uint_eq(session->transaction.bytes, 0);
}
END_TEST

START_TEST(watches_above_the_limit_are_refused)
{
	static char name[16 << 20];
	struct slice words[2] = { slice_of("WATCH"), { name, sizeof(name) } };

	for (int i = 0; i < 3; i++) {
		name[0] = (char)i;
		ck_assert_str_eq(say_words(words, 2), "+OK\r\n");
	}
	name[0] = 3;
	ck_assert_str_eq(say_words(words, 2), "-ERR too many watched keys\r\n");
	name[0] = 2;
	ck_assert_str_eq(say_words(words, 2), "+OK\r\n");
	ck_assert_str_eq(say("UNWATCH"), "+OK\r\n");
	ck_assert_uint_eq(session->transaction.bytes, 0);
}
END_TEST

START_TEST(key_watched_twice_is_watched_once)
{
	struct transaction *transaction = &session->transaction;

	say("WATCH k k");
	say("WATCH k");

	ck_assert_ptr_nonnull(transaction->watches);
	ck_assert_ptr_null(transaction->watches->next);
}
END_TEST

START_TEST(session_that_ends_leaves_no_watch_behind)
{
	struct session *other = session_create(&sessions, "other");
	struct key key = key_of("k");

	say("WATCH k");
	transaction_watch(&other->transaction, &key);
	ck_assert_uint_eq(key.space->watched.count, 1);
	transaction_unwatch(&other->transaction, store);
	session_destroy(other);
	ck_assert_uint_eq(key.space->watched.count, 1);

	say("UNWATCH");
	ck_assert_uint_eq(key.space->watched.count, 0);
	ck_assert_ptr_null(key.space->watched.buckets);
}
END_TEST

START_TEST(sweep_that_removes_a_watched_key_touches_it)
{
	struct garbage garbage = { 0 };
	struct key key = key_of("k");

	say("SET k v PX 1000000");
	say("WATCH k");
	for (int i = 0; i < 100; i++) {
		store_sweep(key.space, INT64_MAX, &garbage);
	}
	garbage_free(&garbage);
	say("MULTI");

	ck_assert_str_eq(say("EXEC"), "*-1\r\n");
}
END_TEST

START_TEST(flush_touches_only_keys_that_were_there)
{
	struct garbage garbage = { 0 };

	say("SET k v");
	say("WATCH nosuch");
	store_clear(store, 0, &garbage);
	say("MULTI");
	ck_assert_str_eq(say("EXEC"), "*0\r\n");
	say("SET k v");
	say("WATCH k");
	store_clear(store, 1, &garbage);
	store_clear(store, 0, &garbage);
	garbage_free(&garbage);
	say("MULTI");
	ck_assert_str_eq(say("EXEC"), "*-1\r\n");
}
END_TEST

START_TEST(queued_words_are_copies)
{
	char value[] = "first";
	struct slice words[3] = { slice_of("SET"), slice_of("k"),
		{ value, 5 } };

	say("MULTI");
	say_words(words, 3);
	memcpy(value, "other", 5);
	say("EXEC");

	ck_assert_str_eq(say("GET k"), "$5\r\nfirst\r\n");
}
END_TEST

START_TEST(transaction_that_is_not_ended_is_freed_with_its_session)
{
	/* What is left is found by AddressSanitizer. */
	say("WATCH a b c");
	say("MULTI");
	say("SET k v");
	ck_assert_uint_gt(session->transaction.bytes, 0);
}
END_TEST

/* Replaces the number at k by the next one; false: another was first. */
static bool
count_one(struct client *who)
{
	char line[64];
	const char *seen;
	long number;

	say_by(who, "WATCH k");
	/* "$2\r\n41\r\n" */
	seen = strchr(say_by(who, "GET k"), '\n');
	number = strtol(seen, NULL, 10);
	say_by(who, "MULTI");
	snprintf(line, sizeof(line), "SET k %ld", number + 1);
	say_by(who, line);
	return strcmp(say_by(who, "EXEC"), "*-1\r\n") != 0;
}

static void *
count_many(void *arg)
{
	struct client who;
	int done = 0;

	(void)arg;
	open_client(&who);
	while (done < COUNTED) {
		done += count_one(&who);
	}
	close_client(&who);
	return NULL;
}

START_TEST(of_threads_that_watch_one_key_only_one_gets_through)
{
	pthread_t threads[THREADS];
	char expected[32];

	say("SET k 100000");
	for (int i = 0; i < THREADS; i++) {
		ck_assert_int_eq(pthread_create(&threads[i], NULL, count_many,
				     NULL),
		    0);
	}
	for (int i = 0; i < THREADS; i++) {
		pthread_join(threads[i], NULL);
	}

	snprintf(expected, sizeof(expected), "$6\r\n%d\r\n",
	    100000 + THREADS * COUNTED);
	ck_assert_str_eq(say("GET k"), expected);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("kv_transaction");
	TCase *limits = tcase_create("limits");
	TCase *watches = tcase_create("watches");
	SRunner *runner;
	int failed;

	tcase_add_checked_fixture(limits, open_session, close_session);
	tcase_add_checked_fixture(watches, open_session, close_session);
	tcase_add_test(limits,
	    transaction_above_the_limit_is_refused_and_runs_nothing);
	tcase_add_test(limits, watches_above_the_limit_are_refused);
	tcase_add_test(limits, queued_words_are_copies);
	tcase_add_test(limits,
	    transaction_that_is_not_ended_is_freed_with_its_session);
	tcase_add_test(watches, key_watched_twice_is_watched_once);
	tcase_add_test(watches, session_that_ends_leaves_no_watch_behind);
	tcase_add_test(watches, sweep_that_removes_a_watched_key_touches_it);
	tcase_add_test(watches,
	    of_threads_that_watch_one_key_only_one_gets_through);
	tcase_add_test(watches, flush_touches_only_keys_that_were_there);
	suite_add_tcase(suite, limits);
	suite_add_tcase(suite, watches);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
