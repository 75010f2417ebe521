/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ELN_INPUT_H
#define ELN_INPUT_H

/*
 * Input that has been received and not consumed: one contiguous piece, as
 * `frame` and on_data want to see it.
 *
 * The buffer is made at the first byte and grows up to limits.input: by
 * doubling, or at once to what is expected. A turn that ends with it empty
 * gives it back if it is large. Belongs to whoever runs the connection.
 */

#include <echelon/engine.h>
#include <stddef.h>
#include <sys/types.h>

struct eln_input {
	char *buffer;    /* [run] NULL or `capacity` bytes */
	size_t capacity; /* [run] */
	size_t begin;    /* [run] first byte not consumed */
	size_t end;      /* [run] first byte not received */
	size_t expected; /* [run] length of the first request, 0 unknown */
};

static inline const char *
eln_input_data(const struct eln_input *input)
{
	return input->buffer + input->begin;
}

static inline size_t
eln_input_length(const struct eln_input *input)
{
	return input->end - input->begin;
}

/**
 * Receives into the buffer, at most `most` bytes and never beyond `limit`
 * unconsumed ones, both above the present length.
 *
 * @param room  how many bytes it asked for: fewer received means that the
 *              socket had no more
 *
 * @return bytes received, 0 at FIN, -EAGAIN, -ENOMEM, or -errno of recv(2)
 */
ssize_t eln_input_receive(struct eln_input *input,
    const struct echelon_allocator *memory, int fd, size_t most, size_t limit,
    size_t *room);

/** Drops the first `n` bytes. */
void eln_input_consume(struct eln_input *input, size_t n);

/** Gives the buffer back if it is empty and large. */
void eln_input_trim(struct eln_input *input,
    const struct echelon_allocator *memory);

/** Drops everything and gives the buffer back. */
void eln_input_clear(struct eln_input *input,
    const struct echelon_allocator *memory);

#endif
