/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * The lead (lib/sync/lead.c) and the parking lot (lib/sync/lot.c) as
 * leader/followers uses them: threads that take turns waiting on a set
 * (lib/core/set.c, as far as its inbox and its wake-up descriptor go), a
 * monitor that takes the lead away from a handler that lasts, and with STOPS
 * somebody who stops the pool. A handler may never end, one of all.
 *
 * PROMOTE_ALWAYS hands the lead to a follower, or frees it, before every
 * handler; otherwise it is freed only when there is more (promote = offer),
 * or never (PROMOTE_STALL), and the handler runs with the lead kept. With
 * PARKED so many threads are asleep to begin with.
 *
 * Every access of C is a step of its own. There are no store buffers: all
 * words here but `granted` change by read-modify-writes, and park.pml has
 * that one.
 *
 * Claims:
 *   - at most one thread leads; only it touches batch and list, and never
 *     while the word says in handler;
 *   - a take-over hits the very turn that the monitor saw twice;
 *   - at rest, while a thread is free: no event and no post is left, and
 *     one waits for the next;
 *   - with STOPS: every thread that is not in the endless handler leaves;
 *     if all do, nothing is left of what came before (STOPS_LAST).
 */

#ifndef THREADS
#define THREADS 2
#endif
#ifndef EVENTS
#define EVENTS 1
#endif
#ifndef POSTS
#define POSTS 1
#endif
#define PLACES THREADS
#define PER_WORD 8
#define MONITOR THREADS
#define STOPPER (THREADS + 1)

#define DRAINED true
#define STORE_GRANTED 0

inline plain_store(what)
{
	granted[me] = 0
}

#include "lot.pml"

#ifdef STOPS
bit stop;
#else
#define stop false
#endif

/* The monitor's bell: it sleeps until a turn begins under the lead. */
bit quiet;

/* Ghosts. */
byte leader = NOBODY;
byte turn; /* the turn under the lead, counted, never twice the same */
byte n_stuck, n_gone, n_waiting;
#ifdef STOPS_LAST
byte n_finished; /* of world and poster */
#endif

#include "lead_word.pml"

#ifdef BATCH_IN_HANDLER
/* Without this, what the mistake does would be what is claimed. */
#define MAY_TOUCH (leader == me)
#else
#define MAY_TOUCH (STATE_OF(lead) == LEADING && leader == me)
#endif

inline run_handler()
{
	if
	:: atomic { n_stuck == 0 -> n_stuck++ };
		false /* this one never ends */
	:: true
	fi
}

#include "set.pml"

inline offer()
{
	eln_lead_free();
#ifndef FREE_WITHOUT_NOTIFY
	eln_lot_notify()
#else
	skip
#endif
}

/* promote, and eln_lot_hand_over in it. The lead stays held meanwhile: whoever
 * is claimed has it. */
inline promote()
{
#ifdef PROMOTE_ALWAYS
	claim();
	if
	:: lot_place != NOBODY ->
		leader = lot_place;
		give(lot_place, GRANT_HANDED);
		lot_place = 0
	:: else ->
		lot_place = 0;
		offer()
	fi
#else
	offer()
#endif
}

/* lead, with serve and run_keeping in it: leads until the lead is passed on
 * or lost, or until the end, with nothing ready any more. Sets ended. */
inline lead_on()
{
	do
	:: eln_set_next();
		stopping = stop;
		if
		:: !found ->
#ifndef LEAVE_AT_ONCE
			eln_set_wait();
#else
			if
			:: !stopping -> eln_set_wait()
			:: else
			fi;
#endif
			if
#ifdef LEAVE_AT_ONCE
			:: stopping ->
#else
			:: stopping && !HAS_MORE ->
#endif
				offer();
				ended = 1;
				break
			:: else
			fi
		:: else ->
			found = 0;
			assert(MAY_TOUCH);
#ifdef PROMOTE_ALWAYS
			more = 1;
#else
#ifndef PROMOTE_STALL
			more = HAS_MORE;
#endif
#endif
			if
			:: more ->
				more = 0;
#ifdef PROMOTE_AFTER_HANDLER
				run_handler();
				promote();
#else
				promote();
				run_handler();
#endif
				break
			:: else ->
				eln_lead_enter();
#ifdef BATCH_IN_HANDLER
				/* A handler that asks for the next event. */
				eln_set_next();
				found = 0;
#endif
				run_handler();
				eln_lead_leave();
				if
				:: !leads -> break
				:: else
				fi
			fi
		fi
	od
}

/* run, with follow in it. */
proctype thread(byte me)
{
	LOT_LOCALS;
	byte old, epoch;
	bit leads, more, found, may_block, was_there, must_sleep, again;
	bit stopping, ended;

#ifdef PARKED
	must_sleep = (me < PARKED);
#endif
	do
	:: if
		:: must_sleep
		:: !must_sleep -> eln_lead_try()
		fi;
		if
		:: !leads && !must_sleep ->
			eln_lot_announce(me);
			must_sleep = 1;
#ifndef NO_RECHECK
			if
			:: STATE_OF(lead) == FREE -> again = 1
#ifdef NO_STOP_RECHECK
			:: else
#else
			:: else -> again = stop
#endif
			fi;
#endif
			if
			:: again ->
				again = 0;
				eln_lot_retract(me, was_there);
				must_sleep = !was_there;
				was_there = 0
			:: else
			fi
		:: else
		fi;
		if
		:: must_sleep ->
			must_sleep = 0;
			eln_lot_sleep(me);
			if
			:: grant == GRANT_SEARCH ->
#ifndef LEAK_TOKEN
				eln_lot_search_over()
#endif
			:: grant == GRANT_HANDED ->
				assert(leader == me);
				leads = 1
			:: grant == GRANT_END
			fi;
			grant = 0
		:: else
		fi;
		if
		:: leads ->
			lead_on();
			leads = 0
		:: else -> ended = stop
		fi;
		if
		:: ended ->
			n_gone++;
			break
		:: else
		fi
	od
}

/*
 * A tick is any time at all: a handler may end, or not, between two looks.
 * The monitor sleeps when it sees no turn, and looks once more before.
 */
proctype monitor(byte me)
{
	LOT_LOCALS;
	byte epoch, seen_turn;
	bit took;

	do
	:: d_step {
		epoch = LEAD_IN_HANDLER;
		seen_turn = turn
	};
		if
		:: epoch == 0 ->
			quiet = 1;
#ifndef BELL_WITHOUT_LOOK
			if
			:: LEAD_IN_HANDLER != 0 -> quiet = 0
			:: else
			fi;
#endif
			!quiet
		:: else ->
#ifndef NO_TAKE_AWAY
			eln_lead_take_away();
#endif
			if
			:: took ->
				took = 0;
#ifndef TAKE_AWAY_WITHOUT_NOTIFY
				eln_lot_notify()
#endif
			:: else
#ifdef NO_TAKE_AWAY
				-> lead != WORD_WITH(epoch, IN_HANDLER)
#endif
			fi
		fi
	od
}

#ifdef STOPS
proctype stopper(byte me)
{
	LOT_LOCALS;
	byte was_waiting;

#ifdef STOPS_LAST
	n_finished == 2;
#endif
#ifdef STOP_AFTER_WAKE
	eln_set_wake();
	stop = 1
#else
	stop = 1;
	eln_set_wake()
#endif
#ifndef NO_WAKE_ALL
	;
	eln_lot_wake_all()
#endif
}
#endif

/* The world: events come one by one, and posts from threads outside. */
proctype world()
{
	byte n;

	do
	:: n == EVENTS -> break
	:: else ->
		n++;
		kernel++
	od
#ifdef STOPS_LAST
	;
	n_finished++
#endif
}

proctype poster()
{
	byte n, was_waiting;

	do
	:: n == POSTS -> break
	:: else ->
		n++;
		eln_set_post()
	od
#ifdef STOPS_LAST
	;
	n_finished++
#endif
}

active proctype at_rest()
{
	timeout;
	atomic {
		assert(!searching);
#ifdef STOPS
		assert(n_gone + n_stuck == THREADS);
#ifdef STOPS_LAST
		assert(n_stuck != 0 || kernel + batch + inbox + list == 0)
#endif
#else
		assert(n_stuck == THREADS || kernel + batch + inbox + list == 0);
		assert(n_stuck == THREADS || n_waiting == 1)
#endif
	}
}

init {
	byte i;

	atomic {
		do
		:: i == THREADS -> break
		:: else ->
#ifdef PARKED
			if
			:: i < PARKED ->
				parked[WORD_OF(i)] =
				    parked[WORD_OF(i)] | BIT_OF(i)
			:: else
			fi;
#endif
			run thread(i);
			i++
		od;
		i = 0;
		run monitor(MONITOR);
		run world();
		run poster();
#ifdef STOPS
		run stopper(STOPPER)
#endif
	}
}
