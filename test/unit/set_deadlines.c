/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The deadlines of a set: moving one costs a timer operation only when it
 * must, and none is missed.
 */
#include "core/set.h"

#include <check.h>

#include "os/sys.h"
#include "set_support.h"
#include "support/run.h"

START_TEST(wait_ends_at_the_earliest_deadline)
{
	eln_set_deadline(handle(0), 5000);
	eln_set_deadline(handle(1), 3000);
	eln_set_deadline(handle(2), 4000);
	wait_and_block();
	clock_ns = 1200;
	wait_and_block();
	ck_assert_uint_eq(demux.timeout, 1800);
	clock_ns = 3000;
	wait_and_block();
	ck_assert_uint_eq(demux.timeout, 0);
	ck_assert_ptr_eq(next(), handle(1));
	ck_assert_ptr_null(next());
	ck_assert_uint_eq(eln_run_take(&handle(1)->run), ELN_REASON_TIMER);
	wait_and_block();
	ck_assert_uint_eq(demux.timeout, 1000);
}
END_TEST

START_TEST(first_deadline_is_asked_for_and_armed)
{
	eln_set_deadline(handle(0), 5000);
	ck_assert(!eln_inbox_is_empty(&set.rearm));
	ck_assert_uint_eq(set.timers.n, 0);
	eln_set_wait(&set, &thread, 0);
	ck_assert(eln_inbox_is_empty(&set.rearm));
	ck_assert_uint_eq(eln_timers_next(&set.timers), 5000);
	ck_assert_uint_eq(eln_load64_relaxed(&handle(0)->armed), 5000);
}
END_TEST

START_TEST(asking_several_times_asks_once)
{
	eln_set_deadline(handle(0), 5000);
	eln_set_deadline(handle(0), 4000);
	eln_set_deadline(handle(0), 3000);
	ck_assert_ptr_eq(eln_inbox_take(&set.rearm), &handle(0)->rearm);
	ck_assert_ptr_null(handle(0)->rearm.next);
}
END_TEST

START_TEST(later_deadline_costs_no_timer_operation)
{
	eln_set_deadline(handle(0), 5000);
	eln_set_wait(&set, &thread, 0);
	for (uint64_t deadline = 5001; deadline < 6000; deadline++) {
		eln_set_deadline(handle(0), deadline);
		ck_assert(eln_inbox_is_empty(&set.rearm));
	}
	eln_set_deadline(handle(0), 5500); /* earlier, but not than armed */
	eln_set_deadline(handle(0), ELN_NEVER);
	ck_assert(eln_inbox_is_empty(&set.rearm));
	ck_assert_uint_eq(eln_timers_next(&set.timers), 5000);
}
END_TEST

START_TEST(earlier_deadline_is_armed_anew)
{
	eln_set_deadline(handle(0), 5000);
	eln_set_wait(&set, &thread, 0);
	eln_set_deadline(handle(0), 4999);
	ck_assert(!eln_inbox_is_empty(&set.rearm));
	eln_set_wait(&set, &thread, 0);
	ck_assert_uint_eq(eln_timers_next(&set.timers), 4999);
	ck_assert_uint_eq(set.timers.n, 1);
}
END_TEST

static void
ask_earlier(void)
{
	eln_set_deadline(handle(0), 2000);
}

START_TEST(earlier_deadline_wakes_a_blocked_waiter)
{
	eln_set_deadline(handle(0), 5000);
	demux.meanwhile = ask_earlier;
	wait_and_block();
	ck_assert_uint_eq(demux.timeout, 4000);
	ck_assert_uint_eq(n_wakes, 1);
	wait_and_block();
	ck_assert_uint_eq(demux.timeout, 1000);
}
END_TEST

START_TEST(timer_of_a_moved_deadline_is_armed_anew_without_a_turn)
{
	eln_set_deadline(handle(0), 5000);
	eln_set_wait(&set, &thread, 0);
	eln_set_deadline(handle(0), 9000);
	clock_ns = 5000;
	wait_and_block();
	ck_assert_ptr_null(next());
	ck_assert_int_eq(eln_run_state(&handle(0)->run), ELN_IDLE);
	ck_assert_uint_eq(eln_timers_next(&set.timers), 9000);
	clock_ns = 9000;
	wait_and_block();
	ck_assert_ptr_eq(next(), handle(0));
}
END_TEST

START_TEST(timer_of_a_deadline_that_is_gone_disappears)
{
	eln_set_deadline(handle(0), 5000);
	eln_set_wait(&set, &thread, 0);
	eln_set_deadline(handle(0), ELN_NEVER);
	clock_ns = 5000;
	wait_and_block();
	ck_assert_ptr_null(next());
	ck_assert_uint_eq(set.timers.n, 0);
	ck_assert_uint_eq(eln_load64_relaxed(&handle(0)->armed), ELN_NEVER);
	wait_and_block();
	ck_assert_uint_eq(demux.timeout, ELN_FOREVER);
}
END_TEST

START_TEST(after_expiry_the_next_deadline_is_asked_for)
{
	eln_set_deadline(handle(0), 5000);
	eln_set_wait(&set, &thread, 0);
	clock_ns = 6000;
	wait_and_block();
	ck_assert_ptr_eq(next(), handle(0));
	ck_assert_uint_eq(set.timers.n, 0);
	eln_set_deadline(handle(0), 7000);
	ck_assert(!eln_inbox_is_empty(&set.rearm));
	wait_and_block();
	ck_assert_uint_eq(demux.timeout, 1000);
}
END_TEST

START_TEST(expiry_of_a_running_handle_is_only_added)
{
	eln_set_deadline(handle(0), 5000);
	eln_set_wait(&set, &thread, 0);
	(void)eln_run_signal(&handle(0)->run, 1, ELN_REASON_INPUT);
	(void)eln_run_take(&handle(0)->run);
	clock_ns = 5000;
	wait_and_block();
	ck_assert_ptr_null(next());
	ck_assert_uint_eq(eln_run_look(&handle(0)->run), ELN_REASON_TIMER);
}
END_TEST

int
main(int argc, char **argv)
{
	Suite *suite = suite_create("set deadlines");
	TCase *tcase = tcase_create("deadlines");

	tcase_add_checked_fixture(tcase, set_up, tear_down);
	tcase_add_test(tcase, wait_ends_at_the_earliest_deadline);
	tcase_add_test(tcase, first_deadline_is_asked_for_and_armed);
	tcase_add_test(tcase, asking_several_times_asks_once);
	tcase_add_test(tcase, later_deadline_costs_no_timer_operation);
	tcase_add_test(tcase, earlier_deadline_is_armed_anew);
	tcase_add_test(tcase, earlier_deadline_wakes_a_blocked_waiter);
	tcase_add_test(tcase,
	    timer_of_a_moved_deadline_is_armed_anew_without_a_turn);
	tcase_add_test(tcase, timer_of_a_deadline_that_is_gone_disappears);
	tcase_add_test(tcase, after_expiry_the_next_deadline_is_asked_for);
	tcase_add_test(tcase, expiry_of_a_running_handle_is_only_added);
	suite_add_tcase(suite, tcase);
	return test_run(suite, argc, argv);
}
