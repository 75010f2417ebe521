/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/connection.h"

#include <errno.h>
#include <linux/sockios.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/ioctl.h>

#include "base/memory.h"
#include "core/address.h"
#include "core/engine.h"
#include "core/flush.h"
#include "core/watch.h"
#include "os/sys.h"

void
eln_connection_prepare(struct echelon_conn *conn, struct echelon_engine *engine,
    uint32_t slot)
{
	conn->engine = engine;
	conn->handle.type = &eln_connection_type;
	conn->handle.slot = slot;
	conn->handle.fd = -1;
	/* A slot keeps its set, as its timer may outlive a connection. */
	conn->handle.set = &engine->sets[slot % engine->n_sets];
	eln_store64_relaxed(&conn->handle.deadline, ELN_NEVER);
	eln_store64_relaxed(&conn->handle.armed, ELN_NEVER);
}

/** All that a former connection of the slot may have left. */
static void
reset(struct echelon_conn *conn)
{
	/* Not the whole: others look at the run word, the deadline and the
	 * lock of any slot at any time. */
	memset((char *)conn + offsetof(struct echelon_conn, handler), 0,
	    offsetof(struct echelon_conn, lock) -
		offsetof(struct echelon_conn, handler));
	conn->linger_unsent = INT32_MAX;
	ELN_GHOST(conn->n_ends = 0;)
	ELN_GHOST(conn->n_frees = 0;)
	eln_lock_acquire(&conn->lock);
	conn->closed_to_messages = false;
	conn->n_messages = 0;
	conn->messages = NULL;
	conn->last_message = NULL;
	eln_lock_release(&conn->lock);
}

static void
keep_peer(struct echelon_conn *conn, const struct sockaddr *peer,
    socklen_t size)
{
	memset(&conn->peer, 0, sizeof(conn->peer));
	conn->peer.any.sa_family = AF_UNSPEC;
	if (peer != NULL && peer->sa_family != AF_UNIX &&
	    size <= sizeof(conn->peer)) {
		memcpy(&conn->peer, peer, size);
	} else if (peer != NULL) {
		conn->peer.any.sa_family = peer->sa_family;
	}
}

static void
tune_socket(struct echelon_conn *conn)
{
	int on = 1;

	if (conn->peer.any.sa_family != AF_INET &&
	    conn->peer.any.sa_family != AF_INET6) {
		return;
	}
	/* A recv(2) that returns fewer bytes than asked has emptied the
	 * stream (epoll(7), question 9); not so on Unix sockets, where
	 * passed descriptors cut a read short. */
	conn->stream_ends_short = true;
	/* Output is gathered by us; waiting for more is not the kernel's. */
	(void)eln_sys->setsockopt(conn->handle.fd, IPPROTO_TCP, TCP_NODELAY,
	    &on, sizeof(on));
}

/** Undoes the opening of what cannot be watched. */
static void
take_back(struct echelon_conn *conn)
{
	struct echelon_engine *engine = conn->engine;

	(void)eln_run_take(&conn->handle.run);
	conn->handle.fd = -1;
	(void)eln_run_close(&conn->handle.run);
	/* Who found no slot meanwhile is told by the caller, and not at once:
	 * two listeners would wake each other without end. */
	eln_table_give(&engine->table, conn);
	eln_engine_handle_closed(engine);
}

static void
log_opening(struct echelon_conn *conn)
{
	char peer[64];

	if (eln_live(conn->engine, ELN_LIVE_LOG_LEVEL) < ECHELON_LOG_DEBUG) {
		return;
	}
	eln_address_format(&conn->peer.any, peer, sizeof(peer));
	eln_log(conn->engine, ECHELON_LOG_DEBUG, "a connection from %s", peer);
}

int
eln_connection_open(struct echelon_engine *engine, int fd,
    const struct echelon_handler *handler, void *context,
    const struct sockaddr *peer, socklen_t peer_size)
{
	struct echelon_conn *conn;
	uint32_t end_reasons;
	int error;

	error = eln_table_take(&engine->table,
	    eln_live(engine, ELN_LIVE_CONNECTIONS), &conn);
	if (error != 0) {
		return error;
	}
	reset(conn);
	conn->handler = handler;
	conn->context = context;
	conn->handle.fd = fd;
	conn->active = eln_sys->now_coarse();
	keep_peer(conn, peer, peer_size);
	tune_socket(conn);
	eln_engine_handle_opened(engine);
	log_opening(conn);

	/* Ready before it is watched: an event must find it in use. */
	eln_run_open(&conn->handle.run, ELN_REASON_OPEN);
	error = eln_watch(&conn->handle);
	if (error != 0) {
		take_back(conn);
		return error;
	}
	ELN_GHOST_TAKE(fd, &conn->handle);
	/* After the run word says that it is open; pairs with the walks of
	 * the monitor (core/end.c), which may have missed it. */
	end_reasons = eln_engine_end_reasons(engine);
	if (end_reasons != 0) {
		(void)eln_run_signal(&conn->handle.run,
		    eln_run_generation(&conn->handle.run), end_reasons);
	}
	eln_set_post(conn->handle.set, &conn->handle);
	return 0;
}

/** Makes close(2) send RST and drop what the kernel still has. */
static void
want_reset(int fd)
{
	struct linger now = { .l_onoff = 1, .l_linger = 0 };

	(void)eln_sys->setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
}

void
eln_connection_free(struct echelon_conn *conn, struct eln_thread *thread)
{
	struct echelon_engine *engine = conn->engine;

	ELN_GHOST_CLAIM(ELN_CLAIM_CLOSED, ++conn->n_frees == 1);
	eln_input_clear(&conn->input, &engine->memory);
	eln_connection_drop_output(conn, thread);
	eln_unwatch(&conn->handle);
	if (conn->reset) {
		want_reset(conn->handle.fd);
	}
	ELN_GHOST_GIVE(conn->handle.fd, &conn->handle);
	(void)eln_sys->close(conn->handle.fd);
	conn->handle.fd = -1;
	eln_set_deadline(&conn->handle, ELN_NEVER);
	eln_thread_tally(thread, ELN_CLOSED, 1);

	(void)eln_run_close(&conn->handle.run);
	eln_table_give(&engine->table, conn);
	eln_listeners_look_again(engine);
	eln_engine_handle_closed(engine);
}

void
eln_connection_close(struct echelon_conn *conn, int reason)
{
	if (conn->phase == ELN_PHASE_NEW || conn->phase == ELN_PHASE_OPEN) {
		conn->phase = ELN_PHASE_CLOSING;
		conn->reason = reason;
		eln_run_show(&conn->handle.run, ELN_HELD | ELN_PAUSED);
	}
}

void
eln_connection_kill(struct echelon_conn *conn, int reason, bool rst)
{
	if (conn->phase == ELN_PHASE_LINGERING) {
		conn->at_end = true;
		conn->readable = false;
	} else if (conn->phase != ELN_PHASE_DEAD) {
		conn->phase = ELN_PHASE_DEAD;
		conn->reason = reason;
		eln_run_show(&conn->handle.run, ELN_HELD | ELN_PAUSED);
	}
	conn->reset = conn->reset || rst;
}

static uint64_t
earlier(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

static uint64_t
later(uint64_t a, uint64_t b)
{
	return a > b ? a : b;
}

static uint64_t
request_deadline(const struct echelon_conn *conn)
{
	if (conn->phase != ELN_PHASE_OPEN || !conn->incomplete ||
	    eln_run_flags(&conn->handle.run) != 0) {
		return ELN_NEVER;
	}
	return conn->request_began + eln_live(conn->engine, ELN_LIVE_REQUEST);
}

static uint64_t
idle_deadline(const struct echelon_conn *conn)
{
	if (conn->phase != ELN_PHASE_OPEN ||
	    (eln_run_flags(&conn->handle.run) & ELN_HELD) != 0) {
		return ELN_NEVER;
	}
	return later(conn->active, conn->output.progress) +
	    eln_live(conn->engine, ELN_LIVE_IDLE);
}

static uint64_t
stall_deadline(const struct echelon_conn *conn)
{
	if (conn->output.first == NULL) {
		return ELN_NEVER;
	}
	return conn->output.progress +
	    eln_live(conn->engine, ELN_LIVE_WRITE_STALL);
}

static uint64_t
linger_deadline(const struct echelon_conn *conn)
{
	if (conn->phase != ELN_PHASE_LINGERING) {
		return ELN_NEVER;
	}
	return conn->linger_began + eln_live(conn->engine, ELN_LIVE_LINGER);
}

unsigned
eln_connection_interest(const struct echelon_conn *conn)
{
	unsigned interest = 0;

	if (!conn->readable && !conn->at_end &&
	    eln_run_flags(&conn->handle.run) == 0) {
		interest |= ELN_INTEREST_INPUT;
	}
	if (conn->output_watched) {
		interest |= ELN_INTEREST_OUTPUT;
	}
	return interest;
}

uint64_t
eln_connection_deadline(const struct echelon_conn *conn)
{
	return earlier(earlier(request_deadline(conn), idle_deadline(conn)),
	    earlier(stall_deadline(conn), linger_deadline(conn)));
}

/** A peer that still takes what the kernel has for it may go on. */
static void
check_linger(struct echelon_conn *conn, uint64_t now)
{
	int unsent = 0;

	ELN_GHOST_USE(conn->handle.fd, &conn->handle);
	(void)eln_sys->ioctl(conn->handle.fd, SIOCOUTQ, &unsent);
	if (unsent > 0 && unsent < conn->linger_unsent) {
		conn->linger_unsent = unsent;
		conn->linger_began = now;
	} else {
		eln_connection_kill(conn, 0, false);
	}
}

/** Whether input has come that nobody was shown, because all were busy. */
static bool
is_behind(const struct echelon_conn *conn)
{
	return (eln_input_length(&conn->input) > 0 && !conn->incomplete) ||
	    (conn->at_end && !conn->end_told);
}

static bool
has_unread(const struct echelon_conn *conn)
{
	int bytes = 0;

	ELN_GHOST_USE(conn->handle.fd, &conn->handle);
	(void)eln_sys->ioctl(conn->handle.fd, FIONREAD, &bytes);
	return bytes > 0;
}

/**
 * What has come and was not read, or not shown to the handler, is this
 * process's delay, not the peer's: it is looked at before the peer is called
 * late. Once for each request, as a peer that sends on and on has always
 * something unread.
 */
static void
check_input(struct echelon_conn *conn, uint64_t now)
{
	bool is_late = request_deadline(conn) <= now;

	if (!is_late && is_behind(conn)) {
		conn->active = now;
	} else if (!(is_late && conn->reprieved) && has_unread(conn)) {
		conn->readable = true;
		conn->active = now;
		conn->reprieved = is_late;
	} else {
		conn->expired = is_late ? ECHELON_DEADLINE_REQUEST
					: ECHELON_DEADLINE_IDLE;
	}
}

void
eln_connection_check_deadlines(struct echelon_conn *conn, uint64_t now)
{
	if (linger_deadline(conn) <= now) {
		check_linger(conn, now);
	} else if (stall_deadline(conn) <= now) {
		conn->expired = ECHELON_DEADLINE_WRITE_STALL;
	} else if (request_deadline(conn) <= now ||
	    idle_deadline(conn) <= now) {
		check_input(conn, now);
	}
}

void
eln_connection_restart_request(struct echelon_conn *conn, uint64_t now)
{
	if (conn->request_began != 0) {
		conn->request_began = now;
		conn->reprieved = false;
	}
}

void
eln_connection_renew(struct echelon_conn *conn, enum echelon_deadline which,
    uint64_t now)
{
	switch (which) {
	case ECHELON_DEADLINE_REQUEST:
		eln_connection_restart_request(conn, now);
		break;
	case ECHELON_DEADLINE_IDLE:
		conn->active = now;
		break;
	case ECHELON_DEADLINE_WRITE_STALL:
		conn->output.progress = now;
		break;
	}
}
