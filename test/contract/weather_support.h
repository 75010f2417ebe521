/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef WEATHER_SUPPORT_H
#define WEATHER_SUPPORT_H

/*
 * What the weather tests share: bad input and bad times, under every
 * pattern.
 *
 * The context of every handler is a struct weather (or begins with one). It
 * counts the calls; the test waits for the counts, and asserts on what was
 * recorded. Nothing here asserts on a thread of the engine.
 */

#include <check.h>
#include <echelon/echelon.h>
#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>

#include "support/client.h"
#include "support/patterns.h"
#include "support/run.h"
#include "support/server.h"
#include "support/sync.h"

enum {
	WEATHER_MOST_CLOSES = 512
};

struct weather {
	struct test_counter opened;
	struct test_counter calls; /* of on_data, at their beginning */
	struct test_counter ended;
	struct test_counter timeouts;
	struct test_counter messages;
	struct test_counter writable;
	struct test_counter closed;
	struct test_gate gate; /* for handlers that shall block */
	pthread_mutex_t lock;
	int reasons[WEATHER_MOST_CLOSES]; /* [lock] of on_close, in order */
	int n_reasons;                    /* [lock] */
	const char *problem;              /* [lock] the first one seen */
};

void weather_init(struct weather *weather);

/** Asserts that no handler saw a problem. */
void weather_deinit(struct weather *weather);

struct weather *weather_of(echelon_conn *conn);

/** Records what should never happen; the test fails with it at its end. */
void weather_problem(struct weather *weather, const char *problem);

/* Handler functions that only count. */
int weather_on_open(echelon_conn *conn);
void weather_on_close(echelon_conn *conn, int reason);

/** Counts, and sends back what came. */
ptrdiff_t weather_echo(echelon_conn *conn, const void *data, size_t length);

/** A request is a line; '!' at its beginning is an error, -EBADMSG. */
ptrdiff_t weather_frame_line(const void *data, size_t length, void *context);

/** Waits for `n` calls of on_close; the reason of the n-th. */
int weather_reason(struct weather *weather, int n);

/** How many calls of on_close had this reason. */
int weather_closed_with(struct weather *weather, int reason);

/** Makes a test case of a suite: leak checks, and this test per pattern. */
void weather_add(Suite *suite, const char *name, const TTest *test);

/** As weather_add, for what only some patterns have: `_i` is 0 to n - 1. */
void weather_add_times(Suite *suite, const char *name, const TTest *test,
    int n);

/** The reactor serves nobody while a handler blocks. */
static inline bool
weather_has_one_thread(int row)
{
	return !test_patterns[row].keeps_g5;
}

#endif
