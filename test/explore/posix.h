/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TEST_EXPLORE_POSIX_H
#define TEST_EXPLORE_POSIX_H

/*
 * What programs call of POSIX, in a run: threads.c and specifics.c have
 * threads, mutexes.c and conditions.c (over objects.c) what they wait for,
 * times.c the clock, blocks.c memory, refused.c what no run can have.
 */

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

#define POSIX_SECOND_NS UINT64_C(1000000000)

enum {
	POSIX_FIBRES = 64 /* of a run */
};

/** Each run begins with no thread, with all locks free, with no values. */
void posix_threads_begin(void);
void posix_locks_begin(void);
void posix_specifics_begin(void);

/** Lets threads that nobody joins end what they do, for a second at most.
 *  Whether all have ended. */
bool posix_threads_end(void);

/** The destructors of what pthread_setspecific() has set: this thread's, as
 *  it ends; at the end of the run, those of all others. */
void posix_specifics_destroy(unsigned fibre);
void posix_specifics_end(void);

uint64_t posix_ns_of(const struct timespec *time);

/** From now until a point of time; 0: it has been. */
uint64_t posix_ns_until(const struct timespec *time);

#endif
