/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Deadlines of a set while somebody is between two steps of it: the set is
 * compiled into this test, which stands before the library, and each load of
 * a word of a timer may let others go on first.
 *
 * Model: test/model/timer.pml.
 */
#include <check.h>

#include "sync/atomic.h"

/* What others do, and after how many loads. */
static void (*meanwhile)(void);
static unsigned loads_left;

/** Loads; then others may do something before the caller's next step. */
static uint64_t
load_and_pause(const struct eln_atomic64 *word)
{
	uint64_t value = eln_load64_sc(word);
	void (*others)(void) = meanwhile;

	if (others != NULL && --loads_left == 0) {
		meanwhile = NULL;
		others();
	}
	return value;
}

#define eln_load64_sc load_and_pause
#include "core/set.c"
#undef eln_load64_sc

#include "set_support.h"
#include "support/run.h"

static void
take_handle(void)
{
	(void)eln_run_signal(&handle(0)->run,
	    eln_run_generation(&handle(0)->run), ELN_REASON_INPUT);
	(void)eln_run_take(&handle(0)->run);
}

/** The connection closes, another opens in its slot, and is soon idle. */
static void
be_succeeded(void)
{
	take_handle();
	eln_set_deadline(handle(0), ELN_NEVER);
	(void)eln_run_close(&handle(0)->run);
	eln_run_open(&handle(0)->run, ELN_REASON_OPEN);
	(void)eln_run_take(&handle(0)->run);
	eln_set_deadline(handle(0), 9000);
	ck_assert(eln_run_let_go(&handle(0)->run));
}

static bool
comes_by_timer(void)
{
	struct eln_handle *ready = next();

	return ready == handle(0) &&
	    (eln_run_take(&ready->run) & ELN_REASON_TIMER) != 0;
}

/** The handle's timer is armed for 5000, and that is now. */
static void
expire_at_5000(void)
{
	eln_set_deadline(handle(0), 5000);
	eln_set_wait(&set, &thread, 0);
	clock_ns = 5000;
}

START_TEST(timer_of_a_closed_connection_is_not_its_successors_loss)
{
	expire_at_5000();
	meanwhile = be_succeeded;
	loads_left = 1;
	eln_set_wait(&set, &thread, 0);
	ck_assert(meanwhile == NULL);
	ck_assert_uint_eq(eln_run_generation(&handle(0)->run), 2);

	/* As the successor's turn would: it stores its deadline again. */
	if (comes_by_timer()) {
		eln_set_deadline(handle(0), 9000);
		ck_assert(eln_run_let_go(&handle(0)->run));
	}
	eln_set_wait(&set, &thread, 0);
	clock_ns = 9000;
	eln_set_wait(&set, &thread, 0);
	ck_assert(comes_by_timer());
}
END_TEST

static void
lower(void)
{
	eln_set_deadline(handle(0), 7000);
}

START_TEST(deadline_lowered_while_it_is_armed_is_armed)
{
	expire_at_5000();
	eln_set_deadline(handle(0), 9000);
	/* The timer is early: it is armed anew, with the second load. */
	meanwhile = lower;
	loads_left = 2;
	eln_set_wait(&set, &thread, 0);
	ck_assert(meanwhile == NULL);
	eln_set_wait(&set, &thread, 0);
	clock_ns = 7000;
	eln_set_wait(&set, &thread, 0);
	ck_assert(comes_by_timer());
}
END_TEST

int
main(int argc, char **argv)
{
	Suite *suite = suite_create("set races");
	TCase *tcase = tcase_create("races");

	tcase_add_checked_fixture(tcase, set_up, tear_down);
	tcase_add_test(tcase,
	    timer_of_a_closed_connection_is_not_its_successors_loss);
	tcase_add_test(tcase, deadline_lowered_while_it_is_armed_is_armed);
	suite_add_tcase(suite, tcase);
	return test_run(suite, argc, argv);
}
