/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * Deadlines and timers (lib/core/set.c): who runs a handle stores its
 * deadline and asks the lead through the `rearm` inbox if the timer is armed
 * too late for it; the lead arms, and gives a handle whose time has come a
 * reason to look. One slot, with a connection and its successor; somebody who
 * gives it input; a clock that goes on whenever it likes. The run word is
 * taken as run_word.pml proves it: each of its changes is one step.
 *
 * A handler may never end, one of all. A raised deadline is a plain store,
 * which waits in the runner's store buffer for its next read-modify-write.
 *
 * Claims:
 *   - a deadline that has passed never rests with a handle that is idle: the
 *     timer is never armed later with nobody to correct it;
 *   - a handle is in the `rearm` inbox at most once;
 *   - at rest the lead waits, and can be woken.
 */

#ifndef INPUTS
#define INPUTS 1
#endif
#ifndef CONNECTIONS
#define CONNECTIONS 2 /* one after the other, in the slot */
#endif
#ifndef LAST
#define LAST 3 /* what the clock says in the end */
#endif
#define NEVER 9

/* The run word, and in whose hands the handle is. */
#define FREE 0
#define IDLE 1
#define READY 2
#define RUNNING 3
byte state = READY, generation = 1;
bit timer_shows, input_shows;

/* The handle. */
byte deadline = NEVER, armed = NEVER;
bit rearm_asked;
byte buffered; /* the runner's: a deadline, 0 none */

/* The set: its inbox of one handle at most, its word, its heap of one. */
#define AWAKE 0
#define BLOCKS 1
byte waiting;
bit rearm, wakeup, ready;
byte heap = NEVER;

byte now = 1;

/* Ghosts. */
bit stuck, lead_waits;
byte n_inputs;

#define DRAINED (buffered == 0)

/* eln_run_signal, and handing over what became ready. */
inline eln_run_signal(to, reason)
{
	d_step {
		if
		:: generation == to && state != FREE ->
			reason = 1;
			if
			:: state == IDLE -> state = READY
			:: else
			fi
		:: else
		fi
	}
}

/* ---- the runner's side ---- */

inline eln_set_wake()
{
	d_step {
		DRAINED;
		was_waiting = waiting;
		waiting = 2
	};
	if
	:: was_waiting == BLOCKS -> wakeup = 1
	:: else
	fi;
	was_waiting = 0
}

inline ask_rearm()
{
	d_step {
		DRAINED;
		asked = rearm_asked;
		rearm_asked = 1
	};
	if
	:: !asked ->
		d_step {
			assert(!rearm);
			rearm = 1
		};
		if
		:: waiting == BLOCKS -> eln_set_wake()
		:: else
		fi
	:: else
	fi;
	asked = 0
}

inline eln_set_deadline(wanted)
{
	before = (buffered != 0 -> buffered : deadline);
	if
#ifdef LOWER_BY_PLAIN_STORE
	:: wanted != before ->
#else
	:: wanted < before ->
		d_step {
			DRAINED;
			deadline = wanted
		}
	:: wanted > before ->
#endif
		/* One entry is enough: it waits for the one before. */
		d_step {
			DRAINED;
			buffered = wanted
		}
	:: else
	fi;
	before = 0;
	if
	:: wanted < armed -> ask_rearm()
	:: else
	fi
}

/* eln_connection_free, and the successor's eln_connection_open. */
inline close_and_open()
{
	eln_set_deadline(NEVER);
	d_step {
		DRAINED;
		generation++;
		state = FREE;
		timer_shows = 0;
		input_shows = 0
	};
	if
	:: generation <= CONNECTIONS -> state = READY
	:: else
	fi
}

proctype runner()
{
	byte before, next;
	bit was_waiting, asked, looks;

	do
	:: atomic {
		state == READY;
		state = RUNNING
	};
		looks = 1;
		do
		:: d_step {
			DRAINED;
			timer_shows = 0;
			input_shows = 0
		};
			if
			:: d_step {
				!stuck;
				stuck = 1
			};
				false /* this handler never ends */
			:: close_and_open();
				break
			:: true ->
				/* Any deadline in the future, or none. */
				if
				:: next = now + 1
				:: next = LAST
				:: next = NEVER
				fi;
				if
				:: next > LAST -> next = NEVER
				:: else
				fi;
				eln_set_deadline(next);
				next = 0;
				/* eln_run_let_go */
				d_step {
					DRAINED;
					if
					:: !timer_shows && !input_shows ->
						state = IDLE;
						looks = 0
					:: else
					fi
				};
				if
				:: !looks -> break
				:: else
				fi
			fi
		od
	od
}

proctype memory()
{
	do
	:: d_step {
		buffered != 0;
		deadline = buffered;
		buffered = 0
	}
	od
}

/* ---- the lead ---- */

inline arm()
{
	due = deadline;
	do
	:: want = due;
		armed = want;
#ifndef NO_SECOND_LOOK
		due = deadline;
#endif
		if
		:: due >= want -> break
		:: else
		fi
	od;
	/* eln_timers_arm */
	heap = want;
	want = 0;
	due = 0
}

inline take_rearms()
{
	d_step {
		taken = rearm;
		rearm = 0
	};
	if
	:: taken ->
		taken = 0;
#ifdef ASKED_UNTIL_ARMED
		arm();
		rearm_asked = 0
#else
		rearm_asked = 0;
		arm()
#endif
	:: else
	fi
}

inline expire_timers()
{
	time = now;
	do
	:: heap > time -> break
	:: else ->
		/* eln_timers_pop */
		heap = NEVER;
#ifdef GENERATION_FIRST
		target = generation;
#endif
		due = deadline;
		if
		:: due > time -> arm()
		:: else ->
#ifdef SIGNAL_BEFORE_DISARM
			target = generation;
			eln_run_signal(target, timer_shows);
			armed = NEVER;
#else
			armed = NEVER;
#ifndef GENERATION_FIRST
			target = generation;
#endif
			eln_run_signal(target, timer_shows);
#endif
			target = 0;
			due = 0
		fi
	od;
	time = 0
}

/* eln_set_wait, for ever. */
proctype lead()
{
	byte due, want, target, time;
	bit taken, may_block;

	do
	:: take_rearms();
		d_step {
			may_block = (waiting == AWAKE);
			if
			:: may_block -> waiting = BLOCKS
			:: else
			fi
		};
#ifndef BLOCK_WITHOUT_LOOK
		if
		:: rearm -> may_block = 0
		:: else
		fi;
#endif
		lead_waits = may_block;
		d_step {
			!may_block || wakeup || heap <= now;
			lead_waits = 0;
			may_block = 0;
			wakeup = 0
		};
		waiting = AWAKE;
		expire_timers()
	od
}

/* ---- the world ---- */

proctype events()
{
	byte to;

	do
	:: n_inputs == INPUTS -> break
	:: else ->
		n_inputs++;
		to = generation;
		eln_run_signal(to, input_shows)
	od
}

proctype clock()
{
	do
	:: now == LAST -> break
	:: else -> now++
	od
}

active proctype at_rest()
{
	timeout;
	d_step {
		assert(lead_waits);
		assert(state == IDLE || state == FREE || stuck);
		assert(state != IDLE || !timer_shows && !input_shows);
		assert(state != IDLE || deadline > now);
		assert(state != IDLE || deadline >= armed)
	}
}

init {
	atomic {
		run runner();
		run memory();
		run lead();
		run events();
		run clock()
	}
}
