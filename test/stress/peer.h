/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef STRESS_PEER_H
#define STRESS_PEER_H

/*
 * One peer: a connection that behaves in one way, and keeps a ledger of what
 * it sent and what came back.
 *
 *   free ──start──▶ connecting ──▶ talking ──▶ ending ──▶ free
 *                       │            sends, reads   reads what is owed,
 *                       │                           waits for the end
 *                       └── resets at once ──────────────▶ free
 *
 * A behaviour says what it sends (how many requests, in what pieces, with
 * what pauses, whether it stops in the middle of one), whether it reads, and
 * how it ends. Whatever it does: what comes back must be the replies to its
 * requests, byte by byte, in order, none twice; and unless it resets or never
 * reads, all replies that are owed must have come before the end.
 *
 * The server has deadlines. A peer that was itself kept from working for
 * too long (a busy machine) may be closed by one; this is told from a fault
 * by the peer's own clock, and counted as *late*.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ledger_request.h"

/** How a peer ends. */
enum peer_ending {
	PEER_CLOSES, /* has all replies, closes */
	PEER_SHUTS,  /* has sent all: FIN, then reads to the end */
	PEER_RESETS, /* has sent all: RST */
	PEER_STAYS   /* does nothing more: the server must end it */
};

struct peer_behaviour {
	const char *name;
	unsigned weight;
	uint32_t most_requests; /* 0: none at all */
	uint32_t depth;         /* requests on their way */
	size_t longest;         /* payload */
	size_t longest_piece;
	unsigned pause_ms; /* between pieces, at most */
	bool stops_inside; /* sends a part of one request more */
	bool reads;
	enum peer_ending ending;
	unsigned together; /* so many start at once */
};

extern const struct peer_behaviour peer_behaviours[];
extern const unsigned peer_n_behaviours;

/** What all peers of a behaviour did. */
struct peer_sums {
	uint64_t peers;
	uint64_t sent;     /* whole requests */
	uint64_t answered; /* whole replies */
	uint64_t ended;    /* by the server, as it must be for PEER_STAYS */
	uint64_t late;
};

extern struct peer_sums peer_sums[];

enum peer_phase {
	PEER_FREE,
	PEER_CONNECTING,
	PEER_TALKING,
	PEER_ENDING
};

struct peer {
	enum peer_phase phase;
	int fd;
	unsigned behaviour;
	uint32_t wanted;   /* whole requests it will send */
	size_t inside;     /* bytes of one more; 0: none */
	uint64_t due_us;   /* not before that it sends again */
	uint64_t moved_us; /* when anything last happened */
	uint64_t begun_us; /* when the request being sent was begun */
	uint32_t slow;     /* requests up to the last that took too long */
	struct ledger_position sent;
	struct ledger_position received;
};

/** The deadlines that the server has been given, in microseconds. */
#define PEER_REQUEST_US UINT64_C(3000000)
#define PEER_STALL_US UINT64_C(3000000)

/** Nothing happened to a peer for so long: the server has failed. */
#define PEER_PATIENCE_US UINT64_C(30000000)

/** Connects, as connection `number` of the ledger. */
void peer_start(struct peer *peer, unsigned behaviour, uint32_t number,
    int port, uint64_t *random);

/** What poll(2) shall tell; 0 and a later `due_us`: look then. */
short peer_events(const struct peer *peer, uint64_t now);

/** Does what can be done. */
void peer_step(struct peer *peer, short events, uint64_t now, uint64_t *random);

/** Says that the client itself stood still until `now`, since `from`. */
void peer_was_kept(uint64_t from, uint64_t now);

/** Fails, naming the peer and its ledger, if it waits for too long. */
void peer_check_patience(const struct peer *peer, uint64_t now);

#endif
