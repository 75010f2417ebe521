/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The parent's side of a server: fork, pin, exec, ask, stop.
 *
 * The child is pinned before it execs, so that the engine sees no more
 * processors than it has, and asks the kernel for SIGKILL at its parent's
 * death. It ignores SIGINT: after Ctrl-C, which reaches both, the parent says
 * what happens. Whatever does not answer within ANSWER_S is killed.
 */
#include "server.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

/* Above the default of deadlines.drain, which a stop may take. */
#define ANSWER_S 15

static int __attribute__((format(printf, 3, 4)))
fail(struct server *server, int result, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(server->error, sizeof(server->error), format, arguments);
	va_end(arguments);
	return result;
}

static int
make_control(int ends[2])
{
	const struct timeval patience = { .tv_sec = ANSWER_S };

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) == -1) {
		return -errno;
	}
	if (setsockopt(ends[0], SOL_SOCKET, SO_RCVTIMEO, &patience,
		sizeof(patience)) == -1) {
		int result = -errno;

		close(ends[0]);
		close(ends[1]);
		return result;
	}
	return 0;
}

/* dup2 leaves the close-on-exec flag off, but only if it copies. */
static int
place_control(int end)
{
	if (end == SERVER_CONTROL) {
		return fcntl(end, F_SETFD, 0);
	}
	return dup2(end, SERVER_CONTROL);
}

static _Noreturn void
become_server(const struct server_plan *plan, char **arguments, int end,
    pid_t parent)
{
	signal(SIGINT, SIG_IGN);
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) == -1 || getppid() != parent ||
	    sched_setaffinity(0, sizeof(*plan->cpus), plan->cpus) == -1 ||
	    place_control(end) == -1) {
		_exit(1);
	}
	execv("/proc/self/exe", arguments);
	_exit(1);
}

/* "compare", SERVER_ARGUMENT, the pattern, the settings. */
static char **
make_arguments(const struct server_plan *plan, const char *pattern)
{
	char **arguments = calloc(plan->n_settings + 4, sizeof(*arguments));
	size_t n = 0;

	if (arguments == NULL) {
		return NULL;
	}
	/* execv takes them as not const, and changes none. */
	arguments[n++] = (char *)(uintptr_t) "compare";
	arguments[n++] = (char *)(uintptr_t)SERVER_ARGUMENT;
	arguments[n++] = (char *)(uintptr_t)pattern;
	for (size_t i = 0; i < plan->n_settings; i++) {
		arguments[n++] = (char *)(uintptr_t)plan->settings[i];
	}
	return arguments;
}

static int
spawn(struct server *server, const struct server_plan *plan,
    const char *pattern)
{
	char **arguments = make_arguments(plan, pattern);
	pid_t parent = getpid();
	int ends[2];
	int result;

	if (arguments == NULL) {
		return -ENOMEM;
	}
	result = make_control(ends);
	if (result == 0) {
		server->process = fork();
		if (server->process == 0) {
			become_server(plan, arguments, ends[1], parent);
		}
		result = server->process == -1 ? -errno : 0;
		server->control = ends[0];
		close(ends[1]);
	}
	free(arguments);
	return result;
}

static int
receive(struct server *server, struct server_answer *answer)
{
	ssize_t n = recv(server->control, answer, sizeof(*answer), 0);

	if (n == (ssize_t)sizeof(*answer)) {
		answer->text[SERVER_TEXT - 1] = '\0';
		return answer->result == 0
		    ? 0
		    : fail(server, answer->result, "%s", answer->text);
	}
	if (n == -1) {
		return fail(server, -errno, "the server does not answer: %s",
		    strerror(errno));
	}
	return fail(server, -EPIPE, "the server has died");
}

static int
ask(struct server *server, enum server_command command)
{
	const char byte = (char)command;

	return send(server->control, &byte, 1, MSG_NOSIGNAL) == 1
	    ? 0
	    : fail(server, -EPIPE, "the server has died");
}

int
server_start(struct server *server, const struct server_plan *plan,
    const char *pattern)
{
	struct server_answer answer;
	int result;

	*server = (struct server){ .control = -1 };
	result = spawn(server, plan, pattern);
	if (result != 0) {
		server->process = 0;
		return fail(server, result, "cannot start a server: %s",
		    strerror(-result));
	}
	result = receive(server, &answer);
	if (result == 0) {
		snprintf(server->address, sizeof(server->address), "%.63s",
		    answer.text);
	}
	return result;
}

int
server_stats(struct server *server, struct echelon_stats *stats)
{
	struct server_answer answer;
	int result = ask(server, SERVER_STATS);

	if (result == 0) {
		result = receive(server, &answer);
	}
	if (result == 0) {
		*stats = answer.stats;
	}
	return result;
}

static void
forget(struct server *server)
{
	server->process = 0;
	close(server->control);
	server->control = -1;
}

/* The last answer says how the stop went; then the process must end. */
int
server_stop(struct server *server)
{
	struct server_answer answer;
	int status = 0;
	int result = ask(server, SERVER_STOP);

	if (result == 0) {
		result = receive(server, &answer);
	}
	if (result != 0) {
		server_kill(server);
		return result;
	}
	while (waitpid(server->process, &status, 0) == -1 && errno == EINTR) {
	}
	forget(server);
	return WIFEXITED(status) && WEXITSTATUS(status) == 0
	    ? 0
	    : fail(server, -ECHILD, "the server did not end in order");
}

void
server_kill(struct server *server)
{
	if (server->process > 0) {
		kill(server->process, SIGKILL);
		while (waitpid(server->process, NULL, 0) == -1 &&
		    errno == EINTR) {
		}
		forget(server);
	}
}
