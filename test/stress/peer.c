/* SPDX-License-Identifier: BSD-2-Clause */
#include "peer.h"

#include <arpa/inet.h>
#include <errno.h>
#include <inttypes.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "child.h"
#include "peers_server.h"

enum {
	LONGEST_PIECE = 16 * 1024,
	FEW_BYTES = 4096, /* a receive buffer that fills at once */
	KIB = 1024
};

const struct peer_behaviour peer_behaviours[] = {
	{ .name = "pipelines",
	    .weight = 40,
	    .most_requests = 256,
	    .depth = 16,
	    .longest = 8 * KIB,
	    .longest_piece = LONGEST_PIECE,
	    .reads = true,
	    .ending = PEER_CLOSES },
	{ .name = "sends byte by byte",
	    .weight = 6,
	    .most_requests = 4,
	    .depth = 4,
	    .longest = 64,
	    .longest_piece = 1,
	    .reads = true,
	    .ending = PEER_CLOSES },
	{ .name = "half a request, silence",
	    .weight = 3,
	    .most_requests = 3,
	    .depth = 3,
	    .longest = 4 * KIB,
	    .longest_piece = LONGEST_PIECE,
	    .stops_inside = true,
	    .reads = true,
	    .ending = PEER_STAYS },
	{ .name = "half a request, RST",
	    .weight = 8,
	    .most_requests = 3,
	    .depth = 3,
	    .longest = 4 * KIB,
	    .longest_piece = LONGEST_PIECE,
	    .stops_inside = true,
	    .reads = true,
	    .ending = PEER_RESETS },
	{ .name = "FIN, reads to the end",
	    .weight = 12,
	    .most_requests = 64,
	    .depth = 64,
	    .longest = 16 * KIB,
	    .longest_piece = LONGEST_PIECE,
	    .reads = true,
	    .ending = PEER_SHUTS },
	{ .name = "never reads",
	    .weight = 2,
	    .most_requests = UINT32_MAX,
	    .depth = UINT32_MAX,
	    .longest = 64 * KIB,
	    .longest_piece = LONGEST_PIECE,
	    .ending = PEER_STAYS },
	{ .name = "connects, RST", .weight = 10, .ending = PEER_RESETS },
	{ .name = "connects, silence",
	    .weight = 1,
	    .reads = true,
	    .ending = PEER_CLOSES,
	    .pause_ms = 300 },
	{ .name = "slow, but in time",
	    .weight = 3,
	    .most_requests = 1,
	    .depth = 1,
	    .longest = 20,
	    .longest_piece = 1,
	    .pause_ms = 40,
	    .reads = true,
	    .ending = PEER_CLOSES },
	{ .name = "one of a storm",
	    .weight = 1,
	    .most_requests = 1,
	    .depth = 1,
	    .longest = KIB,
	    .longest_piece = LONGEST_PIECE,
	    .reads = true,
	    .ending = PEER_SHUTS,
	    .together = 48 },
};

enum {
	N_BEHAVIOURS = sizeof(peer_behaviours) / sizeof(peer_behaviours[0])
};

const unsigned peer_n_behaviours = N_BEHAVIOURS;
struct peer_sums peer_sums[N_BEHAVIOURS];

/* When the client last stood still, and not the server. */
static uint64_t kept_until;

static const struct peer_behaviour *
behaviour_of(const struct peer *peer)
{
	return &peer_behaviours[peer->behaviour];
}

static struct peer_sums *
sums_of(const struct peer *peer)
{
	return &peer_sums[peer->behaviour];
}

/* ---- complaints ---- */

static void
explain(const struct peer *peer)
{
	struct sockaddr_in address;
	socklen_t size = sizeof(address);
	uint64_t now = now_us();
	int error = errno;

	if (getsockname(peer->fd, (struct sockaddr *)&address, &size) == 0) {
		peers_server_explain(ntohs(address.sin_port));
	}
	(void)fprintf(stderr,
	    "its last request was begun %" PRIu64 " ms ago; it last moved "
	    "%" PRIu64 " ms ago\n",
	    (now - peer->begun_us) / 1000, (now - peer->moved_us) / 1000);
	errno = error;
}

_Noreturn static void
blame(const struct peer *peer, const char *what)
{
	explain(peer);
	fail("connection %" PRIu32 " (%s): %s; of %" PRIu32
	     " requests sent %" PRIu32 " + %zu bytes, received %" PRIu32
	     " + %zu bytes",
	    peer->sent.kind.connection, behaviour_of(peer)->name, what,
	    peer->wanted, peer->sent.sequence, peer->sent.offset,
	    peer->received.sequence, peer->received.offset);
}

void
peer_check_patience(const struct peer *peer, uint64_t now)
{
	if (peer->phase != PEER_FREE && now > peer->moved_us &&
	    now - peer->moved_us > PEER_PATIENCE_US) {
		errno = 0;
		blame(peer, "nothing has happened for too long");
	}
}

void
peer_was_kept(uint64_t from, uint64_t now)
{
	if (now - from > PEER_REQUEST_US / 4) {
		kept_until = now;
	}
}

/** Whether the request being sent may be too slow for the server. */
static bool
takes_too_long(const struct peer *peer, uint64_t now)
{
	return peer->begun_us != 0 &&
	    now - peer->begun_us > PEER_REQUEST_US * 9 / 10;
}

/** Whether the server's deadlines may have hit a peer that means well: all of
 *  a request may have been sent, and read too late. */
static bool
is_late(const struct peer *peer, uint64_t now)
{
	return peer->received.sequence < peer->slow ||
	    takes_too_long(peer, now) || kept_until > peer->moved_us;
}

/* ---- begin and end ---- */

static void
set(int fd, int level, int option, const void *value, socklen_t size)
{
	if (setsockopt(fd, level, option, value, size) != 0) {
		fail("setsockopt");
	}
}

static int
open_socket(const struct peer_behaviour *behaviour)
{
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	int on = 1;
	int few = FEW_BYTES;

	if (fd < 0) {
		fail("socket");
	}
	set(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	if (!behaviour->reads && behaviour->ending == PEER_STAYS) {
		set(fd, SOL_SOCKET, SO_RCVBUF, &few, sizeof(few));
	}
	return fd;
}

static void
choose(struct peer *peer, uint32_t number, uint64_t *random)
{
	const struct peer_behaviour *behaviour = behaviour_of(peer);
	struct ledger_kind kind = { .connection = number,
		.longest = behaviour->longest > 0 ? behaviour->longest : 1,
		.n_jobs = PEERS_JOBS,
		.has_crc = true };

	ledger_begin(&peer->sent, &kind);
	ledger_begin(&peer->received, &kind);
	peer->wanted = behaviour->most_requests;
	if (peer->wanted > 0 && peer->wanted < UINT32_MAX) {
		peer->wanted = (uint32_t)ledger_log_uniform(random,
		    peer->wanted);
	}
	peer->inside = behaviour->stops_inside ? 1 : 0;
}

void
peer_start(struct peer *peer, unsigned behaviour, uint32_t number, int port,
    uint64_t *random)
{
	struct sockaddr_in address = { .sin_family = AF_INET,
		.sin_port = htons((uint16_t)port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };

	*peer = (struct peer){ .phase = PEER_CONNECTING,
		.behaviour = behaviour,
		.moved_us = now_us() };
	choose(peer, number, random);
	peer->fd = open_socket(behaviour_of(peer));
	if (connect(peer->fd, (struct sockaddr *)&address, sizeof(address)) !=
		0 &&
	    errno != EINPROGRESS) {
		fail("connecting");
	}
	sums_of(peer)->peers++;
}

static void
finish(struct peer *peer)
{
	(void)close(peer->fd);
	sums_of(peer)->sent += peer->sent.sequence;
	sums_of(peer)->answered += peer->received.sequence;
	peer->phase = PEER_FREE;
}

static void
reset(struct peer *peer)
{
	const struct linger none = { .l_onoff = 1 };

	set(peer->fd, SOL_SOCKET, SO_LINGER, &none, sizeof(none));
	finish(peer);
}

static bool
has_all(const struct peer *peer)
{
	return peer->received.sequence == peer->sent.sequence &&
	    peer->received.offset == 0;
}

/** The server has ended the connection: was it right to? */
static void
take_end(struct peer *peer, bool in_order, uint64_t now)
{
	const struct peer_behaviour *behaviour = behaviour_of(peer);
	bool expected = peer->phase == PEER_ENDING &&
	    (behaviour->ending == PEER_SHUTS ||
		behaviour->ending == PEER_STAYS);

	if (!behaviour->reads && behaviour->ending == PEER_STAYS) {
		expected = true;
	} else if (expected && in_order) {
		expected = has_all(peer);
	} else if (expected) {
		/* Half a request is unread input: the end may be a reset. */
		expected = has_all(peer) && behaviour->ending == PEER_STAYS;
	}
	if (!expected && !is_late(peer, now)) {
		blame(peer, "the server has ended it");
	}
	if (expected) {
		sums_of(peer)->ended++;
	} else {
		sums_of(peer)->late++;
	}
	finish(peer);
}

/* ---- sending ---- */

static bool
has_sent_all(const struct peer *peer)
{
	return peer->sent.sequence == peer->wanted &&
	    peer->sent.offset >= peer->inside;
}

static bool
may_send(const struct peer *peer, uint64_t now)
{
	return peer->phase == PEER_TALKING && now >= peer->due_us &&
	    !has_sent_all(peer) &&
	    peer->sent.sequence - peer->received.sequence <
	    behaviour_of(peer)->depth + (peer->inside > 0 ? 1 : 0);
}

/** After the last byte. */
static void
end_sending(struct peer *peer, uint64_t now)
{
	peer->phase = PEER_ENDING;
	switch (behaviour_of(peer)->ending) {
	case PEER_RESETS:
		reset(peer);
		return;
	case PEER_SHUTS:
		(void)shutdown(peer->fd, SHUT_WR);
		break;
	case PEER_CLOSES:
		if (has_all(peer) && now >= peer->due_us) {
			finish(peer);
		}
		break;
	case PEER_STAYS:
		break;
	}
}

static size_t
piece_length(const struct peer *peer, size_t left, uint64_t *random)
{
	size_t length = ledger_log_uniform(random,
	    behaviour_of(peer)->longest_piece);

	if (peer->sent.sequence == peer->wanted &&
	    peer->inside - peer->sent.offset < left) {
		left = peer->inside - peer->sent.offset;
	}
	return length < left ? length : left;
}

/** Before the part of a request: how much of it? */
static void
choose_inside(struct peer *peer, uint64_t *random)
{
	if (peer->inside > 0 && peer->sent.sequence == peer->wanted &&
	    peer->sent.offset == 0) {
		peer->inside = ledger_log_uniform(random,
		    peer->sent.request.length - 1);
	}
}

static void
send_piece(struct peer *peer, uint64_t now, uint64_t *random)
{
	unsigned pause_ms = behaviour_of(peer)->pause_ms;
	const unsigned char *piece;
	size_t length;
	ssize_t n;

	choose_inside(peer, random);
	piece = ledger_piece(&peer->sent.request, peer->sent.offset, &length);
	length = piece_length(peer, length, random);
	n = send(peer->fd, piece, length, MSG_NOSIGNAL);
	if (n < 0 && errno != EAGAIN) {
		take_end(peer, false, now);
		return;
	}
	if (n < 0) {
		return;
	}
	if (peer->sent.offset == 0) {
		peer->begun_us = now;
	}
	peer->moved_us = now;
	if (pause_ms > 0) {
		peer->due_us = now +
		    1000 * ledger_log_uniform(random, pause_ms);
	}
	ledger_advance(&peer->sent, (size_t)n);
	if (peer->sent.offset == 0 && takes_too_long(peer, now)) {
		peer->slow = peer->sent.sequence;
	}
}

/* ---- reading ---- */

static void
receive_piece(struct peer *peer, uint64_t now, uint64_t *random)
{
	static unsigned char buffer[LONGEST_PIECE];
	ssize_t n = recv(peer->fd, buffer,
	    ledger_log_uniform(random, sizeof(buffer)), 0);

	if (n < 0 && errno == EAGAIN) {
		return;
	}
	if (n <= 0) {
		take_end(peer, n == 0, now);
		return;
	}
	peer->moved_us = now;
	errno = 0;
	if (!ledger_matches(&peer->received, buffer, (size_t)n)) {
		blame(peer, "what came is not what was sent");
	}
	if (peer->received.sequence > peer->sent.sequence ||
	    (peer->received.sequence == peer->sent.sequence &&
		peer->received.offset > 0)) {
		blame(peer, "more came than was sent");
	}
}

/* ---- steps ---- */

short
peer_events(const struct peer *peer, uint64_t now)
{
	short events = 0;

	if (peer->phase == PEER_CONNECTING || may_send(peer, now)) {
		events |= POLLOUT;
	}
	if (behaviour_of(peer)->reads) {
		events |= POLLIN;
	}
	return events;
}

static void
take_connection(struct peer *peer, uint64_t now)
{
	int error = 0;
	socklen_t size = sizeof(error);

	if (getsockopt(peer->fd, SOL_SOCKET, SO_ERROR, &error, &size) != 0 ||
	    error != 0) {
		errno = error;
		blame(peer, "cannot connect");
	}
	peer->phase = PEER_TALKING;
	peer->moved_us = now;
	if (behaviour_of(peer)->most_requests == 0) {
		peer->due_us = now +
		    UINT64_C(1000) * behaviour_of(peer)->pause_ms;
	}
}

void
peer_step(struct peer *peer, short events, uint64_t now, uint64_t *random)
{
	if (peer->phase == PEER_CONNECTING && events != 0) {
		take_connection(peer, now);
	}
	if (peer->phase != PEER_CONNECTING && (events & ~POLLOUT) != 0) {
		if (behaviour_of(peer)->reads) {
			receive_piece(peer, now, random);
		} else {
			take_end(peer, false, now);
		}
	}
	if ((events & POLLOUT) != 0 && may_send(peer, now)) {
		send_piece(peer, now, random);
	}
	if (peer->phase == PEER_TALKING && has_sent_all(peer)) {
		end_sending(peer, now);
	} else if (peer->phase == PEER_ENDING && has_all(peer) &&
	    behaviour_of(peer)->ending == PEER_CLOSES && now >= peer->due_us) {
		finish(peer);
	}
}
