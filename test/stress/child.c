/* SPDX-License-Identifier: BSD-2-Clause */
#include "child.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

void
fail(const char *format, ...)
{
	int error = errno;
	va_list arguments;

	va_start(arguments, format);
	(void)vfprintf(stderr, format, arguments);
	va_end(arguments);
	if (error != 0) {
		(void)fprintf(stderr, " (%s)", strerror(error));
	}
	(void)fputc('\n', stderr);
	exit(1);
}

uint64_t
number_of(const char *flag, const char *text)
{
	char *end = NULL;
	unsigned long long value = 0;

	errno = 0;
	if (text != NULL) {
		value = strtoull(text, &end, 10);
	}
	if (text == NULL || end == text || *end != '\0' || errno != 0 ||
	    value == 0) {
		(void)fprintf(stderr, "%s needs a number, at least 1\n", flag);
		exit(2);
	}
	return value;
}

uint64_t
raise_descriptor_limit(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) != 0) {
		fail("getrlimit");
	}
	limit.rlim_cur = limit.rlim_max;
	if (setrlimit(RLIMIT_NOFILE, &limit) != 0) {
		fail("setrlimit");
	}
	return limit.rlim_cur;
}

uint64_t
now_us(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}

uint64_t
next_random(uint64_t *state)
{
	uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
	return z ^ (z >> 31);
}

_Noreturn static void
say_usage(const char *program, const struct flag *flags)
{
	(void)fprintf(stderr, "usage: %s [--pattern P]", program);
	for (; flags->name != NULL; flags++) {
		(void)fprintf(stderr, " [%s N]", flags->name);
	}
	(void)fputc('\n', stderr);
	exit(2);
}

void
read_flags(int argc, char **argv, const char **pattern,
    const struct flag *flags)
{
	for (int i = 1; i < argc; i += 2) {
		const struct flag *flag = flags;

		if (strcmp(argv[i], "--pattern") == 0 && i + 1 < argc) {
			*pattern = argv[i + 1];
			continue;
		}
		while (flag->name != NULL && strcmp(flag->name, argv[i]) != 0) {
			flag++;
		}
		if (flag->name == NULL) {
			say_usage(argv[0], flags);
		}
		*flag->value = number_of(argv[i], argv[i + 1]);
	}
}

/* ---- the child ---- */

static void
log_line(void *context, enum echelon_log_level level, const char *text)
{
	(void)context;
	if (level <= ECHELON_LOG_WARNING) {
		(void)fprintf(stderr, "server: %s\n", text);
	}
}

static void
check(int error, const char *what)
{
	if (error != 0) {
		errno = -error;
		fail("server: %s", what);
	}
}

/** A listening socket; those that it accepts have its send buffer. */
static int
open_listening(int send_buffer)
{
	struct sockaddr_in address = { .sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (send_buffer > 0 &&
	    setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &send_buffer,
		sizeof(send_buffer)) != 0) {
		fail("server: SO_SNDBUF");
	}
	if (bind(fd, (struct sockaddr *)&address, sizeof(address)) != 0 ||
	    listen(fd, SOMAXCONN) != 0) {
		fail("server: listening");
	}
	return fd;
}

static echelon_engine *
make_engine(const struct child_server *server)
{
	struct echelon_options options = ECHELON_OPTIONS_INIT;
	echelon_engine *engine;

	options.pattern = server->pattern;
	options.settings = server->settings;
	options.log = log_line;
	check(echelon_engine_create(&options, &engine), "create");
	check(echelon_engine_adopt(engine, open_listening(server->send_buffer),
		  server->handler, NULL),
	    "adopt");
	check(echelon_engine_start(engine), "start");
	return engine;
}

static int
port_of(echelon_engine *engine)
{
	char address[64];

	check(echelon_engine_address(engine, 0, address, sizeof(address)),
	    "address");
	return (int)strtol(strrchr(address, ':') + 1, NULL, 10);
}

static void
send_answer(int to, const void *answer, size_t size)
{
	if (write(to, answer, size) != (ssize_t)size) {
		fail("server: answering");
	}
}

_Noreturn static void
serve(const struct child_server *server, int from, int to)
{
	struct echelon_stats stats = { .size = sizeof(stats) };
	echelon_engine *engine;
	char command;
	int port;

	if (server->before != NULL) {
		server->before();
	}
	engine = make_engine(server);
	port = port_of(engine);
	send_answer(to, &port, sizeof(port));
	while (read(from, &command, 1) == 1) {
		check(echelon_engine_stats(engine, &stats), "stats");
		send_answer(to, &stats, sizeof(stats));
	}
	echelon_engine_stop(engine);
	check(echelon_engine_wait(engine), "wait");
	if (server->stopped != NULL) {
		server->stopped();
	}
	echelon_engine_destroy(engine);
	if (server->after != NULL) {
		server->after();
	}
	exit(0);
}

/* ---- the parent ---- */

static void
read_answer(const struct child *child, void *answer, size_t size)
{
	if (read(child->from, answer, size) != (ssize_t)size) {
		fail("the server does not answer");
	}
}

void
child_start(struct child *child, const struct child_server *server)
{
	int commands[2];
	int answers[2];

	if (pipe(commands) != 0 || pipe(answers) != 0) {
		fail("pipe");
	}
	(void)fflush(NULL);
	child->pid = fork();
	if (child->pid < 0) {
		fail("fork");
	}
	if (child->pid == 0) {
		(void)close(commands[1]);
		(void)close(answers[0]);
		serve(server, commands[0], answers[1]);
	}
	(void)close(commands[0]);
	(void)close(answers[1]);
	child->to = commands[1];
	child->from = answers[0];
	read_answer(child, &child->port, sizeof(child->port));
}

int
child_connect(const struct child *child)
{
	struct sockaddr_in address = {
		.sin_family = AF_INET,
		.sin_port = htons((uint16_t)child->port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int on = 1;

	if (fd < 0 ||
	    connect(fd, (struct sockaddr *)&address, sizeof(address)) != 0 ||
	    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on)) != 0) {
		fail("connecting");
	}
	return fd;
}

void
child_stats(const struct child *child, struct echelon_stats *stats)
{
	if (write(child->to, "s", 1) != 1) {
		fail("asking the server");
	}
	read_answer(child, stats, sizeof(*stats));
}

uint64_t
child_cpu_us(const struct child *child)
{
	struct timespec used;
	clockid_t clock;

	if (clock_getcpuclockid(child->pid, &clock) != 0 ||
	    clock_gettime(clock, &used) != 0) {
		fail("reading the server's processor time");
	}
	return (uint64_t)used.tv_sec * 1000000 + (uint64_t)used.tv_nsec / 1000;
}

int
child_stop(struct child *child)
{
	int status;

	(void)close(child->to);
	(void)close(child->from);
	if (waitpid(child->pid, &status, 0) != child->pid) {
		fail("waiting for the server");
	}
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

void
child_end(struct child *child)
{
	int status = child_stop(child);

	if (status != 0) {
		errno = 0;
		fail("the server ended with status %d", status);
	}
}
