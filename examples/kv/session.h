/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef KV_SESSION_H
#define KV_SESSION_H

/*
 * What kv keeps for one connection, and the list of all of them.
 *
 * A session is used by the one thread that is inside its connection's
 * handler (G1), without a lock. The list's lock guards the links and what
 * CLIENT LIST reads of others: the name, the database and the protocol.
 */

#include <pthread.h>

#include <hiredis/read.h>

#include "transaction.h"

enum {
	SESSION_PEER_ROOM = 128
};

struct session_list {
	pthread_mutex_t lock;
	struct session *first; /* [lock] */
	size_t count;          /* [lock] */
	uint64_t last_id;      /* [lock] */
};

struct session {
	uint64_t id;                  /* [const] */
	char peer[SESSION_PEER_ROOM]; /* [const] */
	unsigned database;            /* [lock:list to write and for others] */
	unsigned protocol;            /* the same; 2 or 3 */
	char *name;      /* [lock:list to write and for others], or NULL */
	uint64_t random; /* of random_next */
	redisReader *reader;
	struct transaction transaction;
	/* A reply that found no room and is to be sent before all else. */
	char *unsent;
	size_t unsent_length;
	/* The reply is the last one: close behind it. */
	bool is_closing;
	struct session_list *list;
	struct session *before, *after; /* [lock:list] */
};

void session_list_init(struct session_list *list);
void session_list_deinit(struct session_list *list);

/** How many sessions there are. */
size_t session_list_count(struct session_list *list);

/** A new session in the list; its peer is cut to fit. */
struct session *session_create(struct session_list *list, const char *peer);

/** Takes it out of the list and frees it; it has no watches any more. */
void session_destroy(struct session *session);

/** Sets the name; an empty one is none. */
void session_set_name(struct session *session, struct slice name);

void session_set_database(struct session *session, unsigned database);
void session_set_protocol(struct session *session, unsigned protocol);

/** Describes all sessions, or `only` one, a line each, into owned memory. */
char *session_describe(struct session_list *list, const struct session *only);

#endif
