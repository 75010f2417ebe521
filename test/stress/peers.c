/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * peers: a crowd of peers, few of which behave.
 *
 *   stress_peers --pattern P [--seconds N] [--requests N] [--seed S]
 *
 * For N seconds, and until N requests were answered, each of 160 places is
 * taken by one peer after the other (peer.h): one pipelines, one sends a byte
 * at a time, one stops in the middle and is silent or resets, one never reads,
 * some come in storms. The server (peers_server.h) answers in five ways, of
 * which some block and one is another thread's. Both sides keep books.
 *
 * At the end: every request that was owed a reply got it once, in order and
 * byte by byte; the server has no connection left, has closed those that
 * deserve it by its deadlines and no other, and its books balance.
 *
 * The seed is printed first; the same seed makes the same peers. What the
 * kernel and the threads make of them is theirs.
 */

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "child.h"
#include "peer.h"
#include "peers_server.h"

enum {
	PLACES = 160,
	LOOK_MS = 5,             /* how exact pauses are */
	SEND_BUFFER = 16 * 1024, /* so most replies leave in several parts */
	PATIENCE_MS = 20000
};

static struct {
	uint64_t random;
	uint64_t ends_us;  /* no new peers from then on */
	uint64_t requests; /* but if fewer were answered */
	uint32_t n_started;
	int port;
	struct peer peers[PLACES];
	struct pollfd polled[PLACES];
} crowd;

static const char *const settings[] = {
	"limits.output=256KiB",
	"deadlines.request=3s",
	"deadlines.write_stall=3s",
	"deadlines.linger=1s",
	"deadlines.idle=60s",
	NULL,
};

static uint64_t
answered(void)
{
	uint64_t n = 0;

	for (unsigned i = 0; i < peer_n_behaviours; i++) {
		n += peer_sums[i].answered;
	}
	return n;
}

static unsigned
choose_behaviour(void)
{
	unsigned all = 0;
	unsigned chosen;

	for (unsigned i = 0; i < peer_n_behaviours; i++) {
		all += peer_behaviours[i].weight;
	}
	chosen = (unsigned)(next_random(&crowd.random) % all);
	for (unsigned i = 0;; i++) {
		if (chosen < peer_behaviours[i].weight) {
			return i;
		}
		chosen -= peer_behaviours[i].weight;
	}
}

/** Takes the free places. */
static void
start_some(void)
{
	unsigned behaviour = 0;
	unsigned more = 0;

	for (unsigned i = 0; i < PLACES; i++) {
		if (crowd.peers[i].phase != PEER_FREE) {
			continue;
		}
		if (more == 0) {
			behaviour = choose_behaviour();
			more = peer_behaviours[behaviour].together;
		} else {
			more--;
		}
		peer_start(&crowd.peers[i], behaviour, crowd.n_started++,
		    crowd.port, &crowd.random);
	}
}

/** Whether any peer is there. */
static bool
prepare_poll(uint64_t now)
{
	bool any = false;

	for (unsigned i = 0; i < PLACES; i++) {
		struct peer *peer = &crowd.peers[i];

		crowd.polled[i] = (struct pollfd){ .fd = -1 };
		if (peer->phase != PEER_FREE) {
			crowd.polled[i].fd = peer->fd;
			crowd.polled[i].events = peer_events(peer, now);
			any = true;
		}
	}
	return any;
}

static void
step_all(void)
{
	uint64_t now = now_us();

	for (unsigned i = 0; i < PLACES; i++) {
		struct peer *peer = &crowd.peers[i];

		if (peer->phase != PEER_FREE) {
			peer_step(peer, crowd.polled[i].revents, now,
			    &crowd.random);
			peer_check_patience(peer, now);
		}
	}
}

static void
live(void)
{
	uint64_t last = now_us();

	for (;;) {
		uint64_t now = now_us();

		peer_was_kept(last, now);
		last = now;
		if (now < crowd.ends_us || answered() < crowd.requests) {
			start_some();
		}
		if (!prepare_poll(now)) {
			return;
		}
		if (poll(crowd.polled, PLACES, LOOK_MS) < 0) {
			fail("poll");
		}
		step_all();
	}
}

static void
report(void)
{
	struct peer_sums all = { 0 };

	(void)printf("%-26s %8s %9s %9s %9s %5s\n", "behaviour", "peers",
	    "sent", "answered", "ended", "late");
	for (unsigned i = 0; i < peer_n_behaviours; i++) {
		const struct peer_sums *sums = &peer_sums[i];

		(void)printf("%-26s %8" PRIu64 " %9" PRIu64 " %9" PRIu64
			     " %9" PRIu64 " %5" PRIu64 "\n",
		    peer_behaviours[i].name, sums->peers, sums->sent,
		    sums->answered, sums->ended, sums->late);
		all.peers += sums->peers;
		all.sent += sums->sent;
		all.answered += sums->answered;
		all.late += sums->late;
	}
	(void)printf("peers: %" PRIu64 " peers, %" PRIu64
		     " requests sent, %" PRIu64 " answered in order; %" PRIu64
		     " late\n",
	    all.peers, all.sent, all.answered, all.late);
}

/** How many peers only a deadline of the server can have ended. */
static uint64_t
n_timed_out(void)
{
	uint64_t n = 0;

	for (unsigned i = 0; i < peer_n_behaviours; i++) {
		if (peer_behaviours[i].ending == PEER_STAYS) {
			n += peer_sums[i].ended;
		}
	}
	return n;
}

static void
check_server(struct child *child)
{
	struct echelon_stats stats;
	uint64_t began = now_us();

	do {
		child_stats(child, &stats);
		(void)poll(NULL, 0, LOOK_MS);
	} while (stats.connections > 0 &&
	    now_us() - began < UINT64_C(1000) * PATIENCE_MS);
	errno = 0;
	if (stats.connections > 0) {
		fail("the server keeps %" PRIu64 " connections",
		    stats.connections);
	}
	if (stats.timed_out < n_timed_out()) {
		fail("the server closed %" PRIu64
		     " connections by deadlines, but %" PRIu64
		     " peers left it no other reason",
		    stats.timed_out, n_timed_out());
	}
	child_end(child);
}

int
main(int argc, char **argv)
{
	const char *pattern = "half-sync-half-async";
	uint64_t seconds = 30;
	uint64_t seed = now_us() ^ (uint64_t)getpid() << 32;
	struct child child;
	const struct flag flags[] = {
		{ "--seconds", &seconds },
		{ "--requests", &crowd.requests },
		{ "--seed", &seed },
		{ NULL, NULL },
	};

	read_flags(argc, argv, &pattern, flags);
	(void)printf("peers: pattern %s, seed %" PRIu64 "\n", pattern, seed);
	ledger_init(seed);
	crowd.random = seed;
	peers_server_init();
	child_start(&child,
	    &(struct child_server){ .pattern = pattern,
		.handler = &peers_handler,
		.send_buffer = SEND_BUFFER,
		.settings = settings,
		.before = peers_server_before,
		.stopped = peers_server_stopped,
		.after = peers_server_after });
	crowd.port = child.port;
	crowd.ends_us = now_us() + seconds * 1000000;
	live();
	report();
	check_server(&child);
	return 0;
}
