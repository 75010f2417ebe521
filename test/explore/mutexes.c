/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * Mutexes of pthread in a run, of every type. The linker puts these functions
 * between the program and the C library (--wrap); outside of a run they pass
 * on.
 */

#include <errno.h>
#include <pthread.h>
#include <stddef.h>
#include <time.h>

#include "objects.h"
#include "posix.h"
#include "scene.h"
#include "schedule/arena.h"
#include "schedule/explore.h"

int __real_pthread_mutex_lock(pthread_mutex_t *mutex);
int __wrap_pthread_mutex_lock(pthread_mutex_t *mutex);
int __real_pthread_mutex_timedlock(pthread_mutex_t *mutex,
    const struct timespec *until);
int __wrap_pthread_mutex_timedlock(pthread_mutex_t *mutex,
    const struct timespec *until);
int __real_pthread_mutex_trylock(pthread_mutex_t *mutex);
int __wrap_pthread_mutex_trylock(pthread_mutex_t *mutex);
int __real_pthread_mutex_unlock(pthread_mutex_t *mutex);
int __wrap_pthread_mutex_unlock(pthread_mutex_t *mutex);
int __real_pthread_mutex_destroy(pthread_mutex_t *mutex);
int __wrap_pthread_mutex_destroy(pthread_mutex_t *mutex);

/* For what a fibre waits, without a time limit. */
static const struct object *waits_for[POSIX_FIBRES + 1];

void
mutexes_begin(void)
{
	for (unsigned i = 0; i <= POSIX_FIBRES; i++) {
		waits_for[i] = NULL;
	}
}

/** Whether it is locked by somebody who waits, through others perhaps, for
 *  what this thread has locked. */
static void
check_order(const struct object *mutex)
{
	const struct object *next = mutex;

	while (next != NULL && next->owner != OBJECT_NOBODY) {
		explore_check(next->owner != object_self(),
		    "a deadlock: has locked mutex %u and waits for mutex %u",
		    next->number, mutex->number);
		next = waits_for[next->owner];
	}
}

static void
own(struct object *mutex)
{
	mutex->owner = object_self();
	mutex->depth++;
	explore_say("locks mutex %u", mutex->number);
}

/** Who has locked it locks it again. */
static int
lock_again(struct object *mutex)
{
	if (mutex->kind == PTHREAD_MUTEX_ERRORCHECK) {
		explore_say("mutex %u: EDEADLK", mutex->number);
		return EDEADLK;
	}
	explore_check(mutex->kind == PTHREAD_MUTEX_RECURSIVE,
	    "locks mutex %u, which it has locked", mutex->number);
	own(mutex);
	return 0;
}

int
mutex_lock(struct object *mutex)
{
	if (mutex->owner == object_self()) {
		return lock_again(mutex);
	}
	explore_point("lock", mutex->address);
	while (mutex->owner != OBJECT_NOBODY) {
		explore_say("waits for mutex %u", mutex->number);
		check_order(mutex);
		waits_for[object_self()] = mutex;
		(void)explore_wait("a mutex", object_is_free, mutex,
		    EXPLORE_FOREVER);
		waits_for[object_self()] = NULL;
	}
	own(mutex);
	return 0;
}

/** With a time limit, waiting for each other is no deadlock. */
static int
lock_until(struct object *mutex, const struct timespec *until)
{
	if (mutex->owner == object_self()) {
		return lock_again(mutex);
	}
	explore_point("lock", mutex->address);
	while (mutex->owner != OBJECT_NOBODY) {
		explore_say("waits for mutex %u", mutex->number);
		if (!explore_wait("a mutex", object_is_free, mutex,
			posix_ns_until(until))) {
			explore_say("mutex %u: ETIMEDOUT", mutex->number);
			return ETIMEDOUT;
		}
	}
	own(mutex);
	return 0;
}

int
mutex_unlock(struct object *mutex)
{
	const void *address = mutex->address;

	if (mutex->owner != object_self()) {
		explore_check(mutex->kind == PTHREAD_MUTEX_ERRORCHECK,
		    "unlocks mutex %u, which it has not locked", mutex->number);
		explore_say("mutex %u: EPERM", mutex->number);
		return EPERM;
	}
	explore_arena_check();
	mutex->depth--;
	if (mutex->depth == 0) {
		mutex->owner = OBJECT_NOBODY;
	}
	explore_say("unlocks mutex %u", mutex->number);
	explore_point("unlock", address);
	return 0;
}

int
__wrap_pthread_mutex_lock(pthread_mutex_t *mutex)
{
	return scene_run.runs ? mutex_lock(object_of_mutex(mutex))
			      : __real_pthread_mutex_lock(mutex);
}

int
__wrap_pthread_mutex_timedlock(pthread_mutex_t *mutex,
    const struct timespec *until)
{
	return scene_run.runs ? lock_until(object_of_mutex(mutex), until)
			      : __real_pthread_mutex_timedlock(mutex, until);
}

int
__wrap_pthread_mutex_trylock(pthread_mutex_t *address)
{
	struct object *mutex;

	if (!scene_run.runs) {
		return __real_pthread_mutex_trylock(address);
	}
	mutex = object_of_mutex(address);
	explore_point("trylock", address);
	if (mutex->owner != OBJECT_NOBODY &&
	    (mutex->owner != object_self() ||
		mutex->kind != PTHREAD_MUTEX_RECURSIVE)) {
		explore_say("mutex %u: EBUSY", mutex->number);
		return EBUSY;
	}
	own(mutex);
	return 0;
}

int
__wrap_pthread_mutex_unlock(pthread_mutex_t *mutex)
{
	return scene_run.runs ? mutex_unlock(object_of_mutex(mutex))
			      : __real_pthread_mutex_unlock(mutex);
}

int
__wrap_pthread_mutex_destroy(pthread_mutex_t *address)
{
	struct object *mutex;

	if (!scene_run.runs) {
		return __real_pthread_mutex_destroy(address);
	}
	mutex = object_find(address);
	if (mutex != NULL) {
		explore_check(mutex->owner == OBJECT_NOBODY,
		    "destroys mutex %u, which is locked", mutex->number);
		mutex->address = NULL;
	}
	return 0;
}
