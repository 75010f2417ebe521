/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * pthread_setspecific and _getspecific in a run: a value for each fibre. The
 * keys are the C library's, with no values there; those that a run has made
 * are gone before the next.
 */

#include <errno.h>
#include <limits.h>
#include <pthread.h>
#include <stddef.h>

#include "posix.h"
#include "scene.h"
#include "schedule/explore.h"

enum {
	VALUES = 256
};

struct key {
	bool is_of_run;
	void (*destroy)(void *value);
};

struct value {
	unsigned fibre;
	pthread_key_t key;
	const void *value;
};

static struct key keys[PTHREAD_KEYS_MAX];
static struct value values[VALUES];
static unsigned n_values;

int __real_pthread_key_create(pthread_key_t *key, void (*destroy)(void *value));
int __wrap_pthread_key_create(pthread_key_t *key, void (*destroy)(void *value));
int __real_pthread_key_delete(pthread_key_t key);
int __wrap_pthread_key_delete(pthread_key_t key);
int __real_pthread_setspecific(pthread_key_t key, const void *value);
int __wrap_pthread_setspecific(pthread_key_t key, const void *value);
void *__real_pthread_getspecific(pthread_key_t key);
void *__wrap_pthread_getspecific(pthread_key_t key);

void
posix_specifics_begin(void)
{
	n_values = 0;
	for (unsigned i = 0; i < PTHREAD_KEYS_MAX; i++) {
		if (keys[i].is_of_run) {
			(void)__real_pthread_key_delete(i);
			keys[i] = (struct key){ .destroy = NULL };
		}
	}
}

int
__wrap_pthread_key_create(pthread_key_t *key, void (*destroy)(void *value))
{
	int error = __real_pthread_key_create(key,
	    scene_run.runs ? NULL : destroy);

	if (error == 0) {
		keys[*key] = (struct key){ .is_of_run = scene_run.runs,
			.destroy = destroy };
	}
	return error;
}

int
__wrap_pthread_key_delete(pthread_key_t key)
{
	if (key < PTHREAD_KEYS_MAX) {
		keys[key] = (struct key){ .destroy = NULL };
	}
	for (unsigned i = 0; i < n_values; i++) {
		if (values[i].key == key) {
			values[i].value = NULL;
		}
	}
	return __real_pthread_key_delete(key);
}

static struct value *
find(pthread_key_t key)
{
	for (unsigned i = 0; i < n_values; i++) {
		if (values[i].fibre == explore_self() && values[i].key == key) {
			return &values[i];
		}
	}
	return NULL;
}

int
__wrap_pthread_setspecific(pthread_key_t key, const void *value)
{
	struct value *place;

	if (!scene_run.runs) {
		return __real_pthread_setspecific(key, value);
	}
	place = find(key);
	if (place == NULL) {
		explore_check(n_values < VALUES,
		    "more than %d values of pthread_setspecific", VALUES);
		place = &values[n_values++];
	}
	*place = (struct value){ explore_self(), key, value };
	return 0;
}

void *
__wrap_pthread_getspecific(pthread_key_t key)
{
	const struct value *place;

	if (!scene_run.runs) {
		return __real_pthread_getspecific(key);
	}
	place = find(key);
	return place == NULL ? NULL : (void *)(uintptr_t)place->value;
}

void
posix_specifics_destroy(unsigned fibre)
{
	/* A destructor may set another: those have places further on. */
	for (unsigned i = 0; i < n_values; i++) {
		void *value = (void *)(uintptr_t)values[i].value;

		if (values[i].fibre == fibre && value != NULL &&
		    keys[values[i].key].destroy != NULL) {
			values[i].value = NULL;
			keys[values[i].key].destroy(value);
		}
	}
}

void
posix_specifics_end(void)
{
	for (unsigned i = 1; i < explore_spawns(); i++) {
		posix_specifics_destroy(i);
	}
}
