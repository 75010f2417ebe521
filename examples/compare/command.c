/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * fork, a pipe, and all that comes out of it until its end. The child's other
 * outputs and its input are /dev/null, and it does not outlive its parent.
 */
#include "command.h"

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

static int
read_all(struct command *command)
{
	FILE *stream = fdopen(command->pipe, "r");
	size_t room = 0;

	if (stream == NULL) {
		close(command->pipe);
		return -errno;
	}
	/* Texts have no NUL, so this is all. Nothing at all is -1, too. */
	if (getdelim(&command->output, &room, '\0', stream) == -1) {
		free(command->output);
		command->output = strdup("");
	}
	fclose(stream);
	return command->output == NULL ? -ENOMEM : 0;
}

int
command_finish(struct command *command)
{
	int result = read_all(command);
	int status = 0;

	while (waitpid(command->process, &status, 0) == -1 && errno == EINTR) {
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
