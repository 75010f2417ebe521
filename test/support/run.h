/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TEST_RUN_H
#define TEST_RUN_H

/*
 * Runs a suite: every test in a process of its own, beside it a watchdog
 * process. A test that runs longer than 30 s (five times that under
 * sanitizers, times CK_TIMEOUT_MULTIPLIER; or TEST_LIMIT_MS) is hung: the
 * watchdog shows the stacks of all its threads and kills it.
 *
 * Only the test's own thread may assert: handlers record what they see.
 */

#include <check.h>

/**
 * Runs the suite, or the test case that argv[1] names.
 *
 * @return the exit status of main
 */
int test_run(Suite *suite, int argc, char **argv);

typedef Suite *test_suite(void);

/** As test_run, for tests that wait more than they work: the rows of
 *  support/patterns.h are run side by side, each with a suite of its own. */
int test_run_rows(test_suite *make, int argc, char **argv);

/** Adds a test for every row that this process runs; `_i` is the row. */
void test_add_rows(TCase *tc, const TTest *test);

/*
 * A checked fixture: the test must leave no thread and no descriptor.
 *
 *     tcase_add_checked_fixture(tc, test_leaks_begin, test_leaks_end);
 */
void test_leaks_begin(void);
void test_leaks_end(void);

#endif
