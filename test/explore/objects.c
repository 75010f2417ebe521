/* SPDX-License-Identifier: BSD-2-Clause */
#include "objects.h"

#include "posix.h"
#include "schedule/explore.h"

enum {
	OBJECTS = 256,
	KIND = 3 /* of a mutex, as glibc keeps it */
};

static struct object objects[OBJECTS];
static unsigned n_objects; /* with those that were given back */
static unsigned n_numbers;

void
posix_locks_begin(void)
{
	n_objects = 0;
	n_numbers = 0;
	mutexes_begin();
}

struct object *
object_find(const void *address)
{
	for (unsigned i = 0; i < n_objects; i++) {
		if (objects[i].address == address) {
			return &objects[i];
		}
	}
	return NULL;
}

struct object *
object_of(const void *address)
{
	struct object *object = object_find(address);

	if (object == NULL) {
		object = object_find(NULL);
		if (object == NULL) {
			explore_check(n_objects < OBJECTS,
			    "more than %d locks, conditions and the like",
			    OBJECTS);
			object = &objects[n_objects++];
		}
		*object = (struct object){ .address = address,
			.number = ++n_numbers };
	}
	return object;
}

struct object *
object_of_mutex(const pthread_mutex_t *address)
{
	struct object *mutex = object_of(address);

	mutex->kind = address->__data.__kind & KIND;
	return mutex;
}

bool
object_is_free(const void *object)
{
	return ((const struct object *)object)->owner == OBJECT_NOBODY;
}

unsigned
object_self(void)
{
	return explore_self() + 1;
}
