/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * The end of half-sync/half-async: ring, inbox and stop together. Somebody
 * stops the core at any time, between events, before or after all of them, as
 * the drain deadline does; the asynchronous thread works off what is ready and
 * leaves, then the workers do. What a worker's turn leaves goes to the
 * asynchronous thread's inbox, or, if that thread has left, is done by the
 * worker itself (may_leave, run_out). A handler may never end, one of all.
 *
 * Claim: after stop every thread leaves whose handler ends, and if all do,
 * nothing is left of what had come before the stop, nor of what a handler left
 * for a next turn. What comes later may stay in the kernel, and nowhere else.
 */

#include "layer.pml"

bit stopping, left, layers_left = 1;
bit ended; /* eln_lot_wake_all */

/* Ghosts. */
byte n_gone, n_late; /* events that came after stop */
bit layer_gone;

#define HAS_MORE (batch != 0 || set_list != 0 || inbox != 0)

/* Sets leaves. */
inline may_leave()
{
	if
	:: HAS_MORE
	:: else ->
#ifdef LOOK_BEFORE_LEFT
		leaves = (inbox == 0);
		d_step {
			DRAINED;
			left = leaves
		}
#else
		d_step {
			DRAINED;
			left = 1
		};
		leaves = (inbox == 0);
		if
		:: leaves
		:: else -> left = 0
		fi
#endif
	fi
}

/* eln_hsha_run_asynchronous */
proctype asynchronous()
{
	bit leave, leaves, may_block, found, added, low, published;

	do
	:: work_off();
#ifdef LEAVE_WITH_LIST
		leave = stopping;
#else
		leave = stopping && list == 0;
#endif
#ifdef LEAVE_WITHOUT_WAIT
		/* Does not ask the kernel once more. */
		if
		:: leave -> take_ready()
		:: else -> eln_set_wait()
		fi;
#else
		eln_set_wait();
#endif
		if
		:: leave -> may_leave()
		:: else
		fi;
		if
		:: leaves -> break
		:: else
		fi
	od;
	leaves = 0;
	leave = 0;
	d_step {
		DRAINED;
		layers_left = 0
	};
	/* eln_lot_wake_all */
#ifndef END_WAKES_NOBODY
	d_step {
		ended = 1;
		layer_gone = 1
	}
#else
	layer_gone = 1
#endif
}

/* Runs n_mine handles to their end. */
inline run_out()
{
	do
	:: n_mine == 0 -> break
	:: else ->
		turn();
		d_step {
			n_mine = n_mine - !again;
			again = 0
		}
	od
}

inline run_turn()
{
	turn();
	if
#ifdef LOOK_BEFORE_POST
	:: again && left ->
		again = 0;
		n_mine = 1;
		run_out()
	:: again && !left ->
		again = 0;
		eln_set_post()
#else
	:: again ->
		again = 0;
		eln_set_post();
		if
		:: left ->
			d_step {
				n_mine = inbox;
				inbox = 0
			};
			run_out()
		:: else
		fi
#endif
	:: else
	fi
}

/* eln_hsha_run_worker, with take of queue_of_rings.c in it. */
proctype worker()
{
	byte n, old_head, n_mine;
	bit has, was_waiting, over, again;

	do
	:: take_request();
		if
		:: !has ->
			/* park: announced, then a second look */
			take_request();
			if
			:: has || layers_left == 0
			:: else ->
				/* What is published but not notified wakes
				 * nobody. */
				d_step {
					notified || ended;
					notified = 0
				};
				search()
			fi
		:: else
		fi;
		if
		:: has ->
			has = 0;
			run_turn()
		:: else ->
#ifdef LOOK_BEFORE_OVER
			eln_ring_count();
			over = (layers_left == 0);
#else
			over = (layers_left == 0);
			eln_ring_count();
#endif
			if
			:: over && n == 0 ->
				n_gone++;
				break
			:: else ->
				over = 0;
				n = 0
			fi
		fi
	od
}

/* ---- the world ---- */

proctype world()
{
	byte n;

#ifdef AT_ONCE
	d_step {
		kernel = EVENTS;
		n_late = (stopping -> EVENTS : 0)
	}
#else
	do
	:: n == EVENTS -> break
	:: else ->
		n++;
		d_step {
			kernel++;
			n_late = n_late + stopping
		}
	od
#endif
}

proctype stopper()
{
	bit was_waiting;

	stopping = 1;
	eln_set_wake()
}

active proctype at_rest()
{
	timeout;
	d_step {
		assert(n_stuck == WORKERS || LEFT == kernel);
		assert(n_stuck == WORKERS || kernel <= n_late);
		assert(n_stuck == WORKERS || n_gone + n_stuck == WORKERS);
		assert(n_stuck == WORKERS || layer_gone)
	}
}

init {
	byte i;

	atomic {
		run asynchronous();
		run memory();
		run world();
		do
		:: i == WORKERS -> break
		:: else ->
			run worker();
			i++
		od;
		run stopper();
		i = 0
	}
}
