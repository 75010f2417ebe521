/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The trail: the newest records of one writer, whole or not at all.
 */
#include "sync/trail.h"

#include <check.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "support/run.h"

enum {
	CAPACITY = 4,
	RECORDS = 200000
};

static struct eln_trail *trail;
static atomic_bool over;

static void
set_up(void)
{
	trail = eln_trail_init(calloc(1, eln_trail_bytes(CAPACITY)), CAPACITY);
}

static void
tear_down(void)
{
	free(trail);
}

/* The words of record i belong together, and to no other record. */
static struct eln_trail_record
record_of(uint64_t i)
{
	return (struct eln_trail_record){ { i, ~i, i * 1000003 } };
}

static bool
is_whole(const struct eln_trail_record *record)
{
	struct eln_trail_record right = record_of(record->words[0]);

	return record->words[1] == right.words[1] &&
	    record->words[2] == right.words[2];
}

static void
put(uint64_t i)
{
	struct eln_trail_record record = record_of(i);

	eln_trail_put(trail, &record);
}

START_TEST(is_empty_at_first)
{
	uint64_t first;
	uint64_t end;

	eln_trail_range(trail, &first, &end);

	ck_assert_uint_eq(first, 0);
	ck_assert_uint_eq(end, 0);
}
END_TEST

START_TEST(newest_records_replace_the_oldest)
{
	struct eln_trail_record record;
	uint64_t first;
	uint64_t end;

	for (uint64_t i = 0; i < 10; i++) {
		put(i);
	}

	eln_trail_range(trail, &first, &end);
	ck_assert_uint_eq(first, 10 - CAPACITY);
	ck_assert_uint_eq(end, 10);
	for (uint64_t i = first; i < end; i++) {
		ck_assert(eln_trail_get(trail, i, &record));
		ck_assert_uint_eq(record.words[0], i);
		ck_assert(is_whole(&record));
	}
}
END_TEST

START_TEST(record_that_was_replaced_is_not_given)
{
	struct eln_trail_record record;

	for (uint64_t i = 0; i <= CAPACITY; i++) {
		put(i);
	}

	ck_assert(!eln_trail_get(trail, 0, &record));
	ck_assert(eln_trail_get(trail, 1, &record));
}
END_TEST

START_TEST(record_that_is_being_replaced_is_not_given)
{
	struct eln_trail_record record;

	for (uint64_t i = 0; i < CAPACITY; i++) {
		put(i);
	}
	eln_store64_relaxed(&trail->begun, CAPACITY + 1);

	ck_assert(!eln_trail_get(trail, 0, &record));
	ck_assert(eln_trail_get(trail, 1, &record));
}
END_TEST

START_TEST(cleared_trail_is_empty)
{
	uint64_t first;
	uint64_t end;

	put(7);
	eln_trail_clear(trail);

	eln_trail_range(trail, &first, &end);
	ck_assert_uint_eq(first, end);
}
END_TEST

static void *
write_records(void *arg)
{
	(void)arg;

	for (uint64_t i = 0; i < RECORDS; i++) {
		put(i);
	}
	atomic_store(&over, true);
	return NULL;
}

/* Reads one record; counts it if it was given and torn. */
static unsigned
torn(uint64_t which)
{
	struct eln_trail_record record;

	return eln_trail_get(trail, which, &record) &&
	    (record.words[0] != which || !is_whole(&record));
}

START_TEST(reader_never_gets_a_torn_record)
{
	unsigned n_torn = 0;
	pthread_t writer;

	ck_assert_int_eq(pthread_create(&writer, NULL, write_records, NULL), 0);
	while (!atomic_load(&over)) {
		uint64_t first;
		uint64_t end;

		eln_trail_range(trail, &first, &end);
		for (uint64_t i = first; i < end; i++) {
			n_torn += torn(i);
		}
	}
	pthread_join(writer, NULL);

	ck_assert_uint_eq(n_torn, 0);
}
END_TEST

int
main(int argc, char **argv)
{
	Suite *suite = suite_create("trail");
	TCase *one = tcase_create("one");

	tcase_add_checked_fixture(one, set_up, tear_down);
	tcase_add_test(one, is_empty_at_first);
	tcase_add_test(one, newest_records_replace_the_oldest);
	tcase_add_test(one, record_that_was_replaced_is_not_given);
	tcase_add_test(one, record_that_is_being_replaced_is_not_given);
	tcase_add_test(one, cleared_trail_is_empty);
	tcase_add_test(one, reader_never_gets_a_torn_record);
	suite_add_tcase(suite, one);
	return test_run(suite, argc, argv);
}
