/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * Conditions and once-controls of pthread in a run, as mutexes.c has mutexes.
 */

#include <errno.h>
#include <pthread.h>
#include <stddef.h>
#include <time.h>

#include "objects.h"
#include "posix.h"
#include "scene.h"
#include "schedule/explore.h"

/* ---- conditions ---- */

int __real_pthread_cond_wait(pthread_cond_t *condition, pthread_mutex_t *mutex);
int __wrap_pthread_cond_wait(pthread_cond_t *condition, pthread_mutex_t *mutex);
int __real_pthread_cond_timedwait(pthread_cond_t *condition,
    pthread_mutex_t *mutex, const struct timespec *until);
int __wrap_pthread_cond_timedwait(pthread_cond_t *condition,
    pthread_mutex_t *mutex, const struct timespec *until);
int __real_pthread_cond_clockwait(pthread_cond_t *condition,
    pthread_mutex_t *mutex, clockid_t clock, const struct timespec *until);
int __wrap_pthread_cond_clockwait(pthread_cond_t *condition,
    pthread_mutex_t *mutex, clockid_t clock, const struct timespec *until);
int __real_pthread_cond_signal(pthread_cond_t *condition);
int __wrap_pthread_cond_signal(pthread_cond_t *condition);
int __real_pthread_cond_broadcast(pthread_cond_t *condition);
int __wrap_pthread_cond_broadcast(pthread_cond_t *condition);
int __real_pthread_cond_destroy(pthread_cond_t *condition);
int __wrap_pthread_cond_destroy(pthread_cond_t *condition);

static bool
is_woken(const void *arg)
{
	return ((const struct sleeper *)arg)->woken;
}

/** Takes it from the list, unless it has been woken. */
static void
take_out(struct object *condition, const struct sleeper *sleeper)
{
	struct sleeper **at = &condition->sleepers;

	while (*at != NULL && *at != sleeper) {
		at = &(*at)->next;
	}
	if (*at != NULL) {
		*at = sleeper->next;
	}
}

/** Unlocks, sleeps, locks; whether it was woken. */
static bool
sleep_on(struct object *condition, struct object *mutex, uint64_t timeout_ns)
{
	struct sleeper sleeper = { .next = condition->sleepers };
	bool woken = true;

	explore_check(mutex->owner == object_self() && mutex->depth == 1,
	    "waits for condition %u, and has not locked mutex %u once",
	    condition->number, mutex->number);
	explore_say("waits for condition %u", condition->number);
	condition->sleepers = &sleeper;
	(void)mutex_unlock(mutex);
	if (!explore_rarely("a wake-up without a reason")) {
		woken = explore_wait("a condition", is_woken, &sleeper,
		    timeout_ns);
	}
	take_out(condition, &sleeper);
	(void)mutex_lock(mutex);
	return woken;
}

/** Wakes one of them, whichever the run chooses; false: there is none. */
static bool
wake_one(struct object *condition)
{
	struct sleeper *sleeper = condition->sleepers;
	uint32_t n = 0;

	for (; sleeper != NULL; sleeper = sleeper->next) {
		n++;
	}
	if (n == 0) {
		return false;
	}
	sleeper = condition->sleepers;
	for (n = explore_random(n); n > 0; n--) {
		sleeper = sleeper->next;
	}
	sleeper->woken = true;
	take_out(condition, sleeper);
	return true;
}

int
__wrap_pthread_cond_wait(pthread_cond_t *condition, pthread_mutex_t *mutex)
{
	if (!scene_run.runs) {
		return __real_pthread_cond_wait(condition, mutex);
	}
	(void)sleep_on(object_of(condition), object_of_mutex(mutex),
	    EXPLORE_FOREVER);
	return 0;
}

/** All clocks are the run's. */
static int
sleep_until(pthread_cond_t *condition, pthread_mutex_t *mutex,
    const struct timespec *until)
{
	return sleep_on(object_of(condition), object_of_mutex(mutex),
		   posix_ns_until(until))
	    ? 0
	    : ETIMEDOUT;
}

int
__wrap_pthread_cond_timedwait(pthread_cond_t *condition, pthread_mutex_t *mutex,
    const struct timespec *until)
{
	return scene_run.runs
	    ? sleep_until(condition, mutex, until)
	    : __real_pthread_cond_timedwait(condition, mutex, until);
}

int
__wrap_pthread_cond_clockwait(pthread_cond_t *condition, pthread_mutex_t *mutex,
    clockid_t clock, const struct timespec *until)
{
	return scene_run.runs
	    ? sleep_until(condition, mutex, until)
	    : __real_pthread_cond_clockwait(condition, mutex, clock, until);
}

int
__wrap_pthread_cond_signal(pthread_cond_t *condition)
{
	struct object *object;

	if (!scene_run.runs) {
		return __real_pthread_cond_signal(condition);
	}
	object = object_of(condition);
	(void)wake_one(object);
	explore_say("signals condition %u", object->number);
	explore_point("signal", condition);
	return 0;
}

int
__wrap_pthread_cond_broadcast(pthread_cond_t *condition)
{
	struct object *object;

	if (!scene_run.runs) {
		return __real_pthread_cond_broadcast(condition);
	}
	object = object_of(condition);
	while (wake_one(object)) {
		/* all */
	}
	explore_say("signals condition %u to all", object->number);
	explore_point("broadcast", condition);
	return 0;
}

int
__wrap_pthread_cond_destroy(pthread_cond_t *condition)
{
	struct object *object;

	if (!scene_run.runs) {
		return __real_pthread_cond_destroy(condition);
	}
	object = object_find(condition);
	if (object != NULL) {
		explore_check(object->sleepers == NULL,
		    "destroys condition %u, for which somebody waits",
		    object->number);
		object->address = NULL;
	}
	return 0;
}

/* ---- once ---- */

int __real_pthread_once(pthread_once_t *control, void (*run)(void));
int __wrap_pthread_once(pthread_once_t *control, void (*run)(void));

int
__wrap_pthread_once(pthread_once_t *control, void (*run)(void))
{
	struct object *once;

	if (!scene_run.runs) {
		return __real_pthread_once(control, run);
	}
	once = object_of(control);
	explore_point("once", control);
	if (once->owner != OBJECT_NOBODY) {
		(void)explore_wait("pthread_once", object_is_free, once,
		    EXPLORE_FOREVER);
	}
	if (!once->done) {
		once->owner = object_self();
		run();
		once->done = true;
		once->owner = OBJECT_NOBODY;
	}
	return 0;
}
