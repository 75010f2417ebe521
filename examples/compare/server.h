/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ECHELON_COMPARE_SERVER_H
#define ECHELON_COMPARE_SERVER_H

/*
 * A server under test: this program once more, as a child process with an
 * engine of one pattern in it. It lives for one measurement, and no longer
 * than its parent.
 *
 * Parent and child talk over a pair of sockets that keeps messages apart: a
 * byte of enum server_command one way, a struct server_answer the other. The
 * child begins with an answer of its own: whether it started, and where it
 * listens.
 *
 * A server may also be a program of its own (program.c), of which nothing is
 * known but where it listens.
 */

#include <echelon/echelon.h>

#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

enum {
	SERVER_CONTROL = 3, /* the child's end of the pair */
	SERVER_TRACE = 4,   /* the file for its trace; may be closed */
	SERVER_TEXT = 240
};

/* The first argument that makes this program a server. */
#define SERVER_ARGUMENT "--serve-for-compare"

enum server_command {
	SERVER_STATS = 's',
	SERVER_TRACE_START = 't',
	SERVER_TRACE_STOP = 'w', /* and write it to SERVER_TRACE */
	SERVER_STOP = 'q'
};

struct server_answer {
	int result;             /* 0 or -errno */
	char text[SERVER_TEXT]; /* the address, or what is wrong */
	struct echelon_stats stats;
	size_t events; /* of the trace, that were written */
};

struct server {
	pid_t process; /* 0: none */
	int control;
	int trace;       /* -1: none wanted */
	bool is_program; /* control is its standard output */
	const volatile sig_atomic_t *interrupted; /* or NULL */
	char address[64];
	char error[SERVER_TEXT + 80];
};

/* What servers of different patterns have in common. */
struct server_plan {
	const cpu_set_t *cpus;
	const char *const *settings; /* "section.key=value" */
	size_t n_settings;
	const char *extra;   /* one more setting, or NULL */
	const char *handler; /* a shared object; NULL: the measuring stick */
	const char *program; /* an echelon_main to run instead, or NULL */
	bool traces;
	const volatile sig_atomic_t *interrupted; /* NULL: never */
};

/* 0 or -errno, and then `error` says what happened. */
int server_start(struct server *server, const struct server_plan *plan,
    const char *pattern);

/* -ENOTSUP of a program. */
int server_stats(struct server *server, struct echelon_stats *stats);

/* Begins to record, if the plan said that it traces. */
int server_trace_start(struct server *server);

/* Ends it; the events, in the order of time, are to be freed. */
int server_trace_stop(struct server *server,
    struct echelon_trace_event **events, size_t *n);

/* Drains it and waits for its end, which must be in order and soon. */
int server_stop(struct server *server);

/* After a failure: has it ended by itself? Then `error` says how, and it needs
 * no server_kill. */
bool server_has_ended(struct server *server, int failure);

/* Ends it at once. Harmless when it has ended. */
void server_kill(struct server *server);

/* Notes what happened, and returns `result`. */
int server_fail(struct server *server, int result, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* In the child: pins it, and sees to it that it ends with its parent. 0 or
 * -errno. */
int server_settle(const struct server_plan *plan, pid_t parent);

/* That of server_start where the server is a program. */
int program_start(struct server *server, const struct server_plan *plan,
    const char *pattern);

/* The child's main(): PATTERN HANDLER [SECTION.KEY=VALUE...]; the handler is
 * a shared object, or empty. */
int serve(int argc, char **argv);

#endif
