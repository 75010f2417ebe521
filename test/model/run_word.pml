/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * The run word (lib/sync/run_word.c): one slot, its handle closed and another
 * opened in it once, two threads of epoll and of posts that signal by id, and
 * a pool of two that runs what was handed over. A handler may never end, one
 * of all.
 *
 * Claims:
 *   - at most one thread is inside;
 *   - what is idle has no reason that shows; what is ready is queued, once;
 *   - a reason is seen only by an owner of the generation it was meant for;
 *   - at rest, every reason that showed was seen, or its handle is inside the
 *     handler that never ends; what was hidden shows once it is not hidden.
 */

#ifndef INPUTS
#define INPUTS 2 /* epoll says so often that there is input */
#endif
#ifndef MESSAGES
#define MESSAGES 0 /* posts, besides the reply to a handler that holds */
#endif

#include "word.pml"

inline hand_over()
{
	d_step {
		assert(queued == 0);
		queued++
	}
}

inline enter()
{
	d_step {
		assert(inside == 0);
		inside++
	}
}

inline open_again()
{
	d_step {
		if
		:: !opened_again ->
			opened_again = 1;
			done = 1
		:: else -> done = 0
		fi
	};
	if
	:: done ->
		done = 0;
		eln_run_open();
		hand_over()
	:: else
	fi
}

/* One turn of an owner that is inside: reasons are what take returned. */
inline turn()
{
	do
	::
		if
		:: reasons & MESSAGE ->
			/* on_message resumes. eln_run_show: */
			d_step { word = WITHOUT(word, HELD) }
		:: else
		fi;
		if
		:: reasons & INPUT ->
			if
			:: atomic { !stuck -> stuck = 1 };
				false /* this handler never ends */
			:: (word & HELD) == 0 && owed == 0 ->
				/* echelon_hold; eln_run_hide: */
				d_step { word = word | HELD };
				owed = owner
			:: true
			fi
		:: else
		fi;
#ifdef CLEAR_AFTER_RUN
		d_step { word = WITHOUT(word, reasons) };
#endif
		reasons = 0;
		if
		:: GENERATION_OF(word) == 1 && !opened_again ->
			/* Closes: an error, or the handler's wish. */
			inside--;
			eln_run_close();
			open_again();
			break
		:: true ->
			/* The turn is used up, with input left. */
			if
			:: n_turns == 0 ->
				n_turns++;
				inside--;
				eln_run_yield(0);
				hand_over();
				break
			:: else
			fi
		:: true
		fi;
		inside--;
		eln_run_let_go();
		if
		:: let_go ->
			let_go = 0;
			break
		:: else -> enter()
		fi;
		eln_run_look()
	od;
	reasons = 0
}

#define LOCALS \
	byte old, reasons, n_turns; \
	bit done, made_ready, let_go

proctype runner()
{
	LOCALS;

	do
	:: atomic {
		queued != 0;
		queued--
	};
		eln_run_take();
		enter();
		turn()
	od
}

/* Of somebody who has an id: the connection of today or of yesterday. */
proctype signaller(byte reason, times)
{
	LOCALS;
	byte n, generation;

	do
	:: n == times -> break
	:: else ->
		n++;
		if
		:: generation = 1
		:: opened_again -> generation = 2
		fi;
		eln_run_signal(generation, reason);
#ifdef QUEUE_ALWAYS
		made_ready = 1;
#endif
		if
		:: made_ready -> hand_over()
		:: else
		fi
	od
}

/* The thread that a holding handler gave its request to. */
proctype replier()
{
	LOCALS;
	byte generation;

	do
	:: owed != 0 ->
		generation = owed;
#ifdef SHOW_BY_STRANGER
		d_step { word = WITHOUT(word, HELD) };
#else
		eln_run_signal(generation, MESSAGE);
#endif
		owed = 0;
		if
		:: made_ready -> hand_over()
		:: else
		fi
	od
}

active proctype at_rest()
{
	timeout;
	d_step {
		assert(STATE_OF(word) != READY);
		assert(queued == 0);
		assert(STATE_OF(word) != RUNNING || stuck);
		assert(STATE_OF(word) != IDLE || SHOWING(word) == 0);
		/* Signalled, not seen, and not hidden by a hold that lasts. */
		assert(STATE_OF(word) != IDLE || !MEANT(GENERATION_OF(word), INPUT) ||
		    (word & INPUT) && (word & HELD));
		assert(STATE_OF(word) != IDLE ||
		    !MEANT(GENERATION_OF(word), MESSAGE));
		assert(STATE_OF(word) != IDLE || !(word & HELD) || owed != 0)
	}
}

init {
	atomic {
		eln_run_open();
		queued = 1;
		run runner();
		run runner();
		run signaller(INPUT, INPUTS);
		run signaller(MESSAGE, MESSAGES);
		run replier()
	}
}
