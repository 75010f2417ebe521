/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TEST_SCHEDULE_ARENA_H
#define TEST_SCHEDULE_ARENA_H

/*
 * The memory of a run: malloc(3) and free(3) of whatever is linked to the
 * explorer (by the linker's --wrap), from one block that is used from its
 * beginning in every run. So addresses are the same in every run, what a run
 * that was cut short has left is gone, and freed memory is not used again: a
 * use after free finds it filled with 0xdd, or AddressSanitizer finds the use.
 */

#include <stddef.h>

void explore_arena_begin(void);
void explore_arena_end(void);

/** How many blocks of this run have not been freed. */
size_t explore_arena_live(void);

/** The next block's address will be a multiple of this power of two. */
void explore_arena_align(size_t alignment);

/** Claims that no block was written to after it was freed. */
void explore_arena_check(void);

#endif
