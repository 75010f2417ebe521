/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * What would put the one thread of the system to sleep, or start another that
 * no run knows: it ends the run and says so. Outside of a run it passes on.
 */

#include <pthread.h>
#include <semaphore.h>
#include <threads.h>

#include "scene.h"
#include "schedule/explore.h"

#define REFUSED(result_, name_, parameters_, arguments_)                      \
	result_ __real_##name_ parameters_;                                   \
	result_ __wrap_##name_ parameters_;                                   \
	result_ __wrap_##name_ parameters_                                    \
	{                                                                     \
		if (scene_run.runs) {                                         \
			explore_fail(#name_ " is not known to the explorer"); \
		}                                                             \
		return __real_##name_ arguments_;                             \
	}

typedef const struct timespec *until;

REFUSED(int, sem_wait, (sem_t * a), (a))
REFUSED(int, sem_timedwait, (sem_t * a, until b), (a, b))
REFUSED(int, pthread_rwlock_rdlock, (pthread_rwlock_t * a), (a))
REFUSED(int, pthread_rwlock_wrlock, (pthread_rwlock_t * a), (a))
REFUSED(int, pthread_barrier_wait, (pthread_barrier_t * a), (a))
REFUSED(int, pthread_spin_lock, (pthread_spinlock_t * a), (a))
REFUSED(int, pthread_cancel, (pthread_t a), (a))
REFUSED(int, pthread_kill, (pthread_t a, int b), (a, b))
REFUSED(int, pthread_tryjoin_np, (pthread_t a, void **b), (a, b))
REFUSED(int, pthread_timedjoin_np, (pthread_t a, void **b, until c), (a, b, c))
REFUSED(int, thrd_create, (thrd_t * a, thrd_start_t b, void *c), (a, b, c))
REFUSED(int, thrd_join, (thrd_t a, int *b), (a, b))
REFUSED(int, thrd_sleep, (until a, struct timespec *b), (a, b))
REFUSED(int, mtx_lock, (mtx_t * a), (a))
REFUSED(int, mtx_timedlock, (mtx_t * a, until b), (a, b))
REFUSED(int, cnd_wait, (cnd_t * a, mtx_t *b), (a, b))
REFUSED(int, cnd_timedwait, (cnd_t * a, mtx_t *b, until c), (a, b, c))
REFUSED(int, tss_create, (tss_t * a, tss_dtor_t b), (a, b))
