/* SPDX-License-Identifier: BSD-2-Clause */
#include "support/sync.h"

#include <check.h>
#include <errno.h>
#include <stdint.h>
#include <time.h>
#include <unistd.h>

enum {
	PATIENCE_S = 10,
	SLICE_NS = 50 * 1000 * 1000,
	SECOND_NS = 1000 * 1000 * 1000
};

int
test_patience(void)
{
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
	return 5 * PATIENCE_S;
#else
	return PATIENCE_S;
#endif
}

static int64_t
now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * SECOND_NS + now.tv_nsec;
}

static int64_t
deadline_ns(void)
{
	return now_ns() + (int64_t)test_patience() * SECOND_NS;
}

void
gate_init(struct test_gate *gate)
{
	int ends[2];

	ck_assert_int_eq(pipe(ends), 0);
	gate->read_end = ends[0];
	gate->write_end = ends[1];
}

void
gate_pass(struct test_gate *gate)
{
	char byte;

	while (read(gate->read_end, &byte, 1) < 0 && errno == EINTR) {
	}
}

void
gate_open(struct test_gate *gate, int n)
{
	for (int i = 0; i < n; i++) {
		ck_assert_int_eq(write(gate->write_end, "", 1), 1);
	}
}

void
gate_open_all(struct test_gate *gate)
{
	if (gate->write_end >= 0) {
		close(gate->write_end);
		gate->write_end = -1;
	}
}

void
gate_deinit(struct test_gate *gate)
{
	gate_open_all(gate);
	close(gate->read_end);
}

void
counter_init(struct test_counter *counter)
{
	pthread_condattr_t attributes;

	counter->value = 0;
	pthread_mutex_init(&counter->mutex, NULL);
	pthread_condattr_init(&attributes);
	pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
	pthread_cond_init(&counter->changed, &attributes);
	pthread_condattr_destroy(&attributes);
}

void
counter_add(struct test_counter *counter, long n)
{
	pthread_mutex_lock(&counter->mutex);
	counter->value += n;
	pthread_cond_broadcast(&counter->changed);
	pthread_mutex_unlock(&counter->mutex);
}

/** In slices: a condition variable of glibc 2.36 may lose a signal. */
static void
wait_slice(struct test_counter *counter)
{
	int64_t until = now_ns() + SLICE_NS;
	struct timespec time = { .tv_sec = until / SECOND_NS,
		.tv_nsec = until % SECOND_NS };

	(void)pthread_cond_timedwait(&counter->changed, &counter->mutex, &time);
}

bool
counter_wait(struct test_counter *counter, long at_least)
{
	int64_t deadline = deadline_ns();
	bool reached;

	pthread_mutex_lock(&counter->mutex);
	while (counter->value < at_least && now_ns() < deadline) {
		wait_slice(counter);
	}
	reached = counter->value >= at_least;
	pthread_mutex_unlock(&counter->mutex);
	return reached;
}

long
counter_get(struct test_counter *counter)
{
	long value;

	pthread_mutex_lock(&counter->mutex);
	value = counter->value;
	pthread_mutex_unlock(&counter->mutex);
	return value;
}

void
counter_deinit(struct test_counter *counter)
{
	pthread_cond_destroy(&counter->changed);
	pthread_mutex_destroy(&counter->mutex);
}

bool
test_eventually(bool (*predicate)(void *context), void *context)
{
	const struct timespec pause = { .tv_nsec = 1000 * 1000 };
	int64_t deadline = deadline_ns();

	while (!predicate(context)) {
		if (now_ns() >= deadline) {
			return false;
		}
		nanosleep(&pause, NULL);
	}
	return true;
}
