/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * The ring of lib/sync/ring.c over ck's: one that puts, two that take. Claims:
 * what was put is taken once, the older first, also when a slot is used again
 * while one who took from it is slow.
 */

#include <stddef.h>

#include "base/memory.h"
#include "kernel_small.h"
#include "modules.h"
#include "schedule/explore.h"
#include "sync/ring.h"

enum {
	MOST_ELEMENTS = 6,
	CAPACITY = 3, /* of 4 slots */
	TRIES = 3     /* of each consumer, for each element of its half */
};

static struct {
	struct eln_ring *ring;
	unsigned elements; /* that are to be put */
	unsigned n_put;
	unsigned taken[MOST_ELEMENTS]; /* how often */
} ring;

static void *
put_all(void *arg)
{
	unsigned tries = TRIES * ring.elements;

	while (ring.n_put < ring.elements && tries-- > 0) {
		if (eln_ring_put(ring.ring, &ring.taken[ring.n_put])) {
			ring.n_put++;
		} else {
			explore_point("full", ring.ring);
		}
	}
	return arg;
}

static const unsigned *
take(const unsigned *last)
{
	unsigned *element = eln_ring_take(ring.ring);

	if (element == NULL) {
		return last;
	}
	explore_check(element >= ring.taken &&
		element < ring.taken + ring.elements,
	    "took what was never put");
	explore_check(last == NULL || element > last,
	    "an older element after a newer");
	explore_check(++*element == 1, "an element is taken twice");
	return element;
}

/** Looks so many times; what it gets is newer each time. */
static void *
take_some(void *arg)
{
	const unsigned *last = NULL;

	for (unsigned i = 0; i < TRIES * ring.elements / 2; i++) {
		last = take(last);
	}
	return arg;
}

static void
run_ring(unsigned elements)
{
	struct echelon_allocator none = { .release = NULL };
	struct echelon_allocator memory = eln_memory_of(none);
	unsigned fibres[3];

	kernel_small_begin();
	for (unsigned i = 0; i < MOST_ELEMENTS; i++) {
		ring.taken[i] = 0;
	}
	ring.elements = elements;
	ring.n_put = 0;
	ring.ring = eln_ring_init(eln_allocate(&memory,
				      eln_ring_bytes(CAPACITY)),
	    CAPACITY);
	fibres[0] = explore_spawn("producer", put_all, NULL);
	fibres[1] = explore_spawn("consumer", take_some, NULL);
	fibres[2] = explore_spawn("consumer", take_some, NULL);
	for (unsigned i = 0; i < 3; i++) {
		(void)explore_join(fibres[i]);
	}
	while (eln_ring_count(ring.ring) > 0) {
		(void)take(NULL); /* what nobody came for */
	}
	for (unsigned i = 0; i < elements; i++) {
		explore_check(ring.taken[i] == (i < ring.n_put),
		    "element %u of %u is taken %u times", i, ring.n_put,
		    ring.taken[i]);
	}
}

void
module_ring(void *arg)
{
	(void)arg;
	run_ring(CAPACITY);
}

void
module_ring_round(void *arg)
{
	(void)arg;
	run_ring(MOST_ELEMENTS);
}
