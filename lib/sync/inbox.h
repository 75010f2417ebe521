/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ELN_INBOX_H
#define ELN_INBOX_H

/*
 * An inbox: many threads put, one takes everything at once.
 *
 * Links are embedded in what is put, so putting never fails and never
 * allocates; an object is in at most one inbox per link at a time, which the
 * run word (or another flag of its owner) makes sure of. Putting is one CAS
 * on the head, taking one exchange; as only whole lists are taken, there is
 * no ABA.
 */

#include <stdbool.h>
#include <stddef.h>

#include "sync/atomic.h"

struct eln_link {
	struct eln_link *next; /* [who put it, then who took it] */
};

struct eln_inbox {
	struct eln_atomic_ptr head; /* [atomic] the newest, or NULL */
};

/** Puts a link. Any thread. */
static inline void
eln_inbox_put(struct eln_inbox *inbox, struct eln_link *link)
{
	void *head = eln_load_ptr_relaxed(&inbox->head);

	/* The CAS publishes the link and what it is part of; pairs with the
	 * exchange in take. */
	do {
		link->next = head;
	} while (!eln_cas_ptr(&inbox->head, &head, link));
}

/** Takes all that is there, oldest first. Any thread: of two, each gets other
 *  links. */
static inline struct eln_link *
eln_inbox_take(struct eln_inbox *inbox)
{
	struct eln_link *newest = eln_exchange_ptr(&inbox->head, NULL);
	struct eln_link *oldest = NULL;

	while (newest != NULL) {
		struct eln_link *next = newest->next;

		newest->next = oldest;
		oldest = newest;
		newest = next;
	}
	return oldest;
}

/** Whether there is nothing to take. Sequentially consistent, for those who
 *  announce that they will sleep and then ask. */
static inline bool
eln_inbox_is_empty(const struct eln_inbox *inbox)
{
	return eln_load_ptr_sc(&inbox->head) == NULL;
}

#endif
