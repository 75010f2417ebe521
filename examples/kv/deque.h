/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef KV_DEQUE_H
#define KV_DEQUE_H

/*
 * A list's value: a ring of texts that grows at both ends.
 *
 * The n-th element is n places behind `head`, around the end of the ring;
 * so push, pop and index take the same short time wherever they act.
 */

#include "text.h"

/* All zero is an empty one. */
struct deque {
	struct text **ring;
	size_t capacity; /* 0 or a power of two */
	size_t head;
	size_t count;
};

/** Frees the elements and the ring. */
void deque_deinit(struct deque *deque);

/** Adds an element, which it takes, at the front or at the back. */
void deque_push(struct deque *deque, struct text *text, bool front);

/** Removes and gives an element; there is one. */
struct text *deque_pop(struct deque *deque, bool front);

/** Lends the n-th element; n is less than count. */
const struct text *deque_at(const struct deque *deque, size_t n);

#endif
