/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef STRESS_CHILD_H
#define STRESS_CHILD_H

/*
 * A server in a process of its own, so that its processor time is told from
 * the load generator's.
 *
 *   parent                       child
 *   start ───── fork ──────────▶ engine: create, adopt, start 
 *         ◀──── port ───────────
 *   stats ───── 's' ───────────▶ echelon_engine_stats
 *         ◀──── the struct ─────
 *   stop  ───── (end of pipe) ─▶ engine: stop, wait, destroy; exit 0
 *
 * The parent must have one thread when it starts a child.
 */

#include <echelon/echelon.h>
#include <stdint.h>
#include <sys/types.h>

/** What the server is. */
struct child_server {
	const char *pattern;
	const struct echelon_handler *handler;
	/** Bytes that the kernel shall keep for each connection (SO_SNDBUF):
	 *  few, and the engine must keep the rest; 0: as the kernel likes. */
	int send_buffer;
	/** As in struct echelon_options. */
	const char *const *settings;
	/** Before the engine is made; when it has stopped; after it was
	 *  destroyed. May be NULL. */
	void (*before)(void);
	void (*stopped)(void);
	void (*after)(void);
};

struct child {
	pid_t pid;
	int port;
	int to;   /* commands */
	int from; /* answers */
};

/** Starts the server on a free port; exits on failure. */
void child_start(struct child *child, const struct child_server *server);

/** A connected, blocking socket with TCP_NODELAY, or exits. */
int child_connect(const struct child *child);

void child_stats(const struct child *child, struct echelon_stats *stats);

/** Processor time of all the child's threads so far, in microseconds. */
uint64_t child_cpu_us(const struct child *child);

/** Lets it drain; returns its exit status, 128 + n for a signal. */
int child_stop(struct child *child);

/** Lets it drain; exits unless that went well. */
void child_end(struct child *child);

/* ---- what the programs around it need ---- */

/** A flag that takes a number. */
struct flag {
	const char *name; /* "--seconds"; NULL ends a list */
	uint64_t *value;
};

/** Reads --pattern and these flags; exits, and says how, if it cannot. */
void read_flags(int argc, char **argv, const char **pattern,
    const struct flag *flags);

/** Prints the sentence, and the reason in errno if there is one; exits 1. */
_Noreturn void fail(const char *format, ...)
    __attribute__((format(printf, 1, 2)));

/** A number in decimal, at least 1, or exits 2 naming the flag. */
uint64_t number_of(const char *flag, const char *text);

/** Lets this process, and so its child, open as many files as it may. */
uint64_t raise_descriptor_limit(void);

uint64_t now_us(void);

/** The next number of a splitmix64 generator. */
uint64_t next_random(uint64_t *state);

#endif
