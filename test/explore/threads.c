/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * Threads of pthread in a run: fibres. A thread's number is its fibre's plus
 * one, as 0 is nobody's.
 *
 * A detached one may sleep for ever. What it does after the engine's end is
 * waited for, so that what it frees then is no leak.
 */

#include <errno.h>
#include <pthread.h>
#include <stddef.h>

#include "posix.h"
#include "scene.h"
#include "schedule/explore.h"

/* The run's own, of a thread that has been created here. */
struct thread {
	void *(*run)(void *arg); /* NULL: created elsewhere */
	void *arg;
	bool detached;
	bool joined;
};

static struct thread threads[POSIX_FIBRES];

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
_Noreturn void __real_pthread_exit(void *result);
_Noreturn void __wrap_pthread_exit(void *result);
int __real_pthread_setname_np(pthread_t thread, const char *name);
int __wrap_pthread_setname_np(pthread_t thread, const char *name);

void
posix_threads_begin(void)
{
	for (unsigned i = 0; i < POSIX_FIBRES; i++) {
		threads[i] = (struct thread){ .run = NULL };
	}
}

static bool
is_detached(const pthread_attr_t *attributes)
{
	int state = PTHREAD_CREATE_JOINABLE;

	if (attributes != NULL) {
		(void)pthread_attr_getdetachstate(attributes, &state);
	}
	return state == PTHREAD_CREATE_DETACHED;
}

static void *
live(void *arg)
{
	struct thread *thread = arg;
	void *result = thread->run(thread->arg);

	posix_specifics_destroy(explore_self());
	return result;
}

int
__wrap_pthread_create(pthread_t *thread, const pthread_attr_t *attributes,
    void *(*run)(void *arg), void *arg)
{
	unsigned number = explore_spawns();

	if (!scene_run.runs) {
		return __real_pthread_create(thread, attributes, run, arg);
	}
	explore_check(number < POSIX_FIBRES, "more than %d threads",
	    POSIX_FIBRES);
	threads[number] = (struct thread){
		.run = run, .arg = arg, .detached = is_detached(attributes)
	};
	/* The new one may look at it before this returns. */
	*thread = (pthread_t)number + 1;
	(void)explore_spawn("pthread", live, &threads[number]);
	if (threads[number].detached) {
		explore_expect_daemon(number);
	}
	return 0;
}

/** Which may be joined or detached. */
static unsigned
joinable(pthread_t number, const char *what)
{
	struct thread *thread = &threads[number - 1];

	explore_check(number - 1 < POSIX_FIBRES && thread->run != NULL,
	    "%s a thread that pthread_create has not made", what);
	explore_check(!thread->detached && !thread->joined,
	    "%s a thread that has been %s", what,
	    thread->joined ? "joined" : "detached");
	return (unsigned)number - 1;
}

int
__wrap_pthread_join(pthread_t thread, void **result)
{
	unsigned fibre;
	void *returned;

	if (!scene_run.runs) {
		return __real_pthread_join(thread, result);
	}
	fibre = joinable(thread, "joins");
	explore_check(fibre != explore_self(), "joins itself");
	threads[fibre].joined = true;
	returned = explore_join(fibre);
	if (result != NULL) {
		*result = returned;
	}
	return 0;
}

int
__wrap_pthread_detach(pthread_t thread)
{
	unsigned fibre;

	if (!scene_run.runs) {
		return __real_pthread_detach(thread);
	}
	fibre = joinable(thread, "detaches");
	threads[fibre].detached = true;
	explore_expect_daemon(fibre);
	return 0;
}

pthread_t
__wrap_pthread_self(void)
{
	return scene_run.runs ? (pthread_t)explore_self() + 1
			      : __real_pthread_self();
}

_Noreturn void
__wrap_pthread_exit(void *result)
{
	if (!scene_run.runs) {
		__real_pthread_exit(result);
	}
	explore_check(threads[explore_self()].run != NULL,
	    "pthread_exit in a thread that pthread_create has not made");
	posix_specifics_destroy(explore_self());
	explore_exit(result);
}

int
__wrap_pthread_setname_np(pthread_t thread, const char *name)
{
	if (!scene_run.runs) {
		return __real_pthread_setname_np(thread, name);
	}
	explore_say("pthread %lu is called %s", (unsigned long)thread, name);
	return 0;
}

/* ---- the end ---- */

/** All but this one. */
static bool
rest(const void *unused)
{
	(void)unused;
	for (unsigned i = 1; i < explore_spawns(); i++) {
		if (!explore_rests(i)) {
			return false;
		}
	}
	return true;
}

bool
posix_threads_end(void)
{
	(void)explore_wait("threads that nobody joins", rest, NULL,
	    POSIX_SECOND_NS);
	/* Who still waits for time to pass does so for ever. */
	explore_stop_clock();
	for (unsigned i = 1; i < explore_spawns(); i++) {
		if (!explore_has_ended(i)) {
			return false;
		}
	}
	return true;
}
