/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * lib/os/thread.c in a run: threads are fibres. A thread's number is its
 * fibre's plus one, as 0 is nobody's.
 */

#include "os/thread.h"

#include <errno.h>

#include "schedule/explore.h"

static unsigned
fibre_of(const struct eln_os_thread *thread)
{
	return (unsigned)thread->id - 1;
}

int
eln_os_thread_start(struct eln_os_thread *thread, const char *name,
    void *(*run)(void *arg), void *arg)
{
	/* The new one may use it before this returns. */
	thread->id = (pthread_t)explore_spawns() + 1;
	(void)explore_spawn(name, run, arg);
	return 0;
}

void
eln_os_thread_join(struct eln_os_thread *thread)
{
	(void)explore_join(fibre_of(thread));
}

struct eln_os_thread
eln_os_thread_self(void)
{
	return (struct eln_os_thread){ .id = (pthread_t)explore_self() + 1 };
}

bool
eln_os_thread_is_self(const struct eln_os_thread *thread)
{
	return thread->id == (pthread_t)explore_self() + 1;
}

uint32_t
eln_os_thread_number(void)
{
	return explore_self() + 1;
}

int
eln_os_thread_sleeps(uint32_t number)
{
	return number == 0 ? -EIO : explore_sleeps(number - 1);
}

unsigned
eln_os_processors(void)
{
	return 2;
}

uint64_t
eln_os_descriptor_limit(void)
{
	return 1024;
}
