/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/input.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#include "base/contract.h"
#include "base/memory.h"
#include "os/sys.h"

enum {
	FIRST_CAPACITY = 4096,
	KEPT_CAPACITY = 16 * 1024
};

static size_t
smaller(size_t a, size_t b)
{
	return a < b ? a : b;
}

static size_t
larger(size_t a, size_t b)
{
	return a > b ? a : b;
}

/** Moves what is unconsumed to the front of a buffer of `capacity`. */
static int
resize(struct eln_input *input, const struct echelon_allocator *memory,
    size_t capacity)
{
	size_t length = eln_input_length(input);
	char *buffer = eln_allocate_raw(memory, capacity);

	if (buffer == NULL) {
		return -ENOMEM;
	}
	if (length > 0) {
		memcpy(buffer, eln_input_data(input), length);
	}
	eln_release_raw(memory, input->buffer);
	input->buffer = buffer;
	input->capacity = capacity;
	input->begin = 0;
	input->end = length;
	return 0;
}

/** Makes room behind the input: by moving it, or by a larger buffer. */
static int
make_room(struct eln_input *input, const struct echelon_allocator *memory,
    size_t limit)
{
	size_t length = eln_input_length(input);
	size_t wanted = smaller(larger(FIRST_CAPACITY, input->expected), limit);

	if (input->capacity < wanted) {
		return resize(input, memory, wanted);
	}
	if (input->end < input->capacity) {
		return 0;
	}
	if (input->begin >= input->capacity / 2 || input->capacity >= limit) {
		memmove(input->buffer, eln_input_data(input), length);
		input->begin = 0;
		input->end = length;
		return 0;
	}
	return resize(input, memory, smaller(2 * input->capacity, limit));
}

ssize_t
eln_input_receive(struct eln_input *input,
    const struct echelon_allocator *memory, int fd, size_t most, size_t limit,
    size_t *room)
{
	int error;
	ssize_t n;

	ELN_CONTRACT(eln_input_length(input) < limit && most > 0,
	    "nothing can be received");
	error = make_room(input, memory, limit);
	if (error != 0) {
		return error;
	}
	*room = smaller(input->capacity - input->end,
	    smaller(most, limit - eln_input_length(input)));
	n = eln_sys->recv(fd, input->buffer + input->end, *room, 0);
	if (n > 0) {
		input->end += (size_t)n;
	}
	return n;
}

void
eln_input_consume(struct eln_input *input, size_t n)
{
	input->begin += n;
	if (input->begin == input->end) {
		input->begin = 0;
		input->end = 0;
	}
}

void
eln_input_trim(struct eln_input *input, const struct echelon_allocator *memory)
{
	if (input->begin == input->end && input->capacity > KEPT_CAPACITY) {
		eln_input_clear(input, memory);
	}
}

void
eln_input_clear(struct eln_input *input, const struct echelon_allocator *memory)
{
	eln_release_raw(memory, input->buffer);
	*input = (struct eln_input){ .buffer = NULL };
}
