/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * The clock of a run for whoever asks what time it is, and for who sleeps:
 * all clocks are this one.
 */

#include <errno.h>
#include <stddef.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#include "posix.h"
#include "scene.h"
#include "schedule/explore.h"

enum {
	NS_OF_US = 1000,
	YIELD_NS = 1000 /* who gives way: others first */
};

int __real_clock_gettime(clockid_t clock, struct timespec *time);
int __wrap_clock_gettime(clockid_t clock, struct timespec *time);
int __real_timespec_get(struct timespec *time, int base);
int __wrap_timespec_get(struct timespec *time, int base);
int __real_gettimeofday(struct timeval *time, void *zone);
int __wrap_gettimeofday(struct timeval *time, void *zone);
time_t __real_time(time_t *seconds);
time_t __wrap_time(time_t *seconds);
int __real_nanosleep(const struct timespec *duration, struct timespec *rest);
int __wrap_nanosleep(const struct timespec *duration, struct timespec *rest);
int __real_clock_nanosleep(clockid_t clock, int flags,
    const struct timespec *time, struct timespec *rest);
int __wrap_clock_nanosleep(clockid_t clock, int flags,
    const struct timespec *time, struct timespec *rest);
int __real_usleep(useconds_t us);
int __wrap_usleep(useconds_t us);
unsigned __real_sleep(unsigned seconds);
unsigned __wrap_sleep(unsigned seconds);
int __real_sched_yield(void);
int __wrap_sched_yield(void);

uint64_t
posix_ns_of(const struct timespec *time)
{
	return (uint64_t)time->tv_sec * POSIX_SECOND_NS +
	    (uint64_t)time->tv_nsec;
}

uint64_t
posix_ns_until(const struct timespec *time)
{
	uint64_t ns = posix_ns_of(time);
	uint64_t now = explore_now();

	return ns > now ? ns - now : 0;
}

/* ---- what time it is ---- */

static struct timespec
now(void)
{
	uint64_t ns = explore_now();

	return (struct timespec){ .tv_sec = (time_t)(ns / POSIX_SECOND_NS),
		.tv_nsec = (long)(ns % POSIX_SECOND_NS) };
}

int
__wrap_clock_gettime(clockid_t clock, struct timespec *time)
{
	if (!scene_run.runs) {
		return __real_clock_gettime(clock, time);
	}
	*time = now();
	return 0;
}

int
__wrap_timespec_get(struct timespec *time, int base)
{
	if (!scene_run.runs) {
		return __real_timespec_get(time, base);
	}
	*time = now();
	return base;
}

int
__wrap_gettimeofday(struct timeval *time, void *zone)
{
	if (!scene_run.runs) {
		return __real_gettimeofday(time, zone);
	}
	time->tv_sec = now().tv_sec;
	time->tv_usec = now().tv_nsec / NS_OF_US;
	return 0;
}

time_t
__wrap_time(time_t *seconds)
{
	if (!scene_run.runs) {
		return __real_time(seconds);
	}
	if (seconds != NULL) {
		*seconds = now().tv_sec;
	}
	return now().tv_sec;
}

/* ---- sleeping ---- */

static void
sleep_for(const char *what, uint64_t ns)
{
	explore_say("sleeps for %llu us", (unsigned long long)(ns / NS_OF_US));
	scene_sleep(what, ns);
}

int
__wrap_nanosleep(const struct timespec *duration, struct timespec *rest)
{
	if (!scene_run.runs) {
		return __real_nanosleep(duration, rest);
	}
	sleep_for("nanosleep", posix_ns_of(duration));
	return 0;
}

int
__wrap_clock_nanosleep(clockid_t clock, int flags, const struct timespec *time,
    struct timespec *rest)
{
	if (!scene_run.runs) {
		return __real_clock_nanosleep(clock, flags, time, rest);
	}
	sleep_for("clock_nanosleep",
	    (flags & TIMER_ABSTIME) != 0 ? posix_ns_until(time)
					 : posix_ns_of(time));
	return 0;
}

int
__wrap_usleep(useconds_t us)
{
	if (!scene_run.runs) {
		return __real_usleep(us);
	}
	sleep_for("usleep", (uint64_t)us * NS_OF_US);
	return 0;
}

unsigned
__wrap_sleep(unsigned seconds)
{
	if (!scene_run.runs) {
		return __real_sleep(seconds);
	}
	sleep_for("sleep", seconds * POSIX_SECOND_NS);
	return 0;
}

int
__wrap_sched_yield(void)
{
	if (!scene_run.runs) {
		return __real_sched_yield();
	}
	scene_sleep("sched_yield", YIELD_NS);
	return 0;
}
