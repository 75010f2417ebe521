/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Either counter is asked to attach to a process, and tells somehow when it
 * has: perf runs a command meanwhile, here `cat`, so what goes in comes out
 * once it counts; strace says "attached" on its standard error. perf ends with
 * its command, strace by SIGINT. Both write their report to a file in memory
 * that they reach by its name in /proc.
 */
#include "syscalls.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#define PATIENCE_MS 5000

struct counter {
	bool by_command; /* it runs cat: perf */
	int end_by;
	const char *begun; /* what its output has when it counts */
	/* With the process and the report in place of the NULLs. */
	const char *arguments[16];
};

static const struct counter counters[] = {
	{ .by_command = true,
	    .begun = "?",
	    .arguments = { "perf", "stat", "-x,", "-e",
		"raw_syscalls:sys_enter", "-p", "PROCESS", "-o", "REPORT", "--",
		"cat", NULL } },
	{ .end_by = SIGINT,
	    .begun = "attached",
	    .arguments = { "strace", "-c", "-f", "-o", "REPORT", "-p",
		"PROCESS", NULL } },
};

static _Noreturn void
become(const struct counter *counter, const char *process, const char *report,
    const int *in, const int *out)
{
	const char *arguments[16];

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	for (size_t i = 0; i < 16; i++) {
		const char *argument = counter->arguments[i];

		arguments[i] = argument == NULL       ? NULL
		    : !strcmp(argument, "PROCESS")    ? process
		    : strcmp(argument, "REPORT") == 0 ? report
						      : argument;
	}
	if (dup2(in[0], STDIN_FILENO) == -1 ||
	    dup2(out[1], STDOUT_FILENO) == -1 ||
	    dup2(out[1], STDERR_FILENO) == -1) {
		_exit(1);
	}
	execvp(arguments[0], (char *const *)(uintptr_t)arguments);
	_exit(1);
}

static int
spawn(struct syscalls *syscalls, const struct counter *counter, pid_t process)
{
	char process_text[24];
	char report[64];
	int in[2];
	int out[2];

	snprintf(process_text, sizeof(process_text), "%d", (int)process);
	snprintf(report, sizeof(report), "/proc/%d/fd/%d", (int)getpid(),
	    syscalls->report);
	if (pipe2(in, O_CLOEXEC) == -1) {
		return -errno;
	}
	if (pipe2(out, O_CLOEXEC) == -1) {
		close(in[0]);
		close(in[1]);
		return -errno;
	}
	syscalls->counter = fork();
	if (syscalls->counter == 0) {
		become(counter, process_text, report, in, out);
	}
	close(in[0]);
	close(out[1]);
	syscalls->input = in[1];
	syscalls->output = out[0];
	return syscalls->counter == -1 ? -errno : 0;
}

/* Until `text` has come, or nothing more comes. */
static int
await_output(int descriptor, const char *text)
{
	struct pollfd ready = { .fd = descriptor, .events = POLLIN };
	char said[1024] = "";
	size_t length = 0;

	while (strstr(said, text) == NULL) {
		ssize_t n = poll(&ready, 1, PATIENCE_MS) == 1
		    ? read(descriptor, said + length, sizeof(said) - 1 - length)
		    : -1;

		if (n <= 0) {
			return -ENOTSUP;
		}
		length += (size_t)n;
		said[length] = '\0';
	}
	return 0;
}

static int
await_begin(const struct syscalls *syscalls, const struct counter *counter)
{
	if (counter->by_command &&
	    write(syscalls->input, counter->begun, 1) != 1) {
		return -ENOTSUP;
	}
	return await_output(syscalls->output, counter->begun);
}

static void
end_counter(struct syscalls *syscalls, int number)
{
	close(syscalls->input);
	if (number != 0) {
		kill(syscalls->counter, number);
	}
	while (waitpid(syscalls->counter, NULL, 0) == -1 && errno == EINTR) {
	}
	close(syscalls->output);
	syscalls->counter = 0;
}

static int
begin_with(struct syscalls *syscalls, const struct counter *counter,
    pid_t process)
{
	int result;

	syscalls->report = memfd_create("syscalls", MFD_CLOEXEC);
	if (syscalls->report == -1) {
		return -errno;
	}
	result = spawn(syscalls, counter, process);
	syscalls->end_by = counter->end_by;
	if (result == 0) {
		result = await_begin(syscalls, counter);
		if (result != 0) {
			end_counter(syscalls, SIGKILL);
		}
	}
	if (result != 0) {
		close(syscalls->report);
	}
	return result;
}

int
syscalls_begin(struct syscalls *syscalls, pid_t process)
{
	void (*before)(int) = signal(SIGPIPE, SIG_IGN);
	int result = -ENOTSUP;

	for (size_t i = 0; i < 2 && result != 0; i++) {
		result = begin_with(syscalls, &counters[i], process);
	}
	signal(SIGPIPE, before);
	return result;
}

/* perf: "123,,raw_syscalls:sys_enter,..."; strace: the fourth column of the
 * line that ends with "total". */
static int
read_report(const char *report, uint64_t *count)
{
	const char *line = strstr(report, "raw_syscalls");
	const char *total = strstr(report, " total\n");

	if (line != NULL) {
		while (line > report && line[-1] != '\n') {
			line--;
		}
		*count = strtoull(line, NULL, 10);
		return *count > 0 ? 0 : -ENODATA;
	}
	if (total == NULL) {
		return -ENODATA;
	}
	while (total > report && total[-1] != '\n') {
		total--;
	}
	for (int column = 0; column < 3; column++) {
		total += strspn(total, " ");
		total += strcspn(total, " \n");
	}
	*count = strtoull(total, NULL, 10);
	return *count > 0 ? 0 : -ENODATA;
}

int
syscalls_end(struct syscalls *syscalls, uint64_t *count)
{
	char report[16384];
	ssize_t n;

	end_counter(syscalls, syscalls->end_by);
	n = pread(syscalls->report, report, sizeof(report) - 1, 0);
	close(syscalls->report);
	if (n <= 0) {
		return -ENODATA;
	}
	report[n] = '\0';
	return read_report(report, count);
}
