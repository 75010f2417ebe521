/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ECHELON_COMPARE_COMMAND_H
#define ECHELON_COMPARE_COMMAND_H

/*
 * Another program's output, or a function's in a child process of its own.
 */

#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/types.h>

struct command {
	/* One of these. */
	const char *const *arguments; /* the program first, NULL last */
	int (*function)(void *context);
	void *context;

	const cpu_set_t *cpus;                    /* NULL: ours */
	const volatile sig_atomic_t *interrupted; /* NULL: never */

	pid_t process;
	int pipe;
	char *output; /* to be freed; NULL: none */
	int status;   /* as exit() had it; -1: it ended by a signal */
};

/* Is there such a program in PATH? */
bool command_exists(const char *program);

/* Starts it, and runs it to its end. 0, or -errno: -ENOENT there is no such
 * program, -ECHILD it ended with a status that is not 0, -EINTR it was killed
 * because of an interrupt. */
int command_run(struct command *command);

/* The two halves of command_run. */
int command_start(struct command *command);
int command_finish(struct command *command);

#endif
