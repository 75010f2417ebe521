/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * fork, a pipe, and all that comes out of it until its end. The child's other
 * outputs and its input are /dev/null, and it does not outlive its parent.
 */
#include "command.h"

#include "await.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#define NO_PROGRAM 127
#define READ_BYTES 4096

/* As execvp looks for it. */
bool
command_exists(const char *program)
{
	const char *path = getenv("PATH");
	char file[4096];

	path = path != NULL ? path : "/usr/bin:/bin";
	for (;;) {
		int length = (int)strcspn(path, ":");

		snprintf(file, sizeof(file), "%.*s%s%s", length, path,
		    length > 0 ? "/" : "", program);
		if (access(file, X_OK) == 0) {
			return true;
		}
		if (path[length] == '\0') {
			return false;
		}
		path += length + 1;
	}
}

static void
place_outputs(int end)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	dup2(null, STDIN_FILENO);
	dup2(end, STDOUT_FILENO);
	dup2(null, STDERR_FILENO);
}

static _Noreturn void
become(const struct command *command, int end, pid_t parent)
{
	/* The parent says what an interrupt means. */
	signal(SIGINT, SIG_IGN);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent ||
	    (command->cpus != NULL &&
		sched_setaffinity(0, sizeof(*command->cpus), command->cpus) ==
		    -1)) {
		_exit(1);
	}
	place_outputs(end);
	if (command->function != NULL) {
		int status = command->function(command->context);

		fflush(stdout);
		_exit(status);
	}
	execvp(command->arguments[0],
	    (char *const *)(uintptr_t)command->arguments);
	_exit(NO_PROGRAM);
}

int
command_start(struct command *command)
{
	pid_t parent = getpid();
	int ends[2];

	command->output = NULL;
	if (pipe2(ends, O_CLOEXEC) == -1) {
		return -errno;
	}
	fflush(NULL);
	command->process = fork();
	if (command->process == 0) {
		become(command, ends[1], parent);
	}
	close(ends[1]);
	command->pipe = ends[0];
	if (command->process == -1) {
		close(ends[0]);
		return -errno;
	}
	return 0;
}

/* Adds what there is to the output; 0 is its end. Texts have no NUL. */
static ssize_t
read_more(struct command *command, size_t *length)
{
	char *longer = realloc(command->output, *length + READ_BYTES + 1);
	ssize_t n;

	if (longer == NULL) {
		return -ENOMEM;
	}
	command->output = longer;
	n = read(command->pipe, longer + *length, READ_BYTES);
	if (n < 0) {
		n = -errno;
	} else {
		*length += (size_t)n;
	}
	longer[*length] = '\0';
	return n;
}

static int
read_all(struct command *command)
{
	size_t length = 0;
	ssize_t n;

	do {
		n = await_readable(command->pipe, AWAIT_FOR_EVER,
		    command->interrupted);
		if (n == 0) {
			n = read_more(command, &length);
		}
	} while (n > 0);
	close(command->pipe);
	return (int)n;
}

int
command_finish(struct command *command)
{
	int result = read_all(command);
	int status = 0;

	if (result == 0) {
		result = await_end(command->process, AWAIT_FOR_EVER,
		    command->interrupted, &status);
	}
	if (result != 0) {
		await_kill(command->process);
	}
	command->process = 0;
	command->status = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
	if (result != 0 || command->status == 0) {
		return result;
	}
	return command->status == NO_PROGRAM ? -ENOENT : -ECHILD;
}

int
command_run(struct command *command)
{
	int result = command_start(command);

	return result == 0 ? command_finish(command) : result;
}
