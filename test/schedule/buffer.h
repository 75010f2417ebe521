/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TEST_SCHEDULE_BUFFER_H
#define TEST_SCHEDULE_BUFFER_H

/*
 * The store buffer of the running fibre, and shared words as all see them.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "schedule/memory.h"

/** What all see. */
uint64_t explore_word_read(const void *word, unsigned bytes);
void explore_word_write(void *word, unsigned bytes, uint64_t value);

/** A store: it waits, or is seen at once if there are no buffers. */
void explore_buffer_put(const struct explore_site *site, void *word,
    unsigned bytes, uint64_t value, bool release);

/** What the fibre itself has stored there and nobody else sees yet. */
bool explore_buffer_find(const void *word, uint64_t *value);

/** All stores are seen; or those into a block of memory, and what has to be
 *  seen before those; or those before the last fence for stores. */
void explore_buffer_flush(void);
void explore_buffer_flush_into(const void *block, size_t bytes);
void explore_buffer_flush_fenced(void);

/** No later store is seen before an earlier one. */
void explore_buffer_fence_stores(void);

/** What still waits is forgotten. */
void explore_buffer_end(void);

#endif
