/* SPDX-License-Identifier: BSD-2-Clause */
#include "weather_child.h"

#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum {
	MOST_ARGUMENTS = 32
};

int
weather_child_main(int argc, char **argv, const struct echelon_handler *handler)
{
	if (argc < 2 || strcmp(argv[1], "--serve") != 0) {
		return -1;
	}
	argv[1] = argv[0];
	return echelon_main(argc - 1, argv + 1, handler, NULL);
}

/** The child's side: becomes the server. */
_Noreturn static void
become_server(const char *const *arguments, int output, int errors)
{
	char *copies[MOST_ARGUMENTS + 1] = { NULL };

	for (int i = 0; arguments[i] != NULL; i++) {
		copies[i] = strdup(arguments[i]);
	}
	/* Whoever exits beside a handler that never returns has threads that
	 * nobody can join. */
	(void)setenv("TSAN_OPTIONS", "report_thread_leaks=0", 1);
	/* Not left behind by a test that fails. */
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	(void)dup2(output, STDOUT_FILENO);
	(void)dup2(errors, STDERR_FILENO);
	(void)execv("/proc/self/exe", copies);
	_exit(127);
}

static void
read_port(struct weather_child *child)
{
	char line[128];
	size_t n = 0;
	const char *colon;

	do {
		ck_assert_int_eq(read(child->output, line + n, 1), 1);
		n++;
	} while (line[n - 1] != '\n' && n < sizeof(line) - 1);
	line[n] = '\0';
	ck_assert_msg(strncmp(line, "listening on ", 13) == 0, "%s", line);
	colon = strrchr(line, ':');
	ck_assert_ptr_nonnull(colon);
	child->port = atoi(colon + 1);
}

void
weather_child_start(struct weather_child *child, const char *pattern,
    const char *const *settings)
{
	const char *arguments[MOST_ARGUMENTS + 1] = { "weather", "--serve",
		"--listen", "127.0.0.1:0", "--pattern", pattern };
	int n = 6;
	int output[2];

	for (; settings != NULL && *settings != NULL; settings++) {
		ck_assert_int_le(n + 2, MOST_ARGUMENTS);
		arguments[n++] = "--set";
		arguments[n++] = *settings;
	}
	ck_assert_int_eq(pipe2(output, O_CLOEXEC), 0);
	child->errors = memfd_create("errors", MFD_CLOEXEC);
	ck_assert_int_ge(child->errors, 0);
	child->pid = fork();
	ck_assert_int_ge(child->pid, 0);
	if (child->pid == 0) {
		become_server(arguments, output[1], child->errors);
	}
	close(output[1]);
	child->output = output[0];
	read_port(child);
}

void
weather_child_signal(const struct weather_child *child, int signal)
{
	ck_assert_int_eq(kill(child->pid, signal), 0);
}

void
weather_child_limit(const struct weather_child *child, unsigned n)
{
	struct rlimit limit;

	/* Without the hard limit, which could not be raised again. */
	ck_assert_int_eq(prlimit(child->pid, RLIMIT_NOFILE, NULL, &limit), 0);
	limit.rlim_cur = n;
	ck_assert_int_eq(prlimit(child->pid, RLIMIT_NOFILE, &limit, NULL), 0);
}

uint64_t
weather_child_cpu_us(const struct weather_child *child)
{
	struct timespec used;
	clockid_t clock;

	ck_assert_int_eq(clock_getcpuclockid(child->pid, &clock), 0);
	ck_assert_int_eq(clock_gettime(clock, &used), 0);
	return (uint64_t)used.tv_sec * 1000000 + (uint64_t)used.tv_nsec / 1000;
}

int
weather_child_wait(struct weather_child *child)
{
	int status;

	ck_assert_int_eq(waitpid(child->pid, &status, 0), child->pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

bool
weather_child_said(const struct weather_child *child, const char *part)
{
	static char text[64 * 1024];
	ssize_t n = pread(child->errors, text, sizeof(text) - 1, 0);

	ck_assert_int_ge(n, 0);
	text[n] = '\0';
	return strstr(text, part) != NULL;
}

void
weather_child_deinit(struct weather_child *child)
{
	close(child->output);
	close(child->errors);
}
