/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The connection table: how many, which slots, and that a slot used again is
 * another connection.
 */
#include "core/table.h"

#include <check.h>
#include <errno.h>
#include <stdbool.h>

#include "core/connection.h"
#include "core/engine.h"
#include "support/run.h"
#include "unit_support.h"

enum {
	CAPACITY = 2 * ELN_CHUNK + 10 /* the last chunk is not all used */
};

static struct grants grants;
static struct echelon_engine engine;
static struct eln_set set;
static struct eln_table table;
static struct echelon_conn *taken[CAPACITY];

static void
set_up(void)
{
	grants = (struct grants){ .left = UINT32_MAX };
	engine.memory = allocator_with(&grants);
	engine.sets = &set;
	engine.n_sets = 1;
	ck_assert_int_eq(eln_table_init(&table, &engine, CAPACITY), 0);
}

static void
tear_down(void)
{
	eln_table_deinit(&table);
	eln_table_deinit(&table);
	ck_assert_uint_eq(grants.live, 0);
}

static void
take_all(void)
{
	for (uint32_t i = 0; i < CAPACITY; i++) {
		ck_assert_uint_eq(eln_table_used(&table), i);
		ck_assert_int_eq(eln_table_take(&table, UINT64_MAX, &taken[i]),
		    0);
	}
}

START_TEST(as_many_as_the_capacity_can_be_taken)
{
	struct echelon_conn *conn;

	take_all();
	ck_assert_uint_eq(eln_table_used(&table), CAPACITY);
	ck_assert_int_eq(eln_table_take(&table, UINT64_MAX, &conn), -EAGAIN);
	eln_table_give(&table, taken[7]);
	ck_assert_int_eq(eln_table_take(&table, UINT64_MAX, &conn), 0);
	ck_assert_ptr_eq(conn, taken[7]);
	ck_assert_int_eq(eln_table_take(&table, UINT64_MAX, &conn), -EAGAIN);
}
END_TEST

START_TEST(every_slot_has_its_own_number_below_the_capacity)
{
	bool seen[CAPACITY] = { false };

	take_all();
	for (int i = 0; i < CAPACITY; i++) {
		uint32_t slot = taken[i]->handle.slot;

		ck_assert_uint_lt(slot, CAPACITY);
		ck_assert(!seen[slot]);
		seen[slot] = true;
		ck_assert_ptr_eq(eln_table_at(&table, slot), taken[i]);
		ck_assert_ptr_eq(taken[i]->engine, &engine);
	}
	ck_assert_uint_eq(eln_table_made(&table), CAPACITY);
}
END_TEST

START_TEST(limit_below_the_capacity_counts)
{
	struct echelon_conn *conn;

	ck_assert_int_eq(eln_table_take(&table, 0, &conn), -EAGAIN);
	ck_assert_int_eq(eln_table_take(&table, 2, &taken[0]), 0);
	ck_assert_int_eq(eln_table_take(&table, 2, &taken[1]), 0);
	ck_assert_int_eq(eln_table_take(&table, 2, &conn), -EAGAIN);
	ck_assert_int_eq(eln_table_take(&table, 3, &taken[2]), 0);
	eln_table_give(&table, taken[0]);
	ck_assert_int_eq(eln_table_take(&table, 2, &conn), -EAGAIN);
	ck_assert_uint_eq(eln_table_used(&table), 2);
}
END_TEST

START_TEST(slot_last_given_is_taken_first)
{
	struct echelon_conn *conn;

	take_all();
	eln_table_give(&table, taken[3]);
	eln_table_give(&table, taken[9]);
	ck_assert_int_eq(eln_table_take(&table, UINT64_MAX, &conn), 0);
	ck_assert_ptr_eq(conn, taken[9]);
	ck_assert_int_eq(eln_table_take(&table, UINT64_MAX, &conn), 0);
	ck_assert_ptr_eq(conn, taken[3]);
}
END_TEST

START_TEST(slot_never_made_has_no_connection)
{
	ck_assert_uint_eq(eln_table_made(&table), 0);
	ck_assert_ptr_null(eln_table_at(&table, 0));
	ck_assert_int_eq(eln_table_take(&table, 1, &taken[0]), 0);
	ck_assert_uint_eq(eln_table_made(&table), ELN_CHUNK);
	ck_assert_ptr_nonnull(eln_table_at(&table, ELN_CHUNK - 1));
	ck_assert_ptr_null(eln_table_at(&table, ELN_CHUNK));
	ck_assert_ptr_null(eln_table_at(&table, CAPACITY));
	ck_assert_ptr_null(eln_table_at(&table, UINT32_MAX));
}
END_TEST

/** One life in a slot; returns the id that it had. */
static uint64_t
live_once(struct echelon_conn *conn)
{
	uint64_t id;

	ck_assert_int_eq(eln_run_state(&conn->handle.run), ELN_FREE);
	eln_run_open(&conn->handle.run, ELN_REASON_OPEN);
	id = eln_handle_id(&conn->handle);
	ck_assert_uint_eq(eln_id_slot(id), conn->handle.slot);
	(void)eln_run_take(&conn->handle.run);
	(void)eln_run_close(&conn->handle.run);
	return id;
}

START_TEST(slot_used_again_has_another_id)
{
	uint64_t last = 0;

	for (int i = 0; i < 1000; i++) {
		struct echelon_conn *conn;
		uint64_t id;

		ck_assert_int_eq(eln_table_take(&table, 1, &conn), 0);
		id = live_once(conn);
		ck_assert_uint_ne(id, 0);
		ck_assert_uint_gt(id, last);
		ck_assert_int_eq(eln_run_signal(&conn->handle.run,
				     eln_id_generation(id), ELN_REASON_INPUT),
		    ELN_STALE);
		last = id;
		eln_table_give(&table, conn);
	}
	ck_assert_uint_eq(eln_table_made(&table), ELN_CHUNK);
}
END_TEST

START_TEST(want_of_memory_takes_no_slot)
{
	struct echelon_conn *conn;

	grants.left = 0;
	ck_assert_int_eq(eln_table_take(&table, UINT64_MAX, &conn), -ENOMEM);
	ck_assert_uint_eq(eln_table_used(&table), 0);
	grants.left = 1;
	ck_assert_int_eq(eln_table_take(&table, UINT64_MAX, &conn), 0);
}
END_TEST

START_TEST(table_without_memory_is_refused)
{
	struct eln_table none;

	grants.left = 0;
	ck_assert_int_eq(eln_table_init(&none, &engine, CAPACITY), -ENOMEM);
	eln_table_deinit(&none);
}
END_TEST

enum {
	THREADS = 3,
	ROUNDS = 50000
};

static struct eln_atomic32 users[CAPACITY];
static struct eln_atomic32 shared_slots;

static void
take_and_give(void *arg, unsigned index)
{
	(void)arg;
	(void)index;
	for (int i = 0; i < ROUNDS; i++) {
		struct echelon_conn *conn;

		if (eln_table_take(&table, CAPACITY, &conn) != 0) {
			continue;
		}
		eln_add32(&shared_slots,
		    eln_exchange32(&users[conn->handle.slot], 1));
		eln_exchange32(&users[conn->handle.slot], 0);
		eln_table_give(&table, conn);
	}
}

START_TEST(no_slot_is_taken_twice_by_several_threads)
{
	run_together(THREADS, take_and_give, NULL);
	ck_assert_uint_eq(eln_load32_relaxed(&shared_slots), 0);
	ck_assert_uint_eq(eln_table_used(&table), 0);
}
END_TEST

int
main(int argc, char **argv)
{
	Suite *suite = suite_create("table");
	TCase *tcase = tcase_create("table");

	tcase_add_checked_fixture(tcase, set_up, tear_down);
	tcase_add_test(tcase, as_many_as_the_capacity_can_be_taken);
	tcase_add_test(tcase, every_slot_has_its_own_number_below_the_capacity);
	tcase_add_test(tcase, limit_below_the_capacity_counts);
	tcase_add_test(tcase, slot_last_given_is_taken_first);
	tcase_add_test(tcase, slot_never_made_has_no_connection);
	tcase_add_test(tcase, slot_used_again_has_another_id);
	tcase_add_test(tcase, want_of_memory_takes_no_slot);
	tcase_add_test(tcase, table_without_memory_is_refused);
	tcase_add_test(tcase, no_slot_is_taken_twice_by_several_threads);
	suite_add_tcase(suite, tcase);
	return test_run(suite, argc, argv);
}
