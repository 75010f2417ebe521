/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * Streams of the kernel in memory: TCP between two files.
 *
 *   send ─▶ unsent ──while there is room──▶ arrived ─▶ receive
 *              └─ then FIN ───────────────▶ ends_input
 *
 * Bytes go over at once, as far as the receiver has room; when it receives,
 * the next go over and are off the sender's side, and if that makes a third
 * of it free, who met a full one (`wants_room`) is told. RST overtakes: what
 * is unsent is lost, what has arrived is not. Whoever closes with input that
 * was not received sends RST; so does a stream that was closed, for bytes
 * that still come.
 */

#include "schedule/kernel_file.h"

#include <errno.h>
#include <string.h>

#include "schedule/explore.h"

/* The wake-ups, as sock_def_readable and others have them. */
static const uint32_t readable = EPOLLIN | EPOLLPRI | EPOLLRDNORM | EPOLLRDBAND;
static const uint32_t writable = EPOLLOUT | EPOLLWRNORM | EPOLLWRBAND;

/* ---- queues ---- */

static void
prepare_queue(struct kernel_queue *queue, uint32_t capacity)
{
	queue->capacity = capacity;
	queue->bytes = kernel_memory(capacity);
}

static uint32_t
room_in(const struct kernel_queue *queue)
{
	return queue->capacity - queue->n;
}

static void
put_byte(struct kernel_queue *queue, char byte)
{
	queue->bytes[(queue->first + queue->n) % queue->capacity] = byte;
	queue->n++;
}

static char
byte_at(const struct kernel_queue *queue, uint32_t i)
{
	return queue->bytes[(queue->first + i) % queue->capacity];
}

static void
drop_bytes(struct kernel_queue *queue, uint32_t n)
{
	queue->first = (queue->first + n) % queue->capacity;
	queue->n -= n;
}

/* ---- what one side makes the other see ---- */

/** Whether poll(2) says that there is room: a third is free. */
bool
kernel_stream_has_room(const struct kernel_file *file)
{
	const struct kernel_queue *unsent = &file->stream.unsent;

	return unsent->capacity - unsent->n >= unsent->n / 2 &&
	    unsent->n < unsent->capacity;
}

static void
tell(const struct kernel_file *file, uint32_t what)
{
	if (!file->stream.is_orphan) {
		kernel_notify(file, what);
	}
}

/** Both ways are over: the state CLOSE. */
static void
end_both_ways(struct kernel_file *file)
{
	struct kernel_stream *stream = &file->stream;

	stream->is_over = true;
	stream->ends_input = true;
	stream->ends_output = true;
	tell(file, 0);
}

static void
receive_reset(struct kernel_file *file)
{
	struct kernel_stream *stream = &file->stream;

	if (stream->is_over) {
		return;
	}
	stream->error = stream->fin_came && !stream->fin_wanted ? EPIPE
								: ECONNRESET;
	stream->unsent.n = 0;
	end_both_ways(file);
	tell(file, EPOLLERR);
}

void
kernel_stream_reset(struct kernel_file *file)
{
	struct kernel_stream *stream = &file->stream;

	stream->is_over = true;
	stream->ends_input = true;
	stream->ends_output = true;
	stream->unsent.n = 0;
	receive_reset(stream->peer);
}

static void
receive_fin(struct kernel_file *file)
{
	struct kernel_stream *stream = &file->stream;
	struct kernel_file *peer = stream->peer;

	stream->fin_came = true;
	stream->ends_input = true;
	tell(file, 0);
	if (stream->fin_sent) {
		end_both_ways(file);
		end_both_ways(peer);
	}
}

static void
free_room(struct kernel_file *file)
{
	struct kernel_stream *stream = &file->stream;

	if (stream->wants_room && kernel_stream_has_room(file)) {
		stream->wants_room = false;
		tell(file, writable);
	}
}

/** Brings over what the peer has room for. */
static void
transfer(struct kernel_file *file)
{
	struct kernel_stream *stream = &file->stream;
	struct kernel_file *peer = stream->peer;
	struct kernel_queue *unsent = &stream->unsent;
	struct kernel_queue *arrived = &peer->stream.arrived;
	uint32_t n = unsent->n < room_in(arrived) ? unsent->n
						  : room_in(arrived);

	if (stream->is_over) {
		return;
	}
	if (unsent->n > 0 && peer->stream.is_orphan) {
		kernel_stream_reset(peer);
		return;
	}
	for (uint32_t i = 0; i < n; i++) {
		put_byte(arrived, byte_at(unsent, i));
	}
	if (n > 0) {
		drop_bytes(unsent, n);
		stream->delivered += n;
		tell(peer, readable);
		free_room(file);
	}
	if (stream->fin_wanted && !stream->fin_sent && unsent->n == 0) {
		stream->fin_sent = true;
		receive_fin(peer);
	}
}

/* ---- the life of a stream ---- */

static void
prepare(struct kernel_file *file, struct kernel_file *peer)
{
	file->stream.peer = peer;
	prepare_queue(&file->stream.unsent, kernel.options.sending);
	prepare_queue(&file->stream.arrived, kernel.options.receiving);
}

void
kernel_stream_connect(struct kernel_file *a, struct kernel_file *b)
{
	prepare(a, b);
	prepare(b, a);
}

int
kernel_stream_finish(struct kernel_file *file)
{
	struct kernel_stream *stream = &file->stream;

	bool connected = stream->peer != NULL && !stream->is_over;

	stream->ends_output = true;
	if (connected) {
		stream->fin_wanted = true;
		transfer(file);
	}
	/* Linux tells also when it fails. */
	tell(file, 0);
	return connected ? 0 : -ENOTCONN;
}

void
kernel_stream_close(struct kernel_file *file)
{
	struct kernel_stream *stream = &file->stream;
	bool ends_last = stream->fin_came && stream->fin_sent;

	stream->is_orphan = true;
	if (stream->peer == NULL || stream->is_over) {
		return;
	}
	if (stream->arrived.n > 0 || (stream->resets && !ends_last)) {
		kernel_stream_reset(file);
		return;
	}
	stream->ends_output = true;
	stream->fin_wanted = true;
	transfer(file);
}

uint32_t
kernel_stream_mask(const struct kernel_file *file)
{
	const struct kernel_stream *stream = &file->stream;
	uint32_t mask = 0;

	if (stream->peer == NULL || stream->is_over ||
	    (stream->ends_input && stream->ends_output)) {
		mask |= EPOLLHUP;
	}
	if (stream->ends_input) {
		mask |= EPOLLIN | EPOLLRDHUP;
	}
	if (stream->arrived.n > 0) {
		mask |= EPOLLIN;
	}
	if (stream->peer == NULL || stream->ends_output ||
	    kernel_stream_has_room(file)) {
		mask |= EPOLLOUT;
	}
	if (stream->error != 0) {
		mask |= EPOLLERR;
	}
	return mask;
}

/* ---- bytes ---- */

/** The error that waits, taken; 0: none. */
static int
take_error(struct kernel_stream *stream)
{
	int error = stream->error;

	stream->error = 0;
	return error;
}

/** Nothing has arrived: why not. */
static ssize_t
receive_nothing(struct kernel_stream *stream)
{
	if (stream->fin_came) {
		return 0;
	}
	if (stream->error != 0) {
		return -take_error(stream);
	}
	if (stream->ends_input) {
		return 0;
	}
	return stream->peer == NULL ? -ENOTCONN : -EAGAIN;
}

ssize_t
kernel_stream_receive(struct kernel_file *file, void *buffer, size_t length,
    bool peeks)
{
	struct kernel_stream *stream = &file->stream;
	struct kernel_queue *arrived = &stream->arrived;
	char *bytes = buffer;
	uint32_t n = arrived->n < length ? arrived->n : (uint32_t)length;

	if (n == 0) {
		return length == 0 ? 0 : receive_nothing(stream);
	}
	for (uint32_t i = 0; i < n; i++) {
		bytes[i] = byte_at(arrived, i);
	}
	if (!peeks) {
		drop_bytes(arrived, n);
		transfer(stream->peer);
	}
	return (ssize_t)n;
}

/** Puts what there is room for, and brings it over. How many bytes. */
static uint32_t
send_some(struct kernel_file *file, const char *bytes, size_t length)
{
	struct kernel_queue *unsent = &file->stream.unsent;
	uint32_t n = 0;

	while (n < length && room_in(unsent) > 0) {
		put_byte(unsent, bytes[n++]);
	}
	transfer(file);
	return n;
}

/** How much of a send is taken: all, or what the run says. */
static size_t
taken_of(size_t length)
{
	if (length > 1 && kernel_is_moody("a short write")) {
		return 1 + explore_random((uint32_t)length - 1);
	}
	return length;
}

ssize_t
kernel_stream_send(struct kernel_file *file, const void *bytes, size_t length)
{
	struct kernel_stream *stream = &file->stream;
	size_t wanted = taken_of(length);
	size_t sent = 0;

	if (stream->peer == NULL || stream->ends_output || stream->error != 0) {
		int error = take_error(stream);

		return error != 0 ? -error : -EPIPE;
	}
	while (sent < wanted && !stream->is_over) {
		uint32_t n = send_some(file, (const char *)bytes + sent,
		    wanted - sent);

		if (n == 0) {
			break;
		}
		sent += n;
	}
	if (sent < length) {
		stream->wants_room = true;
	}
	return sent > 0 || length == 0 ? (ssize_t)sent : -EAGAIN;
}
