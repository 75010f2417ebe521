/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What parking relies on in futex(2).
 */
#include <check.h>
#include <errno.h>
#include <limits.h>
#include <linux/futex.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "support/run.h"
#include "support/sync.h"

enum {
	WAITERS = 4
};

static _Atomic uint32_t word;

/** 0 or -errno. */
static int
wait_on_word(uint32_t expected, const struct timespec *timeout)
{
	return syscall(SYS_futex, &word, FUTEX_WAIT_PRIVATE, expected, timeout,
		   NULL, 0) < 0
	    ? -errno
	    : 0;
}

static int
wake(int n)
{
	return (int)syscall(SYS_futex, &word, FUTEX_WAKE_PRIVATE, n, NULL, NULL,
	    0);
}

START_TEST(wait_on_a_word_that_differs_returns_eagain)
{
	atomic_store(&word, 1);
	ck_assert_int_eq(wait_on_word(0, NULL), -EAGAIN);
}
END_TEST

START_TEST(wait_ends_at_its_timeout)
{
	struct timespec soon = { .tv_nsec = 1000 };

	ck_assert_int_eq(wait_on_word(0, &soon), -ETIMEDOUT);
}
END_TEST

START_TEST(wake_without_a_waiter_is_forgotten)
{
	struct timespec soon = { .tv_nsec = 1000 };

	ck_assert_int_eq(wake(1), 0);
	ck_assert_int_eq(wait_on_word(0, &soon), -ETIMEDOUT);
}
END_TEST

static void
do_nothing(int signal)
{
	(void)signal;
}

static atomic_int result = 1;

static void *
wait_once(void *arg)
{
	(void)arg;
	atomic_store(&result, wait_on_word(0, NULL));
	return NULL;
}

START_TEST(signal_ends_a_wait_with_eintr)
{
	/* Without SA_RESTART. */
	struct sigaction action = { .sa_handler = do_nothing };
	pthread_t waiter;

	ck_assert_int_eq(sigaction(SIGUSR1, &action, NULL), 0);
	ck_assert_int_eq(pthread_create(&waiter, NULL, wait_once, NULL), 0);
	/* Until one comes while it sleeps. */
	while (atomic_load(&result) == 1) {
		(void)pthread_kill(waiter, SIGUSR1);
		(void)sched_yield();
	}
	ck_assert_int_eq(pthread_join(waiter, NULL), 0);
	ck_assert_int_eq(atomic_load(&result), -EINTR);
}
END_TEST

static struct test_counter woken;

static void *
wait_and_count(void *arg)
{
	(void)arg;
	if (wait_on_word(0, NULL) == 0) {
		counter_add(&woken, 1);
	}
	return NULL;
}

START_TEST(each_wake_of_one_wakes_one)
{
	pthread_t waiters[WAITERS];

	counter_init(&woken);
	for (int i = 0; i < WAITERS; i++) {
		ck_assert_int_eq(pthread_create(&waiters[i], NULL,
				     wait_and_count, NULL),
		    0);
	}
	for (int i = 1; i <= WAITERS; i++) {
		int n;

		do {
			n = wake(1);
			ck_assert_int_le(n, 1);
			(void)sched_yield(); /* not asleep yet */
		} while (n == 0);
		ck_assert(counter_wait(&woken, i));
		ck_assert_int_eq(counter_get(&woken), i);
	}
	ck_assert_int_eq(wake(INT_MAX), 0);
	for (int i = 0; i < WAITERS; i++) {
		ck_assert_int_eq(pthread_join(waiters[i], NULL), 0);
	}
}
END_TEST

int
main(int argc, char **argv)
{
	Suite *suite = suite_create("futex");
	TCase *tcase = tcase_create("futex");

	tcase_add_test(tcase, wait_on_a_word_that_differs_returns_eagain);
	tcase_add_test(tcase, wait_ends_at_its_timeout);
	tcase_add_test(tcase, wake_without_a_waiter_is_forgotten);
	tcase_add_test(tcase, signal_ends_a_wait_with_eintr);
	tcase_add_test(tcase, each_wake_of_one_wakes_one);
	suite_add_tcase(suite, tcase);
	return test_run(suite, argc, argv);
}
