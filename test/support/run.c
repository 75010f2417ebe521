/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * The runner forks a process for each test (Check); that process forks its
 * watchdog before anything else happens in it:
 *
 *   runner ──fork──▶ test ──fork──▶ watchdog: waits for the end of the test,
 *                                   or 30 s: shows its stacks and kills it
 *
 * A process of its own, because a hung test may have every signal blocked
 * and every thread stuck, and because no thread or descriptor of the
 * watchdog shall show in the test.
 */
#include "support/run.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum {
	LIMIT_S = 30,
	SANITIZERS = 5,
	DUMP_LIMIT_S = 30,
	MOST_PAUSES = 10000
};

static pid_t runner;
static int limit_ms;

/*
 * Check's own timeout only kills. It is read when a test case is created,
 * so before main.
 */
__attribute__((constructor)) static void
leave_timeouts_to_watchdog(void)
{
	(void)setenv("CK_DEFAULT_TIMEOUT", "3600", 0);
}

static int
find_limit_ms(void)
{
	const char *multiplier = getenv("CK_TIMEOUT_MULTIPLIER");
	const char *limit = getenv("TEST_LIMIT_MS");
	double factor = multiplier != NULL ? strtod(multiplier, NULL) : 1;

	if (limit != NULL) {
		return atoi(limit);
	}
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
	factor *= SANITIZERS;
#endif
	return (int)(factor * LIMIT_S * 1000);
}

/** Shows what the kernel knows, for machines without a debugger. */
static void
show_kernel_stacks(pid_t pid)
{
	char command[256];

	(void)snprintf(command, sizeof(command),
	    "cd /proc/%d/task && for t in *; do echo \"$t $(cat $t/comm): "
	    "in $(cat $t/wchan), $(cat $t/syscall)\"; done >&2",
	    (int)pid);
	(void)execl("/bin/sh", "sh", "-c", command, (char *)NULL);
}

static void
show_stacks(pid_t pid)
{
	char number[16];

	(void)snprintf(number, sizeof(number), "%d", (int)pid);
	/* A sanitizer in the preload list would watch the debugger. */
	(void)unsetenv("LD_PRELOAD");
	(void)dup2(STDERR_FILENO, STDOUT_FILENO);
	(void)alarm(DUMP_LIMIT_S);
	(void)execlp("gdb", "gdb", "-batch", "-nx", "-p", number, "-ex",
	    "set pagination off", "-ex", "thread apply all backtrace",
	    (char *)NULL);
	show_kernel_stacks(pid);
	_exit(1);
}

static void
report_hang(pid_t test)
{
	pid_t debugger;
	char line[128];
	int n = snprintf(line, sizeof(line),
	    "watchdog: the test of process %d hung for %d ms; its threads:\n",
	    (int)test, limit_ms);

	(void)!write(STDERR_FILENO, line, (size_t)n);
	debugger = fork();
	if (debugger == 0) {
		show_stacks(test);
	}
	if (debugger > 0) {
		(void)waitpid(debugger, NULL, 0);
	}
}

static void
watch(pid_t test)
{
	struct pollfd end = {
		.fd = (int)syscall(SYS_pidfd_open, test, 0),
		.events = POLLIN,
	};
	int n;

	/* Not in the test's process group, which Check kills. */
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (end.fd < 0 || getppid() != test) {
		_exit(0);
	}
	do {
		n = poll(&end, 1, limit_ms);
	} while (n < 0 && errno == EINTR);
	if (n == 0) {
		report_hang(test);
		(void)kill(test, SIGKILL);
	}
	_exit(0);
}

/** In each process that the runner forks. */
static void
start_watchdog(void)
{
	pid_t test = getpid();
	pid_t watchdog;

	if (getppid() != runner) {
		return;
	}
	watchdog = fork();
	if (watchdog == 0) {
		watch(test);
	}
	/* Where only descendants may be looked at (Yama). */
	(void)prctl(PR_SET_PTRACER, watchdog);
}

/**
 * Collects the watchdogs, which end with their tests: not every container's
 * first process does.
 */
static void
reap(void)
{
	const struct timespec pause = { .tv_nsec = 1000 * 1000 };

	for (int i = 0; i < MOST_PAUSES; i++) {
		pid_t pid = waitpid(-1, NULL, WNOHANG);

		if (pid < 0) {
			return;
		}
		if (pid == 0) {
			nanosleep(&pause, NULL);
		}
	}
}

int
test_run(Suite *suite, int argc, char **argv)
{
	SRunner *srunner = srunner_create(suite);
	int failed;

	if (argc > 1) {
		(void)setenv("CK_RUN_CASE", argv[1], 1);
	}
	runner = getpid();
	limit_ms = find_limit_ms();
	if (srunner_fork_status(srunner) == CK_FORK) {
		(void)pthread_atfork(NULL, NULL, start_watchdog);
	}
	(void)prctl(PR_SET_CHILD_SUBREAPER, 1);
	srunner_run_all(srunner, CK_ENV);
	reap();
	failed = srunner_ntests_failed(srunner);
	srunner_free(srunner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
