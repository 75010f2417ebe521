/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The timer heap, against an array that is searched from end to end.
 */
#include "core/timer.h"

#include <check.h>
#include <errno.h>
#include <signal.h>

#include "base/memory.h"
#include "core/handle.h"
#include "support/run.h"
#include "unit_support.h"

enum {
	HANDLES = 100,
	STEPS = 50000,
	TIMES = 1000 /* few, so that many are equal */
};

static struct echelon_allocator memory;
static struct eln_timers timers;
static struct eln_handle handles[HANDLES + 1];
static uint64_t armed[HANDLES]; /* the reference: ELN_NEVER, or when */

static void
set_up(void)
{
	memory = eln_memory_of((struct echelon_allocator){ NULL });
	ck_assert_int_eq(eln_timers_init(&timers, &memory, HANDLES), 0);
	for (int i = 0; i < HANDLES; i++) {
		armed[i] = ELN_NEVER;
	}
}

static void
tear_down(void)
{
	eln_timers_deinit(&timers, &memory);
}

static uint64_t
earliest(void)
{
	uint64_t when = ELN_NEVER;

	for (int i = 0; i < HANDLES; i++) {
		when = armed[i] < when ? armed[i] : when;
	}
	return when;
}

static void
arm_both(size_t i, uint64_t when)
{
	eln_timers_arm(&timers, &handles[i], when);
	armed[i] = when;
}

static void
pop_both(uint64_t now)
{
	const struct eln_handle *popped = eln_timers_pop(&timers, now);

	if (earliest() > now) {
		ck_assert_ptr_null(popped);
		return;
	}
	ck_assert_ptr_nonnull(popped);
	ck_assert_uint_eq(popped->timer, 0);
	ck_assert_uint_eq(armed[popped - handles], earliest());
	armed[popped - handles] = ELN_NEVER;
}

START_TEST(empty_heap_has_no_next)
{
	ck_assert_uint_eq(eln_timers_next(&timers), ELN_NEVER);
	ck_assert_ptr_null(eln_timers_pop(&timers, ELN_NEVER));
	eln_timers_arm(&timers, &handles[0], ELN_NEVER);
	ck_assert_uint_eq(eln_timers_next(&timers), ELN_NEVER);
}
END_TEST

START_TEST(timer_comes_at_its_time_and_not_before)
{
	arm_both(0, 10);
	ck_assert_uint_eq(eln_timers_next(&timers), 10);
	ck_assert_ptr_null(eln_timers_pop(&timers, 9));
	ck_assert_ptr_eq(eln_timers_pop(&timers, 10), &handles[0]);
	ck_assert_ptr_null(eln_timers_pop(&timers, 10));
}
END_TEST

START_TEST(arming_again_moves_a_timer)
{
	arm_both(0, 10);
	arm_both(1, 20);
	arm_both(0, 30);
	ck_assert_uint_eq(eln_timers_next(&timers), 20);
	arm_both(1, 40);
	ck_assert_uint_eq(eln_timers_next(&timers), 30);
	arm_both(1, 5);
	ck_assert_uint_eq(eln_timers_next(&timers), 5);
	arm_both(1, ELN_NEVER);
	ck_assert_ptr_eq(eln_timers_pop(&timers, 100), &handles[0]);
	ck_assert_ptr_null(eln_timers_pop(&timers, 100));
}
END_TEST

START_TEST(all_come_in_order_of_time)
{
	struct numbers numbers = numbers_begin();

	for (size_t i = 0; i < HANDLES; i++) {
		arm_both(i, numbers_below(&numbers, TIMES));
	}
	for (int i = 0; i < HANDLES; i++) {
		ck_assert_uint_eq(eln_timers_next(&timers), earliest());
		pop_both(TIMES);
	}
	ck_assert_uint_eq(eln_timers_next(&timers), ELN_NEVER);
}
END_TEST

START_TEST(any_sequence_is_as_a_search_says)
{
	struct numbers numbers = numbers_begin();

	for (int i = 0; i < STEPS; i++) {
		/* Now many, now few are armed. */
		size_t which = numbers_below(&numbers,
		    i / 1000 % 2 == 0 ? HANDLES : 4);
		uint64_t when = numbers_below(&numbers, TIMES);

		switch (numbers_below(&numbers, 4)) {
		case 0:
			arm_both(which, ELN_NEVER);
			break;
		case 1:
			pop_both(when / 4);
			break;
		default:
			arm_both(which, when);
			break;
		}
		ck_assert_uint_eq(eln_timers_next(&timers), earliest());
		ck_assert_int_eq(handles[which].timer != 0,
		    armed[which] != ELN_NEVER);
	}
}
END_TEST

START_TEST(timer_beyond_the_capacity_aborts)
{
	for (size_t i = 0; i < HANDLES; i++) {
		arm_both(i, i);
	}
	arm_both(0, HANDLES); /* moved, not added */
	eln_timers_arm(&timers, &handles[HANDLES], 1);
}
END_TEST

START_TEST(heap_without_memory_is_refused)
{
	struct grants grants = { .left = 0 };
	struct echelon_allocator refusing = allocator_with(&grants);
	struct eln_timers none;

	ck_assert_int_eq(eln_timers_init(&none, &refusing, 10), -ENOMEM);
	eln_timers_deinit(&none, &refusing);
	ck_assert_uint_eq(grants.live, 0);
}
END_TEST

int
main(int argc, char **argv)
{
	Suite *suite = suite_create("timer");
	TCase *tcase = tcase_create("heap");

	tcase_add_checked_fixture(tcase, set_up, tear_down);
	tcase_add_test(tcase, empty_heap_has_no_next);
	tcase_add_test(tcase, timer_comes_at_its_time_and_not_before);
	tcase_add_test(tcase, arming_again_moves_a_timer);
	tcase_add_test(tcase, all_come_in_order_of_time);
	tcase_add_test(tcase, any_sequence_is_as_a_search_says);
	tcase_add_test_raise_signal(tcase, timer_beyond_the_capacity_aborts,
	    SIGABRT);
	tcase_add_test(tcase, heap_without_memory_is_refused);
	suite_add_tcase(suite, tcase);
	return test_run(suite, argc, argv);
}
