/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TEST_SCHEDULE_HISTORY_H
#define TEST_SCHEDULE_HISTORY_H

/*
 * Older values of words, and which of them a fibre may still read; memory.c
 * says how. `newest` is always what the memory has before the call.
 */

#include <stdbool.h>
#include <stdint.h>

#include "schedule/memory.h"

enum {
	EXPLORE_SLOTS = 4
};

void explore_history_begin(void);

/** A value that the fibre may read now. `old`: not only the newest. */
uint64_t explore_history_load(unsigned fibre, const void *word, uint64_t newest,
    enum explore_order order, bool old);

/**
 * A store, in two steps: what it carries is settled when it is made, and it
 * is seen later. `slot` names it in between. One that is kept behind others
 * of its fibre follows each of them when that is seen.
 */
void explore_history_carry(unsigned fibre, unsigned slot, bool release);
void explore_history_arrive(unsigned fibre, unsigned slot, const void *word,
    uint64_t newest, uint64_t value);
void explore_history_follow(unsigned fibre, unsigned slot, const void *word);
/** A store has been seen that a fence for stores came after. */
void explore_history_fenced(unsigned fibre, const void *word);

/** A read-modify-write. `sc`: it acquires and releases as well. */
void explore_history_change(unsigned fibre, const void *word, uint64_t newest,
    uint64_t value, bool sc);

void explore_history_fence(unsigned fibre, bool acquire, bool release,
    bool full);

/** A lock that all have in common, taken and released. */
void explore_history_lock(unsigned fibre);

/** What was read is before what is stored from now on. */
void explore_history_fence_late(unsigned fibre);

void explore_history_spawn(unsigned fibre, unsigned child);
void explore_history_join(unsigned fibre, unsigned child);

#endif
