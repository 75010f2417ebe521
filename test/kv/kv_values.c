/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * Unit tests of what kv keeps: each container against a plain model of it,
 * over random operations, whose seed KV_SEED sets.
 */

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../examples/kv/store.h"

enum {
	OPERATIONS = 20000,
	NAMES = 200
};

static uint64_t chance;

static void
set_seed(void)
{
	const char *seed = getenv("KV_SEED");

	chance = seed == NULL ? 88172645463325252u : strtoull(seed, NULL, 10);
	chance |= 1;
	printf("KV_SEED=%llu\n", (unsigned long long)chance);
}

static size_t
below(size_t n)
{
	return (size_t)(random_next(&chance) >> 11) % n;
}

static struct slice
name_of(size_t n, char *buffer)
{
	buffer[0] = 'n';
	return (struct slice){ buffer,
		1 + integer_format(buffer + 1, (int64_t)n) };
}

/* The place of a member among the others, by counting. */
static size_t
rank_in_model(const double *scores, const bool *is_in, size_t n)
{
	char mine[INTEGER_ROOM];
	char other[INTEGER_ROOM];
	size_t rank = 0;

	for (size_t i = 0; i < NAMES; i++) {
		rank += is_in[i] &&
		    (scores[i] < scores[n] ||
			(scores[i] == scores[n] &&
			    slice_compare(name_of(i, other), name_of(n, mine)) <
				0));
	}
	return rank;
}

static void
compare_zset(const struct zset *zset, const double *scores, const bool *is_in)
{
	size_t count = 0;

	for (size_t i = 0; i < NAMES; i++) {
		char buffer[INTEGER_ROOM];
		struct member *member = zset_find(zset, name_of(i, buffer));

		ck_assert(is_in[i] == (member != NULL));
		if (member != NULL) {
			ck_assert(member->score == scores[i]);
			ck_assert_ptr_eq(member,
			    zset_at(zset, rank_in_model(scores, is_in, i)));
			count++;
		}
	}
	ck_assert_uint_eq(zset->members.count, count);
}

START_TEST(sorted_set_keeps_its_order)
{
	struct zset zset = { 0 };
	double scores[NAMES] = { 0 };
	bool is_in[NAMES] = { false };

	for (int i = 0; i < OPERATIONS; i++) {
		char buffer[INTEGER_ROOM];
		size_t n = below(NAMES);
		double score = (double)below(50);
		struct member *member = zset_find(&zset, name_of(n, buffer));

		if (member == NULL) {
			zset_add(&zset, name_of(n, buffer), score);
		} else if (below(2) == 0) {
			zset_move(&zset, member, score);
		} else {
			zset_remove(&zset, member);
		}
		is_in[n] = member == NULL ||
		    zset_find(&zset, name_of(n, buffer)) != NULL;
		scores[n] = score;
		if (i % 500 == 0) {
			compare_zset(&zset, scores, is_in);
		}
	}
	compare_zset(&zset, scores, is_in);
	zset_deinit(&zset);
}
END_TEST

struct visited {
	const struct zset *zset;
	size_t next, count;
};

static void
visit(void *arg, const struct member *member)
{
	struct visited *visited = arg;

	ck_assert_ptr_eq(member, zset_at(visited->zset, visited->next++));
	visited->count++;
}

START_TEST(range_of_a_sorted_set_is_visited_in_order)
{
	struct zset zset = { 0 };

	for (size_t i = 0; i < NAMES; i++) {
		char buffer[INTEGER_ROOM];

		zset_add(&zset, name_of(i, buffer), (double)below(20));
	}
	for (size_t first = 0; first < NAMES; first += 7) {
		for (size_t last = first; last < NAMES; last += 11) {
			struct visited visited = { &zset, first, 0 };

			zset_visit(&zset, first, last, visit, &visited);
			ck_assert_uint_eq(visited.count, last - first + 1);
		}
	}
	zset_deinit(&zset);
}
END_TEST

/** The number in a name; keys end without a NUL. */
static size_t
number_of(struct slice name)
{
	size_t number = 0;

	for (size_t i = 1; i < name.length; i++) {
		number = number * 10 + (size_t)(name.data[i] - '0');
	}
	return number;
}

START_TEST(dictionary_finds_what_is_in_and_keeps_the_order)
{
	struct dict set = { 0 };
	bool is_in[NAMES] = { false };
	size_t count = 0;

	for (int i = 0; i < OPERATIONS; i++) {
		char buffer[INTEGER_ROOM];
		size_t n = below(NAMES);
		struct slice name = name_of(n, buffer);
		bool is_new = set_add(&set, name);

		ck_assert(is_new == !is_in[n]);
		if (!is_new) {
			set_remove(&set,
			    dict_find(&set, hash_bytes(name), name));
		}
		is_in[n] = is_new;
		count += is_new ? 1 : (size_t)-1;
		ck_assert_uint_eq(set.count, count);
		if (count > 0) {
			struct dict_entry *any = dict_pick(&set, &chance);

			ck_assert(is_in[number_of(any->key)]);
		}
	}
	for (struct dict_entry *e = set.first; e != NULL; e = e->after) {
		count--;
		ck_assert_ptr_eq(e->after == NULL ? set.last : e->after->before,
		    e);
	}
	ck_assert_uint_eq(count, 0);
	while (set.first != NULL) {
		set_remove(&set, set.first);
	}
	dict_deinit(&set);
}
END_TEST

START_TEST(deque_gives_elements_in_the_order_of_both_ends)
{
	struct deque deque = { 0 };
	/* What was pushed at the front counts down from 0, behind it up. */
	int64_t front = 0;
	int64_t back = 0;

	for (int i = 0; i < OPERATIONS; i++) {
		char digits[INTEGER_ROOM];
		bool at_front = below(2) == 0;
		bool grows = below(1000) < (i / 2000 % 2 == 0 ? 600u : 400u);
		int64_t n;

		if (grows || front == back) {
			n = at_front ? --front : back++;
			deque_push(&deque,
			    text_create((struct slice){
				digits, integer_format(digits, n) }),
			    at_front);
		} else {
			struct text *text = deque_pop(&deque, at_front);

			ck_assert(integer_parse(text_slice(text), &n));
			ck_assert_int_eq(n, at_front ? front++ : --back);
			free(text);
		}
		ck_assert_uint_eq(deque.count, (size_t)(back - front));
		if (front < back) {
			size_t at = below(deque.count);

			ck_assert(integer_parse(text_slice(deque_at(&deque,
						    at)),
			    &n));
			ck_assert_int_eq(n, front + (int64_t)at);
		}
	}
	deque_deinit(&deque);
}
END_TEST

static struct key
key_of(struct store *store, const char *name)
{
	struct slice slice = slice_of(name);

	return store_key(store, 0, slice, hash_bytes(slice));
}

START_TEST(expired_record_is_gone_and_counted_out)
{
	struct store *store = store_create();
	struct garbage garbage = { 0 };
	struct key key = key_of(store, "key");

	store_expire(key.space, store_insert(&key, VALUE_LIST), 1000);
	ck_assert_uint_eq(key.space->n_expiring, 1);
	ck_assert_ptr_nonnull(store_find(&key, 999, &garbage));
	ck_assert_ptr_null(store_find(&key, 1000, &garbage));
	ck_assert_uint_eq(key.space->n_expiring, 0);
	ck_assert_uint_eq(key.space->records.count, 0);
	garbage_free(&garbage);
	store_destroy(store);
}
END_TEST

START_TEST(sweep_finds_all_that_has_expired_and_nothing_else)
{
	struct store *store = store_create();
	struct garbage garbage = { 0 };
	size_t left = 0;

	for (size_t i = 0; i < 1000; i++) {
		char name[INTEGER_ROOM];
		struct slice slice = name_of(i, name);
		struct key key = store_key(store, 0, slice, hash_bytes(slice));

		store_expire(key.space, store_insert(&key, VALUE_SET),
		    i % 2 == 0 ? 1000 : 2000);
	}
	for (unsigned stripe = 0; stripe < STORE_STRIPES; stripe++) {
		struct keyspace *space = store_keyspace(store, 0, stripe);

		for (int i = 0; i < 5000; i++) {
			store_sweep(space, 1500, &garbage);
		}
		left += space->records.count;
	}
	ck_assert_uint_eq(left, 500);
	garbage_free(&garbage);
	store_destroy(store);
}
END_TEST

static const struct {
	const char *text;
	bool is_integer;
	int64_t value;
} integers[] = {
	{ "0", true, 0 },
	{ "-1", true, -1 },
	{ "9223372036854775807", true, INT64_MAX },
	{ "-9223372036854775808", true, INT64_MIN },
	{ "9223372036854775808", false, 0 },
	{ "-9223372036854775809", false, 0 },
	{ "18446744073709551616", false, 0 },
	{ "99999999999999999999999999", false, 0 },
	{ "", false, 0 },
	{ "-", false, 0 },
	{ "-0", false, 0 },
	{ "+1", false, 0 },
	{ "01", false, 0 },
	{ " 1", false, 0 },
	{ "1 ", false, 0 },
	{ "1x", false, 0 },
};

enum {
	N_INTEGERS = sizeof(integers) / sizeof(integers[0])
};

START_TEST(integer_is_read_strictly_and_written_back)
{
	struct slice text = slice_of(integers[_i].text);
	char buffer[INTEGER_ROOM];
	int64_t value = 0;

	ck_assert(integer_parse(text, &value) == integers[_i].is_integer);
	ck_assert_int_eq(value, integers[_i].value);
	if (integers[_i].is_integer) {
		size_t length = integer_format(buffer, value);

		ck_assert_uint_eq(length, text.length);
		ck_assert_mem_eq(buffer, text.data, length);
	}
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("kv_values");
	TCase *values = tcase_create("values");
	TCase *store = tcase_create("store");
	SRunner *runner;
	int failed;

	set_seed();
	tcase_add_unchecked_fixture(values, hash_seed, NULL);
	tcase_add_unchecked_fixture(store, hash_seed, NULL);
	tcase_add_test(values, sorted_set_keeps_its_order);
	tcase_add_test(values, range_of_a_sorted_set_is_visited_in_order);
	tcase_add_test(values, dictionary_finds_what_is_in_and_keeps_the_order);
	tcase_add_test(values, deque_gives_elements_in_the_order_of_both_ends);
	tcase_add_loop_test(values, integer_is_read_strictly_and_written_back,
	    0, N_INTEGERS);
	tcase_add_test(store, expired_record_is_gone_and_counted_out);
	tcase_add_test(store,
	    sweep_finds_all_that_has_expired_and_nothing_else);
	suite_add_tcase(suite, values);
	suite_add_tcase(suite, store);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
