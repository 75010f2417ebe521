/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * The turn of a connection, lib/core/turn.c, and what it does (steps.pml):
 * hold, post and resume against the close; held and paused at once; a peer
 * that stops reading, sends FIN or resets; a drain. One connection, from its
 * opening until its slot is free. A thread runs it (which of a pool makes no
 * difference: all is in the connection, and the scratch is empty between
 * turns), or, with ASYNCHRONOUS, a thread that calls no handler, and a worker.
 *
 * Assumed: the run word is as run_word.pml proves it, each change one step. An
 * event is fetched and is a reason in one step, but with FETCH_APART.
 * EPOLL_CTL_MOD reports room that is there already (not input, which it does
 * too: nothing relies on it).
 *
 * Not modelled: frame, deadlines, a reload of limits, echelon_write_wait,
 * requests that come in parts, what a handler does in on_open and on_close, a
 * handler that never ends (all claims are of this one connection).
 *
 * Claims:
 *   - a request is presented, and the socket read, only while the handler does
 *     not hold the connection and no more than half of limits.output is queued;
 *   - on_close is the last call; a close in order has sent everything;
 *   - each message is delivered, or released at the end, or refused;
 *   - at rest the connection waits for somebody else: for the peer, that it
 *     sends or reads, or for the reply to what is held. Nothing that came is
 *     left: no byte, FIN, message, room; no output stays in a thread's scratch;
 *   - held is who owes a reply; paused is whose peer does not read.
 */

#ifndef REQUESTS
#define REQUESTS 2
#endif
#ifndef PUSHES
#define PUSHES 0
#endif
#ifndef AGAIN
#define AGAIN 0 /* turns that are used up */
#endif

/* The run word. */
#define FREE 0
#define IDLE 1
#define READY 2
#define RUNNING 3
#define HELD 1
#define PAUSED 2
#define INPUT 2
#define OUTPUT 4
#define PEER_CLOSED 8
#define ERROR 16
#define MESSAGE 32
#define DRAIN 64
byte state = READY, reasons, flags;
bit for_worker; /* it is in the queueing layer */

#ifdef PAUSE_HIDES_OUTPUT
#define HIDDEN (flags != 0 -> INPUT + PEER_CLOSED + OUTPUT : 0)
#else
#define HIDDEN (flags != 0 -> INPUT + PEER_CLOSED : 0)
#endif
#define SHOWING (reasons & (127 - HIDDEN))

inline reasons_come(why)
{
	if
	:: state != FREE ->
		reasons = reasons | (why);
		if
		:: state == IDLE && SHOWING != 0 -> state = READY
		:: else
		fi
	:: else
	fi
}

inline eln_run_signal(why)
{
	d_step { reasons_come(why) }
}

#include "steps.pml"

byte n_again;

/* Takes what shows. */
inline absorb()
{
	i = SHOWING;
	reasons = reasons & (127 - i);
	readable = readable || (i & (INPUT + PEER_CLOSED)) != 0;
	read_to_end = read_to_end || (i & PEER_CLOSED) != 0;
	flush_due = flush_due || (i & OUTPUT) != 0;
	message_due = message_due || (i & MESSAGE) != 0;
	if
	:: (i & DRAIN) != 0 ->
		draining = 1;
		drain_left = to_read;
		readable = readable || to_read != 0
	:: else
	fi;
	if
	:: (i & ERROR) != 0 -> eln_connection_kill()
	:: else
	fi;
	i = 0
}

/* ---- what comes next ---- */

#define HAS_ROOM (UNSENT == 0 || IS_LOW)
#define IS_STOPPED (flags != 0 || waits_for_room)
#ifdef HOLD_DOES_NOT_STOP
#define BLOCKED ((flags & PAUSED) != 0 || waits_for_room)
#else
#define BLOCKED IS_STOPPED
#endif
#define HAS_DATA (input != 0 && !incomplete)
#define MAY_READ (readable && !at_end && !(draining && drain_left == 0))

mtype = { NONE, DO_OPEN, FLUSH, MSG, WRITABLE, DATA, READ, FIN_TOLD,
	DRAINED_OUT, END, DISCARD, FREE_SLOT };

inline next_input_step()
{
	if
	:: BLOCKED -> step = NONE
	:: !BLOCKED && HAS_DATA -> step = DATA
	:: !BLOCKED && !HAS_DATA && MAY_READ -> step = READ
	:: !BLOCKED && !HAS_DATA && !MAY_READ && at_end && !end_told ->
		step = FIN_TOLD
	:: else -> step = (draining -> DRAINED_OUT : NONE)
	fi
}

inline next_open_step()
{
	if
	:: message_due -> step = MSG
	:: !message_due && (wants_room || waits_for_room) && HAS_ROOM ->
		step = WRITABLE
	:: else -> next_input_step()
	fi
}

inline next_step()
{
	if
	:: phase == DEAD -> step = END
	:: phase == LINGERING ->
		step = (at_end -> FREE_SLOT : (readable -> DISCARD : NONE))
	:: phase < DEAD && flush_due -> step = FLUSH
	:: phase == NEW && !flush_due -> step = DO_OPEN
#ifdef CLOSE_LOSES_OUTPUT
	:: phase == CLOSING && !flush_due -> step = END
#else
	:: phase == CLOSING && !flush_due ->
		step = (UNSENT == 0 -> END : NONE)
#endif
	:: phase == OPEN && !flush_due -> next_open_step()
	fi
}

#define NEEDS_CALL (step == MSG || step == WRITABLE || step == DATA || \
	step == FIN_TOLD || (step == END && opened))

inline eln_turn_step()
{
	if
	:: step == DO_OPEN -> do_open()
	:: step == FLUSH ->
		flush_due = 0;
		eln_connection_flush()
	:: step == MSG -> do_message()
	:: step == WRITABLE -> do_writable()
	:: step == DATA -> do_data()
	:: step == READ -> do_read()
	:: step == FIN_TOLD -> do_fin()
	:: step == DRAINED_OUT -> do_drained()
	:: step == END -> do_end()
	:: step == DISCARD -> do_discard()
	fi
}

/* ---- the turn ---- */

inline pass_on(to_worker)
{
#ifndef PASS_ON_UNFLUSHED
	if
	:: FLUSH_IS_DUE -> eln_connection_flush()
	:: else
	fi;
#endif
	d_step {
		assert(scratch == 0);
		for_worker = to_worker;
		state = READY
	}
}

/* Sets over: it was let go. */
inline let_go()
{
	d_step {
		assert(scratch == 0);
		if
#ifdef LET_GO_WITHOUT_LOOK
		:: true ->
#else
		:: SHOWING == 0 ->
#endif
			state = IDLE;
			for_worker = 0;
			over = 1
		:: else
		fi
	}
}

inline eln_connection_turn(may_call)
{
	do
	:: d_step {
		absorb();
		next_step()
	};
		if
		:: step == FREE_SLOT ->
			d_step {
				drop_output();
				state = FREE
			};
			break
		:: step == NONE && FLUSH_IS_DUE -> eln_connection_flush()
		:: step == NONE && !FLUSH_IS_DUE ->
			let_go();
			if
			:: over -> break
			:: else
			fi
		:: step != NONE && step != FREE_SLOT && !(may_call) &&
		    NEEDS_CALL ->
			pass_on(1);
			break
		:: step != NONE && step != FREE_SLOT && n_again < AGAIN &&
		    state == RUNNING ->
			n_again++;
			pass_on(0);
			break
		:: step != NONE && step != FREE_SLOT &&
		    ((may_call) || !NEEDS_CALL) -> eln_turn_step()
		fi
	od;
	over = 0;
	step = NONE
}

#define LOCALS \
	byte i; \
	bit again, error, over, is_reply, is_push; \
	mtype step = NONE

proctype worker()
{
	LOCALS;

	do
	:: d_step {
#ifdef ASYNCHRONOUS
		state == READY && for_worker;
#else
		state == READY;
#endif
		state = RUNNING
	};
		eln_connection_turn(true)
	od
}

#ifdef ASYNCHRONOUS
proctype asynchronous()
{
	LOCALS;

	do
	:: d_step {
		state == READY && !for_worker;
		state = RUNNING
	};
		eln_connection_turn(false)
	od
}
#endif

/* Who waits. In one step: what would come between comes before or after as
 * well. */
proctype events()
{
	byte event;

	do
#ifdef FETCH_APART
	:: d_step {
		events_due != 0;
		event = events_due;
		events_due = 0
	};
		eln_run_signal(event);
		event = 0
#else
	:: d_step {
		events_due != 0;
		event = events_due;
		events_due = 0;
		reasons_come(event);
		event = 0
	}
#endif
	od
}

#include "peer.pml"

#define WAITS (flags != 0 || waits_for_room)

active proctype at_rest()
{
	timeout;
	d_step {
		assert(state == IDLE || state == FREE);
		/* In a close in order they wait for the end. */
		assert(n_replies + n_pushes == 0 ||
		    state == IDLE && phase == CLOSING);
		if
		:: state == IDLE ->
			assert(SHOWING == 0 && scratch == 0);
			assert(phase != NEW && phase != DEAD);
			assert(queue == 0 || output_watched && room == 0);
			assert(queue != 0 || phase != OPEN ||
			    !(flags & PAUSED) && !waits_for_room);
			assert(phase != OPEN || !(flags & HELD) || owed);
			assert(phase != CLOSING || queue != 0);
			assert(phase != LINGERING || !fin);
			if
			:: phase == OPEN && !WAITS ->
				assert(!HAS_DATA && !kept && to_read == 0);
				assert(!fin && !draining)
			:: else
			fi
		:: else -> assert(scratch == 0)
		fi
	}
}

init {
	atomic {
		run worker();
#ifdef ASYNCHRONOUS
		run asynchronous();
#endif
		run events();
		run peer();
		run peer_reads();
		run replier();
		run poster();
#ifdef DRAINS
		run drain()
#endif
	}
}
