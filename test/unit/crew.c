/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The crew: who is there, who was, and whose memory and number are used
 * again.
 */
#include "core/crew.h"

#include <check.h>
#include <errno.h>

#include "core/engine.h"
#include "support/run.h"
#include "unit_support.h"

enum {
	POOL = 3,
	CAPACITY = ELN_CREW_CHUNK + 5 /* two chunks, the last not all used */
};

static struct grants grants;
static struct echelon_engine engine;
static struct eln_crew *const crew = &engine.crew;
static struct eln_thread *taken[CAPACITY];

static void
set_up(void)
{
	grants = (struct grants){ .left = UINT32_MAX };
	engine.memory = allocator_with(&grants);
	ck_assert_int_eq(eln_crew_init(crew, &engine, POOL, CAPACITY), 0);
}

static void
tear_down(void)
{
	eln_crew_deinit(crew);
	eln_crew_deinit(crew);
	ck_assert_uint_eq(grants.live, 0);
}

/** Takes until there is no more; returns how many were taken. */
static uint32_t
take_all(void)
{
	uint32_t n = 0;

	while (eln_crew_take(crew, &taken[n]) == 0) {
		n++;
	}
	return n;
}

START_TEST(pool_is_there_from_the_beginning)
{
	ck_assert_uint_eq(eln_crew_made(crew), POOL);
	for (uint32_t i = 0; i < POOL; i++) {
		ck_assert_uint_eq(eln_crew_at(crew, i)->index, i);
		ck_assert_ptr_nonnull(eln_crew_at(crew, i)->scratch);
	}
}
END_TEST

START_TEST(as_many_as_the_capacity_can_be_added)
{
	struct eln_thread *thread;

	ck_assert_uint_eq(take_all(), CAPACITY - POOL);
	ck_assert_int_eq(eln_crew_take(crew, &thread), -EBUSY);
	ck_assert_uint_eq(eln_crew_made(crew), CAPACITY);
	for (uint32_t i = 0; i < CAPACITY - POOL; i++) {
		ck_assert_uint_eq(taken[i]->index, POOL + i);
		ck_assert_ptr_eq(taken[i], eln_crew_at(crew, POOL + i));
	}
}
END_TEST

START_TEST(number_and_memory_of_one_given_back_are_used_again)
{
	struct eln_thread *thread;

	(void)take_all();
	eln_crew_give(crew, taken[2]);
	ck_assert_int_eq(eln_crew_take(crew, &thread), 0);
	ck_assert_ptr_eq(thread, taken[2]);
	ck_assert_uint_eq(eln_crew_made(crew), CAPACITY);
}
END_TEST

static void *
run_and_leave(void *arg)
{
	struct eln_thread *thread = arg;

	thread->task = thread;
	eln_crew_leave(crew, thread);
	return NULL;
}

START_TEST(those_that_left_are_joined_one_by_one)
{
	enum {
		N = 4
	};
	unsigned seen = 0;

	for (unsigned i = 0; i < N; i++) {
		ck_assert_int_eq(eln_crew_take(crew, &taken[i]), 0);
		ck_assert_int_eq(eln_os_thread_start(&taken[i]->os, "added",
				     run_and_leave, taken[i]),
		    0);
	}
	while (seen < N) {
		struct eln_thread *thread = eln_crew_reap(crew);

		if (thread != NULL) {
			/* Joined: what it wrote is seen. */
			ck_assert_ptr_eq(thread->task, thread);
			eln_crew_give(crew, thread);
			seen++;
		}
	}
	ck_assert_ptr_null(eln_crew_reap(crew));
}
END_TEST

START_TEST(without_memory_nothing_is_taken)
{
	struct eln_thread *thread = NULL;
	uint32_t n = 0;

	grants.left = 0;
	while (eln_crew_take(crew, &thread) == 0) {
		n++;
	}
	ck_assert_uint_eq(n, 0);
	ck_assert_uint_eq(eln_crew_made(crew), POOL);
	grants.left = UINT32_MAX;
	ck_assert_uint_eq(take_all(), CAPACITY - POOL);
}
END_TEST

START_TEST(every_failure_of_making_leaves_nothing)
{
	int error = -ENOMEM;

	eln_crew_deinit(crew);
	for (uint32_t left = 0; error != 0; left++) {
		grants.left = left;
		error = eln_crew_init(crew, &engine, POOL, CAPACITY);
		ck_assert(error == 0 || error == -ENOMEM);
		eln_crew_deinit(crew);
		ck_assert_uint_eq(grants.live, 0);
	}
}
END_TEST

int
main(int argc, char **argv)
{
	Suite *suite = suite_create("crew");
	TCase *tcase = tcase_create("crew");

	tcase_add_checked_fixture(tcase, set_up, tear_down);
	tcase_add_test(tcase, pool_is_there_from_the_beginning);
	tcase_add_test(tcase, as_many_as_the_capacity_can_be_added);
	tcase_add_test(tcase,
	    number_and_memory_of_one_given_back_are_used_again);
	tcase_add_test(tcase, those_that_left_are_joined_one_by_one);
	tcase_add_test(tcase, without_memory_nothing_is_taken);
	tcase_add_test(tcase, every_failure_of_making_leaves_nothing);
	suite_add_tcase(suite, tcase);
	return test_run(suite, argc, argv);
}
