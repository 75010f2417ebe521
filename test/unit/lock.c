/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The lock: one at a time, everybody gets it, and no system call without a
 * quarrel.
 */
#include "sync/lock.h"

#include <check.h>
#include <sched.h>

#include "os/sys.h"
#include "support/run.h"
#include "unit_support.h"

enum {
	THREADS = 4,
	ROUNDS = 50000
};

static struct eln_lock lock;
static uint64_t counter; /* a plain word, for ThreadSanitizer too */
static unsigned inside;
static unsigned intruders;

static void
count(void *arg, unsigned index)
{
	(void)arg;
	for (int i = 0; i < ROUNDS; i++) {
		eln_lock_acquire(&lock);
		intruders += inside++ != 0;
		counter++;
		if (i % 64 == (int)index) {
			(void)sched_yield(); /* so that others must wait */
		}
		inside--;
		eln_lock_release(&lock);
	}
}

START_TEST(one_thread_at_a_time_is_inside_and_none_waits_for_ever)
{
	run_together(THREADS, count, NULL);
	ck_assert_uint_eq(counter, (uint64_t)THREADS * ROUNDS);
	ck_assert_uint_eq(intruders, 0);
}
END_TEST

static unsigned n_waits;
static unsigned n_wakes;

static int
count_wait(void *word, uint32_t expected, uint64_t timeout_ns)
{
	(void)word;
	(void)expected;
	(void)timeout_ns;
	n_waits++;
	/* As if the holder had released it meanwhile. */
	eln_lock_release(&lock);
	return 0;
}

static int
count_wake(void *word, int n)
{
	(void)word;
	ck_assert_int_eq(n, 1);
	n_wakes++;
	return 0;
}

static void
count_system_calls(void)
{
	static struct eln_sys counting;

	counting = eln_sys_linux;
	counting.futex_wait = count_wait;
	counting.futex_wake = count_wake;
	eln_sys = &counting;
}

START_TEST(free_lock_costs_no_system_call)
{
	count_system_calls();
	for (int i = 0; i < 3; i++) {
		eln_lock_acquire(&lock);
		eln_lock_release(&lock);
	}
	ck_assert_uint_eq(n_waits, 0);
	ck_assert_uint_eq(n_wakes, 0);
}
END_TEST

START_TEST(release_wakes_one_if_somebody_waited)
{
	count_system_calls();
	eln_lock_acquire(&lock);
	eln_lock_acquire(&lock); /* released by the wait */
	ck_assert_uint_eq(n_waits, 1);
	ck_assert_uint_eq(n_wakes, 1);
	/* There may be more who wait. */
	eln_lock_release(&lock);
	ck_assert_uint_eq(n_wakes, 2);
	eln_lock_acquire(&lock);
	eln_lock_release(&lock);
	ck_assert_uint_eq(n_wakes, 2);
}
END_TEST

int
main(int argc, char **argv)
{
	Suite *suite = suite_create("lock");
	TCase *tcase = tcase_create("lock");

	tcase_add_test(tcase,
	    one_thread_at_a_time_is_inside_and_none_waits_for_ever);
	tcase_add_test(tcase, free_lock_costs_no_system_call);
	tcase_add_test(tcase, release_wakes_one_if_somebody_waited);
	suite_add_tcase(suite, tcase);
	return test_run(suite, argc, argv);
}
