/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ELN_RING_H
#define ELN_RING_H

/*
 * The ring of the queueing layer: bounded, one producer, many consumers,
 * Concurrency Kit's ck_ring in its single-producer multi-consumer form. (Its
 * multi-producer form spins behind a preempted producer.)
 *
 * A put is published by a plain store: who then asks whether somebody is
 * parked needs a full fence between, which eln_lot_notify has.
 */

#include <stdbool.h>
#include <stddef.h>

struct eln_ring; /* opaque: ck's types stay in ring.c */

/** Bytes of memory for a ring that holds `capacity` elements. */
size_t eln_ring_bytes(unsigned capacity);

/**
 * Makes an empty ring in `memory`: eln_ring_bytes(capacity) bytes, aligned
 * to a cache line, the caller's. `capacity` is 1 to 2^30.
 */
struct eln_ring *eln_ring_init(void *memory, unsigned capacity);

/** Adds an element. False: full. One thread at a time. */
bool eln_ring_put(struct eln_ring *ring, void *element);

/** Takes the oldest element, or NULL. Any number of threads. */
void *eln_ring_take(struct eln_ring *ring);

/** How many are in it, about; never more than its capacity. */
unsigned eln_ring_count(const struct eln_ring *ring);

#endif
