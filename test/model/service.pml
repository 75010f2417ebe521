/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * The service thread of thread-per-connection, for seat.pml:
 * thread_per_connection.c, with the set (lib/core/set.c) as far as its inbox
 * and its wake-up descriptor go. Each inline mirrors the C function of its
 * name; the caller's `seat` is named by the generation that it serves.
 */

/* ---- run word ---- */

/* Sets made_ready. */
inline eln_run_signal(to)
{
	d_step {
		made_ready = 0;
		if
		:: generation == (to) && state != FREE ->
			shows = 1;
			made_ready = (state == IDLE);
			state = (state == IDLE -> READY : state)
		:: else
		fi
	}
}

/* ---- the set ---- */

inline eln_set_wake()
{
	d_step {
		was_waiting = waiting;
		waiting = POKED;
		set_wakeup = set_wakeup || was_waiting == BLOCKS;
		was_waiting = 0
	}
}

inline eln_set_post()
{
	d_step {
		assert(!inbox && !list);
		inbox = 1
	};
	if
	:: waiting == BLOCKS -> eln_set_wake()
	:: else
	fi
}

/* Sets found. */
inline eln_set_next()
{
	d_step {
		found = list;
		list = 0
	}
}

/* With a connection that waits for a thread it ends by itself. */
inline eln_set_wait()
{
	d_step {
		list = list || inbox;
		inbox = 0
	};
	d_step {
		may_block = (!over && !list && waiting == AWAKE);
		waiting = (may_block -> BLOCKS : waiting)
	};
	if
	:: may_block && inbox -> may_block = 0
	:: else
	fi;
	n_waits = may_block;
	d_step {
		!may_block || set_wakeup || no_thread;
		may_block = 0;
		n_waits = 0;
		set_wakeup = 0
	};
	waiting = AWAKE;
	d_step {
		list = list || inbox;
		inbox = 0
	}
}

/* ---- seats ---- */

/* eln_connection_open, with prepare in it: by the service thread, whose the
 * listener is. */
inline eln_connection_open()
{
	d_step {
		assert(state == FREE);
		n_opened++;
		bytes = 0;
		state = READY;
		shows = 1;
		/* prepare: eln_tpc_seat_make, its handle is ready and ours */
		is_made[generation] = 1;
		handed[generation] = 1;
		seat_in_slot = generation
	};
	eln_set_post()
}

inline eln_tpc_seat_hand(seat)
{
#ifdef WRITE_BEFORE_HANDED
	assert(is_made[seat]);
	wakeup[seat] = 1;
	handed[seat] = 1
#else
	handed[seat] = 1;
	d_step {
		assert(is_made[seat]);
		wakeup[seat] = 1
	}
#endif
}

/* discard: a successor in the slot may have one of its own. */
inline discard(seat)
{
	d_step {
		assert(is_made[seat]);
#ifdef DISCARD_WHOSOEVER
		seat_in_slot = NOBODY;
#else
		seat_in_slot = (seat_in_slot == (seat) -> NOBODY : seat_in_slot);
#endif
		is_made[seat] = 0;
		wakeup[seat] = 0;
		handed[seat] = 0
	}
}

inline reap()
{
	g = 1;
	do
	:: g > CONNECTIONS -> break
	:: else ->
		if
		:: has_left[g] ->
			has_left[g] = 0;
#ifndef FREED_BY_ITSELF
			discard(g)
#endif
		:: else
		fi;
		g++
	od;
	g = 0
}

/* Sets done: the seat has got its thread. */
inline start(seat)
{
	reap();
#ifdef SHORTAGE
	if
	:: d_step {
		!was_short;
		was_short = 1
	}
	:: done = 1
	fi;
#else
	done = 1;
#endif
	if
	:: done ->
		d_step {
			has_thread[seat] = 1;
			n_added++;
			n_alive++
		};
		run seat_thread(seat)
	:: else
	fi
}

/* hand_over: a ready connection to its thread; a new one gets one. */
inline hand_over()
{
	seat = seat_in_slot;
	assert(seat == generation && state == READY);
	if
	:: has_thread[seat] -> eln_tpc_seat_hand(seat)
	:: else ->
		start(seat);
		no_thread = !done;
		done = 0
	fi;
	seat = 0
}

/* retry: at the end, those without a thread are dropped. */
inline retry()
{
	seat = seat_in_slot;
	if
	:: stopping ->
		no_thread = 0;
		d_step {
			assert(state == READY);
			state = FREE;
			generation++;
			shows = 0
		};
		discard(seat)
	:: else ->
		start(seat);
		no_thread = !done;
		done = 0
	fi;
	seat = 0
}

/* run_service */
proctype service()
{
	byte seat, g, was_waiting;
	bit found, may_block, over, done;

	do
	:: eln_set_next();
		if
		:: found ->
			found = 0;
			hand_over()
		:: else
		fi;
		/* The last seat of the slot may not have been freed yet. */
		if
		:: MAY_OPEN && state == FREE -> eln_connection_open()
		:: else
		fi;
		reap();
		if
		:: no_thread -> retry()
		:: else
		fi;
		/* is_over */
#ifdef OVER_WITHOUT_COUNT
		over = (stopping && !no_thread);
#else
		over = (stopping && n_added == 0 && !no_thread);
#endif
		eln_set_wait();
		if
		:: over && !list && !inbox -> break
		:: else
		fi
	od;
	/* join_all, destroy */
#ifdef JOIN_WITHOUT_ALIVE
	n_added == 0;
#else
	n_alive == 0;
#endif
	reap();
	service_gone = 1
}
