/* SPDX-License-Identifier: BSD-2-Clause */
#include "deque.h"

#include <stdlib.h>

static struct text **
place(const struct deque *deque, size_t n)
{
	return &deque->ring[(deque->head + n) & (deque->capacity - 1)];
}

static void
resize(struct deque *deque, size_t capacity)
{
	struct text **ring = memory_get(capacity * sizeof(struct text *));

	for (size_t n = 0; n < deque->count; n++) {
		ring[n] = *place(deque, n);
	}
	free(deque->ring);
	deque->ring = ring;
	deque->capacity = capacity;
	deque->head = 0;
}

void
deque_deinit(struct deque *deque)
{
	for (size_t n = 0; n < deque->count; n++) {
		free(*place(deque, n));
	}
	free(deque->ring);
	*deque = (struct deque){ 0 };
}

void
deque_push(struct deque *deque, struct text *text, bool front)
{
	if (deque->count == deque->capacity) {
		resize(deque, deque->capacity == 0 ? 4 : deque->capacity * 2);
	}
	if (front) {
		deque->head = (deque->head - 1) & (deque->capacity - 1);
		*place(deque, 0) = text;
	} else {
		*place(deque, deque->count) = text;
	}
	deque->count++;
}

struct text *
deque_pop(struct deque *deque, bool front)
{
	struct text *text = *place(deque, front ? 0 : deque->count - 1);

	if (front) {
		deque->head = (deque->head + 1) & (deque->capacity - 1);
	}
	deque->count--;
	if (deque->capacity > 16 && deque->count < deque->capacity / 8) {
		resize(deque, deque->capacity / 2);
	}
	return text;
}

const struct text *
deque_at(const struct deque *deque, size_t n)
{
	return *place(deque, n);
}
