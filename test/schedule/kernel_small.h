/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TEST_SCHEDULE_KERNEL_SMALL_H
#define TEST_SCHEDULE_KERNEL_SMALL_H

/*
 * What the modules below the engine need of a kernel: futexes, which are those
 * of the kernel in memory, one kind of wake-up descriptor, a clock. Each call is
 * a point.
 */

#include <stdbool.h>
#include <stdint.h>

#include "os/sys.h"

extern const struct eln_sys kernel_small;

/** The first thing in a run: `eln_sys` is this kernel, empty. */
void kernel_small_begin(void);

/** Whether a wake-up descriptor is readable. */
bool kernel_small_is_set(int wakeup);

/** How often it has been written. */
uint64_t kernel_small_writes(int wakeup);

#endif
