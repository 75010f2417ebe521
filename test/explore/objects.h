/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TEST_EXPLORE_OBJECTS_H
#define TEST_EXPLORE_OBJECTS_H

/*
 * What the mutexes, conditions and once-controls of a run are, in a table, by
 * their addresses: so each run begins with all of them free. Only the kind of
 * a mutex is kept by the C library: static initialisers have it, and no call
 * of ours sees those.
 */

#include <pthread.h>
#include <stdbool.h>

enum {
	OBJECT_NOBODY = 0
};

/* Who sleeps on a condition; on its stack. */
struct sleeper {
	struct sleeper *next;
	bool woken;
};

struct object {
	const void *address;      /* NULL: given back */
	unsigned number;          /* from 1, in the order of first use */
	unsigned owner;           /* a mutex's, a running once's: fibre + 1 */
	unsigned depth;           /* how often its owner has locked it */
	int kind;                 /* of a mutex */
	bool done;                /* of a once-control */
	struct sleeper *sleepers; /* on a condition */
};

/** NULL: was not used in this run. */
struct object *object_find(const void *address);

struct object *object_of(const void *address);
struct object *object_of_mutex(const pthread_mutex_t *address);

/** Whether nobody owns it; for explore_wait(). */
bool object_is_free(const void *object);

/** Who is running: fibre + 1. */
unsigned object_self(void);

/* ---- mutexes.c, for conditions too ---- */

void mutexes_begin(void);
int mutex_lock(struct object *mutex);
int mutex_unlock(struct object *mutex);

#endif
