/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TEST_SYNC_H
#define TEST_SYNC_H

/*
 * How tests order what threads do, without a sleep.
 *
 * A gate stops handlers: each passes when the test has let one more through.
 * A counter tells the test how far the handlers are. Every wait of the test
 * ends after 10 s (more under sanitizers) and says that it did.
 */

#include <pthread.h>
#include <stdbool.h>

/* A pipe: a byte for each that may pass, closed when all may. */
struct test_gate {
	int read_end;
	int write_end;
};

void gate_init(struct test_gate *gate);

/** Blocks until the gate lets one more through. Any thread. */
void gate_pass(struct test_gate *gate);

/** Lets `n` through. */
void gate_open(struct test_gate *gate, int n);

/** Lets everybody through from now on. */
void gate_open_all(struct test_gate *gate);

/** Nobody may be at the gate any more. */
void gate_deinit(struct test_gate *gate);

struct test_counter {
	pthread_mutex_t mutex;
	pthread_cond_t changed;
	long value;
};

void counter_init(struct test_counter *counter);

/** Any thread. */
void counter_add(struct test_counter *counter, long n);

/** Waits until it is at least `at_least`. False: it did not get there. */
bool counter_wait(struct test_counter *counter, long at_least);

long counter_get(struct test_counter *counter);

void counter_deinit(struct test_counter *counter);

/**
 * Waits until `predicate(context)` holds, for what offers nothing to wait on
 * (statistics, /proc): asks every millisecond. False: it never did.
 */
bool test_eventually(bool (*predicate)(void *context), void *context);

/** Seconds that a wait of a test may take: 10, and more under sanitizers. */
int test_patience(void);

#endif
