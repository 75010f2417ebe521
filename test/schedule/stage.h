/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TEST_SCHEDULE_STAGE_H
#define TEST_SCHEDULE_STAGE_H

/*
 * Whole engines on the kernel in memory: every thread, set and connection is
 * the library's own; clients, those who post and who stop are fibres beside.
 *
 *   parts: clients ──requests──▶ kernel ──▶ engine ──▶ the handler, with ghosts
 *                  ◀──replies─── in memory             │ holds
 *   prompter ◀──────────── who is held ────────────────┘
 *       └──────────────── echelon_post ──▶
 *
 * A request is four bytes: what is asked, the client's number, the request's,
 * a sum. What is asked:
 *
 *   E  an echo             H  held, answered after a post    C  echo, close
 *   W  a long reply        L  a long reply that is lent      A  abort
 *   S  stop the engine, echo   N  a handler that never ends
 *   /  only the half of a request, and then silence
 *   ,  nothing: a pause
 *
 * Claims of every run: at most one fibre is in the handler of a connection;
 * its requests come in order, each once, and from one client; on_close once,
 * and nothing after it; a client gets the replies to its requests, in order
 * and byte by byte, all of them if it waits, and of those that had arrived
 * before a stop; no later than `patience`; every message and every loan is
 * released once; wait returns 0, or names the handlers that do not end; in the
 * end there is no descriptor, no memory, and no fibre asleep.
 *
 * Time passes only when no fibre can run (explore_be_patient). So a wake-up
 * that is lost shows as a reply that came too late, even if some timer saved
 * it.
 */

#include <echelon/echelon.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "schedule/kernel.h"

enum {
	STAGE_CLIENTS = 16, /* in a run, with those that come again */
	STAGE_PARTS = 4,
	STAGE_REQUEST = 4,
	STAGE_REPLY = 700, /* the longest */
	STAGE_SETTINGS = 4,
	STAGE_PORT = 7,
	STAGE_DEADLINE_MS = 100 /* of plays with one */
};

enum ending {
	READS_TO_END, /* FIN, and receives until the server's */
	STAYS,        /* receives until the server's end, when it stops */
	OUTSTAYS,     /* the same, and a deadline ends it */
	RESETS,
	CLOSES /* perhaps with replies unread */
};

/* What points add to the clock in a run. */
#define STAGE_POINTS_NS UINT64_C(500000)

/* What one client does. */
struct part {
	const char *requests;
	enum ending ending;
	bool pipelines;  /* sends all at once */
	unsigned rounds; /* connections, one after another; 0: one */
};

struct play {
	const char *what;
	struct part parts[STAGE_PARTS]; /* ended by one without requests */
	const char *settings[STAGE_SETTINGS];
	unsigned threads;
	unsigned posts; /* of somebody who posts to whomever there was */
	bool stops;     /* somebody stops it in the middle */
	bool endless;   /* some handler never ends */
	bool refuses;   /* connections may be refused */
	unsigned spare; /* descriptors for connections; 0: enough */
	uint32_t bytes; /* of each side of a stream; 0: 64 */
	uint64_t patience_ms;
};

/* A play under a pattern. */
struct cast {
	const char *pattern;
	bool keeps_lead; /* others wait for two stall ticks at most */
	const struct play *play;
};

struct client {
	const struct part *part;
	unsigned number;
	struct kernel_file *peer; /* NULL: not connected */
	unsigned sent;            /* whole requests */
	unsigned answered;
	size_t of_reply;   /* bytes of the next one */
	ssize_t end;       /* of the input: 0 FIN, -errno; 1: not yet */
	uint64_t spoke_at; /* when the last byte was sent */
	unsigned due;      /* answers to what had arrived before the stop */
};

struct ghost {
	echelon_conn_id id;
	unsigned inside;
	bool opened;
	bool closed;
	bool endless; /* inside the handler that never ends */
	int client;   /* -1: not known yet */
	unsigned next;
};

/* What is given to the engine, and comes back once. */
struct stage_parcel {
	struct stage_parcel *next;
	bool is_back;
};

/* Somebody who is held, and waits for a post. */
struct held {
	echelon_conn_id id;
	unsigned client;
	unsigned request;
};

/** How long anything may take that is not a handler's or a client's. */
uint64_t stage_patience(void);

struct stage {
	const struct cast *cast;
	echelon_engine *engine;
	bool stopping;
	bool over; /* the engine has stopped */
	bool released;
	uint64_t stopped_at;
	unsigned n_clients;
	struct client clients[STAGE_CLIENTS];
	unsigned n_ghosts;
	struct ghost ghosts[STAGE_CLIENTS];
	unsigned n_held;
	unsigned n_served; /* of the held */
	struct held held[64];
	struct stage_parcel *parcels;
};

extern struct stage stage;

/** Plays a cast; a scenario's body. */
void stage_play(void *cast);

/** Stops the engine, as a handler or somebody else. */
void stage_stop(void);

/* ---- requests and replies (stage_handler.c) ---- */

void stage_request(char *request, char kind, unsigned client, unsigned number);

/** The reply to a request; returns its length. */
size_t stage_reply(char *reply, char kind, unsigned client, unsigned number);

extern const struct echelon_handler stage_handler;

/** Frees all parcels; each has come back. */
void stage_open_parcels(void);

/** Posts what the held wait for; ends when the engine has stopped. */
void *stage_prompt(void *arg);

/** Posts to connections, open or not. */
void *stage_heckle(void *arg);

/* ---- clients (stage_client.c) ---- */

/** Plays a part. */
void *stage_client(void *part);

#endif
