/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * Fault injection: for every pattern, every kind of fault (kinds.c) and
 * n = 1, 2, ...: a run in which the nth call of that kind fails, until a run
 * meets no fault; and then the same with a few calls from the nth on.
 *
 *     fault                     n = 1, 2, 3, 5, 8, ...: for every day
 *     fault --all               every n
 *     fault --pattern P --kind K [--nth N [--times N]]     these only
 *     fault --patterns N        the first N patterns of the list
 *     fault --jobs N            processes at once, 2 unless told otherwise
 *
 * A process for each pair of pattern and kind, so that a crash or a hang has
 * a name. It ends at its first problem.
 */

#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "fault/faults.h"
#include "fault/run.h"
#include "support/patterns.h"
#include "support/sync.h"

enum {
	MOST_JOBS = 64,
	A_FEW = 4,
	MOST_DESCRIPTORS = 256
};

/* The patterns in the order of --patterns: what differs most comes first. */
static const char *const patterns[] = { "half-sync-half-async",
	"leader-followers", "thread-per-connection",
	"leader-followers:promote=always", "reactor-per-thread",
	"half-sync-half-reactive", "reactor", "leader-followers:rearm=oneshot",
	"leader-followers:promote=stall",
	"half-sync-half-async:queue_kind=locked" };

enum {
	N_PATTERNS = sizeof(patterns) / sizeof(patterns[0])
};

/* What a process tells the first one; a page of memory that they share. */
struct cell {
	volatile unsigned nth; /* at present */
	volatile unsigned times;
	volatile unsigned runs;
	volatile unsigned met;
};

struct job {
	pid_t pid;
	size_t cell;
	unsigned seen;         /* runs, when looked at last */
	struct timespec since; /* when that changed */
};

static struct {
	bool all;
	const char *pattern;
	const char *kind;
	unsigned nth;
	unsigned times;
	unsigned patterns;
	unsigned jobs;
} options = { .times = 1, .patterns = N_PATTERNS, .jobs = 2 };

static struct cell *cells;

/* ---- a process ---- */

static unsigned
next_nth(unsigned nth)
{
	static unsigned before;
	unsigned next = nth + before;

	if (options.all || nth < 2) {
		before = 1;
		return nth + 1;
	}
	before = nth;
	return next;
}

/** One run; whether a fault was met and no problem. */
static bool
run_here(size_t i, unsigned nth, unsigned times)
{
	struct cell *cell = &cells[i];
	unsigned met;

	cell->nth = nth;
	cell->times = times;
	met = run_once(patterns[i / n_kinds], &kinds[i % n_kinds], nth, times);
	cell->runs++;
	cell->met += met;
	return met != 0 && problems() == 0;
}

static void
run_series(size_t i, unsigned times)
{
	unsigned nth = 1;

	while (run_here(i, nth, times)) {
		nth = next_nth(nth);
	}
}

static int
run_cell(size_t i)
{
	faults_install();
	if (options.nth != 0) {
		(void)run_here(i, options.nth, options.times);
		return problems() == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
	}
	run_series(i, 1);
	if (problems() == 0) {
		run_series(i, A_FEW);
	}
	return problems() == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

/* ---- all processes ---- */

static bool
is_wanted(size_t i)
{
	if (options.pattern != NULL) {
		if (strcmp(patterns[i / n_kinds], options.pattern) != 0) {
			return false;
		}
	} else if (i / n_kinds >= options.patterns) {
		return false;
	}
	return options.kind == NULL ||
	    strcmp(kinds[i % n_kinds].name, options.kind) == 0;
}

static void
complain(size_t i, const char *what)
{
	(void)
	    printf("FAILED: %s\n"
		   "    fault --pattern '%s' --kind '%s' --nth %u --times %u\n",
		what, patterns[i / n_kinds], kinds[i % n_kinds].name,
		cells[i].nth, cells[i].times);
	(void)fflush(stdout);
}

static void
begin_job(struct job *job, size_t cell)
{
	job->cell = cell;
	job->seen = 0;
	(void)clock_gettime(CLOCK_MONOTONIC, &job->since);
	(void)fflush(NULL);
	job->pid = fork();
	if (job->pid == 0) {
		exit(run_cell(cell));
	}
}

static void
show_stacks(pid_t pid)
{
	char number[16];
	pid_t debugger = fork();

	if (debugger == 0) {
		(void)snprintf(number, sizeof(number), "%d", (int)pid);
		(void)execlp("gdb", "gdb", "-batch", "-nx", "-p", number, "-ex",
		    "thread apply all backtrace 12", (char *)NULL);
		_exit(1);
	}
	(void)waitpid(debugger, NULL, 0);
}

/** Whether a run of it takes too long: three waits of a client. */
static bool
is_hung(struct job *job)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	if (cells[job->cell].runs != job->seen) {
		job->seen = cells[job->cell].runs;
		job->since = now;
	}
	return now.tv_sec - job->since.tv_sec > 3 * test_patience();
}

/** Whether the job's process has ended; `*failed` if not well. */
static bool
has_ended(struct job *job, unsigned *failed)
{
	int status;
	pid_t pid = waitpid(job->pid, &status, WNOHANG);

	if (pid == 0 && is_hung(job)) {
		show_stacks(job->pid);
		(void)kill(job->pid, SIGKILL);
		pid = waitpid(job->pid, &status, 0);
	}
	if (pid == 0) {
		return false;
	}
	if (WIFSIGNALED(status)) {
		complain(job->cell, strsignal(WTERMSIG(status)));
		*failed += 1;
	} else if (WEXITSTATUS(status) != 0) {
		complain(job->cell, "see above");
		*failed += 1;
	}
	return true;
}

static size_t
next_cell(size_t i)
{
	while (i < N_PATTERNS * n_kinds && !is_wanted(i)) {
		i++;
	}
	return i;
}

/** A job's end is a signal that is taken only here. */
static void
expect_ends(sigset_t *ends)
{
	(void)sigemptyset(ends);
	(void)sigaddset(ends, SIGCHLD);
	(void)sigprocmask(SIG_BLOCK, ends, NULL);
}

/** Sleeps until a job has ended, or it is time to look for hung ones. */
static void
await_an_end(void)
{
	const struct timespec longest = { .tv_sec = 1 };
	sigset_t ends;

	expect_ends(&ends);
	(void)sigtimedwait(&ends, NULL, &longest);
}

/** Runs all cells that are wanted; returns how many failed. */
static unsigned
run_all(void)
{
	struct job jobs[MOST_JOBS] = { { 0 } };
	size_t next = next_cell(0);
	unsigned failed = 0;
	unsigned running = 0;
	sigset_t ends;

	/* Before the first job, so that no end is missed. */
	expect_ends(&ends);
	do {
		for (unsigned j = 0; j < options.jobs; j++) {
			if (jobs[j].pid != 0 && has_ended(&jobs[j], &failed)) {
				jobs[j].pid = 0;
				running--;
			}
			if (jobs[j].pid == 0 && next < N_PATTERNS * n_kinds) {
				begin_job(&jobs[j], next);
				next = next_cell(next + 1);
				running++;
			}
		}
		await_an_end();
	} while (running > 0);
	return failed;
}

/** A line per kind; a kind that was never met tests nothing. */
static unsigned
print_kinds(void)
{
	unsigned never = 0;
	unsigned runs = 0;

	(void)printf("%-44s %8s %8s\n", "kind", "runs", "met");
	for (size_t k = 0; k < n_kinds; k++) {
		unsigned kind_runs = 0;
		unsigned met = 0;

		for (size_t i = k; i < N_PATTERNS * n_kinds; i += n_kinds) {
			kind_runs += cells[i].runs;
			met += cells[i].met;
		}
		if (kind_runs > 0) {
			(void)printf("%-44s %8u %8u\n", kinds[k].name,
			    kind_runs, met);
			never += met == 0;
		}
		runs += kind_runs;
	}
	(void)printf("%u runs, %zu kinds, never met: %u\n", runs, n_kinds,
	    never);
	return never;
}

static unsigned
number_of(const char *text, unsigned most)
{
	unsigned long number = text == NULL ? 0 : strtoul(text, NULL, 10);

	if (number == 0 || number > most) {
		(void)fprintf(stderr, "fault: a number up to %u\n", most);
		exit(2);
	}
	return (unsigned)number;
}

static void
read_arguments(char **argument)
{
	while (*++argument != NULL) {
		if (strcmp(*argument, "--all") == 0) {
			options.all = true;
		} else if (strcmp(*argument, "--pattern") == 0) {
			options.pattern = *++argument;
		} else if (strcmp(*argument, "--kind") == 0) {
			options.kind = *++argument;
		} else if (strcmp(*argument, "--nth") == 0) {
			options.nth = number_of(*++argument, 1000000);
		} else if (strcmp(*argument, "--times") == 0) {
			options.times = number_of(*++argument, 1000000);
		} else if (strcmp(*argument, "--patterns") == 0) {
			options.patterns = number_of(*++argument, N_PATTERNS);
		} else if (strcmp(*argument, "--jobs") == 0) {
			options.jobs = number_of(*++argument, MOST_JOBS);
		} else {
			(void)fprintf(stderr, "fault: what is %s?\n",
			    *argument);
			exit(2);
		}
	}
}

int
main(int argc, char **argv)
{
	/* The engine's tables are as large as this. */
	const struct rlimit few = { MOST_DESCRIPTORS, MOST_DESCRIPTORS };
	unsigned failed;
	unsigned never;

	(void)argc;
	read_arguments(argv);
	(void)setrlimit(RLIMIT_NOFILE, &few);
	cells = mmap(NULL, N_PATTERNS * n_kinds * sizeof(*cells),
	    PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (cells == MAP_FAILED) {
		perror("mmap");
		return EXIT_FAILURE;
	}
	failed = run_all();
	never = print_kinds();
	if (options.pattern != NULL || options.kind != NULL) {
		never = 0;
	}
	return failed == 0 && never == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
