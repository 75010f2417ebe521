/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ECHELON_COMPARE_SERVER_H
#define ECHELON_COMPARE_SERVER_H

/*
 * A server under test: this program once more, as a child process with an
 * engine of one pattern in it. It is started once, stays idle while others
 * are measured, and lives no longer than its parent.
 *
 * Parent and child talk over a pair of sockets that keeps messages apart: a
 * byte of enum server_command one way, a struct server_answer the other. The
 * child begins with an answer of its own: whether it started, and where it
 * listens.
 */

#include <echelon/echelon.h>

#include <sched.h>
#include <stddef.h>
#include <sys/types.h>

enum {
	SERVER_CONTROL = 3, /* the child's end of the pair */
	SERVER_TEXT = 240
};

/* The first argument that makes this program a server. */
#define SERVER_ARGUMENT "--serve-for-compare"

enum server_command {
	SERVER_STATS = 's',
	SERVER_STOP = 'q'
};

struct server_answer {
	int result;             /* 0 or -errno */
	char text[SERVER_TEXT]; /* the address, or what is wrong */
	struct echelon_stats stats;
};

struct server {
	pid_t process; /* 0: none */
	int control;
	char address[64];
	char error[SERVER_TEXT + 80];
};

/* What all servers of a run have in common. */
struct server_plan {
	const cpu_set_t *cpus;
	const char *const *settings; /* "section.key=value" */
	size_t n_settings;
};

/* 0 or -errno, and then `error` says what happened. */
int server_start(struct server *server, const struct server_plan *plan,
    const char *pattern);

int server_stats(struct server *server, struct echelon_stats *stats);

/* Drains it and waits for its end, which must be in order. */
int server_stop(struct server *server);

/* Ends it at once. Harmless when it has ended. */
void server_kill(struct server *server);

/* The child's main(): PATTERN [SECTION.KEY=VALUE...]. */
int serve(int argc, char **argv);

#endif
