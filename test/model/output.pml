/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * Output, for turn.pml: lib/core/flush.c, output.c, what closes and pauses a
 * connection, echelon_write, and the socket below. Each inline mirrors the C
 * function of its name. Bytes are counted; a write is one.
 *
 * Facts of the connection belong to the owner of its run word, so only what
 * the kernel, the peer and posters share is a step of its own.
 *
 * Invariant: what is queued is watched for, or a flush is due; `paused` while
 * more than half of the limit was queued and more than a quarter still is.
 */

#ifndef LIMIT
#define LIMIT 2 /* limits.output */
#endif
#ifndef ROOM
#define ROOM 1 /* what the kernel keeps for the peer */
#endif

/* enum eln_phase */
#define NEW 0
#define OPEN 1
#define CLOSING 2
#define DEAD 3
#define LINGERING 4

/* The socket, and what epoll has not reported yet. */
byte to_read, room; /* full, to begin with */
bit fin, rst, pollout;
byte events_due;

/* [run] The facts, by their names in C; output is in `scratch` of the thread
 * first, then in `queue`. */
local byte phase;
local bit readable, read_to_end, at_end, end_told, incomplete, opened;
local bit refused_write, wants_room, waits_for_room, output_watched;
local bit flush_due, message_due, draining, in_order;
local byte input, drain_left, scratch, queue;

/* [lock] Messages in the list: replies to held requests, and others. */
byte n_replies, n_pushes;
bit closed_to_messages;

/* Ghosts. */
local bit held;  /* by the handler */
local bit above; /* paused, and still more than a quarter is queued */
local bit kept;  /* a handler that holds has left the request in the buffer, */
local bit was_kept; /* once */
local byte n_closed;
bit owed; /* somebody has the id, and will post the reply */

#define UNSENT (scratch + queue)
#define IS_LOW (UNSENT <= LIMIT / 4)

/* ---- flags ---- */

inline show_all()
{
	held = 0;
	above = 0;
	kept = 0;
#ifndef CLOSE_KEEPS_FLAGS
	flags = 0
#endif
}

inline eln_connection_close()
{
	if
	:: phase == NEW || phase == OPEN ->
		phase = CLOSING;
		show_all()
	:: else
	fi
}

inline eln_connection_kill()
{
	if
	:: phase == LINGERING ->
		at_end = 1;
		readable = 0
	:: phase != LINGERING && phase != DEAD ->
		phase = DEAD;
		show_all()
	:: else
	fi
}

inline eln_connection_set_pause()
{
	if
	:: phase == OPEN && !(flags & PAUSED) && UNSENT > LIMIT / 2 ->
		flags = flags | PAUSED;
		above = 1
#ifndef PAUSE_NOT_ENDED
	:: phase == OPEN && (flags & PAUSED) && IS_LOW ->
		above = 0;
#ifdef SHOW_CLEARS_BOTH
		flags = 0
#else
		flags = flags & HELD
#endif
#endif
	:: else
	fi
}

/* ---- output ---- */

inline drop_output()
{
	scratch = 0;
	queue = 0
}

/* EPOLL_CTL_MOD reports what is ready already. */
inline watch_output(watch)
{
	d_step {
		if
		:: output_watched != (watch) ->
			output_watched = watch;
			pollout = watch;
			events_due = events_due |
			    ((pollout && room != 0) -> OUTPUT : 0)
		:: else
		fi
	}
}

/* One sendmsg(2). */
inline send_pieces()
{
	d_step {
		if
		:: rst -> error = 1
		:: !rst && scratch != 0 ->
			queue = (scratch > room -> scratch - room : 0);
			room = (scratch > room -> 0 : room - scratch);
			scratch = 0;
			again = (queue != 0)
		:: !rst && scratch == 0 && room == 0 -> again = 1
		:: else ->
			i = (queue > room -> room : queue);
			queue = queue - i;
			room = room - i;
			i = 0
		fi
	}
}

inline eln_output_flush()
{
	do
	:: send_pieces();
		if
		:: error || again || queue == 0 -> break
		:: else
		fi
	od
}

inline eln_connection_flush()
{
	if
	:: phase == DEAD || phase == LINGERING -> drop_output()
	:: else ->
		eln_output_flush();
		if
		:: error ->
			error = 0;
			d_step {
				drop_output();
				eln_connection_kill()
			}
		:: else ->
#ifndef NO_WATCH
			watch_output(again);
#endif
			d_step {
				again = 0;
				eln_connection_set_pause()
			}
		fi
	fi
}

#define FLUSH_IS_DUE (scratch != 0 || (queue != 0 && !output_watched))

/* ---- what a handler calls ---- */

/* check_room in it. */
inline echelon_write()
{
	if
	:: UNSENT >= LIMIT -> eln_connection_flush()
	:: else
	fi;
	d_step {
		if
		:: phase != NEW && phase != OPEN
		:: (phase == NEW || phase == OPEN) && UNSENT >= LIMIT ->
			refused_write = 1;
			wants_room = 1
		:: else ->
			scratch = scratch + (queue == 0);
			queue = queue + (queue != 0)
		fi;
		assert(UNSENT <= LIMIT)
	}
}

