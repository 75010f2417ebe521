/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * A stale event.
 *
 * Connections live in slots, which are used again. The poller has fetched an
 * event for a slot; before it gets to it, another thread closes that
 * connection, and the next client is accepted into the same slot:
 *
 *     poller                        closer
 *     event: "slot 0 is readable"
 *                                   Anna's connection closes
 *                                   Bert's is opened in slot 0
 *     run the handler of slot 0
 *
 * It is Bert's handler that runs now, for Anna's event. (So it is with
 * descriptors, whose numbers the kernel gives out again at once.)
 *
 * The repair: a slot has a version that grows with each connection, an event
 * carries the version it was meant for, and one that is too old is dropped.
 * The version is in the word by which a slot is taken: looking at it first
 * and taking the slot then would only make the gap smaller.
 */

#include "classic.h"

enum {
	ANNA = 1, /* versions: who has the slot */
	BERT = 2,
	RUNNING = 0x10 /* some thread is at work on the slot */
};

static struct {
	struct word state; /* version, and RUNNING */
	uint32_t client;   /* of whoever set RUNNING */
} slot;

/* The handle set: for which version it has an event; 0: none. */
static struct word event;

/* Takes the slot for an event of that version; false: nothing to do. */
static bool
take_slot(uint32_t version)
{
#ifdef REPAIRED
	return compare_and_swap(&slot.state, version, version | RUNNING);
#else
	(void)version;
	return (set_bits(&slot.state, RUNNING) & RUNNING) == 0;
#endif
}

static void
poll_events(uint32_t unused)
{
	uint32_t version = clear_bits(&event, ANNA);

	(void)unused;
	if (version == 0 || !take_slot(version)) {
		return;
	}
	rule(slot.client == version,
	    "an event of client %u reaches the handler of client %u", version,
	    slot.client);
	(void)clear_bits(&slot.state, RUNNING);
}

static void
close_and_accept(uint32_t unused)
{
	(void)unused;
	/* If Anna's handler runs just now, it will close her itself. */
	if (compare_and_swap(&slot.state, ANNA, ANNA | RUNNING)) {
		(void)clear_bits(&event, ANNA); /* EPOLL_CTL_DEL */
		slot.client = BERT;
		store(&slot.state, BERT);
	}
}

static void
set_up(void)
{
	slot.state.value = ANNA;
	slot.client = ANNA;
	event.value = ANNA;
	start_thread("poller", poll_events, 0);
	start_thread("closer", close_and_accept, 0);
}

CLASSIC(stale_event) = {
	.name = "stale-event",
	.rule =
	    "an event reaches the connection that it was meant for, or none",
	.memory = "tso",
	.set_up = set_up,
};
