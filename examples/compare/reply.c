/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What comes in on a connection, cut into replies.
 *
 * Those of `work`, and those whose end the handler's frame finds, are looked
 * at as a whole: the beginning of one is kept in the link until the rest is
 * there. Of replies whose length is known only the bytes are counted.
 */
#include "load_internal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

/* The mark knows the job, and the rest of a request can be made again. */
static int
check_bytes(struct load *load, struct link *link, const unsigned char *reply)
{
	const struct mark
	    *mark = &link->marks[link->answered % load->plan.workload.depth];
	unsigned char expected[REQUEST_BYTES];

	link_fill_request(expected, load, link, mark->job, link->answered);
	expected[1] = 'R';
	if (memcmp(reply, expected, REQUEST_BYTES) != 0) {
		return load_fail(load, -EPROTO,
		    "connection %u: reply %llu is wrong", link->index,
		    (unsigned long long)link->answered);
	}
	return 0;
}

static int
refuse_surplus(struct load *load, const struct link *link)
{
	return load_fail(load, -EPROTO,
	    "connection %u: a reply too many after %llu", link->index,
	    (unsigned long long)link->answered);
}

static ptrdiff_t
find_end_by_frame(struct load *load, const struct link *link,
    const unsigned char *at, size_t length)
{
	ptrdiff_t end = load->plan.dialogue->frame(at, length, NULL);

	if (end < 0 || end > DIALOGUE_MAX || length > DIALOGUE_MAX) {
		return load_fail(load, -EPROTO,
		    "connection %u: the handler's frame refuses reply %llu",
		    link->index, (unsigned long long)link->answered);
	}
	return (size_t)end <= length ? end : 0;
}

static ptrdiff_t
find_end_by_count(struct load *load, struct link *link, size_t length)
{
	size_t *left = &link->reply_left;

	*left = *left == 0 ? load->plan.dialogue->reply_bytes : *left;
	if (length < *left) {
		*left -= length;
		return 0;
	}
	length = *left;
	*left = 0;
	return (ptrdiff_t)length;
}

/* How many bytes end the next reply; 0: not all is there; or -errno. */
static ptrdiff_t
find_end(struct load *load, struct link *link, const unsigned char *at,
    size_t length)
{
	int result;

	if (load->plan.dialogue == NULL && length < REQUEST_BYTES) {
		return 0;
	}
	if (link->answered == link->sent) {
		return refuse_surplus(load, link);
	}
	if (load->plan.dialogue == NULL) {
		result = check_bytes(load, link, at);
		return result == 0 ? REQUEST_BYTES : result;
	}
	return load->plan.dialogue->reply_bytes > 0
	    ? find_end_by_count(load, link, length)
	    : find_end_by_frame(load, link, at, length);
}

static int
keep_partial(struct load *load, struct link *link, const unsigned char *at,
    size_t length)
{
	/* What was counted is over. */
	if (load->plan.dialogue != NULL &&
	    load->plan.dialogue->reply_bytes > 0) {
		return 0;
	}
	if (length > link->partial_room) {
		unsigned char *grown = realloc(link->partial, length);

		if (grown == NULL) {
			return load_fail(load, -ENOMEM, "out of memory");
		}
		link->partial = grown;
		link->partial_room = length;
	}
	if (length > 0) {
		memcpy(link->partial, at, length);
	}
	link->partial_length = length;
	return 0;
}

static int
take_replies(struct load *load, struct link *link, size_t length)
{
	const unsigned char *at = load->received;
	const unsigned char *end = at + length;
	uint64_t now = load_now_ns();

	while (at < end) {
		size_t depth = load->plan.workload.depth;
		ptrdiff_t taken = find_end(load, link, at, (size_t)(end - at));

		if (taken < 0) {
			return (int)taken;
		}
		if (taken == 0) {
			break;
		}
		load_take_reply(load, &link->marks[link->answered % depth],
		    now);
		link->answered++;
		at += taken;
	}
	return keep_partial(load, link, at, (size_t)(end - at));
}

static int
make_room(struct load *load, size_t held)
{
	size_t needed = held + RECEIVE_BYTES;

	if (needed > load->received_room) {
		unsigned char *grown = realloc(load->received, needed);

		if (grown == NULL) {
			return load_fail(load, -ENOMEM, "out of memory");
		}
		load->received = grown;
		load->received_room = needed;
	}
	return 0;
}

int
link_receive(struct load *load, struct link *link)
{
	size_t held = link->partial_length;
	ssize_t n;
	int result = make_room(load, held);

	if (result != 0) {
		return result;
	}
	if (held > 0) {
		memcpy(load->received, link->partial, held);
	}
	n = recv(link->descriptor, load->received + held, RECEIVE_BYTES,
	    MSG_DONTWAIT);
	if (n > 0) {
		return take_replies(load, link, held + (size_t)n);
	}
	if (n == -1 && (errno == EAGAIN || errno == EINTR)) {
		return 0;
	}
	return load_fail(load, n == 0 ? -EPIPE : -errno,
	    "connection %u: closed by the server (%s), %zu unanswered",
	    link->index, n == 0 ? "end of stream" : strerror(errno),
	    link_in_flight(link));
}
