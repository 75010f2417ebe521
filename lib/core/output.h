/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ELN_OUTPUT_H
#define ELN_OUTPUT_H

/*
 * Output that was written and is not yet with the kernel.
 *
 *   write ──▶ scratch of the turn's thread ──flush──▶ socket
 *                                             │ takes no more
 *                                             ▼
 *                                     queue of chunks ──room──▶ socket
 *
 * Invariant: bytes leave in the order written. So the scratch is used only
 * while the queue is empty, and a flush leaves it empty: what the socket does
 * not take becomes a chunk. Scratch memory belongs to a thread, hence every
 * turn ends with a flush.
 *
 * A chunk has bytes of its own (copied) or refers to bytes that were lent
 * (eln_output_lend); these are released exactly once, when they have left or
 * when the output is dropped. `unsent` counts all of it; the writer keeps it
 * below limits.output.
 */

#include <echelon/connection.h>
#include <echelon/engine.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct eln_thread;

struct eln_chunk;

struct eln_output {
	struct eln_chunk *first; /* [run] NULL: nothing queued */
	struct eln_chunk *last;  /* [run] */
	size_t unsent;           /* [run] bytes in scratch and chunks */
	uint64_t progress;       /* [run] when the socket last took some, ns */
};

/** Takes a copy of the bytes. 0, or -ENOMEM and nothing was taken. */
int eln_output_copy(struct eln_output *output, struct eln_thread *thread,
    const void *data, size_t length);

/** Takes the bytes on loan. 0, or -ENOMEM: nothing taken, nor released. */
int eln_output_lend(struct eln_output *output, struct eln_thread *thread,
    const void *data, size_t length, echelon_release_fn *release, void *arg);

/**
 * Gives the socket what it takes. Afterwards the scratch is empty.
 *
 * @return 0 nothing is unsent; -EAGAIN the socket takes no more now;
 *         -ENOMEM scratch could not be kept, bytes are lost; -errno of
 *         sendmsg(2)
 */
int eln_output_flush(struct eln_output *output, struct eln_thread *thread,
    int fd);

/** Drops the queue, releasing what was lent; the scratch is the caller's. */
void eln_output_drop(struct eln_output *output,
    const struct echelon_allocator *memory);

#endif
