/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The run word: every transition, what hides a reason, what is stale.
 */
#include "sync/run_word.h"

#include <check.h>
#include <signal.h>

#include "base/compiler.h"
#include "support/run.h"

static const uint32_t reasons[] = {
	ELN_REASON_OPEN,
	ELN_REASON_INPUT,
	ELN_REASON_OUTPUT,
	ELN_REASON_PEER_CLOSED,
	ELN_REASON_ERROR,
	ELN_REASON_MESSAGE,
	ELN_REASON_TIMER,
	ELN_REASON_DRAIN,
	ELN_REASON_CUT_OFF,
	ELN_REASON_HANGUP,
};
static const uint32_t hidden = ELN_REASON_INPUT | ELN_REASON_PEER_CLOSED;
static const uint32_t flags[] = { ELN_HELD, ELN_PAUSED, ELN_HELD | ELN_PAUSED };

static struct eln_run_word run;

static void
become_running(void)
{
	eln_run_open(&run, ELN_REASON_OPEN);
	ck_assert_uint_eq(eln_run_take(&run), ELN_REASON_OPEN);
}

static void
become_idle(void)
{
	become_running();
	ck_assert(eln_run_let_go(&run));
}

START_TEST(opened_slot_is_ready_with_its_first_generation)
{
	ck_assert_int_eq(eln_run_state(&run), ELN_FREE);
	eln_run_open(&run, ELN_REASON_OPEN | ELN_REASON_DRAIN);
	ck_assert_int_eq(eln_run_state(&run), ELN_READY);
	ck_assert_uint_eq(eln_run_generation(&run), 1);
	ck_assert_uint_eq(eln_run_take(&run),
	    ELN_REASON_OPEN | ELN_REASON_DRAIN);
}
END_TEST

START_TEST(taking_clears_the_reasons_it_returns)
{
	become_running();
	ck_assert_int_eq(eln_run_state(&run), ELN_RUNNING);
	ck_assert_uint_eq(eln_run_look(&run), 0);
}
END_TEST

START_TEST(signal_makes_an_idle_handle_ready)
{
	become_idle();
	ck_assert_int_eq(eln_run_state(&run), ELN_IDLE);
	ck_assert_int_eq(eln_run_signal(&run, 1, reasons[_i]), ELN_MADE_READY);
	ck_assert_int_eq(eln_run_state(&run), ELN_READY);
	ck_assert_uint_eq(eln_run_take(&run), reasons[_i]);
}
END_TEST

START_TEST(signal_only_adds_to_a_ready_handle)
{
	eln_run_open(&run, ELN_REASON_OPEN);
	ck_assert_int_eq(eln_run_signal(&run, 1, reasons[_i]), ELN_ADDED);
	ck_assert_int_eq(eln_run_state(&run), ELN_READY);
	ck_assert_uint_eq(eln_run_take(&run), ELN_REASON_OPEN | reasons[_i]);
}
END_TEST

START_TEST(signal_only_adds_to_a_running_handle)
{
	become_running();
	ck_assert_int_eq(eln_run_signal(&run, 1, reasons[_i]), ELN_ADDED);
	ck_assert_int_eq(eln_run_state(&run), ELN_RUNNING);
	ck_assert_uint_eq(eln_run_look(&run), reasons[_i]);
	ck_assert_uint_eq(eln_run_look(&run), 0);
}
END_TEST

START_TEST(owner_keeps_a_handle_while_a_reason_shows)
{
	become_running();
	(void)eln_run_signal(&run, 1, reasons[_i]);
	ck_assert(!eln_run_let_go(&run));
	ck_assert_int_eq(eln_run_state(&run), ELN_RUNNING);
	ck_assert_uint_eq(eln_run_look(&run), reasons[_i]);
	ck_assert(eln_run_let_go(&run));
	ck_assert_int_eq(eln_run_state(&run), ELN_IDLE);
}
END_TEST

START_TEST(remembered_reason_is_found_by_a_later_look)
{
	become_running();
	eln_run_remember(&run, reasons[_i]);
	ck_assert(!eln_run_let_go(&run));
	ck_assert_uint_eq(eln_run_look(&run), reasons[_i]);
}
END_TEST

START_TEST(yield_makes_ready_and_keeps_what_was_added)
{
	become_running();
	(void)eln_run_signal(&run, 1, ELN_REASON_MESSAGE);
	eln_run_yield(&run, ELN_REASON_INPUT);
	ck_assert_int_eq(eln_run_state(&run), ELN_READY);
	ck_assert_uint_eq(eln_run_take(&run),
	    ELN_REASON_INPUT | ELN_REASON_MESSAGE);
}
END_TEST

START_TEST(flags_hide_input_and_peer_closed_and_nothing_else)
{
	become_running();
	eln_run_hide(&run, flags[_i]);
	ck_assert_uint_eq(eln_run_flags(&run), flags[_i]);
	for (size_t i = 0; i < ELN_COUNT(reasons); i++) {
		ck_assert_int_eq(eln_run_signal(&run, 1, reasons[i]),
		    ELN_ADDED);
	}
	ck_assert_uint_eq(eln_run_look(&run), ELN_REASONS & ~hidden);
	ck_assert_uint_eq(eln_run_look(&run), 0);
	eln_run_show(&run, flags[_i]);
	ck_assert_uint_eq(eln_run_flags(&run), 0);
	ck_assert_uint_eq(eln_run_look(&run), hidden);
}
END_TEST

START_TEST(hidden_reason_leaves_an_idle_handle_idle)
{
	become_running();
	eln_run_hide(&run, flags[_i]);
	ck_assert(eln_run_let_go(&run));
	ck_assert_int_eq(eln_run_signal(&run, 1, hidden), ELN_ADDED);
	ck_assert_int_eq(eln_run_state(&run), ELN_IDLE);
	ck_assert_int_eq(eln_run_signal(&run, 1, ELN_REASON_MESSAGE),
	    ELN_MADE_READY);
	ck_assert_uint_eq(eln_run_take(&run), ELN_REASON_MESSAGE);
	ck_assert(eln_run_let_go(&run));
	ck_assert_uint_eq(eln_run_flags(&run), flags[_i]);
}
END_TEST

START_TEST(one_flag_still_hides_when_the_other_is_cleared)
{
	become_running();
	eln_run_hide(&run, ELN_HELD | ELN_PAUSED);
	(void)eln_run_signal(&run, 1, ELN_REASON_INPUT);
	eln_run_show(&run, ELN_HELD);
	ck_assert(eln_run_let_go(&run));
	(void)eln_run_signal(&run, 1, ELN_REASON_MESSAGE);
	(void)eln_run_take(&run);
	eln_run_show(&run, ELN_PAUSED);
	ck_assert(!eln_run_let_go(&run));
	ck_assert_uint_eq(eln_run_look(&run), ELN_REASON_INPUT);
}
END_TEST

START_TEST(close_ends_the_generation_with_its_reasons_and_flags)
{
	become_running();
	eln_run_hide(&run, ELN_HELD | ELN_PAUSED);
	(void)eln_run_signal(&run, 1, ELN_REASONS);
	ck_assert_uint_eq(eln_run_close(&run), 1);
	ck_assert_int_eq(eln_run_state(&run), ELN_FREE);
	ck_assert_uint_eq(eln_run_generation(&run), 2);
	eln_run_open(&run, ELN_REASON_OPEN);
	ck_assert_uint_eq(eln_run_generation(&run), 2);
	ck_assert_uint_eq(eln_run_take(&run), ELN_REASON_OPEN);
	ck_assert_uint_eq(eln_run_flags(&run), 0);
}
END_TEST

static void
assert_stale(uint32_t generation)
{
	uint64_t before = eln_load64_relaxed(&run.word);

	ck_assert_int_eq(eln_run_signal(&run, generation, ELN_REASONS),
	    ELN_STALE);
	ck_assert_uint_eq(eln_load64_relaxed(&run.word), before);
}

START_TEST(signal_to_another_generation_changes_nothing)
{
	assert_stale(0);
	assert_stale(1);
	become_running();
	assert_stale(2);
	(void)eln_run_close(&run);
	assert_stale(1);
	assert_stale(2);
	become_idle();
	assert_stale(1);
	assert_stale(3);
	ck_assert_int_eq(eln_run_signal(&run, 2, ELN_REASON_INPUT),
	    ELN_MADE_READY);
}
END_TEST

START_TEST(generation_is_never_zero)
{
	become_idle();
	eln_store64_relaxed(&run.word,
	    (UINT64_C(0xffffffff) << 32) | ELN_RUNNING);
	ck_assert_uint_eq(eln_run_close(&run), UINT32_MAX);
	ck_assert_uint_eq(eln_run_generation(&run), 1);
}
END_TEST

/* Misuse. */

static void
open_used(void)
{
	become_idle();
	eln_run_open(&run, ELN_REASON_OPEN);
}

static void
take_free(void)
{
	(void)eln_run_take(&run);
}

static void
take_idle(void)
{
	become_idle();
	(void)eln_run_take(&run);
}

static void
take_running(void)
{
	become_running();
	(void)eln_run_take(&run);
}

static void
look_at_ready(void)
{
	eln_run_open(&run, ELN_REASON_OPEN);
	(void)eln_run_look(&run);
}

static void
let_go_ready(void)
{
	eln_run_open(&run, ELN_REASON_OPEN);
	(void)eln_run_let_go(&run);
}

static void
let_go_idle(void)
{
	become_idle();
	(void)eln_run_let_go(&run);
}

static void
yield_idle(void)
{
	become_idle();
	eln_run_yield(&run, ELN_REASON_INPUT);
}

static void
close_idle(void)
{
	become_idle();
	(void)eln_run_close(&run);
}

static void
close_twice(void)
{
	become_running();
	(void)eln_run_close(&run);
	(void)eln_run_close(&run);
}

static void (*const misuses[])(void) = { open_used, take_free, take_idle,
	take_running, look_at_ready, let_go_ready, let_go_idle, yield_idle,
	close_idle, close_twice };

START_TEST(misuse_aborts)
{
	misuses[_i]();
}
END_TEST

int
main(int argc, char **argv)
{
	Suite *suite = suite_create("run word");
	TCase *tcase = tcase_create("transitions");
	int n = ELN_COUNT(reasons);

	tcase_add_test(tcase, opened_slot_is_ready_with_its_first_generation);
	tcase_add_test(tcase, taking_clears_the_reasons_it_returns);
	tcase_add_loop_test(tcase, signal_makes_an_idle_handle_ready, 0, n);
	tcase_add_loop_test(tcase, signal_only_adds_to_a_ready_handle, 0, n);
	tcase_add_loop_test(tcase, signal_only_adds_to_a_running_handle, 0, n);
	tcase_add_loop_test(tcase, owner_keeps_a_handle_while_a_reason_shows, 0,
	    n);
	tcase_add_loop_test(tcase, remembered_reason_is_found_by_a_later_look,
	    0, n);
	tcase_add_test(tcase, yield_makes_ready_and_keeps_what_was_added);
	tcase_add_loop_test(tcase,
	    flags_hide_input_and_peer_closed_and_nothing_else, 0,
	    ELN_COUNT(flags));
	tcase_add_loop_test(tcase, hidden_reason_leaves_an_idle_handle_idle, 0,
	    ELN_COUNT(flags));
	tcase_add_test(tcase, one_flag_still_hides_when_the_other_is_cleared);
	tcase_add_test(tcase,
	    close_ends_the_generation_with_its_reasons_and_flags);
	tcase_add_test(tcase, signal_to_another_generation_changes_nothing);
	tcase_add_test(tcase, generation_is_never_zero);
	tcase_add_loop_test_raise_signal(tcase, misuse_aborts, SIGABRT, 0,
	    ELN_COUNT(misuses));
	suite_add_tcase(suite, tcase);
	return test_run(suite, argc, argv);
}
