/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A server that is a program with an echelon_main, such as kv: started as a
 * user would, found by its first line, ended by SIGTERM.
 */
#include "server.h"

#include "await.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PATIENCE_MS 15000
#define LISTENING "listening on "

/* PROGRAM --listen 127.0.0.1:0 --pattern P [--set SETTING...] */
static char **
make_arguments(const struct server_plan *plan, const char *pattern)
{
	char **arguments = calloc(2 * plan->n_settings + 8, sizeof(*arguments));
	size_t n = 0;

	if (arguments == NULL) {
		return NULL;
	}
	arguments[n++] = (char *)(uintptr_t)plan->program;
	arguments[n++] = (char *)(uintptr_t) "--listen";
	arguments[n++] = (char *)(uintptr_t) "127.0.0.1:0";
	arguments[n++] = (char *)(uintptr_t) "--pattern";
	arguments[n++] = (char *)(uintptr_t)pattern;
	for (size_t i = 0; i < plan->n_settings; i++) {
		arguments[n++] = (char *)(uintptr_t) "--set";
		arguments[n++] = (char *)(uintptr_t)plan->settings[i];
	}
	return arguments;
}

static _Noreturn void
become_program(const struct server_plan *plan, char **arguments, int out,
    pid_t parent)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	if (server_settle(plan, parent) != 0 || null == -1 ||
	    dup2(null, STDIN_FILENO) == -1 || dup2(null, STDERR_FILENO) == -1 ||
	    dup2(out, STDOUT_FILENO) == -1) {
		_exit(1);
	}
	execv(plan->program, arguments);
	_exit(1);
}

static int
spawn(struct server *server, const struct server_plan *plan,
    const char *pattern)
{
	char **arguments = make_arguments(plan, pattern);
	pid_t parent = getpid();
	int ends[2];

	if (arguments == NULL || pipe2(ends, O_CLOEXEC) == -1) {
		free(arguments);
		return -ENOMEM;
	}
	server->process = fork();
	if (server->process == 0) {
		become_program(plan, arguments, ends[1], parent);
	}
	free(arguments);
	close(ends[1]);
	server->control = ends[0];
	return server->process == -1 ? -errno : 0;
}

/* The first line, as far as it comes in one piece, which a pipe sees to. */
static int
read_address(struct server *server)
{
	char line[128];
	ssize_t n = await_readable(server->control, PATIENCE_MS,
			server->interrupted) == 0
	    ? read(server->control, line, sizeof(line) - 1)
	    : -1;

	if (n <= 0) {
		return -EPIPE;
	}
	line[n] = '\0';
	if (strncmp(line, LISTENING, strlen(LISTENING)) != 0) {
		return -EPROTO;
	}
	snprintf(server->address, sizeof(server->address), "%.*s",
	    (int)strcspn(line + strlen(LISTENING), "\n"),
	    line + strlen(LISTENING));
	return 0;
}

int
program_start(struct server *server, const struct server_plan *plan,
    const char *pattern)
{
	int result = spawn(server, plan, pattern);

	server->is_program = true;
	if (result == 0) {
		result = read_address(server);
	}
	if (result != 0) {
		server_kill(server);
		return server_fail(server, result,
		    "\"%s --pattern %s\" does not say that it listens",
		    plan->program, pattern);
	}
	return 0;
}
