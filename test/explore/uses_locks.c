/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * Mutexes of all kinds, and conditions.
 */

#include <echelon/explore.h>
#include <errno.h>
#include <pthread.h>
#include <time.h>

#include "uses.h"

enum {
	MANY = 300,
	WAITERS = 2,
	MS = 1000000,
	SECOND_NS = 1000 * MS
};

static pthread_mutex_t plain;
static pthread_cond_t changed;
static pthread_mutex_t again = PTHREAD_RECURSIVE_MUTEX_INITIALIZER_NP;
static bool held;
static unsigned waiting;
static unsigned round_;

void
uses_locks_begin(void)
{
	pthread_mutex_init(&plain, NULL);
	pthread_cond_init(&changed, NULL);
	held = false;
	waiting = 0;
	round_ = 0;
}

static struct timespec
in_five_ms(void)
{
	struct timespec until;

	(void)clock_gettime(CLOCK_REALTIME, &until);
	until.tv_nsec += 5 * MS;
	if (until.tv_nsec >= SECOND_NS) {
		until.tv_nsec -= SECOND_NS;
		until.tv_sec++;
	}
	return until;
}

static bool
is_over(const struct timespec *until)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_REALTIME, &now);
	return now.tv_sec > until->tv_sec ||
	    (now.tv_sec == until->tv_sec && now.tv_nsec >= until->tv_nsec);
}

/* ---- kinds of mutexes ---- */

static void
lock_again(void)
{
	uses_check(pthread_mutex_lock(&again) == 0 &&
		pthread_mutex_lock(&again) == 0 &&
		pthread_mutex_trylock(&again) == 0,
	    "a recursive mutex, locked again");
	uses_check(pthread_mutex_unlock(&again) == 0 &&
		pthread_mutex_unlock(&again) == 0 &&
		pthread_mutex_unlock(&again) == 0,
	    "a recursive mutex, unlocked");
}

static void
be_refused(void)
{
	pthread_mutexattr_t attributes;
	pthread_mutex_t strict;

	(void)pthread_mutexattr_init(&attributes);
	(void)pthread_mutexattr_settype(&attributes, PTHREAD_MUTEX_ERRORCHECK);
	(void)pthread_mutex_init(&strict, &attributes);
	(void)pthread_mutexattr_destroy(&attributes);
	uses_check(pthread_mutex_unlock(&strict) == EPERM,
	    "an errorcheck mutex, unlocked by nobody");
	uses_check(pthread_mutex_lock(&strict) == 0 &&
		pthread_mutex_lock(&strict) == EDEADLK,
	    "an errorcheck mutex, locked again");
	uses_check(pthread_mutex_unlock(&strict) == 0 &&
		pthread_mutex_destroy(&strict) == 0,
	    "an errorcheck mutex, destroyed");
}

/** More than there may be at once. */
static void
use_many(void)
{
	static pthread_mutex_t mutexes[MANY];
	static pthread_cond_t conditions[MANY];

	for (int i = 0; i < MANY; i++) {
		uses_check(pthread_mutex_init(&mutexes[i], NULL) == 0 &&
			pthread_mutex_trylock(&mutexes[i]) == 0 &&
			pthread_mutex_unlock(&mutexes[i]) == 0,
		    "pthread_mutex_trylock");
		uses_check(pthread_cond_init(&conditions[i], NULL) == 0 &&
			pthread_cond_signal(&conditions[i]) == 0,
		    "pthread_cond_signal");
		uses_check(pthread_mutex_destroy(&mutexes[i]) == 0 &&
			pthread_cond_destroy(&conditions[i]) == 0,
		    "pthread_cond_destroy");
	}
}

/* ---- another has it ---- */

static void
change(bool *what, bool to)
{
	pthread_mutex_lock(&plain);
	*what = to;
	pthread_cond_broadcast(&changed);
	pthread_mutex_unlock(&plain);
}

static void *
hold(void *unused)
{
	pthread_mutex_lock(&again);
	change(&held, true);
	pthread_mutex_lock(&plain);
	while (held) {
		pthread_cond_wait(&changed, &plain);
	}
	pthread_mutex_unlock(&plain);
	pthread_mutex_unlock(&again);
	return unused;
}

static void
find_it_held(void)
{
	pthread_t holder;
	struct timespec until;

	pthread_create(&holder, NULL, hold, NULL);
	pthread_mutex_lock(&plain);
	while (!held) {
		pthread_cond_wait(&changed, &plain);
	}
	pthread_mutex_unlock(&plain);
	uses_check(pthread_mutex_trylock(&again) == EBUSY,
	    "pthread_mutex_trylock");
	until = in_five_ms();
	uses_check(pthread_mutex_timedlock(&again, &until) == ETIMEDOUT &&
		is_over(&until),
	    "pthread_mutex_timedlock");
	change(&held, false);
	uses_check(pthread_mutex_lock(&again) == 0 &&
		pthread_mutex_unlock(&again) == 0,
	    "pthread_mutex_lock");
	pthread_join(holder, NULL);
}

/* ---- waiting ---- */

static void
time_out(void)
{
	struct timespec until = in_five_ms();
	int error = 0;

	pthread_mutex_lock(&plain);
	while (error == 0) {
		error = pthread_cond_timedwait(&changed, &plain, &until);
	}
	uses_check(error == ETIMEDOUT && is_over(&until),
	    "pthread_cond_timedwait");
	until = in_five_ms();
	for (error = 0; error == 0;) {
		error = pthread_cond_clockwait(&changed, &plain,
		    CLOCK_MONOTONIC, &until);
	}
	uses_check(error == ETIMEDOUT && is_over(&until),
	    "pthread_cond_clockwait");
	pthread_mutex_unlock(&plain);
}

static void *
wait_for_round(void *unused)
{
	struct timespec until = in_five_ms();

	until.tv_sec += 3600;
	pthread_mutex_lock(&plain);
	waiting++;
	pthread_cond_broadcast(&changed);
	while (round_ == 0) {
		uses_check(pthread_cond_timedwait(&changed, &plain, &until) ==
			0,
		    "pthread_cond_timedwait, woken");
	}
	pthread_mutex_unlock(&plain);
	return unused;
}

static void
wake_all(void)
{
	pthread_t waiters[WAITERS];

	for (int i = 0; i < WAITERS; i++) {
		pthread_create(&waiters[i], NULL, wait_for_round, NULL);
	}
	pthread_mutex_lock(&plain);
	while (waiting < WAITERS) {
		pthread_cond_wait(&changed, &plain);
	}
	round_++;
	pthread_cond_broadcast(&changed);
	pthread_mutex_unlock(&plain);
	for (int i = 0; i < WAITERS; i++) {
		pthread_join(waiters[i], NULL);
	}
}

void
uses_locks(void *unused)
{
	(void)unused;
	lock_again();
	be_refused();
	use_many();
	find_it_held();
	time_out();
	wake_all();
}
