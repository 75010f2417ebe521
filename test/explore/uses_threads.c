/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * Threads, values of theirs, and the clock.
 */

#include <echelon/explore.h>
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#include "uses.h"

#define MS UINT64_C(1000000)

enum {
	OWNERS = 2, /* of a value */
	SECOND_US = 1000000
};

static pthread_t early;
static pthread_once_t once;
static pthread_key_t key;
static unsigned inits;
static unsigned destroyed;
static pthread_mutex_t for_ever;
static pthread_cond_t never;

void
uses_check(bool holds, const char *what)
{
	echelon_explore_check(holds, "%s is not as its manual says", what);
}

/* ---- the clock ---- */

static uint64_t
now(void)
{
	struct timespec time;

	uses_check(clock_gettime(CLOCK_MONOTONIC, &time) == 0, "clock_gettime");
	return (uint64_t)time.tv_sec * 1000 * MS + (uint64_t)time.tv_nsec;
}

/** Time has passed since, and is the run's: it began near 0. */
static void
passed(uint64_t *since, uint64_t ms, const char *what)
{
	uint64_t time = now();

	uses_check(time >= *since + ms * MS && time < 24 * 3600 * 1000 * MS,
	    what);
	*since = time;
}

static void
sleep_in_all_ways(void)
{
	struct timespec five = { .tv_nsec = 5 * MS };
	struct timespec until;
	uint64_t since = now();

	uses_check(nanosleep(&five, NULL) == 0, "nanosleep");
	passed(&since, 5, "nanosleep");
	uses_check(clock_nanosleep(CLOCK_MONOTONIC, 0, &five, NULL) == 0,
	    "clock_nanosleep");
	passed(&since, 5, "clock_nanosleep");
	(void)clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec++;
	uses_check(clock_nanosleep(CLOCK_REALTIME, TIMER_ABSTIME, &until,
		       NULL) == 0,
	    "clock_nanosleep");
	passed(&since, 999, "clock_nanosleep until");
	uses_check(usleep(5000) == 0, "usleep");
	passed(&since, 5, "usleep");
	uses_check(sleep(2) == 0, "sleep");
	passed(&since, 2000, "sleep");
	echelon_explore_pause(10);
	passed(&since, 10, "echelon_explore_pause");
	uses_check(sched_yield() == 0, "sched_yield");
	passed(&since, 0, "sched_yield");
}

/** All clocks are one. */
static void
look_at_all_clocks(void)
{
	uint64_t since = now();
	struct timespec utc;
	struct timeval of_day;
	time_t seconds;

	uses_check(timespec_get(&utc, TIME_UTC) == TIME_UTC &&
		(uint64_t)utc.tv_sec * 1000 * MS + (uint64_t)utc.tv_nsec >=
		    since,
	    "timespec_get");
	uses_check(gettimeofday(&of_day, NULL) == 0 &&
		(uint64_t)of_day.tv_sec * SECOND_US +
			(uint64_t)of_day.tv_usec >=
		    since / 1000,
	    "gettimeofday");
	uses_check(time(&seconds) == seconds &&
		(uint64_t)seconds >= since / (1000 * MS),
	    "time");
	uses_check((uint64_t)utc.tv_sec * 1000 * MS <= now() &&
		(uint64_t)of_day.tv_sec * 1000 * MS <= now() &&
		(uint64_t)seconds * 1000 * MS <= now(),
	    "all clocks");
}

/* ---- values ---- */

static void
destroy_value(void *value)
{
	destroyed++;
	free(value);
}

static void
make_key(void)
{
	inits++;
	/* Others come meanwhile, and wait. */
	echelon_explore_point();
	uses_check(pthread_key_create(&key, destroy_value) == 0,
	    "pthread_key_create");
}

static void
have_value(void)
{
	void *value = malloc(1);

	uses_check(pthread_once(&once, make_key) == 0 && inits == 1,
	    "pthread_once");
	uses_check(pthread_getspecific(key) == NULL,
	    "pthread_getspecific, before");
	uses_check(pthread_setspecific(key, value) == 0, "pthread_setspecific");
	echelon_explore_point();
	uses_check(pthread_getspecific(key) == value, "pthread_getspecific");
}

/* ---- threads ---- */

static void
leave(void *result)
{
	pthread_exit(result);
}

/* Its number is there before pthread_create returns. */
static void *
exit_early(void *result)
{
	uses_check(pthread_equal(early, pthread_self()), "pthread_self");
	have_value();
	leave(result);
	uses_check(false, "pthread_exit");
	return NULL;
}

static void *
have_value_and_return(void *unused)
{
	have_value();
	return unused;
}

/* Long after the engine. */
static void *
free_late(void *block)
{
	echelon_explore_pause(500);
	free(block);
	return NULL;
}

static void *
sleep_for_ever(void *unused)
{
	uses_check(pthread_detach(pthread_self()) == 0, "pthread_detach");
	pthread_mutex_lock(&for_ever);
	for (;;) {
		pthread_cond_wait(&never, &for_ever);
	}
	return unused;
}

static void *
beat(void *unused)
{
	for (;;) {
		(void)sleep(1);
	}
	return unused;
}

static void
start_detached(void *(*run)(void *arg), void *arg)
{
	pthread_attr_t attributes;
	pthread_t thread;

	(void)pthread_attr_init(&attributes);
	(void)pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
	uses_check(pthread_create(&thread, &attributes, run, arg) == 0,
	    "pthread_create");
	(void)pthread_attr_destroy(&attributes);
}

void
uses_threads_begin(void)
{
	once = (pthread_once_t)PTHREAD_ONCE_INIT;
	inits = 0;
	destroyed = 0;
	pthread_mutex_init(&for_ever, NULL);
	pthread_cond_init(&never, NULL);
}

/** A run without them counts its memory to the end. */
static void
start_those_that_stay(void)
{
	pthread_t sleeper;

	if (echelon_explore_random(2) == 0) {
		return;
	}
	uses_check(pthread_create(&sleeper, NULL, sleep_for_ever, NULL) == 0,
	    "pthread_create");
	uses_check(pthread_setname_np(sleeper, "sleeper") == 0,
	    "pthread_setname_np");
	start_detached(beat, NULL);
}

void
uses_threads(void *unused)
{
	pthread_t other;
	void *result;

	(void)unused;
	uses_check(pthread_create(&early, NULL, exit_early, &once) == 0 &&
		pthread_create(&other, NULL, have_value_and_return, NULL) == 0,
	    "pthread_create");
	start_those_that_stay();
	uses_check(pthread_join(early, &result) == 0 && result == &once,
	    "pthread_join");
	uses_check(pthread_join(other, NULL) == 0, "pthread_join");
	uses_check(destroyed == OWNERS, "a value's destructor");
	start_detached(free_late, malloc(1));
	sleep_in_all_ways();
	look_at_all_clocks();
}

void
uses_threads_end(void)
{
	uses_check(pthread_key_delete(key) == 0, "pthread_key_delete");
	/* For who is still to end. */
	start_detached(free_late, malloc(1));
}
