/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ELN_CONNECTION_H
#define ELN_CONNECTION_H

/*
 * A connection: a stream with input, output, deadlines and a handler.
 *
 *   new ──on_open──▶ open ──close, FIN, drain──▶ closing ──all sent──┐
 *    │ -errno         │ error, abort, deadline                       ▼
 *    │                └───────────────────────▶ dead ──on_close──▶ ended
 *    └────────────────────────────────────────▶ (no on_close)        │
 *                        lingering: FIN sent, input discarded ◀──────┤
 *                                  │ peer's FIN, deadline            ▼
 *                                  └─────────────────────────▶ slot free
 *
 * Who owns the run state (sync/run_word.h) owns everything marked [run].
 */

#include <echelon/connection.h>
#include <echelon/handler.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

#include "base/compiler.h"
#include "base/ghost.h"
#include "core/handle.h"
#include "core/input.h"
#include "core/output.h"
#include "sync/lock.h"

struct echelon_engine;
struct eln_thread;
struct eln_message;

enum eln_phase {
	ELN_PHASE_NEW,
	ELN_PHASE_OPEN,
	ELN_PHASE_CLOSING, /* what is unsent goes, then the end */
	ELN_PHASE_DEAD,    /* the end now */
	ELN_PHASE_LINGERING
};

union eln_address {
	struct sockaddr any;
	struct sockaddr_in in;
	struct sockaddr_in6 in6;
};

struct echelon_conn {
	struct eln_handle handle;
	struct echelon_engine *engine;  /* [const] */
	struct echelon_conn *next_free; /* [table's lock] */
	struct eln_atomic_ptr thread;   /* [atomic] whose call is running */

	/* From here to the lock: made afresh for each connection. */
	const struct echelon_handler *handler; /* [run] */
	void *context;                         /* [run] */
	void *data;                            /* [run] the user's */

	struct eln_input input;   /* [run] */
	struct eln_output output; /* [run] */

	enum eln_phase phase;   /* [run] */
	int reason;             /* [run] for on_close */
	bool opened;            /* [run] on_open has returned 0 */
	bool reset;             /* [run] the peer shall see RST */
	bool readable;          /* [run] the socket may have bytes */
	bool read_to_end;       /* [run] a short read is not the end */
	bool hung_up;           /* [run] there is nothing more to watch for */
	bool at_end;            /* [run] recv has returned 0 */
	bool end_told;          /* [run] on_end was called, or its default */
	bool incomplete;        /* [run] what is buffered is no whole request */
	bool refused_write;     /* [run] -ENOBUFS since the call began */
	bool wants_room;        /* [run] to be told by on_writable */
	bool waits_for_room;    /* [run] input waits for it too */
	size_t room_wanted;     /* [run] by the write that was refused */
	bool output_watched;    /* [run] room for it is watched for */
	bool check_deadlines;   /* [run] */
	bool reprieved;         /* [run] this request was late, and unread */
	bool flush_due;         /* [run] the socket takes output again */
	bool message_due;       /* [run] there may be a message */
	bool draining;          /* [run] */
	bool stream_ends_short; /* [run] fewer bytes than asked: no more */
	uint8_t expired;        /* [run] enum echelon_deadline, 0 none */
	size_t framed;          /* [run] length of the first request, 0 */
	size_t drain_left;      /* [run] bytes still to be read by a drain */

	uint64_t request_began; /* [run] ns, 0: no partial request */
	uint64_t active;        /* [run] ns, when something moved last */
	uint64_t linger_began;  /* [run] ns */
	int linger_unsent;      /* [run] bytes in the kernel, last looked */
	union eln_address peer; /* [run] */

	struct eln_lock lock;             /* of the messages */
	bool closed_to_messages;          /* [lock] */
	uint32_t n_messages;              /* [lock] */
	struct eln_message *messages;     /* [lock] oldest first */
	struct eln_message *last_message; /* [lock] */

	ELN_GHOST(const void *inside;) /* thread in a handler function */
	ELN_GHOST(int n_ends;)         /* of this connection */
	ELN_GHOST(int n_frees;)        /* likewise */
};

static inline struct echelon_conn *
eln_connection_of(struct eln_handle *handle)
{
	return ELN_CONTAINER(handle, struct echelon_conn, handle);
}

/** Prepares the slot of a new chunk, once. */
void eln_connection_prepare(struct echelon_conn *conn,
    struct echelon_engine *engine, uint32_t slot);

/**
 * Opens a connection on a connected, non-blocking descriptor, which it takes
 * on success, and hands it over.
 *
 * 0, -EAGAIN (limits.connections), -ENOMEM, or what eln_watch returned.
 */
int eln_connection_open(struct echelon_engine *engine, int fd,
    const struct echelon_handler *handler, void *context,
    const struct sockaddr *peer, socklen_t peer_size);

/** Frees the slot and all it holds, after the last turn; not ours then. */
void eln_connection_free(struct echelon_conn *conn, struct eln_thread *thread);

/** Begins the close in order, with this reason. */
void eln_connection_close(struct echelon_conn *conn, int reason);

/** Ends it now: unsent output is lost. */
void eln_connection_kill(struct echelon_conn *conn, int reason, bool reset);

/** What to watch for when its turn ends, for eln_watch_again. */
unsigned eln_connection_interest(const struct echelon_conn *conn);

/** The next deadline, for eln_set_deadline. */
uint64_t eln_connection_deadline(const struct echelon_conn *conn);

/** Looks which deadline has passed at `now`: `expired`, or an end. */
void eln_connection_check_deadlines(struct echelon_conn *conn, uint64_t now);

/** The clock of a request that is not whole yet begins anew, at `now`. */
void eln_connection_restart_request(struct echelon_conn *conn, uint64_t now);

/** Starts the deadline `which` afresh, after on_timeout returned 0. */
void eln_connection_renew(struct echelon_conn *conn,
    enum echelon_deadline which, uint64_t now);

extern const struct eln_handle_type eln_connection_type;

/** One turn: eln_connection_type's. */
enum eln_turn eln_connection_turn(struct eln_handle *handle,
    struct eln_thread *thread, bool may_call);

#endif
