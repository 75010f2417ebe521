/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A set: what comes first, when the wait may block, how many wakes are
 * written.
 */
#include "core/set.h"

#include <check.h>
#include <errno.h>
#include <signal.h>

#include "os/sys.h"
#include "set_support.h"
#include "support/run.h"

/* What is ready. */

START_TEST(events_make_handles_ready_in_their_order)
{
	will_report(2, ELN_REASON_INPUT);
	will_report(1, ELN_REASON_OUTPUT);
	wait_and_block();
	ck_assert(eln_set_has_more(&set));
	ck_assert_ptr_eq(next(), handle(2));
	ck_assert_ptr_eq(next(), handle(1));
	ck_assert_ptr_null(next());
	ck_assert(!eln_set_has_more(&set));
	ck_assert_uint_eq(eln_run_take(&handle(2)->run), ELN_REASON_INPUT);
	ck_assert_uint_eq(eln_run_take(&handle(1)->run), ELN_REASON_OUTPUT);
	ck_assert_uint_eq(tally(ELN_WAITS), 1);
	ck_assert_uint_eq(tally(ELN_EVENTS), 2);
}
END_TEST

START_TEST(event_of_a_handle_in_use_is_only_added)
{
	will_report(0, ELN_REASON_INPUT);
	will_report(0, ELN_REASON_PEER_CLOSED);
	wait_and_block();
	ck_assert_ptr_eq(next(), handle(0));
	ck_assert_ptr_null(next());
	ck_assert_uint_eq(eln_run_take(&handle(0)->run),
	    ELN_REASON_INPUT | ELN_REASON_PEER_CLOSED);
	ck_assert_uint_eq(tally(ELN_STALE_EVENTS), 0);
}
END_TEST

START_TEST(event_of_a_closed_handle_is_dropped_and_counted)
{
	will_report(0, ELN_REASON_INPUT);
	will_report(1, ELN_REASON_INPUT);
	(void)eln_run_signal(&handle(0)->run, 1, ELN_REASON_ERROR);
	(void)eln_run_take(&handle(0)->run);
	(void)eln_run_close(&handle(0)->run);
	open_handle(0);
	wait_and_block();
	ck_assert_ptr_eq(next(), handle(1));
	ck_assert_ptr_null(next());
	ck_assert_int_eq(eln_run_state(&handle(0)->run), ELN_IDLE);
	ck_assert_uint_eq(tally(ELN_STALE_EVENTS), 1);
}
END_TEST

START_TEST(posted_handles_come_in_the_order_of_posts)
{
	post(3);
	post(1);
	post(2);
	ck_assert(eln_set_has_more(&set));
	wait_and_block();
	ck_assert_uint_eq(demux.timeout, 0);
	ck_assert_ptr_eq(next(), handle(3));
	post(0);
	ck_assert_ptr_eq(next(), handle(1));
	ck_assert_ptr_eq(next(), handle(2));
	ck_assert_ptr_null(next());
	ck_assert(eln_set_has_more(&set));
	wait_and_block();
	ck_assert_ptr_eq(next(), handle(0));
	ck_assert_ptr_null(next());
}
END_TEST

START_TEST(waiting_with_events_at_hand_aborts)
{
	will_report(0, ELN_REASON_INPUT);
	wait_and_block();
	wait_and_block();
}
END_TEST

/* Blocking and waking. */

START_TEST(wait_blocks_for_ever_when_nothing_is_due)
{
	wait_and_block();
	ck_assert_uint_eq(demux.timeout, ELN_FOREVER);
	eln_set_wait(&set, &thread, 0);
	ck_assert_uint_eq(demux.timeout, 0);
	ck_assert_uint_eq(n_wakes, 0);
}
END_TEST

static void
post_many(void)
{
	post(0);
	post(1);
	eln_set_wake(&set);
	post(2);
	eln_set_wake(&set);
}

START_TEST(posts_to_a_blocked_waiter_cost_one_wake)
{
	demux.meanwhile = post_many;
	will_report_wakeup();
	wait_and_block();
	ck_assert_uint_eq(n_wakes, 1);
	ck_assert_ptr_eq(next(), handle(0));
	ck_assert_uint_eq(n_clears, 1);
	ck_assert_ptr_eq(next(), handle(1));
	ck_assert_ptr_eq(next(), handle(2));
	ck_assert_ptr_null(next());

	/* Then it blocks again, and can be woken again. */
	demux.meanwhile = post_many;
	for (unsigned i = 0; i < 3; i++) {
		(void)eln_run_take(&handle(i)->run);
		ck_assert(eln_run_let_go(&handle(i)->run));
	}
	wait_and_block();
	ck_assert_uint_eq(demux.timeout, ELN_FOREVER);
	ck_assert_uint_eq(n_wakes, 2);
}
END_TEST

START_TEST(posts_to_a_set_that_nobody_waits_on_cost_no_wake)
{
	post_many();
	ck_assert_uint_eq(n_wakes, 0);
	wait_and_block();
	ck_assert_uint_eq(demux.timeout, 0);
	ck_assert_uint_eq(n_wakes, 0);
}
END_TEST

START_TEST(wake_before_the_wait_keeps_it_from_blocking_once)
{
	eln_set_wake(&set);
	wait_and_block();
	ck_assert_uint_eq(demux.timeout, 0);
	wait_and_block();
	ck_assert_uint_eq(demux.timeout, ELN_FOREVER);
	ck_assert_uint_eq(n_wakes, 0);
}
END_TEST

/* Making. */

START_TEST(failure_to_make_a_set_leaves_nothing)
{
	int expected = _i == 0 ? -EMFILE : -ENOSPC;

	engine.memory = eln_memory_of((struct echelon_allocator){ NULL });
	demux.create_result = _i == 0 ? expected : 0;
	demux.add_result = _i == 1 ? expected : 0;
	ck_assert_int_eq(eln_set_init(&set, &engine, &fake_demultiplexer,
			     HANDLES),
	    expected);
	ck_assert_int_eq(demux.live, 0);
	eln_set_deinit(&set);
	ck_assert_int_eq(demux.live, 0);
}
END_TEST

static void
add_making(Suite *suite)
{
	TCase *tcase = tcase_create("making");

	tcase_add_checked_fixture(tcase, test_leaks_begin, test_leaks_end);
	tcase_add_loop_test(tcase, failure_to_make_a_set_leaves_nothing, 0, 2);
	suite_add_tcase(suite, tcase);
}

int
main(int argc, char **argv)
{
	Suite *suite = suite_create("set");
	TCase *tcase = tcase_create("waiting");

	add_making(suite);
	tcase_add_checked_fixture(tcase, set_up, tear_down);
	tcase_add_test(tcase, events_make_handles_ready_in_their_order);
	tcase_add_test(tcase, event_of_a_handle_in_use_is_only_added);
	tcase_add_test(tcase, event_of_a_closed_handle_is_dropped_and_counted);
	tcase_add_test(tcase, posted_handles_come_in_the_order_of_posts);
	tcase_add_test_raise_signal(tcase, waiting_with_events_at_hand_aborts,
	    SIGABRT);
	tcase_add_test(tcase, wait_blocks_for_ever_when_nothing_is_due);
	tcase_add_test(tcase, posts_to_a_blocked_waiter_cost_one_wake);
	tcase_add_test(tcase, posts_to_a_set_that_nobody_waits_on_cost_no_wake);
	tcase_add_test(tcase, wake_before_the_wait_keeps_it_from_blocking_once);
	suite_add_tcase(suite, tcase);
	return test_run(suite, argc, argv);
}
