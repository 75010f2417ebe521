/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The condition: whoever waits is woken by a change, and nobody is disturbed
 * for nothing.
 */
#include "sync/condition.h"

#include <check.h>

#include "os/sys.h"
#include "support/run.h"
#include "unit_support.h"

enum {
	CONSUMERS = 3,
	ITEMS = 60000
};

static struct eln_lock lock;
static struct eln_condition condition;
static unsigned available; /* plain words, for ThreadSanitizer too */
static unsigned taken;
static bool ended;

static void
produce(void)
{
	for (unsigned i = 0; i < ITEMS; i++) {
		eln_lock_acquire(&lock);
		available++;
		eln_lock_release(&lock);
		(void)eln_condition_signal(&condition);
	}
	eln_lock_acquire(&lock);
	ended = true;
	eln_lock_release(&lock);
	eln_condition_broadcast(&condition);
}

static void
consume(void)
{
	eln_lock_acquire(&lock);
	while (available > 0 || !ended) {
		if (available == 0) {
			eln_condition_wait(&condition, &lock);
			continue;
		}
		available--;
		taken++;
	}
	eln_lock_release(&lock);
}

static void
play(void *arg, unsigned index)
{
	(void)arg;
	if (index == 0) {
		produce();
	} else {
		consume();
	}
}

START_TEST(every_change_finds_somebody_and_the_end_finds_all)
{
	run_together(1 + CONSUMERS, play, NULL);
	ck_assert_uint_eq(taken, ITEMS);
}
END_TEST

/* One thread that hands a turn to the other and waits for its own: a wake that
 * is lost ends it. */
static void
alternate(void *arg, unsigned index)
{
	static struct eln_condition turns[2];

	(void)arg;
	for (unsigned i = 0; i < ITEMS; i++) {
		eln_lock_acquire(&lock);
		while (taken % 2 != index) {
			eln_condition_wait(&turns[index], &lock);
		}
		taken++;
		eln_lock_release(&lock);
		(void)eln_condition_signal(&turns[1 - index]);
	}
}

START_TEST(two_that_wait_for_each_other_lose_no_wake)
{
	run_together(2, alternate, NULL);
	ck_assert_uint_eq(taken, 2 * ITEMS);
}
END_TEST

static unsigned n_waits;
static unsigned n_wakes;

/** As if a change came between the release of the lock and the sleep. */
static int
signal_instead(void *word, uint32_t expected, uint64_t timeout_ns)
{
	const struct eln_atomic32 *sequence = word;

	(void)timeout_ns;
	n_waits++;
	ck_assert(eln_condition_signal(&condition));
	ck_assert_uint_ne(eln_load32_relaxed(sequence), expected);
	return 0;
}

static int
count_wake(void *word, int n)
{
	n_wakes += word == &condition.sequence;
	ck_assert_int_eq(n, 1);
	return 0;
}

START_TEST(change_after_the_look_ends_the_sleep)
{
	static struct eln_sys counting;

	counting = eln_sys_linux;
	counting.futex_wait = signal_instead;
	counting.futex_wake = count_wake;
	eln_sys = &counting;
	eln_lock_acquire(&lock);
	eln_condition_wait(&condition, &lock);
	eln_lock_release(&lock);
	ck_assert_uint_eq(n_waits, 1);
	ck_assert_uint_eq(n_wakes, 1);
	/* Nobody waits any more. */
	ck_assert(!eln_condition_signal(&condition));
	ck_assert_uint_eq(n_wakes, 1);
}
END_TEST

int
main(int argc, char **argv)
{
	Suite *suite = suite_create("condition");
	TCase *tcase = tcase_create("condition");

	tcase_add_test(tcase,
	    every_change_finds_somebody_and_the_end_finds_all);
	tcase_add_test(tcase, two_that_wait_for_each_other_lose_no_wake);
	tcase_add_test(tcase, change_after_the_look_ends_the_sleep);
	suite_add_tcase(suite, tcase);
	return test_run(suite, argc, argv);
}
