/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * Tests that wait, and leave the machine idle meanwhile, run for all rows of
 * support/patterns.c at once:
 *
 *   main ──fork──▶ runner of row 0 ──fork──▶ its tests, one after another
 *        ──fork──▶ runner of row 1 ──fork──▶ ...
 */
#include <check.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "support/patterns.h"
#include "support/run.h"

static int only_row = -1; /* of this process; -1: all */

void
test_add_rows(TCase *tc, const TTest *test)
{
	int first = only_row < 0 ? 0 : only_row;
	int end = only_row < 0 ? n_test_patterns : only_row + 1;

	tcase_add_loop_test(tc, test, first, end);
}

static pid_t
begin_row(int row, test_suite *make, int argc, char **argv)
{
	pid_t pid = fork();

	if (pid != 0) {
		return pid;
	}
	/* Not left behind by a run that is given up. */
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	only_row = row;
	exit(test_run(make(), argc, argv));
}

int
test_run_rows(test_suite *make, int argc, char **argv)
{
	int failed = 0;

	for (int row = 0; row < n_test_patterns; row++) {
		if (begin_row(row, make, argc, argv) < 0) {
			perror("fork");
			failed++;
		}
	}
	for (;;) {
		int status;

		if (wait(&status) < 0) {
			return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
		}
		failed += !WIFEXITED(status) || WEXITSTATUS(status) != 0;
	}
}
