/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/output.h"

#include <errno.h>
#include <string.h>

#include "base/ghost.h"
#include "base/memory.h"
#include "core/engine.h"
#include "core/thread.h"
#include "os/sys.h"

enum {
	CHUNK_BYTES = 16 * 1024,
	MOST_PIECES = 16
};

struct eln_chunk {
	struct eln_chunk *next;
	const char *data; /* first byte unsent; in `bytes`, or lent */
	size_t length;    /* unsent */
	size_t room;      /* bytes free behind the data; 0 if lent */
	echelon_release_fn *release;
	void *arg;
	ELN_GHOST(bool released;)
	char bytes[];
};

static const struct echelon_allocator *
memory_of(const struct eln_thread *thread)
{
	return &thread->engine->memory;
}

static void
append(struct eln_output *output, struct eln_chunk *chunk)
{
	chunk->next = NULL;
	if (output->first == NULL) {
		output->first = chunk;
		output->progress = eln_sys->now_coarse();
	} else {
		output->last->next = chunk;
	}
	output->last = chunk;
}

static void
release_chunk(const struct echelon_allocator *memory, struct eln_chunk *chunk)
{
	ELN_GHOST_CLAIM(ELN_CLAIM_MESSAGE, !chunk->released);
	ELN_GHOST(chunk->released = true;)
	if (chunk->release != NULL) {
		chunk->release(chunk->arg);
	}
	eln_release_raw(memory, chunk);
}

/** Queues a copy, behind the last chunk's bytes where they fit. */
static int
queue_copy(struct eln_output *output, struct eln_thread *thread,
    const void *data, size_t length)
{
	struct eln_chunk *chunk = output->last;
	size_t room = length > CHUNK_BYTES ? length : CHUNK_BYTES;

	if (output->first == NULL || chunk->room < length) {
		chunk = eln_allocate_raw(memory_of(thread),
		    sizeof(*chunk) + room);
		if (chunk == NULL) {
			return -ENOMEM;
		}
		*chunk = (struct eln_chunk){ .data = chunk->bytes,
			.room = room };
		append(output, chunk);
	}
	memcpy(chunk->bytes + (chunk->data - chunk->bytes) + chunk->length,
	    data, length);
	chunk->length += length;
	chunk->room -= length;
	return 0;
}

int
eln_output_copy(struct eln_output *output, struct eln_thread *thread,
    const void *data, size_t length)
{
	int error;

	if (output->first == NULL &&
	    length <= ELN_SCRATCH_BYTES - thread->scratch_used) {
		memcpy(thread->scratch + thread->scratch_used, data, length);
		thread->scratch_used += length;
		output->unsent += length;
		return 0;
	}
	if (output->first == NULL && thread->scratch_used > 0) {
		error = queue_copy(output, thread, thread->scratch,
		    thread->scratch_used);
		if (error != 0) {
			return error;
		}
		thread->scratch_used = 0;
	}
	error = queue_copy(output, thread, data, length);
	if (error == 0) {
		output->unsent += length;
	}
	return error;
}

int
eln_output_lend(struct eln_output *output, struct eln_thread *thread,
    const void *data, size_t length, echelon_release_fn *release, void *arg)
{
	struct eln_chunk *chunk = eln_allocate_raw(memory_of(thread),
	    sizeof(*chunk));

	if (chunk == NULL) {
		return -ENOMEM;
	}
	if (output->first == NULL && thread->scratch_used > 0) {
		if (queue_copy(output, thread, thread->scratch,
			thread->scratch_used) != 0) {
			eln_release_raw(memory_of(thread), chunk);
			return -ENOMEM;
		}
		thread->scratch_used = 0;
	}
	*chunk = (struct eln_chunk){
		.data = data, .length = length, .release = release, .arg = arg
	};
	append(output, chunk);
	output->unsent += length;
	return 0;
}

/** Sends pieces; returns bytes sent, or -errno. */
static ssize_t
send_pieces(struct eln_output *output, struct eln_thread *thread, int fd,
    struct iovec *pieces, size_t n)
{
	struct msghdr message = { .msg_iov = pieces, .msg_iovlen = n };
	ssize_t sent;

	do {
		sent = eln_sys->sendmsg(fd, &message, MSG_NOSIGNAL);
	} while (sent == -EINTR);
	if (sent > 0) {
		eln_thread_tally(thread, ELN_BYTES_OUT, (uint64_t)sent);
		output->unsent -= (size_t)sent;
		output->progress = eln_sys->now_coarse();
	}
	return sent;
}

/** The scratch to the socket; what it does not take to the queue. */
static int
flush_scratch(struct eln_output *output, struct eln_thread *thread, int fd)
{
	struct iovec piece = { .iov_base = thread->scratch,
		.iov_len = thread->scratch_used };
	ssize_t sent = send_pieces(output, thread, fd, &piece, 1);
	size_t left;
	int error;

	if (sent < 0 && sent != -EAGAIN) {
		return (int)sent;
	}
	left = thread->scratch_used - (sent > 0 ? (size_t)sent : 0);
	if (left == 0) {
		thread->scratch_used = 0;
		return 0;
	}
	error = queue_copy(output, thread,
	    thread->scratch + thread->scratch_used - left, left);
	if (error != 0) {
		return error;
	}
	thread->scratch_used = 0;
	return -EAGAIN;
}

static void
release_chunks(const struct echelon_allocator *memory, struct eln_chunk *chunk)
{
	while (chunk != NULL) {
		struct eln_chunk *next = chunk->next;

		release_chunk(memory, chunk);
		chunk = next;
	}
}

/** Takes `sent` bytes off the front of the queue. Who is given a loan back may
 *  write and flush: the queue says by then what is unsent. */
static void
advance(struct eln_output *output, struct eln_thread *thread, size_t sent)
{
	struct eln_chunk *gone = output->first;
	struct eln_chunk **end = &gone;

	while (*end != NULL && (*end)->length <= sent) {
		sent -= (*end)->length;
		end = &(*end)->next;
	}
	output->first = *end;
	*end = NULL;
	if (output->first != NULL) {
		output->first->data += sent;
		output->first->length -= sent;
	}
	release_chunks(memory_of(thread), gone);
}

static size_t
gather(const struct eln_output *output, struct iovec *pieces)
{
	size_t n = 0;

	for (struct eln_chunk *chunk = output->first;
	     chunk != NULL && n < MOST_PIECES; chunk = chunk->next) {
		/* sendmsg only reads, but iovec has no const. */
		memcpy(&pieces[n].iov_base, &chunk->data, sizeof(void *));
		pieces[n].iov_len = chunk->length;
		n++;
	}
	return n;
}

static int
flush_queue(struct eln_output *output, struct eln_thread *thread, int fd)
{
	while (output->first != NULL) {
		struct iovec pieces[MOST_PIECES];
		size_t n = gather(output, pieces);
		ssize_t sent = send_pieces(output, thread, fd, pieces, n);

		if (sent < 0) {
			return (int)sent;
		}
		advance(output, thread, (size_t)sent);
	}
	return 0;
}

int
eln_output_flush(struct eln_output *output, struct eln_thread *thread, int fd)
{
	if (thread->scratch_used > 0) {
		return flush_scratch(output, thread, fd);
	}
	return flush_queue(output, thread, fd);
}

void
eln_output_drop(struct eln_output *output,
    const struct echelon_allocator *memory)
{
	struct eln_chunk *gone = output->first;

	output->first = NULL;
	output->last = NULL;
	output->unsent = 0;
	release_chunks(memory, gone);
}
