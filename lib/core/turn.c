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
 * deadline stored; edge-triggered input either read to its end or remembered
 * in `readable`.
 */

#include <errno.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include "base/contract.h"
#include "core/connection.h"
#include "core/engine.h"
#include "core/flush.h"
#include "core/message.h"
#include "os/sys.h"

enum {
	MOST_CALLS = 32,
	DISCARD_BYTES = 16 * 1024
};

enum step {
	STEP_NONE,
	STEP_OPEN,      /* on_open */
	STEP_DEADLINES, /* which has passed? */
	STEP_TIMEOUT,   /* on_timeout */
	STEP_FLUSH,     /* the socket takes output again */
	STEP_MESSAGE,   /* on_message */
	STEP_WRITABLE,  /* on_writable */
	STEP_FRAME,     /* is there a whole request? */
	STEP_DATA,      /* on_data */
	STEP_READ,      /* receive */
	STEP_FIN,       /* on_end */
	STEP_DRAINED,   /* all that a drain answers is answered */
	STEP_END,       /* on_close, then linger or free */
	STEP_DISCARD,   /* lingering: receive and forget */
	STEP_FREE       /* the connection is gone after this */
};

struct turn {
	struct echelon_conn *conn;
	struct eln_thread *thread;
	bool may_call;
	bool marked;     /* the monitor knows that we are in handlers */
	uint64_t coarse; /* coarse clock at the first call */
	size_t bytes;    /* received in this turn */
	unsigned calls;  /* of handler functions */
};

/* ---- facts ---- */

static int
socket_error(const struct echelon_conn *conn)
{
	int error = 0;
	socklen_t size = sizeof(error);

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
	(void)eln_sys->ioctl(conn->handle.fd, FIONREAD, &bytes);
	conn->drain_left = bytes > 0 ? (size_t)bytes : 0;
}

static void
absorb(struct turn *turn, uint32_t reasons)
{
	struct echelon_conn *conn = turn->conn;

	if ((reasons & (ELN_REASON_INPUT | ELN_REASON_PEER_CLOSED)) != 0) {
		conn->readable = true;
		conn->active = turn->thread->now;
	}
	if ((reasons & ELN_REASON_PEER_CLOSED) != 0) {
		conn->fin_seen = true;
	}
	if ((reasons & ELN_REASON_OUTPUT) != 0) {
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
static enum step
next_input_step(const struct echelon_conn *conn)
{
	if (eln_run_flags(&conn->handle.run) != 0 || conn->waits_for_room) {
		return STEP_NONE;
	}
	if (eln_input_length(&conn->input) > 0 && !conn->incomplete) {
		return conn->handler->frame != NULL && conn->framed == 0
		    ? STEP_FRAME
		    : STEP_DATA;
	}
	if (may_read(conn)) {
		return STEP_READ;
	}
	if (conn->at_end && !conn->end_told) {
		return STEP_FIN;
	}
	return conn->draining ? STEP_DRAINED : STEP_NONE;
}

static enum step
next_open_step(const struct echelon_conn *conn)
{
	if (conn->message_due) {
		return STEP_MESSAGE;
	}
	if ((conn->wants_room || conn->waits_for_room) &&
	    eln_connection_has_room(conn)) {
		return STEP_WRITABLE;
	}
	return next_input_step(conn);
}

static enum step
next_step(const struct echelon_conn *conn)
{
	if (conn->check_deadlines) {
		return STEP_DEADLINES;
	}
	switch (conn->phase) {
	case ELN_PHASE_DEAD:
		return STEP_END;
	case ELN_PHASE_LINGERING:
		if (conn->at_end) {
			return STEP_FREE;
		}
		return conn->readable ? STEP_DISCARD : STEP_NONE;
	case ELN_PHASE_NEW:
	case ELN_PHASE_OPEN:
	case ELN_PHASE_CLOSING:
		break;
	}
	if (conn->expired != 0) {
		return STEP_TIMEOUT;
	}
	if (conn->flush_due) {
		return STEP_FLUSH;
	}
	if (conn->phase == ELN_PHASE_NEW) {
		return STEP_OPEN;
	}
	if (conn->phase == ELN_PHASE_CLOSING) {
		return conn->output.unsent == 0 ? STEP_END : STEP_NONE;
	}
	return next_open_step(conn);
}

/** Whether the step calls a function that may block. */
static bool
needs_call(const struct echelon_conn *conn, enum step step)
{
	const struct echelon_handler *handler = conn->handler;

	switch (step) {
	case STEP_OPEN:
		return handler->on_open != NULL;
	case STEP_TIMEOUT:
		return handler->on_timeout != NULL;
	case STEP_MESSAGE:
		return handler->on_message != NULL;
	case STEP_WRITABLE:
		return conn->wants_room && handler->on_writable != NULL;
	case STEP_DATA:
		return handler->on_data != NULL;
	case STEP_FIN:
		return handler->on_end != NULL;
	case STEP_END:
		return conn->opened && handler->on_close != NULL;
	case STEP_NONE:
	case STEP_DEADLINES:
	case STEP_FLUSH:
	case STEP_FRAME:
	case STEP_READ:
	case STEP_DRAINED:
	case STEP_DISCARD:
	case STEP_FREE:
		break;
	}
	return false;
}

/* ---- output ---- */

static void
flush(struct turn *turn)
{
	turn->conn->flush_due = false;
	(void)eln_connection_flush(turn->conn, turn->thread);
}

/* ---- calls of the handler ---- */

static void
enter(struct turn *turn, enum eln_call call)
{
	struct eln_thread *thread = turn->thread;
	struct echelon_conn *conn = turn->conn;

	eln_store32_relaxed(&thread->call, (uint32_t)call);
	eln_count(&thread->calls, 1);
	if (!turn->marked) {
		turn->marked = true;
		turn->coarse = eln_sys->now_coarse();
		eln_store64_relaxed(&thread->conn,
		    eln_handle_id(&conn->handle));
		/* Sequentially consistent: pairs with the monitor, which
		 * says that it sleeps and then looks at this word. */
		eln_exchange64(&thread->turn,
		    eln_load64_relaxed(&thread->turn) + 1);
		eln_monitor_notice(conn->engine, ELN_MONITOR_SLOW);
	}
	conn->refused_write = false;
	conn->thread = thread;
	turn->calls++;
}

static void
leave(struct turn *turn)
{
	eln_store32_relaxed(&turn->thread->call, ELN_CALL_NONE);
	turn->conn->thread = NULL;
	/* More requests may be at hand, but this one took its time: its
	 * output shall not wait for theirs. */
	if (turn->thread->scratch_used > 0 &&
	    eln_sys->now_coarse() != turn->coarse) {
		turn->coarse = eln_sys->now_coarse();
		flush(turn);
	}
}

static void
unmark(struct turn *turn)
{
	if (turn->marked) {
		eln_store64_release(&turn->thread->turn,
		    eln_load64_relaxed(&turn->thread->turn) + 1);
	}
}

/* ---- steps ---- */

static void
do_open(struct turn *turn)
{
	struct echelon_conn *conn = turn->conn;
	int result = 0;

	if (conn->handler->on_open != NULL) {
		enter(turn, ELN_CALL_ON_OPEN);
		result = conn->handler->on_open(conn);
		leave(turn);
	}
	if (result != 0) {
		ELN_CONTRACT(result < 0, "on_open returns 0 or -errno");
		eln_connection_close(conn, result);
		return;
	}
	conn->opened = true;
	if (conn->phase == ELN_PHASE_NEW) {
		conn->phase = ELN_PHASE_OPEN;
	}
}

static void
do_timeout(struct turn *turn)
{
	struct echelon_conn *conn = turn->conn;
	enum echelon_deadline which = (enum echelon_deadline)conn->expired;
	int result = -ETIMEDOUT;

	conn->expired = 0;
	if (conn->handler->on_timeout != NULL && conn->opened) {
		enter(turn, ELN_CALL_ON_TIMEOUT);
		result = conn->handler->on_timeout(conn, which);
		leave(turn);
	}
	if (result == 0) {
		eln_connection_renew(conn, which, eln_sys->now());
		return;
	}
	ELN_CONTRACT(result < 0, "on_timeout returns 0 or -errno");
	eln_thread_tally(turn->thread, ELN_TIMED_OUT, 1);
	if (which == ECHELON_DEADLINE_WRITE_STALL) {
		eln_connection_kill(conn, result, true);
	} else {
		eln_connection_close(conn, result);
	}
}

static void
do_message(struct turn *turn)
{
	struct echelon_conn *conn = turn->conn;
	struct eln_message *message;

	/* Cleared first: a message put after the take sets it again. */
	message = eln_connection_take_message(conn);
	if (message == NULL) {
		conn->message_due = false;
		return;
	}
	if (conn->handler->on_message != NULL) {
		enter(turn, ELN_CALL_ON_MESSAGE);
		conn->handler->on_message(conn, message->message);
		leave(turn);
	}
	eln_thread_tally(turn->thread, ELN_MESSAGES, 1);
	eln_message_release(conn->engine, message);
}

static void
do_writable(struct turn *turn)
{
	struct echelon_conn *conn = turn->conn;
	bool told = conn->wants_room && conn->handler->on_writable != NULL;

	conn->wants_room = false;
	conn->waits_for_room = false;
	if (told) {
		enter(turn, ELN_CALL_ON_WRITABLE);
		conn->handler->on_writable(conn);
		leave(turn);
	}
}

/** The buffered bytes are no whole request. */
static void
need_more(struct turn *turn)
{
	struct echelon_conn *conn = turn->conn;

	if (eln_input_length(&conn->input) >=
	    eln_live(conn->engine, ELN_LIVE_INPUT)) {
		eln_connection_close(conn, -EMSGSIZE);
		return;
	}
	conn->incomplete = true;
	if (conn->request_began == 0) {
		conn->request_began = turn->thread->now;
	}
}

static void
do_frame(struct turn *turn)
{
	struct echelon_conn *conn = turn->conn;
	size_t length = eln_input_length(&conn->input);
	ptrdiff_t n = conn->handler->frame(eln_input_data(&conn->input), length,
	    conn->context);

	if (n < 0) {
		eln_connection_close(conn, (int)n);
	} else if ((size_t)n > eln_live(conn->engine, ELN_LIVE_INPUT)) {
		eln_connection_close(conn, -EMSGSIZE);
	} else if (n == 0 || (size_t)n > length) {
		need_more(turn);
	} else {
		conn->framed = (size_t)n;
	}
}

static void
consume(struct turn *turn, size_t n)
{
	struct echelon_conn *conn = turn->conn;

	eln_input_consume(&conn->input, &conn->engine->memory, n);
	conn->framed = 0;
	conn->request_began = 0;
	eln_thread_tally(turn->thread, ELN_REQUESTS, 1);
}

static ptrdiff_t
call_on_data(struct turn *turn, size_t length)
{
	struct echelon_conn *conn = turn->conn;
	ptrdiff_t result;

	if (conn->handler->on_data == NULL) {
		return (ptrdiff_t)length;
	}
	enter(turn, ELN_CALL_ON_DATA);
	result = conn->handler->on_data(conn, eln_input_data(&conn->input),
	    length);
	leave(turn);
	return result;
}

static void
do_data(struct turn *turn)
{
	struct echelon_conn *conn = turn->conn;
	bool framed = conn->handler->frame != NULL;
	size_t length = framed ? conn->framed : eln_input_length(&conn->input);
	ptrdiff_t result = call_on_data(turn, length);

	if (result > 0) {
		ELN_CONTRACT(framed ? (size_t)result == length
				    : (size_t)result <= length,
		    "on_data returns what it consumed");
		consume(turn, (size_t)result);
	} else if (conn->refused_write && (result == 0 || result == -ENOBUFS)) {
		conn->waits_for_room = true;
	} else if (result < 0) {
		eln_connection_close(conn, (int)result);
	} else {
		ELN_CONTRACT(!framed || conn->phase != ELN_PHASE_OPEN,
		    "with frame, on_data consumes the request");
		need_more(turn);
	}
}

/** How much a step may receive. */
static size_t
read_allowance(const struct turn *turn)
{
	const struct echelon_conn *conn = turn->conn;
	size_t left = eln_live(conn->engine, ELN_LIVE_TURN) - turn->bytes;

	if (conn->draining && conn->drain_left < left) {
		left = conn->drain_left;
	}
	return left;
}

static void
account_read(struct turn *turn, size_t n, size_t room)
{
	struct echelon_conn *conn = turn->conn;

	turn->bytes += n;
	eln_thread_tally(turn->thread, ELN_BYTES_IN, n);
	conn->incomplete = false;
	conn->framed = 0;
	if (conn->draining) {
		conn->drain_left -= n < conn->drain_left ? n : conn->drain_left;
	}
	/* With a FIN on its way, only reading 0 tells that it has come. */
	if (n < room && conn->stream_ends_short && !conn->fin_seen) {
		conn->readable = false;
	}
}

static void
do_read(struct turn *turn)
{
	struct echelon_conn *conn = turn->conn;
	size_t limit = eln_live(conn->engine, ELN_LIVE_INPUT);
	size_t room = 0;
	ssize_t n;

	if (eln_input_length(&conn->input) >= limit) {
		/* Possible only after a reload has lowered the limit. */
		eln_connection_close(conn, -EMSGSIZE);
		return;
	}
	n = eln_input_receive(&conn->input, &conn->engine->memory,
	    conn->handle.fd, read_allowance(turn), limit, &room);
	if (n > 0) {
		account_read(turn, (size_t)n, room);
	} else if (n == 0) {
		conn->at_end = true;
		conn->readable = false;
	} else if (n == -EAGAIN) {
		conn->readable = false;
	} else if (n != -EINTR) {
		eln_connection_kill(conn, (int)n, false);
	}
}

static void
do_fin(struct turn *turn)
{
	struct echelon_conn *conn = turn->conn;

	conn->end_told = true;
	conn->request_began = 0;
	eln_input_clear(&conn->input, &conn->engine->memory);
	if (conn->handler->on_end == NULL) {
		eln_connection_close(conn, 0);
		return;
	}
	enter(turn, ELN_CALL_ON_END);
	conn->handler->on_end(conn);
	leave(turn);
}

static void
do_drained(struct turn *turn)
{
	struct echelon_conn *conn = turn->conn;

	if (eln_input_length(&conn->input) > 0) {
		eln_thread_tally(turn->thread, ELN_INCOMPLETE, 1);
	}
	eln_connection_close(conn, 0);
}

/** on_close; then lingers if the peer must still see all and a FIN. */
static void
do_end(struct turn *turn)
{
	struct echelon_conn *conn = turn->conn;
	bool in_order = conn->phase == ELN_PHASE_CLOSING;

	conn->phase = ELN_PHASE_DEAD;
	eln_connection_end_messages(conn);
	eln_output_drop(&conn->output, turn->thread);
	if (conn->opened && conn->handler->on_close != NULL) {
		enter(turn, ELN_CALL_ON_CLOSE);
		conn->handler->on_close(conn, conn->reason);
		leave(turn);
	}
	conn->opened = false;
	eln_input_clear(&conn->input, &conn->engine->memory);
	conn->phase = ELN_PHASE_LINGERING;
	if (!in_order || conn->at_end ||
	    eln_sys->shutdown(conn->handle.fd, SHUT_WR) != 0) {
		conn->at_end = true;
		return;
	}
	conn->readable = true;
	conn->linger_began = eln_sys->now();
}

static void
do_discard(struct turn *turn)
{
	struct echelon_conn *conn = turn->conn;
	char sink[DISCARD_BYTES];
	ssize_t n = eln_sys->recv(conn->handle.fd, sink, sizeof(sink), 0);

	if (n > 0) {
		turn->bytes += (size_t)n;
	} else if (n == -EAGAIN) {
		conn->readable = false;
	} else if (n != -EINTR) {
		conn->at_end = true;
	}
}

static void
do_step(struct turn *turn, enum step step)
{
	switch (step) {
	case STEP_OPEN:
		do_open(turn);
		break;
	case STEP_DEADLINES:
		turn->conn->check_deadlines = false;
		eln_connection_check_deadlines(turn->conn, turn->thread->now);
		break;
	case STEP_TIMEOUT:
		do_timeout(turn);
		break;
	case STEP_FLUSH:
		flush(turn);
		break;
	case STEP_MESSAGE:
		do_message(turn);
		break;
	case STEP_WRITABLE:
		do_writable(turn);
		break;
	case STEP_FRAME:
		do_frame(turn);
		break;
	case STEP_DATA:
		do_data(turn);
		break;
	case STEP_READ:
		do_read(turn);
		break;
	case STEP_FIN:
		do_fin(turn);
		break;
	case STEP_DRAINED:
		do_drained(turn);
		break;
	case STEP_END:
		do_end(turn);
		break;
	case STEP_DISCARD:
		do_discard(turn);
		break;
	case STEP_NONE:
	case STEP_FREE:
		break;
	}
}

/* ---- the turn ---- */

static bool
is_used_up(const struct turn *turn)
{
	return turn->calls >= MOST_CALLS ||
	    turn->bytes >= eln_live(turn->conn->engine, ELN_LIVE_TURN);
}

/** Makes the handle ready for somebody else, with nothing left here. */
static enum eln_turn
pass_on(struct turn *turn, enum eln_turn how)
{
	if (eln_connection_flush_is_due(turn->conn, turn->thread)) {
		flush(turn);
	}
	unmark(turn);
	eln_run_yield(&turn->conn->handle.run, 0);
	return how;
}

enum eln_turn
eln_connection_turn(struct eln_handle *handle, struct eln_thread *thread,
    bool may_call)
{
	struct turn turn = { .conn = eln_connection_of(handle),
		.thread = thread,
		.may_call = may_call };
	struct echelon_conn *conn = turn.conn;

	thread->now = eln_sys->now();
	eln_thread_tally(thread, ELN_TURNS, 1);
	absorb(&turn, eln_run_take(&handle->run));
	for (;;) {
		enum step step = next_step(conn);

		if (step == STEP_FREE) {
			unmark(&turn);
			eln_connection_free(conn, thread);
			return ELN_TURN_DONE;
		}
		if (step == STEP_NONE &&
		    eln_connection_flush_is_due(conn, thread)) {
			flush(&turn);
		} else if (step == STEP_NONE) {
			eln_set_deadline(handle, eln_connection_deadline(conn));
			if (eln_run_let_go(&handle->run)) {
				break;
			}
		} else if (!may_call && needs_call(conn, step)) {
			return pass_on(&turn, ELN_TURN_CALL);
		} else if (is_used_up(&turn)) {
			return pass_on(&turn, ELN_TURN_AGAIN);
		} else {
			do_step(&turn, step);
		}
		absorb(&turn, eln_run_look(&handle->run));
	}
	unmark(&turn);
	return ELN_TURN_DONE;
}

bool
eln_connection_refuse(struct eln_handle *handle, struct eln_thread *thread)
{
	struct turn turn = { .conn = eln_connection_of(handle),
		.thread = thread };
	bool refused;
	enum step step;

	if (handle->type != &eln_connection_type) {
		return false;
	}
	absorb(&turn, eln_run_take(&handle->run));
	step = next_step(turn.conn);
	refused = step == STEP_OPEN || step == STEP_DATA;
	if (refused) {
		eln_connection_kill(turn.conn, -EBUSY, false);
		(void)eln_sys->shutdown(handle->fd, SHUT_RDWR);
		eln_thread_tally(thread, ELN_REFUSED, 1);
	}
	eln_run_yield(&handle->run, 0);
	return refused;
}

const struct eln_handle_type eln_connection_type = {
	.turn = eln_connection_turn,
};
