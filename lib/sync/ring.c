/* SPDX-License-Identifier: BSD-2-Clause */
#include "sync/ring.h"

#include <ck_pr.h>

/*
 * A consumer of ck's (0.7.1) copies its slot, and moves the head on by a
 * compare-and-swap; between the two it orders stores only. Where a load may be
 * done after a later store (64-bit ARM), the producer, whose eln_ring_put()
 * reads the head before it stores, could fill the slot again before it was
 * read. No instruction on x86.
 */
#undef ck_pr_fence_store_atomic
#define ck_pr_fence_store_atomic ck_pr_fence_load_atomic
#include <ck_ring.h>

#include "base/compiler.h"
#include "base/contract.h"
#include "base/ghost.h"

/*
 * A ck_ring of size N (a power of two) holds N - 1; ours holds what the
 * settings say, so the count is checked before the put.
 */
struct eln_ring {
	ELN_APART ck_ring_t ring;    /* [atomic] inside ck */
	ELN_APART unsigned capacity; /* [const] elements */
	ELN_APART ck_ring_buffer_t buffer[];
};

static unsigned
size_for(unsigned capacity)
{
	unsigned size = 4;

	while (size - 1 < capacity) {
		size *= 2;
	}
	return size;
}

size_t
eln_ring_bytes(unsigned capacity)
{
	return sizeof(struct eln_ring) +
	    size_for(capacity) * sizeof(ck_ring_buffer_t);
}

struct eln_ring *
eln_ring_init(void *memory, unsigned capacity)
{
	struct eln_ring *ring = memory;

	ELN_CONTRACT(capacity >= 1 && capacity <= 1u << 30,
	    "a ring holds 1 to 2^30 elements");
	ck_ring_init(&ring->ring, size_for(capacity));
	ring->capacity = capacity;
	return ring;
}

bool
eln_ring_put(struct eln_ring *ring, void *element)
{
	if (ck_ring_size(&ring->ring) >= ring->capacity) {
		return false;
	}
	if (!ck_ring_enqueue_spmc(&ring->ring, ring->buffer, element)) {
		return false;
	}
	ELN_GHOST_CLAIM(ELN_CLAIM_BOUND,
	    ck_ring_size(&ring->ring) <= ring->capacity);
	return true;
}

void *
eln_ring_take(struct eln_ring *ring)
{
	void *element = NULL;

	if (!ck_ring_dequeue_spmc(&ring->ring, ring->buffer, &element)) {
		return NULL;
	}
	return element;
}

unsigned
eln_ring_count(const struct eln_ring *ring)
{
	unsigned n = ck_ring_size(&ring->ring);

	/* ck reads its two counters one after the other. */
	return n < ring->capacity ? n : ring->capacity;
}
