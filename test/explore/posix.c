/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * pthreads and clocks in a run: what handlers and their helpers call of them,
 * on fibres. The linker puts these functions between the program and the C
 * library (--wrap); outside of a run they pass on.
 *
 * What a mutex, a condition or a once-control is lies in a table beside, by
 * its address, so that each run begins with all of them free. Destroying one
 * is no call of ours, so it stays in the table until the end of the run.
 */

#include <errno.h>
#include <pthread.h>
#include <stddef.h>
#include <time.h>

#include "scene.h"
#include "schedule/arena.h"
#include "schedule/explore.h"

#define SECOND_NS UINT64_C(1000000000)

enum {
	OBJECTS = 256,
	FIBRES = 256,
	NOBODY = 0
};

struct object {
	const void *address;
	unsigned owner;           /* a mutex's, a running once's: fibre + 1 */
	bool done;                /* of a once-control */
	struct sleeper *sleepers; /* on a condition */
};

/* Who sleeps on a condition; on its stack. */
struct sleeper {
	struct sleeper *next;
	bool woken;
};

static struct object objects[OBJECTS];
static const struct object *waits_for[FIBRES]; /* a mutex, by fibre + 1 */
static unsigned n_objects;

void
scene_posix_begin(void)
{
	n_objects = 0;
	for (unsigned i = 0; i < FIBRES; i++) {
		waits_for[i] = NULL;
	}
}

/** Its number, from 1 in the order of first use, is how it is called. */
static struct object *
object_of(const void *address)
{
	for (unsigned i = 0; i < n_objects; i++) {
		if (objects[i].address == address) {
			return &objects[i];
		}
	}
	explore_check(n_objects < OBJECTS,
	    "more than %d locks, conditions and the like", OBJECTS);
	objects[n_objects] = (struct object){ .address = address };
	return &objects[n_objects++];
}

static unsigned
number_of(const struct object *object)
{
	return (unsigned)(object - objects) + 1;
}

static unsigned
self(void)
{
	return explore_self() + 1;
}

/* ---- threads ---- */

int __real_pthread_create(pthread_t *thread, const pthread_attr_t *attributes,
    void *(*run)(void *arg), void *arg);
int __wrap_pthread_create(pthread_t *thread, const pthread_attr_t *attributes,
    void *(*run)(void *arg), void *arg);
int __real_pthread_join(pthread_t thread, void **result);
int __wrap_pthread_join(pthread_t thread, void **result);
int __real_pthread_detach(pthread_t thread);
int __wrap_pthread_detach(pthread_t thread);
pthread_t __real_pthread_self(void);
pthread_t __wrap_pthread_self(void);

int
__wrap_pthread_create(pthread_t *thread, const pthread_attr_t *attributes,
    void *(*run)(void *arg), void *arg)
{
	if (!scene_run.runs) {
		return __real_pthread_create(thread, attributes, run, arg);
	}
	/* The new one may look at it before this returns. */
	*thread = (pthread_t)explore_spawns() + 1;
	(void)explore_spawn("pthread", run, arg);
	return 0;
}

int
__wrap_pthread_join(pthread_t thread, void **result)
{
	void *returned;

	if (!scene_run.runs) {
		return __real_pthread_join(thread, result);
	}
	returned = explore_join((unsigned)thread - 1);
	if (result != NULL) {
		*result = returned;
	}
	return 0;
}

int
__wrap_pthread_detach(pthread_t thread)
{
	if (!scene_run.runs) {
		return __real_pthread_detach(thread);
	}
	explore_expect_daemon((unsigned)thread - 1);
	return 0;
}

pthread_t
__wrap_pthread_self(void)
{
	return scene_run.runs ? (pthread_t)self() : __real_pthread_self();
}

/* ---- mutexes ---- */

int __real_pthread_mutex_lock(pthread_mutex_t *mutex);
int __wrap_pthread_mutex_lock(pthread_mutex_t *mutex);
int __real_pthread_mutex_trylock(pthread_mutex_t *mutex);
int __wrap_pthread_mutex_trylock(pthread_mutex_t *mutex);
int __real_pthread_mutex_unlock(pthread_mutex_t *mutex);
int __wrap_pthread_mutex_unlock(pthread_mutex_t *mutex);

static bool
is_free(const void *arg)
{
	return ((const struct object *)arg)->owner == NOBODY;
}

/** Whether it is locked by somebody who waits, through others perhaps, for
 *  what this thread has locked. */
static void
check_order(const struct object *mutex)
{
	const struct object *next = mutex;

	while (next != NULL && next->owner != NOBODY) {
		explore_check(next->owner != self(),
		    "a deadlock: has locked mutex %u and waits for mutex %u",
		    number_of(next), number_of(mutex));
		next = waits_for[next->owner];
	}
}

static void
lock(struct object *mutex)
{
	explore_check(mutex->owner != self(),
	    "locks mutex %u, which it has locked", number_of(mutex));
	explore_point("lock", mutex->address);
	while (mutex->owner != NOBODY) {
		explore_say("waits for mutex %u", number_of(mutex));
		check_order(mutex);
		waits_for[self()] = mutex;
		(void)explore_wait("a mutex", is_free, mutex, EXPLORE_FOREVER);
		waits_for[self()] = NULL;
	}
	mutex->owner = self();
	explore_say("locks mutex %u", number_of(mutex));
}

static void
unlock(struct object *mutex)
{
	explore_check(mutex->owner == self(),
	    "unlocks mutex %u, which it has not locked", number_of(mutex));
	explore_arena_check();
	mutex->owner = NOBODY;
	explore_say("unlocks mutex %u", number_of(mutex));
	explore_point("unlock", mutex->address);
}

int
__wrap_pthread_mutex_lock(pthread_mutex_t *mutex)
{
	if (!scene_run.runs) {
		return __real_pthread_mutex_lock(mutex);
	}
	lock(object_of(mutex));
	return 0;
}

int
__wrap_pthread_mutex_trylock(pthread_mutex_t *mutex)
{
	if (!scene_run.runs) {
		return __real_pthread_mutex_trylock(mutex);
	}
	explore_point("trylock", mutex);
	if (object_of(mutex)->owner != NOBODY) {
		return EBUSY;
	}
	object_of(mutex)->owner = self();
	return 0;
}

int
__wrap_pthread_mutex_unlock(pthread_mutex_t *mutex)
{
	if (!scene_run.runs) {
		return __real_pthread_mutex_unlock(mutex);
	}
	unlock(object_of(mutex));
	return 0;
}

/* ---- conditions ---- */

int __real_pthread_cond_wait(pthread_cond_t *condition, pthread_mutex_t *mutex);
int __wrap_pthread_cond_wait(pthread_cond_t *condition, pthread_mutex_t *mutex);
int __real_pthread_cond_timedwait(pthread_cond_t *condition,
    pthread_mutex_t *mutex, const struct timespec *until);
int __wrap_pthread_cond_timedwait(pthread_cond_t *condition,
    pthread_mutex_t *mutex, const struct timespec *until);
int __real_pthread_cond_signal(pthread_cond_t *condition);
int __wrap_pthread_cond_signal(pthread_cond_t *condition);
int __real_pthread_cond_broadcast(pthread_cond_t *condition);
int __wrap_pthread_cond_broadcast(pthread_cond_t *condition);

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

	explore_say("waits for condition %u", number_of(condition));
	condition->sleepers = &sleeper;
	unlock(mutex);
	if (!explore_rarely("a wake-up without a reason")) {
		woken = explore_wait("a condition", is_woken, &sleeper,
		    timeout_ns);
	}
	take_out(condition, &sleeper);
	lock(mutex);
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

static uint64_t
ns_of(const struct timespec *time)
{
	return (uint64_t)time->tv_sec * SECOND_NS + (uint64_t)time->tv_nsec;
}

int
__wrap_pthread_cond_wait(pthread_cond_t *condition, pthread_mutex_t *mutex)
{
	if (!scene_run.runs) {
		return __real_pthread_cond_wait(condition, mutex);
	}
	(void)sleep_on(object_of(condition), object_of(mutex), EXPLORE_FOREVER);
	return 0;
}

int
__wrap_pthread_cond_timedwait(pthread_cond_t *condition, pthread_mutex_t *mutex,
    const struct timespec *until)
{
	uint64_t now;

	if (!scene_run.runs) {
		return __real_pthread_cond_timedwait(condition, mutex, until);
	}
	now = explore_now();
	return sleep_on(object_of(condition), object_of(mutex),
		   ns_of(until) > now ? ns_of(until) - now : 0)
	    ? 0
	    : ETIMEDOUT;
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
	explore_say("signals condition %u", number_of(object));
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
	explore_say("signals condition %u to all", number_of(object));
	explore_point("broadcast", condition);
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
	if (once->owner != NOBODY) {
		(void)explore_wait("pthread_once", is_free, once,
		    EXPLORE_FOREVER);
	}
	if (!once->done) {
		once->owner = self();
		run();
		once->done = true;
		once->owner = NOBODY;
	}
	return 0;
}

/* ---- time ---- */

int __real_nanosleep(const struct timespec *duration, struct timespec *rest);
int __wrap_nanosleep(const struct timespec *duration, struct timespec *rest);
int __real_clock_gettime(clockid_t clock, struct timespec *time);
int __wrap_clock_gettime(clockid_t clock, struct timespec *time);

static bool
is_never(const void *unused)
{
	(void)unused;
	return false;
}

int
__wrap_nanosleep(const struct timespec *duration, struct timespec *rest)
{
	if (!scene_run.runs) {
		return __real_nanosleep(duration, rest);
	}
	explore_say("sleeps for %llu us",
	    (unsigned long long)(ns_of(duration) / 1000));
	(void)explore_wait("nanosleep", is_never, NULL, ns_of(duration));
	return 0;
}

int
__wrap_clock_gettime(clockid_t clock, struct timespec *time)
{
	if (!scene_run.runs) {
		return __real_clock_gettime(clock, time);
	}
	time->tv_sec = (time_t)(explore_now() / SECOND_NS);
	time->tv_nsec = (long)(explore_now() % SECOND_NS);
	return 0;
}
