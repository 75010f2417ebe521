/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ELN_FUTEX_H
#define ELN_FUTEX_H

/*
 * Waiting on a word, for the few places that wait for a change and not for
 * work: the monitor's bell, the state of an engine.
 */

#include <limits.h>
#include <stdint.h>

#include "os/sys.h"
#include "sync/atomic.h"

/**
 * Sleeps while the word is `expected`, at most `timeout_ns`. May return
 * early; the caller looks again.
 */
static inline void
eln_wait32(struct eln_atomic32 *word, uint32_t expected, uint64_t timeout_ns)
{
	(void)eln_sys->futex_wait(word, expected, timeout_ns);
}

/** Wakes all who wait on the word, after the caller has changed it. */
static inline void
eln_wake32(struct eln_atomic32 *word)
{
	(void)eln_sys->futex_wake(word, INT_MAX);
}

#endif
