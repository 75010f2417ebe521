/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ledger: every byte comes back, in order.
 *
 *   stress_ledger --pattern P [--requests N] [--seed S]
 *
 * 100 connections keep up to 16 requests each on their way to a server that
 * sends back what it gets. Requests are cut into random pieces; replies are
 * read in random pieces and compared, byte by byte, with what was sent. The
 * seed is printed first; the same seed makes the same requests. The long run
 * is --requests 1000000.
 *
 * One thread, one poll(2): each side of a connection is a position, request
 * number and offset in it, and both sides of the ledger must end equal.
 */

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "child.h"
#include "ledger_request.h"

enum {
	CONNECTIONS = 100,
	DEPTH = 16,
	LARGEST_PIECE = 64 * 1024,
	SEND_BUFFER = 16 * 1024, /* so most replies leave in several parts */
	PATIENCE_MS = 20000
};

struct link {
	int fd;
	uint32_t number;
	uint32_t wanted; /* requests it may send, so far */
	struct ledger_position sent;
	struct ledger_position received;
};

struct run {
	uint64_t random;
	uint64_t left; /* requests that no connection has been given */
	uint64_t bytes;
	struct link links[CONNECTIONS];
	struct pollfd polled[CONNECTIONS];
};

static struct run run;

/* ---- the server ---- */

/** Every fourth reply is lent, so that both ways of writing are taken. */
static int
reply(echelon_conn *conn, const void *data, size_t length)
{
	void *copy;

	if (ledger_sequence(data) % 4 != 0) {
		return echelon_write(conn, data, length);
	}
	copy = malloc(length);
	if (copy == NULL) {
		return -ENOMEM;
	}
	memcpy(copy, data, length);
	return echelon_write_ref(conn, copy, length, free, copy);
}

static ptrdiff_t
on_data(echelon_conn *conn, const void *data, size_t length)
{
	int error = reply(conn, data, length);

	return error == 0 ? (ptrdiff_t)length : error;
}

static const struct echelon_handler handler = ECHELON_HANDLER(
	.frame = ledger_frame, .on_data = on_data);

/* ---- the client ---- */

/** Gives the connection another request to send, if it has room for it. */
static bool
may_send(struct link *link)
{
	if (link->sent.sequence < link->wanted) {
		return true;
	}
	if (run.left == 0 || link->wanted - link->received.sequence >= DEPTH) {
		return false;
	}
	run.left--;
	link->wanted++;
	return true;
}

static size_t
smaller(size_t a, size_t b)
{
	return a < b ? a : b;
}

static void
send_piece(struct link *link)
{
	size_t length;
	const unsigned char *piece = ledger_piece(&link->sent.request,
	    link->sent.offset, &length);
	ssize_t n;

	length = smaller(length,
	    ledger_log_uniform(&run.random, LARGEST_PIECE));
	n = send(link->fd, piece, length, MSG_NOSIGNAL);
	if (n < 0 && errno != EAGAIN) {
		fail("connection %" PRIu32 ": sending", link->number);
	}
	if (n > 0) {
		ledger_advance(&link->sent, (size_t)n);
	}
}

/** Compares what came with what was sent. */
static void
check_piece(struct link *link, const unsigned char *data, size_t n)
{
	struct ledger_position *at = &link->received;

	if (!ledger_matches(at, data, n) || at->sequence > link->wanted ||
	    (at->sequence == link->wanted && at->offset > 0)) {
		errno = 0;
		fail("connection %" PRIu32 ", request %" PRIu32
		     ", after byte %zu: not what was sent",
		    link->number, at->sequence, at->offset);
	}
}

static void
receive_piece(struct link *link)
{
	static unsigned char buffer[LARGEST_PIECE];
	ssize_t n = recv(link->fd, buffer,
	    ledger_log_uniform(&run.random, sizeof(buffer)), 0);

	if (n < 0 && errno == EAGAIN) {
		return;
	}
	if (n <= 0) {
		fail("connection %" PRIu32 ", request %" PRIu32
		     ", after byte %zu: the server has closed it",
		    link->number, link->received.sequence,
		    link->received.offset);
	}
	run.bytes += (uint64_t)n;
	check_piece(link, buffer, (size_t)n);
}

/** Says what each connection waits for, and gives up. */
static void
give_up(void)
{
	for (unsigned i = 0; i < CONNECTIONS; i++) {
		const struct link *link = &run.links[i];

		(void)fprintf(stderr,
		    "connection %u: sent %" PRIu32 " + %zu bytes, received "
		    "%" PRIu32 " + %zu bytes\n",
		    i, link->sent.sequence, link->sent.offset,
		    link->received.sequence, link->received.offset);
	}
	errno = 0;
	fail("nothing has moved for %d ms", PATIENCE_MS);
}

/** Whether anything is still on its way. */
static bool
prepare_poll(void)
{
	bool busy = false;

	for (unsigned i = 0; i < CONNECTIONS; i++) {
		struct link *link = &run.links[i];
		short events = 0;

		if (may_send(link)) {
			events |= POLLOUT;
		}
		if (link->received.sequence < link->wanted) {
			events |= POLLIN;
		}
		run.polled[i] = (struct pollfd){ .fd = link->fd,
			.events = events };
		busy = busy || events != 0;
	}
	return busy;
}

static void
exchange(void)
{
	while (prepare_poll()) {
		int n = poll(run.polled, CONNECTIONS, PATIENCE_MS);

		if (n < 0) {
			fail("poll");
		}
		if (n == 0) {
			give_up();
		}
		for (unsigned i = 0; i < CONNECTIONS; i++) {
			if ((run.polled[i].revents & POLLOUT) != 0) {
				send_piece(&run.links[i]);
			}
			if ((run.polled[i].revents & ~POLLOUT) != 0) {
				receive_piece(&run.links[i]);
			}
		}
	}
}

static void
connect_all(const struct child *child)
{
	for (unsigned i = 0; i < CONNECTIONS; i++) {
		struct link *link = &run.links[i];
		struct ledger_kind kind = { .connection = i,
			.longest = LEDGER_LONGEST };

		link->fd = child_connect(child);
		link->number = i;
		if (fcntl(link->fd, F_SETFL, O_NONBLOCK) != 0) {
			fail("fcntl");
		}
		ledger_begin(&link->sent, &kind);
		ledger_begin(&link->received, &kind);
	}
}

/** After our FIN comes the server's, and not a byte before it. */
static void
end_all(void)
{
	for (unsigned i = 0; i < CONNECTIONS; i++) {
		int fd = run.links[i].fd;
		struct pollfd polled = { .fd = fd, .events = POLLIN };
		char byte;

		(void)shutdown(fd, SHUT_WR);
		if (poll(&polled, 1, PATIENCE_MS) != 1 ||
		    recv(fd, &byte, 1, 0) != 0) {
			fail("connection %u: no FIN at its end", i);
		}
		(void)close(fd);
	}
}

static void
check_server(struct child *child, uint64_t requests)
{
	struct echelon_stats stats;

	child_stats(child, &stats);
	if (stats.requests != requests) {
		errno = 0;
		fail("the server counted %" PRIu64 " requests", stats.requests);
	}
	child_end(child);
}

static uint64_t
sent_of(const struct link *link)
{
	return link->sent.sequence;
}

static uint64_t
received_of(const struct link *link)
{
	return link->received.sequence;
}

/** Whole requests, of all connections. */
static uint64_t
count(uint64_t (*of)(const struct link *link))
{
	uint64_t n = 0;

	for (unsigned i = 0; i < CONNECTIONS; i++) {
		n += of(&run.links[i]);
	}
	return n;
}

int
main(int argc, char **argv)
{
	const char *pattern = "half-sync-half-async";
	uint64_t requests = 50000;
	uint64_t seed = now_us() ^ (uint64_t)getpid() << 32;
	struct child child;
	uint64_t began;
	const struct flag flags[] = {
		{ "--requests", &requests },
		{ "--seed", &seed },
		{ NULL, NULL },
	};

	read_flags(argc, argv, &pattern, flags);
	(void)printf("ledger: pattern %s, seed %" PRIu64 "\n", pattern, seed);
	ledger_init(seed);
	run.random = seed;
	run.left = requests;

	child_start(&child,
	    &(struct child_server){ .pattern = pattern,
		.handler = &handler,
		.send_buffer = SEND_BUFFER });
	connect_all(&child);
	began = now_us();
	exchange();
	(void)printf("ledger: %" PRIu64 " requests sent, %" PRIu64
		     " answered, %" PRIu64 " MiB each way, %.1f s: every byte "
		     "back, in order\n",
	    count(sent_of), count(received_of), run.bytes >> 20,
	    (double)(now_us() - began) / 1e6);
	end_all();
	check_server(&child, requests);
	return 0;
}
