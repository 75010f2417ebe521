/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * A slot and its descriptor, used again: connections that open, are served,
 * close, and whose slot the next one gets (lib/core/connection.c, table.c,
 * message.c, handle.h, and set.c's events and timers). Everybody else knows a
 * connection by its id, slot and generation, and may come too late: an event
 * in a batch, a timer that was popped, a post. A handler may never end, one of
 * all; with RUNNERS=2 whoever else there is must be served nevertheless.
 *
 * The run word and the table's and the messages' locks are taken as what they
 * are: each change is one step. Deadlines are set and timers armed in one step;
 * timer.pml has that. With SLOTS=2 the successor may have another slot and the
 * same descriptor; the kernel gives the lowest that is free.
 *
 * Claims:
 *   - an event, a message and an expired deadline reach the connection that
 *     they were meant for, or nobody;
 *   - a connection uses its own descriptor only: no read, EPOLL_CTL_DEL or
 *     close of a successor's;
 *   - on_close is called once for each on_open, and is the last call;
 *   - each message is released once: delivered, at the end, or refused;
 *   - at rest every connection is served and idle, or gone with its descriptor
 *     and its slot.
 */

#ifndef SLOTS
#define SLOTS 1
#endif
#ifndef CONNECTIONS
#define CONNECTIONS 2
#endif
#ifndef POSTS
#define POSTS 1
#endif
#ifndef RUNNERS
#define RUNNERS 1
#endif
#define FDS 2
#define NOBODY 0 /* connections are counted from 1 */

/* The run word of each slot, and whether it was handed over. */
#define FREE 0
#define IDLE 1
#define READY 2
#define RUNNING 3
#define OPEN 1
#define INPUT 2
#define MESSAGE 4
#define TIMER 8
byte state[SLOTS], generation[SLOTS] = 1, reasons[SLOTS];
bit queued[SLOTS];

/* [run] The connection, and its descriptor. */
byte conn[SLOTS], fd[SLOTS];
bit armed[SLOTS];

/* [lock] The messages in the list, by whom they were meant for. */
#define LISTED(s, k) listed[(s) * (CONNECTIONS + 1) + (k)]
byte listed[SLOTS * (CONNECTIONS + 1)];
bit closed_to_messages[SLOTS];

/* [table's lock] */
bit taken[SLOTS];

/* The kernel: whose a descriptor is, under which id epoll watches it. */
byte fd_owner[FDS], watched_slot[FDS], watched_generation[FDS];
bit watched[FDS], event_due[FDS];

/* By connection: bytes in the socket, its deadline, who has got its id. */
bit bytes[CONNECTIONS + 1], expired[CONNECTIONS + 1];
bit id_known[CONNECTIONS + 1];
byte id_slot[CONNECTIONS + 1], id_generation[CONNECTIONS + 1];

/* Ghosts. */
bit opened[CONNECTIONS + 1], closed[CONNECTIONS + 1];
byte n_accepted, n_posted, n_released;
byte stuck; /* whose handler never ends */
bit watch_failed;

#include "connection.pml"

/* eln_connection_open; a client that could not be opened waits. */
proctype listener()
{
	byte client, f, s;
	bit done;

	do
	:: n_accepted == CONNECTIONS && client == NOBODY -> break
	:: n_accepted < CONNECTIONS && client == NOBODY &&
	    (fd_owner[0] == NOBODY || fd_owner[1] == NOBODY) -> accept4()
	:: client != NOBODY ->
		eln_table_take();
		reset();
#ifdef WATCH_BEFORE_OPEN
		eln_watch();
		eln_run_open();
#else
		eln_run_open();
		eln_watch();
#endif
		if
		:: done ->
			queued[s] = 1; /* eln_set_post */
			client = NOBODY;
			f = 0
		:: else -> take_back()
		fi;
		s = 0;
		done = 0
	od
}

/* ---- the lead: events and timers ---- */

/* wait, then eln_set_next: between them anything may happen. */
inline look_at_event(which)
{
	d_step {
		event_due[which];
		event_due[which] = 0;
		s = watched_slot[which];
		to = watched_generation[which];
		whose = fd_owner[which]
	};
#ifdef EVENT_BY_SLOT
	to = generation[s];
#endif
	eln_run_signal(s, to, INPUT, whose)
}

/* expire_timers; a successor may get the reason to look, and finds nothing. */
inline expire(slot)
{
	d_step {
		armed[slot] && expired[conn[slot]];
		armed[slot] = 0;
		s = slot
	};
	to = generation[s];
	eln_run_signal(s, to, TIMER, ANYBODY)
}

proctype lead()
{
	byte s, to, whose; /* a ghost */
	bit stale;

	do
	:: if
		:: look_at_event(0)
		:: look_at_event(1)
		:: expire(0)
#if SLOTS > 1
		:: expire(1)
#endif
		fi;
		d_step {
			s = 0;
			to = 0;
			whose = 0;
			stale = 0
		}
	od
}

/* ---- turns ---- */

inline do_messages()
{
	do
	:: eln_connection_take_message();
		if
		:: more -> more = 0
		:: else -> break
		fi
	od
}

inline do_read()
{
	d_step {
		assert(fd_owner[fd[s]] == k && !closed[k]);
		bytes[k] = 0
	}
}

inline do_open()
{
	d_step {
		assert(!opened[k]);
		opened[k] = 1;
		id_known[k] = 1;
		id_slot[k] = s;
		id_generation[k] = generation[s]
	}
}

/* The reasons that showed; sets ends. */
inline do_steps()
{
	if
	:: why & OPEN -> do_open()
	:: else
	fi;
	if
	:: d_step {
		stuck == NOBODY;
		stuck = k
	};
		false /* this handler never ends */
	:: true
	fi;
	if
	:: why & MESSAGE -> do_messages()
	:: else
	fi;
	if
	:: why & INPUT -> do_read()
	:: else
	fi;
	if
	:: ends = 1 /* its handler wants it */
#ifdef TIMER_TELLS
	:: why & TIMER ->
#else
	:: (why & TIMER) && expired[k] ->
#endif
		assert(expired[k]);
		ends = 1
	:: !(why & TIMER) || !expired[k]
	fi
}

inline take(slot)
{
	d_step {
		queued[slot];
		assert(state[slot] == READY);
		queued[slot] = 0;
		state[slot] = RUNNING;
		why = reasons[slot];
		reasons[slot] = 0;
		s = slot;
		k = conn[slot]
	}
}

/* Sets again: a reason came meanwhile. */
inline let_go()
{
	armed[s] = 1;
	d_step {
		why = reasons[s];
		reasons[s] = 0;
		again = (why != 0);
		state[s] = (again -> RUNNING : IDLE)
	}
}

proctype runner()
{
	byte s, k, why;
	bit ends, again, more;

	do
	:: if
		:: take(0)
#if SLOTS > 1
		:: take(1)
#endif
		fi;
		do
		:: do_steps();
			if
			:: ends ->
				end_connection();
				break
			:: else -> let_go()
			fi;
			if
			:: again -> again = 0
			:: else -> break
			fi
		od;
		ends = 0;
		d_step {
			why = 0;
			s = 0;
			k = 0
		}
	od
}

/* ---- the world ---- */

/* echelon_post, to whom this is the id of. */
proctype poster()
{
	byte n, s, to;
	bit refused, stale;

	do
	:: n_posted == POSTS -> break
	:: n_posted < POSTS ->
		if
		:: id_known[1] -> n = 1
		:: id_known[CONNECTIONS] -> n = CONNECTIONS
		fi;
		d_step {
			n_posted++;
			s = id_slot[n];
			to = id_generation[n]
		};
#ifdef LOOK_BEFORE_LOCK
		refused = (generation[s] != to || state[s] == FREE ||
		    closed_to_messages[s]);
		d_step { LISTED(s, n) = LISTED(s, n) + !refused };
#else
		append_locked();
#endif
		if
		:: refused -> n_released++
		:: else ->
			eln_run_signal(s, to, MESSAGE, n);
#ifdef STALE_IS_REFUSED
			n_released = n_released + stale;
#endif
			stale = 0
		fi;
		assert(n_released <= n_posted);
		d_step {
			refused = 0;
			s = 0;
			to = 0;
			n = 0
		}
	od
}

/* A client sends once; its deadline passes when it likes. */
proctype client(byte k)
{
	byte f;

	do
	:: d_step {
		!bytes[k] && n_accepted >= k && !closed[k];
		bytes[k] = 1;
		f = (fd_owner[0] == k -> 0 : 1);
		event_due[f] = event_due[f] ||
		    (fd_owner[f] == k && watched[f]);
		f = 0
	};
		break
	:: break
	od;
#ifndef NO_DEADLINES
	if
	:: true -> expired[k] = 1
	:: true
	fi
#endif
}

#define NO_RUNNER (stuck != NOBODY && RUNNERS == 1)

active proctype at_rest()
{
	byte s;

	timeout;
	d_step {
		assert(n_accepted == CONNECTIONS);
		s = 0;
		do
		:: s == SLOTS -> break
		:: else ->
			assert(state[s] != READY || NO_RUNNER);
			assert(state[s] != RUNNING || stuck == conn[s]);
			assert((state[s] == FREE) == !taken[s]);
			assert(state[s] != FREE || LISTED_IN(s) == 0);
			n_released = n_released + LISTED_IN(s);
			assert(state[s] != IDLE || reasons[s] == 0 &&
			    LISTED_IN(s) == 0 && !bytes[conn[s]] &&
			    !expired[conn[s]] && fd_owner[fd[s]] == conn[s]);
			s++
		od;
		assert(n_posted == n_released);
		s = 0;
		do
		:: s == FDS -> break
		:: else ->
			/* Or it waits for a slot. */
			assert(fd_owner[s] == NOBODY || NO_RUNNER ||
			    (opened[fd_owner[s]] -> !closed[fd_owner[s]] :
				taken[0] && taken[SLOTS - 1]));
			s++
		od
	}
}

init {
	byte k;

	atomic {
		run listener();
		run lead();
		run runner();
#if RUNNERS > 1
		run runner();
#endif
		run poster();
		k = 1;
		do
		:: k > CONNECTIONS -> break
		:: else ->
			run client(k);
			k++
		od;
		k = 0
	}
}
