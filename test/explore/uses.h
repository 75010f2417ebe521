/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TEST_EXPLORE_USES_H
#define TEST_EXPLORE_USES_H

/*
 * The parts of explore_uses: uses.c has the scene, uses_threads.c threads,
 * values and the clock, uses_locks.c locks and conditions, uses_blocks.c
 * memory.
 */

#include <stdbool.h>

void uses_check(bool holds, const char *what);

void uses_threads_begin(void);
void uses_threads(void *unused);
void uses_threads_end(void);
void uses_locks_begin(void);
void uses_locks(void *unused);
void uses_blocks(void *unused);

#endif
