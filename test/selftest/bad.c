/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * Tests that are wrong on purpose, one test case each: the fixtures and the
 * runner must catch them. fails-with runs them; see CMakeLists.txt.
 */
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stddef.h>
#include <unistd.h>

#include "support/run.h"

/* A function of its own, so that a stack has its name. */
static void __attribute__((noinline)) wait_for_ever(void)
{
	for (;;) {
		pause();
	}
}

static void *
wait_in_thread(void *arg)
{
	(void)arg;
	wait_for_ever();
	return NULL;
}

static void *
assert_in_thread(void *arg)
{
	(void)arg;
	ck_assert_str_eq("second", "first");
	return NULL;
}

static pthread_t
start(void *(*run)(void *))
{
	pthread_t thread;

	ck_assert_int_eq(pthread_create(&thread, NULL, run, NULL), 0);
	return thread;
}

START_TEST(descriptor_stays_open)
{
	ck_assert_int_ge(open("/dev/null", O_RDONLY | O_CLOEXEC), 0);
}
END_TEST

START_TEST(thread_stays_alive)
{
	(void)start(wait_in_thread);
}
END_TEST

START_TEST(test_never_ends)
{
	sigset_t all;

	/* As a pool would: nothing of the test can be interrupted. */
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, NULL);
	pthread_join(start(wait_in_thread), NULL);
}
END_TEST

START_TEST(assertion_fails_on_second_thread)
{
	pthread_join(start(assert_in_thread), NULL);
}
END_TEST

START_TEST(nothing_is_wrong)
{
	int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);

	ck_assert_int_ge(fd, 0);
	close(fd);
}
END_TEST

static void
add(Suite *suite, const char *name, const TTest *test)
{
	TCase *tc = tcase_create(name);

	tcase_add_checked_fixture(tc, test_leaks_begin, test_leaks_end);
	tcase_add_test(tc, test);
	suite_add_tcase(suite, tc);
}

int
main(int argc, char **argv)
{
	Suite *suite = suite_create("bad");

	add(suite, "descriptor", descriptor_stays_open);
	add(suite, "thread", thread_stays_alive);
	add(suite, "hang", test_never_ends);
	add(suite, "assertion", assertion_fails_on_second_thread);
	add(suite, "good", nothing_is_wrong);
	return test_run(suite, argc, argv);
}
