/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * The seat of thread-per-connection (seat.c, thread_per_connection.c): the
 * service thread takes ready handles from the set and hands each to the thread
 * of its connection, by `handed` and a wake-up descriptor; that thread polls
 * its socket and the descriptor. One slot, CONNECTIONS one after the other in
 * it, each with a seat of its own; posts by id, events, and with STOPS the end.
 * A thread may be had only at the second try (SHORTAGE). A handler may never
 * end, one of all.
 *
 * Assumed: the run word is as run_word.pml proves it, each change one step; the
 * set's inbox is as lead.pml has it; poll(2) returns with all that is there.
 *
 * Not modelled: two connections that wait for a thread at once, the crew's
 * records (lib/core/crew.c), a wake-up descriptor that cannot be had.
 *
 * Claims:
 *   - at rest nothing is ready, no event is left in a socket that is open, and
 *     no post, unless the handler that never ends has the connection;
 *   - only its seat's thread runs a connection, after it was handed over or
 *     by an event that made it ready: never two, never twice;
 *   - nobody writes into the descriptor of a seat that was freed; a seat is
 *     freed once, after its thread has left;
 *   - at the end the service thread leaves, after all others, and no seat is
 *     left (STOPS).
 */

#ifndef CONNECTIONS
#define CONNECTIONS 2
#endif
#ifndef POSTS
#define POSTS 1
#endif
#ifndef EVENTS
#define EVENTS 1 /* for whoever is open then */
#endif
#define NOBODY 255

/* The run word of the slot. */
#define FREE 0
#define IDLE 1
#define READY 2
#define RUNNING 3
byte state, generation = 1;
bit shows; /* some reason */

/* The slot's socket: bytes that came and were not read. */
byte bytes;

/* Seats, by the generation that they serve. */
bit is_made[CONNECTIONS + 2], has_thread[CONNECTIONS + 2];
bit handed[CONNECTIONS + 2], wakeup[CONNECTIONS + 2];
bit has_left[CONNECTIONS + 2]; /* in the crew's list of those */
byte seat_in_slot = NOBODY;    /* core->seats */
byte n_added, n_alive;

/* The set. */
#define AWAKE 0
#define BLOCKS 1
#define POKED 2
byte waiting;
bit inbox, list, set_wakeup;
bit no_thread; /* the connection waits for one */
bit stopping;

/* Ghosts. */
byte n_opened, n_posted, n_waits, inside;
bit stuck, service_gone, was_short;

#define MAY_OPEN (n_opened < CONNECTIONS && !stopping)

#include "service.pml"

/* ---- the thread of a connection ---- */

/* The turn: closes, or reads all and lets go. Sets again: somebody gave a
 * reason meanwhile, or the turn was used up. */
inline serve()
{
	d_step {
		assert(state == READY && generation == me);
		assert(inside == 0);
		inside++;
		state = RUNNING
	};
	do
	:: shows = 0;
		if
		:: d_step {
			!stuck;
			stuck = 1
		};
			false /* this handler never ends */
		:: true
		fi;
		bytes = 0;
		if
		:: true ->
			/* eln_connection_free */
			inside--;
			d_step {
				state = FREE;
				generation++;
				shows = 0
			};
			break
		:: !stopping ->
			/* let_go, watching the socket again */
			watches = 1;
			inside--;
			d_step {
				again = shows;
				state = (shows -> RUNNING : IDLE)
			};
			if
			:: again ->
				again = 0;
				inside++
			:: else -> break
			fi
		fi
	od
}

/* wait_for_event; sets ours: the event has made it ready. */
inline wait_for_event()
{
	d_step {
		wakeup[me] || (watches && bytes != 0);
		woken = wakeup[me];
		event = (watches && bytes != 0)
	};
	if
	:: woken ->
		woken = 0;
		wakeup[me] = 0
	:: else
	fi;
	if
	:: event ->
		event = 0;
		/* take_event */
#ifndef WATCHES_ON
		watches = 0;
#endif
		eln_run_signal(me);
#ifdef EVENT_IS_OURS
		ours = 1;
#else
		ours = made_ready;
#endif
		made_ready = 0
	:: else
	fi
}

/* eln_tpc_seat_run, and how an added thread ends (lib/core/life.c). */
proctype seat_thread(byte me)
{
	byte was_waiting;
	bit watches, ours, event, woken, made_ready, again;

	do
	:: generation != me -> break
	:: else ->
		d_step {
			ours = handed[me];
			handed[me] = 0
		};
#ifdef CLEAR_AFTER_LOOK
		wakeup[me] = 0;
#endif
		if
		:: !ours -> wait_for_event()
		:: else
		fi;
		if
		:: ours ->
			ours = 0;
			serve()
		:: else
		fi
	od;
	/* n_added, eln_crew_leave, left */
#ifdef FREED_BY_ITSELF
	discard(me);
#endif
	n_added--;
	has_left[me] = 1;
#ifndef LEFT_TELLS_NOBODY
	eln_set_wake();
#endif
	/* say_gone */
	n_alive--
}

/* ---- the world ---- */

proctype poster()
{
	byte n, was_waiting, to;
	bit made_ready;

	do
	:: n_posted == POSTS -> break
	:: else ->
		n_posted++;
		to = generation;
		eln_run_signal(to);
		if
		:: made_ready -> eln_set_post()
		:: else
		fi
	od
}

proctype client()
{
	byte n;

	do
	:: n == EVENTS -> break
	:: d_step {
		n < EVENTS && state != FREE && bytes == 0;
		n++;
		bytes = 1
	}
	:: break
	od
}

#ifdef STOPS
/* The end: every connection is closed, then the core is stopped. */
proctype stopper()
{
	byte was_waiting, to;
	bit made_ready;

	stopping = 1;
	to = generation;
	eln_run_signal(to);
	if
	:: made_ready -> eln_set_post()
	:: else
	fi;
	eln_set_wake()
}
#endif

active proctype at_rest()
{
	byte g;

	timeout;
	d_step {
		assert(!inbox && !list && !no_thread);
		assert(state == IDLE || state == FREE || state == RUNNING && stuck);
		assert(state != IDLE || !shows && bytes == 0);
#ifdef STOPS
		assert(stuck || service_gone);
#else
		assert(n_waits == 1);
#endif
		/* A seat for a connection that is open, and no other. */
		g = 1;
		do
		:: g > CONNECTIONS -> break
		:: else ->
			assert(is_made[g] == (g == generation && state != FREE));
			assert(!has_left[g]);
			g++
		od
	}
}

init {
	atomic {
		run service();
		run poster();
		run client();
#ifdef STOPS
		run stopper()
#endif
	}
}
