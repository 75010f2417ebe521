/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * The condition of the locked queue (lib/sync/condition.c), as the queueing
 * layer with a lock uses it (queue_with_lock.c): each put is signalled after
 * the lock was released, workers wait while the queue is empty, the end wakes
 * all. A handler may never end, one of all.
 *
 * The lock is taken as what it is: one thread at a time. Each change of the
 * two words is a read-modify-write, so no store is ever buffered. The kernel
 * compares and sleeps in one step, wakes whomever it likes, and may return
 * from the wait for no reason, SPURIOUS times.
 *
 * Counting who waits before the lock is released, and moving the sequence on
 * before the count is read, are two reasons why no wake is lost: each is
 * enough (COUNTED_AFTER_RELEASE, LOOK_BEFORE_SEQUENCE), without both one is.
 *
 * Claims:
 *   - at rest, something is queued only if every worker is in a handler;
 *   - every item is taken once;
 *   - after the end every worker leaves whose handler ends, and nothing is
 *     left if any does.
 */

#ifndef WORKERS
#define WORKERS 2
#endif
#ifndef PRODUCERS
#define PRODUCERS 2
#endif
#ifndef ITEMS
#define ITEMS 2 /* of each producer */
#endif
#ifndef SPURIOUS
#define SPURIOUS 1
#endif

bit lock;
byte n_queued;
bit is_ended;

/* The condition; sequence counts on, far below its size. */
byte sequence, n_waiting;

/* The futex: who sleeps on it. */
bit asleep[WORKERS];

/* Ghosts. */
byte n_put, n_taken, n_stuck, n_gone, n_spurious;

inline eln_lock_acquire()
{
	atomic {
		!lock;
		lock = 1
	}
}

inline eln_lock_release()
{
	lock = 0
}

/* Of the sleepers, any one. */
inline futex_wake_one()
{
	atomic {
		if
		:: asleep[0] -> asleep[0] = 0
		:: asleep[1] -> asleep[1] = 0
#if WORKERS > 2
		:: asleep[2] -> asleep[2] = 0
#endif
		:: else
		fi
	}
}

inline futex_wake_all()
{
	d_step {
		asleep[0] = 0;
		asleep[1] = 0;
#if WORKERS > 2
		asleep[2] = 0
#endif
	}
}

/* Returns with asleep[me] again 0. */
inline futex_wait(expected)
{
	d_step {
		if
		:: sequence == expected -> asleep[me] = 1
		:: else
		fi
	};
	if
	:: !asleep[me]
	:: d_step {
		asleep[me] && n_spurious < SPURIOUS;
		n_spurious++;
		asleep[me] = 0
	}
	fi
}

inline eln_condition_wait()
{
#ifdef COUNTED_AFTER_RELEASE
	seen = sequence;
	eln_lock_release();
	n_waiting++;
#else
#ifdef READ_AFTER_RELEASE
	n_waiting++;
	eln_lock_release();
	seen = sequence;
#else
	n_waiting++;
	seen = sequence;
	eln_lock_release();
#endif
#endif
	futex_wait(seen);
	n_waiting--;
	seen = 0;
	eln_lock_acquire()
}

inline add_to_sequence()
{
#ifndef SEQUENCE_STAYS
	sequence++
#else
	skip
#endif
}

inline eln_condition_signal()
{
#ifdef LOOK_BEFORE_SEQUENCE
	some = (n_waiting != 0);
	add_to_sequence();
#else
	add_to_sequence();
	some = (n_waiting != 0);
#endif
	if
	:: some -> futex_wake_one()
	:: else
	fi;
	some = 0
}

inline eln_condition_broadcast()
{
	add_to_sequence();
	if
	:: n_waiting != 0 ->
#ifdef END_WAKES_ONE
		futex_wake_one()
#else
		futex_wake_all()
#endif
	:: else
	fi
}

/* take of queue_with_lock.c */
proctype worker(byte me)
{
	byte seen;
	bit has, leave;

	do
	:: eln_lock_acquire();
		do
		:: n_queued != 0 ->
			d_step {
				n_queued--;
				n_taken++;
				has = 1
			};
			break
		:: n_queued == 0 && is_ended ->
			leave = 1;
			break
		:: n_queued == 0 && !is_ended ->
			eln_condition_wait();
#ifdef NO_LOOK_AFTER_WAIT
			d_step {
				n_queued--;
				n_taken++;
				has = 1
			};
			break
#endif
		od;
		eln_lock_release();
		if
		:: leave -> break
		:: else
		fi;
		has = 0;
		if
		:: d_step {
			n_stuck == 0;
			n_stuck++
		};
			false /* this handler never ends */
		:: true
		fi
	od;
	n_gone++
}

/* put of queue_with_lock.c; the last producer's layer ends the queue. */
byte layers_left = PRODUCERS;

proctype producer()
{
	byte n;
	bit some;

	do
	:: n == ITEMS -> break
	:: else ->
		n++;
		eln_lock_acquire();
		d_step {
			n_queued++;
			n_put++
		};
		eln_lock_release();
#ifdef SIGNAL_IF_FIRST
		if
		:: n_queued == 1 -> eln_condition_signal()
		:: else
		fi
#else
		eln_condition_signal()
#endif
	od;
#ifdef STOPS
	layers_left--;
	if
	:: layers_left == 0 ->
		eln_lock_acquire();
		is_ended = 1;
		eln_lock_release();
		eln_condition_broadcast()
	:: else
	fi
#endif
}

active proctype at_rest()
{
	timeout;
	d_step {
		assert(!lock);
		assert(n_queued == n_put - n_taken);
		assert(n_queued == 0 || n_stuck == WORKERS);
#ifdef STOPS
		assert(n_gone + n_stuck == WORKERS)
#endif
	}
}

init {
	atomic {
		run worker(0);
		run worker(1);
#if WORKERS > 2
		run worker(2);
#endif
		run producer();
#if PRODUCERS > 1
		run producer()
#endif
	}
}
