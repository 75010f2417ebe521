/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ELN_WAKEUP_H
#define ELN_WAKEUP_H

/*
 * The wake-up descriptor: makes a thread that waits on a handle set return.
 * An eventfd(2); who decides whether a wake is needed is core/set.c.
 */

/** Opens one: a descriptor, or -EMFILE, -ENFILE, -ENOMEM. */
int eln_wakeup_open(void);

/** Makes it readable. Any thread. */
void eln_wakeup_set(int wakeup);

/** Makes it unreadable. */
void eln_wakeup_clear(int wakeup);

#endif
