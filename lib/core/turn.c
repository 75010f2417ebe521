/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * The turn of a connection: one stay of a thread in it.
 *
 *   take ─▶ absorb reasons ─▶ next step? ──none──▶ flush, let go ─▶ done
 *              ▲                  │                    │ a reason came
 *              └──────────────────┼────────────────────┘
 *                                 ├─ used up ─────────────────────▶ again
 *                                 ├─ a handler function is due,
 *                                 │  but the thread must not block ▶ call
 *                                 └─ do it, look again
 *
 * Reasons of the run word become facts of the connection (readable, ...);
 * `next_step` decides by the facts alone what comes next, and each step
 * changes facts. So whether the asynchronous layer does the first steps and a
 * worker the others, or one thread all, the order is the same.
 *
 * What the turn must leave behind: no output in the thread's scratch; the
 * deadline stored; input either read to its end or remembered in `readable`;
 * said what to watch for next (core/watch.h).
 */

#include <errno.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include "base/contract.h"
#include "core/connection.h"
#include "core/engine.h"
#include "core/flush.h"
#include "core/trace.h"
#include "core/turn.h"
#include "core/watch.h"
#include "os/sys.h"

enum {
	MOST_CALLS = 32
};

/* ---- facts ---- */

static int
socket_error(const struct echelon_conn *conn)
{
	int error = 0;
	socklen_t size = sizeof(error);

	ELN_GHOST_USE(conn->handle.fd, &conn->handle);
	if (eln_sys->getsockopt(conn->handle.fd, SOL_SOCKET, SO_ERROR, &error,
		&size) < 0 ||
	    error == 0) {
		return -ECONNRESET;
	}
	return -error;
}

static void
begin_drain(struct echelon_conn *conn)
{
	int bytes = 0;

	if (conn->draining) {
		return;
	}
	conn->draining = true;
	ELN_GHOST_USE(conn->handle.fd, &conn->handle);
	(void)eln_sys->ioctl(conn->handle.fd, FIONREAD, &bytes);
	conn->drain_left = bytes > 0 ? (size_t)bytes : 0;
	/* The event that tells of these bytes may not have come yet. */
	conn->readable = conn->readable || bytes > 0;
}

static void
absorb(struct eln_turn_state *turn, uint32_t reasons)
{
	struct echelon_conn *conn = turn->conn;

	if ((reasons & (ELN_REASON_INPUT | ELN_REASON_PEER_CLOSED)) != 0) {
		conn->readable = true;
		conn->active = eln_sys->now_coarse();
	}
	if ((reasons & ELN_REASON_PEER_CLOSED) != 0) {
		conn->read_to_end = true;
	}
	if ((reasons & ELN_REASON_HANGUP) != 0) {
		conn->hung_up = true;
	}
	if ((reasons & (ELN_REASON_OUTPUT | ELN_REASON_HANGUP)) != 0) {
		/* After a hang-up the flush learns that nothing goes out. */
		conn->flush_due = true;
	}
	if ((reasons & ELN_REASON_MESSAGE) != 0) {
		conn->message_due = true;
	}
	if ((reasons & ELN_REASON_TIMER) != 0) {
		conn->check_deadlines = true;
	}
	if ((reasons & ELN_REASON_DRAIN) != 0) {
		begin_drain(conn);
	}
	if ((reasons & ELN_REASON_ERROR) != 0) {
		eln_connection_kill(conn, socket_error(conn), false);
	}
	if ((reasons & ELN_REASON_CUT_OFF) != 0) {
		eln_connection_kill(conn, -ESHUTDOWN, true);
	}
}

static bool
may_read(const struct echelon_conn *conn)
{
	return conn->readable && !conn->at_end &&
	    !(conn->draining && conn->drain_left == 0);
}

/* ---- what comes next ---- */

/** Input: presented in order, unless something holds it back. */
static enum eln_step
next_input_step(const struct echelon_conn *conn)
{
	if (eln_run_flags(&conn->handle.run) != 0 || conn->waits_for_room) {
		return ELN_STEP_NONE;
	}
	if (eln_input_length(&conn->input) > 0 && !conn->incomplete) {
		return conn->handler->frame != NULL && conn->framed == 0
		    ? ELN_STEP_FRAME
		    : ELN_STEP_DATA;
	}
	if (may_read(conn)) {
		return ELN_STEP_READ;
	}
	if (conn->at_end && !conn->end_told) {
		return ELN_STEP_FIN;
	}
	return conn->draining ? ELN_STEP_DRAINED : ELN_STEP_NONE;
}

static enum eln_step
next_open_step(const struct echelon_conn *conn)
{
	if (conn->message_due) {
		return ELN_STEP_MESSAGE;
	}
	if ((conn->wants_room || conn->waits_for_room) &&
	    eln_connection_has_room(conn)) {
		return ELN_STEP_WRITABLE;
	}
	return next_input_step(conn);
}

static enum eln_step
next_step(const struct echelon_conn *conn)
{
	if (conn->check_deadlines) {
		return ELN_STEP_DEADLINES;
	}
	switch (conn->phase) {
	case ELN_PHASE_DEAD:
		return ELN_STEP_END;
	case ELN_PHASE_LINGERING:
		if (conn->at_end) {
			return ELN_STEP_FREE;
		}
		return conn->readable ? ELN_STEP_DISCARD : ELN_STEP_NONE;
	case ELN_PHASE_NEW:
	case ELN_PHASE_OPEN:
	case ELN_PHASE_CLOSING:
		break;
	}
	if (conn->expired != 0) {
		return ELN_STEP_TIMEOUT;
	}
	if (conn->flush_due) {
		return ELN_STEP_FLUSH;
	}
	if (conn->phase == ELN_PHASE_NEW) {
		return ELN_STEP_OPEN;
	}
	if (conn->phase == ELN_PHASE_CLOSING) {
		return conn->output.unsent == 0 ? ELN_STEP_END : ELN_STEP_NONE;
	}
	return next_open_step(conn);
}

/** Whether the step calls a function that may block. */
static bool
needs_call(const struct echelon_conn *conn, enum eln_step step)
{
	const struct echelon_handler *handler = conn->handler;

	switch (step) {
	case ELN_STEP_OPEN:
		return handler->on_open != NULL;
	case ELN_STEP_TIMEOUT:
		return handler->on_timeout != NULL;
	case ELN_STEP_MESSAGE:
		return handler->on_message != NULL;
	case ELN_STEP_WRITABLE:
		return conn->wants_room && handler->on_writable != NULL;
	case ELN_STEP_DATA:
		return handler->on_data != NULL;
	case ELN_STEP_FIN:
		return handler->on_end != NULL;
	case ELN_STEP_END:
		return conn->opened && handler->on_close != NULL;
	case ELN_STEP_NONE:
	case ELN_STEP_DEADLINES:
	case ELN_STEP_FLUSH:
	case ELN_STEP_FRAME:
	case ELN_STEP_READ:
	case ELN_STEP_DRAINED:
	case ELN_STEP_DISCARD:
	case ELN_STEP_FREE:
		break;
	}
	return false;
}

/* ---- the turn ---- */

static bool
is_used_up(const struct eln_turn_state *turn)
{
	return turn->calls >= MOST_CALLS || turn->bytes >= turn->most;
}

/** Records the end of a turn, of which `time` was before others could have
 *  the handle. */
static void
trace_end(const struct eln_turn_state *turn, uint64_t time,
    enum echelon_trace_end how)
{
	eln_trace_at(turn->thread, time, ECHELON_TRACE_TURN_END, turn->id,
	    (uint32_t)how);
}

/** Makes the handle ready for somebody else, with nothing left here. */
static enum eln_turn
pass_on(struct eln_turn_state *turn, enum eln_turn how)
{
	uint64_t time;

	if (eln_connection_flush_is_due(turn->conn, turn->thread)) {
		(void)eln_connection_flush(turn->conn, turn->thread);
	}
	if (how == ELN_TURN_AGAIN) {
		/* A peer that keeps the turns used up shall not live for
		 * ever. When a call is due, its turn will store it. */
		eln_set_deadline(&turn->conn->handle,
		    eln_connection_deadline(turn->conn));
	}
	eln_turn_unmark(turn);
	time = eln_trace_time(turn->conn->engine);
	eln_run_yield(&turn->conn->handle.run, 0);
	trace_end(turn, time,
	    how == ELN_TURN_CALL ? ECHELON_TURN_CALL : ECHELON_TURN_AGAIN);
	return how;
}

/** Nothing is left to do. False: it was looked at too early. */
static bool
let_go(struct echelon_conn *conn)
{
	int error;

	eln_input_trim(&conn->input, &conn->engine->memory);
	eln_set_deadline(&conn->handle, eln_connection_deadline(conn));
	error = conn->hung_up
	    ? 0
	    : eln_watch_again(&conn->handle, eln_connection_interest(conn));
	if (error != 0) {
		eln_connection_kill(conn, error, false);
		return false;
	}
	return eln_run_let_go(&conn->handle.run);
}

enum eln_turn
eln_connection_turn(struct eln_handle *handle, struct eln_thread *thread,
    bool may_call)
{
	struct echelon_conn *conn = eln_connection_of(handle);
	struct eln_turn_state turn = { .conn = conn,
		.thread = thread,
		.most = eln_live(conn->engine, ELN_LIVE_TURN),
		.id = eln_handle_id(handle) };
	uint64_t time;

	eln_thread_tally(thread, ELN_TURNS, 1);
	eln_trace(thread, ECHELON_TRACE_TAKEN, turn.id, 0);
	absorb(&turn, eln_run_take(&handle->run));
	for (;;) {
		enum eln_step step = next_step(conn);

		if (step == ELN_STEP_FREE) {
			eln_turn_unmark(&turn);
			time = eln_trace_time(conn->engine);
			eln_connection_free(conn, thread);
			break;
		}
		if (step == ELN_STEP_NONE &&
		    eln_connection_flush_is_due(conn, thread)) {
			(void)eln_connection_flush(conn, thread);
		} else if (step == ELN_STEP_NONE) {
			time = eln_trace_time(conn->engine);
			if (let_go(conn)) {
				eln_turn_unmark(&turn);
				break;
			}
		} else if (!may_call && needs_call(conn, step)) {
			return pass_on(&turn, ELN_TURN_CALL);
		} else if (is_used_up(&turn)) {
			return pass_on(&turn, ELN_TURN_AGAIN);
		} else {
			eln_turn_step(&turn, step);
		}
		absorb(&turn, eln_run_look(&handle->run));
	}
	trace_end(&turn, time, ECHELON_TURN_DONE);
	return ELN_TURN_DONE;
}

/** Ends a connection that has a request or is new. The handle is ready and
 *  stays so. */
static void
end_if_due(struct eln_handle *handle, struct eln_thread *thread)
{
	struct eln_turn_state turn = { .conn = eln_connection_of(handle),
		.thread = thread };
	enum eln_step step;

	absorb(&turn, eln_run_take(&handle->run));
	step = next_step(turn.conn);
	if (step == ELN_STEP_OPEN) {
		eln_connection_kill(turn.conn, -EBUSY, false);
		eln_thread_tally(thread, ELN_REFUSED, 1);
	} else if (step == ELN_STEP_DATA) {
		/* In order: earlier replies may still be unsent. */
		eln_connection_close(turn.conn, -EBUSY);
		if (turn.conn->output.unsent == 0) {
			/* The peer shall know now; on_close may wait. */
			ELN_GHOST_USE(handle->fd, handle);
			(void)eln_sys->shutdown(handle->fd, SHUT_WR);
		}
		eln_thread_tally(thread, ELN_REFUSED, 1);
	}
	eln_run_yield(&handle->run, 0);
}

static enum eln_turn
refuse_connection(struct eln_handle *handle, struct eln_thread *thread)
{
	enum eln_turn end = eln_connection_turn(handle, thread, false);

	if (end != ELN_TURN_CALL) {
		return end;
	}
	end_if_due(handle, thread);
	return eln_connection_turn(handle, thread, false);
}

static void
drop_connection(struct eln_handle *handle, struct eln_thread *thread)
{
	enum eln_turn end;

	(void)eln_run_take(&handle->run);
	eln_connection_kill(eln_connection_of(handle), -EBUSY, false);
	eln_thread_tally(thread, ELN_REFUSED, 1);
	eln_run_yield(&handle->run, 0);
	end = eln_connection_turn(handle, thread, false);
	ELN_CONTRACT(end == ELN_TURN_DONE,
	    "only connections that are new are dropped");
}

const struct eln_handle_type eln_connection_type = {
	.turn = eln_connection_turn,
	.refuse = refuse_connection,
	.drop = drop_connection,
};
