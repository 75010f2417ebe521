/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * The steps of a turn: each does one thing that core/turn.c has decided on,
 * and changes the facts from which the next one is decided.
 */

#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <sys/socket.h>

#include "base/contract.h"
#include "core/connection.h"
#include "core/engine.h"
#include "core/flush.h"
#include "core/message.h"
#include "core/trace.h"
#include "core/turn.h"
#include "os/sys.h"

enum {
	DISCARD_BYTES = 16 * 1024
};

static void
flush(struct eln_turn_state *turn)
{
	turn->conn->flush_due = false;
	(void)eln_connection_flush(turn->conn, turn->thread);
}

static void
enter(struct eln_turn_state *turn, enum eln_call call)
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
	/* Release: pairs with thread_of. */
	eln_store_ptr_release(&conn->thread, thread);
	turn->calls++;
	ELN_GHOST_ENTER(ELN_CLAIM_EXCLUSIVE, conn->inside, thread);
	eln_trace(thread, ECHELON_TRACE_CALL_BEGIN, turn->id, call);
}

static void
leave(struct eln_turn_state *turn)
{
	struct eln_thread *thread = turn->thread;
	uint64_t coarse = eln_sys->now_coarse();

	ELN_GHOST_LEAVE(ELN_CLAIM_EXCLUSIVE, turn->conn->inside, thread);
	/* Relaxed: this thread's own. */
	eln_trace(thread, ECHELON_TRACE_CALL_END, turn->id,
	    eln_load32_relaxed(&thread->call));
	eln_store32_relaxed(&thread->call, ELN_CALL_NONE);
	/* Release: as in enter. */
	eln_store_ptr_release(&turn->conn->thread, NULL);
	if (turn->conn->output.first != NULL) {
		/* What it wrote is behind what the socket has refused, so no
		 * flush will come before that takes some of it. */
		eln_connection_set_pause(turn->conn, thread);
	}
	if (coarse == turn->coarse) {
		return;
	}
	/* The call took its time: deadlines count from its end, and its
	 * output shall not wait for that of further requests. */
	turn->coarse = coarse;
	turn->conn->active = coarse;
	if (thread->scratch_used > 0) {
		flush(turn);
	}
}

void
eln_turn_unmark(struct eln_turn_state *turn)
{
	if (turn->marked) {
		eln_store64_release(&turn->thread->turn,
		    eln_load64_relaxed(&turn->thread->turn) + 1);
	}
}

/* ---- what handler functions may return ---- */

static void
demand_error(const char *function, int result)
{
	if (result > 0) {
		eln_contract_broken(function,
		    "returned %d; it returns 0 or a negative errno", result);
	}
}

static void
demand_consumed(bool framed, size_t result, size_t length)
{
	if (framed && result != length) {
		eln_contract_broken("on_data",
		    "returned %zu; with frame it consumes the whole request, "
		    "here %zu bytes",
		    result, length);
	}
	if (result > length) {
		eln_contract_broken("on_data",
		    "returned %zu; it was given %zu bytes", result, length);
	}
}

/* ---- steps ---- */

static void
do_open(struct eln_turn_state *turn)
{
	struct echelon_conn *conn = turn->conn;
	int result = 0;

	if (conn->handler->on_open != NULL) {
		enter(turn, ELN_CALL_ON_OPEN);
		result = conn->handler->on_open(conn);
		leave(turn);
	}
	if (result != 0) {
		demand_error("on_open", result);
		eln_connection_close(conn, result);
		return;
	}
	conn->opened = true;
	if (conn->phase == ELN_PHASE_NEW) {
		conn->phase = ELN_PHASE_OPEN;
	}
	if (conn->output.first != NULL) {
		eln_connection_set_pause(conn, turn->thread);
	}
}

static void
do_timeout(struct eln_turn_state *turn)
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
		eln_connection_renew(conn, which, eln_sys->now_coarse());
		return;
	}
	demand_error("on_timeout", result);
	eln_thread_tally(turn->thread, ELN_TIMED_OUT, 1);
	if (which == ECHELON_DEADLINE_WRITE_STALL) {
		eln_connection_kill(conn, result, true);
	} else {
		eln_connection_close(conn, result);
	}
}

static void
do_message(struct eln_turn_state *turn)
{
	struct echelon_conn *conn = turn->conn;
	struct eln_message *message;

	message = eln_connection_take_message(conn);
	if (message == NULL) {
		conn->message_due = false;
		return;
	}
	if (conn->handler->on_message != NULL) {
		enter(turn, ELN_CALL_ON_MESSAGE);
		conn->handler->on_message(conn, message->message);
		leave(turn);
		eln_thread_tally(turn->thread, ELN_MESSAGES, 1);
	}
	eln_message_release(conn->engine, message);
}

static void
do_writable(struct eln_turn_state *turn)
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
need_more(struct eln_turn_state *turn)
{
	struct echelon_conn *conn = turn->conn;

	if (eln_input_length(&conn->input) >=
	    eln_live(conn->engine, ELN_LIVE_INPUT)) {
		eln_connection_close(conn, -EMSGSIZE);
		return;
	}
	conn->incomplete = true;
	if (conn->request_began == 0) {
		conn->request_began = eln_sys->now_coarse();
	}
}

static void
do_frame(struct eln_turn_state *turn)
{
	struct echelon_conn *conn = turn->conn;
	size_t length = eln_input_length(&conn->input);
	ptrdiff_t n;

	ELN_GHOST_ENTER(ELN_CLAIM_EXCLUSIVE, conn->inside, turn->thread);
	n = conn->handler->frame(eln_input_data(&conn->input), length,
	    conn->context);
	ELN_GHOST_LEAVE(ELN_CLAIM_EXCLUSIVE, conn->inside, turn->thread);
	if (n < 0) {
		eln_connection_close(conn, (int)n);
	} else if ((size_t)n > eln_live(conn->engine, ELN_LIVE_INPUT)) {
		eln_connection_close(conn, -EMSGSIZE);
	} else if (n == 0 || (size_t)n > length) {
		conn->input.expected = (size_t)n;
		need_more(turn);
	} else {
		conn->framed = (size_t)n;
	}
}

/** The first request of the input is no more. */
static void
forget_request(struct echelon_conn *conn)
{
	conn->framed = 0;
	conn->input.expected = 0;
	conn->incomplete = false;
	conn->request_began = 0;
	conn->reprieved = false;
}

static void
consume(struct eln_turn_state *turn, size_t n)
{
	struct echelon_conn *conn = turn->conn;

	eln_input_consume(&conn->input, n);
	forget_request(conn);
	if (conn->handler->on_data != NULL) {
		eln_thread_tally(turn->thread, ELN_REQUESTS, 1);
	}
}

static ptrdiff_t
call_on_data(struct eln_turn_state *turn, size_t length)
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
do_data(struct eln_turn_state *turn)
{
	struct echelon_conn *conn = turn->conn;
	bool framed = conn->handler->frame != NULL;
	size_t length = framed ? conn->framed : eln_input_length(&conn->input);
	ptrdiff_t result = call_on_data(turn, length);

	if (result > 0) {
		demand_consumed(framed, (size_t)result, length);
		consume(turn, (size_t)result);
	} else if (conn->refused_write && (result == 0 || result == -ENOBUFS)) {
		conn->waits_for_room = true;
	} else if (result < 0) {
		eln_connection_close(conn, (int)result);
	} else {
		if (framed && conn->phase == ELN_PHASE_OPEN) {
			demand_consumed(framed, 0, length);
		}
		need_more(turn);
	}
}

/** How much a step may receive. */
static size_t
read_allowance(const struct eln_turn_state *turn)
{
	const struct echelon_conn *conn = turn->conn;
	size_t left = turn->most - turn->bytes;

	if (conn->draining && conn->drain_left < left) {
		left = conn->drain_left;
	}
	return left;
}

static void
account_read(struct eln_turn_state *turn, size_t n, size_t room)
{
	struct echelon_conn *conn = turn->conn;

	turn->bytes += n;
	eln_thread_tally(turn->thread, ELN_BYTES_IN, n);
	/* Before what frame asked for is there, it need not look again. */
	conn->incomplete = eln_input_length(&conn->input) <
	    conn->input.expected;
	conn->framed = 0;
	if (conn->draining) {
		conn->drain_left -= n < conn->drain_left ? n : conn->drain_left;
	}
	/* With a FIN or urgent bytes on their way, only -EAGAIN tells. */
	if (n < room && conn->stream_ends_short && !conn->read_to_end) {
		conn->readable = false;
	}
}

static void
do_read(struct eln_turn_state *turn)
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
	ELN_GHOST_USE(conn->handle.fd, &conn->handle);
	n = eln_input_receive(&conn->input, &conn->engine->memory,
	    conn->handle.fd, read_allowance(turn), limit, &room);
	ELN_GHOST_CLAIM(ELN_CLAIM_BOUND,
	    eln_input_length(&conn->input) <= limit);
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
do_fin(struct eln_turn_state *turn)
{
	struct echelon_conn *conn = turn->conn;

	conn->end_told = true;
	eln_input_clear(&conn->input, &conn->engine->memory);
	forget_request(conn);
	if (conn->handler->on_end == NULL) {
		eln_connection_close(conn, 0);
		return;
	}
	enter(turn, ELN_CALL_ON_END);
	conn->handler->on_end(conn);
	leave(turn);
}

static void
do_drained(struct eln_turn_state *turn)
{
	struct echelon_conn *conn = turn->conn;

	if (eln_input_length(&conn->input) > 0) {
		eln_thread_tally(turn->thread, ELN_INCOMPLETE, 1);
	}
	eln_connection_close(conn, 0);
}

/** on_close; then lingers if the peer must still see all and a FIN. */
static void
do_end(struct eln_turn_state *turn)
{
	struct echelon_conn *conn = turn->conn;
	bool in_order = conn->phase == ELN_PHASE_CLOSING;

	ELN_GHOST_CLAIM(ELN_CLAIM_CLOSED, ++conn->n_ends == 1);
	ELN_GHOST_USE(conn->handle.fd, &conn->handle);
	eln_log(conn->engine, ECHELON_LOG_DEBUG,
	    "connection %" PRIx64 " ends: %s", eln_handle_id(&conn->handle),
	    conn->reason == 0 ? "in order" : strerror(-conn->reason));
	conn->phase = ELN_PHASE_DEAD;
	eln_connection_end_messages(conn);
	eln_connection_drop_output(conn, turn->thread);
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
	conn->linger_began = eln_sys->now_coarse();
}

static void
do_discard(struct eln_turn_state *turn)
{
	struct echelon_conn *conn = turn->conn;
	char sink[DISCARD_BYTES];
	ssize_t n;

	ELN_GHOST_USE(conn->handle.fd, &conn->handle);
	n = eln_sys->recv(conn->handle.fd, sink, sizeof(sink), 0);
	if (n > 0) {
		turn->bytes += (size_t)n;
	} else if (n == -EAGAIN) {
		conn->readable = false;
	} else if (n != -EINTR) {
		conn->at_end = true;
	}
}

void
eln_turn_step(struct eln_turn_state *turn, enum eln_step step)
{
	ELN_GHOST_CLAIM(ELN_CLAIM_GENERATION,
	    turn->id == eln_handle_id(&turn->conn->handle));
	switch (step) {
	case ELN_STEP_OPEN:
		do_open(turn);
		break;
	case ELN_STEP_DEADLINES:
		turn->conn->check_deadlines = false;
		eln_connection_check_deadlines(turn->conn,
		    eln_sys->now_coarse());
		break;
	case ELN_STEP_TIMEOUT:
		do_timeout(turn);
		break;
	case ELN_STEP_FLUSH:
		flush(turn);
		break;
	case ELN_STEP_MESSAGE:
		do_message(turn);
		break;
	case ELN_STEP_WRITABLE:
		do_writable(turn);
		break;
	case ELN_STEP_FRAME:
		do_frame(turn);
		break;
	case ELN_STEP_DATA:
		do_data(turn);
		break;
	case ELN_STEP_READ:
		do_read(turn);
		break;
	case ELN_STEP_FIN:
		do_fin(turn);
		break;
	case ELN_STEP_DRAINED:
		do_drained(turn);
		break;
	case ELN_STEP_END:
		do_end(turn);
		break;
	case ELN_STEP_DISCARD:
		do_discard(turn);
		break;
	case ELN_STEP_NONE:
	case ELN_STEP_FREE:
		break;
	}
}
