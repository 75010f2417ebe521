/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The parent's side of a server: fork, pin, exec, ask, stop.
 *
 * The child is pinned before it execs, so that the engine sees no more
 * processors than it has, and asks the kernel for SIGKILL at its parent's
 * death. It ignores SIGINT: after Ctrl-C, which reaches both, the parent says
 * what happens. Whatever does not answer within ANSWER_MS, or has not ended
 * END_MS after its last answer, is killed; at an interrupt at once.
 */
#include "server.h"

#include "await.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

/* Above the default of deadlines.drain, which a stop may take. */
#define ANSWER_MS 15000
/* For destructors of a handler of somebody's own. */
#define END_MS 10000
/* A socket is closed some time before its process has ended. */
#define HANG_UP_MS 2000

int
server_fail(struct server *server, int result, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(server->error, sizeof(server->error), format, arguments);
	va_end(arguments);
	return result;
}

/* dup2 leaves the close-on-exec flag off, but only if it copies. */
static int
place(int descriptor, int at)
{
	if (descriptor == at) {
		return fcntl(descriptor, F_SETFD, 0);
	}
	return dup2(descriptor, at);
}

/* Neither may be where the other is to go. */
static int
place_both(int control, int trace)
{
	int high = fcntl(control, F_DUPFD_CLOEXEC, SERVER_TRACE + 1);

	if (high == -1 || (trace != -1 && place(trace, SERVER_TRACE) == -1)) {
		return -1;
	}
	return place(high, SERVER_CONTROL);
}

int
server_settle(const struct server_plan *plan, pid_t parent)
{
	signal(SIGINT, SIG_IGN);
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) == -1 ||
	    sched_setaffinity(0, sizeof(*plan->cpus), plan->cpus) == -1) {
		return -errno;
	}
	return getppid() == parent ? 0 : -ESRCH;
}

static _Noreturn void
become_server(const struct server *server, const struct server_plan *plan,
    char **arguments, int end, pid_t parent)
{
	/* Standard output is for results; a handler may print. */
	if (server_settle(plan, parent) != 0 ||
	    dup2(STDERR_FILENO, STDOUT_FILENO) == -1 ||
	    place_both(end, server->trace) == -1) {
		_exit(1);
	}
	execv("/proc/self/exe", arguments);
	_exit(1);
}

/* "compare", SERVER_ARGUMENT, the pattern, the handler, the settings. */
static char **
make_arguments(const struct server_plan *plan, const char *pattern)
{
	char **arguments = calloc(plan->n_settings + 6, sizeof(*arguments));
	size_t n = 0;

	if (arguments == NULL) {
		return NULL;
	}
	/* execv takes them as not const, and changes none. */
	arguments[n++] = (char *)(uintptr_t) "compare";
	arguments[n++] = (char *)(uintptr_t)SERVER_ARGUMENT;
	arguments[n++] = (char *)(uintptr_t)pattern;
	arguments[n++] = (char *)(uintptr_t)(plan->handler != NULL
		? plan->handler
		: "");
	for (size_t i = 0; i < plan->n_settings; i++) {
		arguments[n++] = (char *)(uintptr_t)plan->settings[i];
	}
	if (plan->extra != NULL) {
		arguments[n++] = (char *)(uintptr_t)plan->extra;
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
	result = socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) ==
		-1
	    ? -errno
	    : 0;
	if (result == 0) {
		server->process = fork();
		if (server->process == 0) {
			become_server(server, plan, arguments, ends[1], parent);
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
	int result = await_readable(server->control, ANSWER_MS,
	    server->interrupted);
	ssize_t n;

	if (result != 0) {
		return server_fail(server, result,
		    "the server does not answer: %s", strerror(-result));
	}
	n = recv(server->control, answer, sizeof(*answer), 0);
	if (n == (ssize_t)sizeof(*answer)) {
		answer->text[SERVER_TEXT - 1] = '\0';
		return answer->result == 0
		    ? 0
		    : server_fail(server, answer->result, "%s", answer->text);
	}
	if (n == -1) {
		return server_fail(server, -errno,
		    "the server does not answer: %s", strerror(errno));
	}
	return server_fail(server, -EPIPE, "the server has died");
}

static int
ask(struct server *server, enum server_command command)
{
	const char byte = (char)command;

	return send(server->control, &byte, 1, MSG_NOSIGNAL) == 1
	    ? 0
	    : server_fail(server, -EPIPE, "the server has died");
}

int
server_start(struct server *server, const struct server_plan *plan,
    const char *pattern)
{
	struct server_answer answer;
	int result;

	*server = (struct server){
		.control = -1, .trace = -1, .interrupted = plan->interrupted
	};
	if (plan->program != NULL) {
		return program_start(server, plan, pattern);
	}
	if (plan->traces) {
		server->trace = memfd_create("trace", MFD_CLOEXEC);
	}
	result = spawn(server, plan, pattern);
	if (result != 0) {
		server->process = 0;
		return server_fail(server, result, "cannot start a server: %s",
		    strerror(-result));
	}
	result = receive(server, &answer);
	if (result == 0) {
		snprintf(server->address, sizeof(server->address), "%.63s",
		    answer.text);
	}
	return result;
}

static int
consult(struct server *server, enum server_command command,
    struct server_answer *answer)
{
	int result = server->is_program ? -ENOTSUP : ask(server, command);

	return result == 0 ? receive(server, answer) : result;
}

int
server_stats(struct server *server, struct echelon_stats *stats)
{
	struct server_answer answer;
	int result = consult(server, SERVER_STATS, &answer);

	if (result == 0) {
		*stats = answer.stats;
	}
	return result;
}

int
server_trace_start(struct server *server)
{
	struct server_answer answer;

	return consult(server, SERVER_TRACE_START, &answer);
}

int
server_trace_stop(struct server *server, struct echelon_trace_event **events,
    size_t *n)
{
	struct server_answer answer = { .events = 0 };
	int result = consult(server, SERVER_TRACE_STOP, &answer);
	size_t bytes;

	if (result != 0) {
		return result;
	}
	bytes = answer.events * sizeof(**events);
	*events = malloc(bytes + 1);
	if (*events == NULL) {
		return server_fail(server, -ENOMEM, "out of memory");
	}
	if (pread(server->trace, *events, bytes, 0) != (ssize_t)bytes) {
		free(*events);
		return server_fail(server, -EIO, "the trace cannot be read");
	}
	*n = answer.events;
	return 0;
}

static void
forget(struct server *server)
{
	server->process = 0;
	close(server->control);
	server->control = -1;
	if (server->trace != -1) {
		close(server->trace);
		server->trace = -1;
	}
}

static int
describe_end(struct server *server, int status)
{
	if (WIFSIGNALED(status)) {
		return server_fail(server, -ECHILD,
		    "the server ended by signal %d (%s)", WTERMSIG(status),
		    strsignal(WTERMSIG(status)));
	}
	return server_fail(server, -ECHILD,
	    "the server ended with exit status %d", WEXITSTATUS(status));
}

static int
await_orderly_end(struct server *server)
{
	int status = 0;
	int result = await_end(server->process, END_MS, server->interrupted,
	    &status);

	if (result != 0) {
		server_kill(server);
		return server_fail(server, result,
		    "the server had to be killed: %d s after it stopped, its "
		    "process had not ended",
		    END_MS / 1000);
	}
	forget(server);
	return WIFEXITED(status) && WEXITSTATUS(status) == 0
	    ? 0
	    : describe_end(server, status);
}

/* The last answer says how the stop went; then the process must end. */
int
server_stop(struct server *server)
{
	struct server_answer answer;
	int result;

	if (server->is_program) {
		kill(server->process, SIGTERM);
		return await_orderly_end(server);
	}
	result = ask(server, SERVER_STOP);
	if (result == 0) {
		result = receive(server, &answer);
	}
	if (result == 0) {
		return await_orderly_end(server);
	}
	if (!server_has_ended(server, result)) {
		server_kill(server);
	}
	return result;
}

static bool
is_hang_up(int result)
{
	return result == -EPIPE || result == -ECONNRESET ||
	    result == -ECONNREFUSED || result == -ESRCH || result == -ENOENT;
}

bool
server_has_ended(struct server *server, int failure)
{
	int status = 0;

	if (server->process <= 0 ||
	    await_end(server->process, is_hang_up(failure) ? HANG_UP_MS : 0,
		server->interrupted, &status) != 0) {
		return false;
	}
	forget(server);
	(void)describe_end(server, status);
	return true;
}

void
server_kill(struct server *server)
{
	if (server->process > 0) {
		await_kill(server->process);
		forget(server);
	}
}
