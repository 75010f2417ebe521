/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ELN_OS_THREAD_H
#define ELN_OS_THREAD_H

/*
 * Threads of the operating system. An engine's thread runs with all signals
 * blocked, so that none of the program's handlers ever runs on it.
 */

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

struct eln_os_thread {
	pthread_t id; /* [const] once started */
};

/**
 * Starts a thread with all signals blocked and this name (at most 15
 * characters). 0, -EAGAIN or -ENOMEM.
 */
int eln_os_thread_start(struct eln_os_thread *thread, const char *name,
    void *(*run)(void *arg), void *arg);

/** Waits for its end. */
void eln_os_thread_join(struct eln_os_thread *thread);

/** The calling thread. */
struct eln_os_thread eln_os_thread_self(void);

/** Whether the caller is this thread. */
bool eln_os_thread_is_self(const struct eln_os_thread *thread);

/** The kernel's number of the calling thread. */
uint32_t eln_os_thread_number(void);

/** Whether the thread of this process with that number is off the processor
 *  and not wanting it: 1 sleeping, 0 running, -errno unknown. */
int eln_os_thread_sleeps(uint32_t number);

/** How many processors this process may use; at least 1. */
unsigned eln_os_processors(void);

/** How many descriptors this process may have open; at least 1. */
uint64_t eln_os_descriptor_limit(void);

#endif
