/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef WEATHER_CHILD_H
#define WEATHER_CHILD_H

/*
 * A server program in a process of its own: this same test program, started
 * again with --serve, which is echelon_main with the handler given to
 * weather_child_main. Signals, exit statuses and limits of a process are
 * tested on it.
 */

#include <echelon/echelon.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct weather_child {
	pid_t pid;
	int port;
	int output; /* its standard output */
	int errors; /* its standard error, in memory */
};

/** For main: runs the server if argv says so; else returns -1. */
int weather_child_main(int argc, char **argv,
    const struct echelon_handler *handler);

/** Starts it; `settings` as for test_server_start. */
void weather_child_start(struct weather_child *child, const char *pattern,
    const char *const *settings);

void weather_child_signal(const struct weather_child *child, int signal);

/** From now on it may have so many descriptors open. */
void weather_child_limit(const struct weather_child *child, unsigned n);

/** Processor time of all its threads so far, in microseconds. */
uint64_t weather_child_cpu_us(const struct weather_child *child);

/** Waits for its end; its exit status, 128 + n for a signal. */
int weather_child_wait(struct weather_child *child);

/** Whether its standard error has `part` in it so far. */
bool weather_child_said(const struct weather_child *child, const char *part);

void weather_child_deinit(struct weather_child *child);

#endif
