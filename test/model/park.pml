/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * Park and wake (lib/sync/lot.c) with the ring of the queueing layer
 * (lib/sync/ring.c) as the work, as half-sync/half-async uses them: producers
 * put and notify, workers take, park, and wake each other in a chain. A
 * handler may never end, one of all.
 *
 * Memory is x86's: a plain store waits in its thread's store buffer, until
 * `memory` writes it, and the thread's next read-modify-write or fence waits
 * for that. With -DNO_STORE_BUFFERS stores arrive at once; that model calls
 * a protocol right that is wrong (see ./run).
 *
 * Claims:
 *   - at rest, work is queued only if every worker is in a handler: no wake
 *     is lost;
 *   - a granted word is never granted again before it was consumed;
 *   - a thread that was woken holds the token, and nobody else does;
 *   - every item is taken exactly once.
 *
 * STOPS adds the end: somebody sets `stop` and wakes all. With PARKED so many
 * workers are asleep to begin with.
 */

#ifndef WORKERS
#define WORKERS 2
#endif
#ifndef PRODUCERS
#define PRODUCERS 1
#endif
#ifndef ITEMS
#define ITEMS 3 /* of each producer */
#endif
#ifndef SIZE
#define SIZE 4 /* of each ring, which holds one less */
#endif
#ifndef BURST
#define BURST 1 /* so many are put before each notify */
#endif
#ifndef PER_WORD
#define PER_WORD 8
#endif

#define PLACES WORKERS
#define THREADS (WORKERS + PRODUCERS + 1)

/*
 * The store buffers. One entry is enough: a worker makes no two plain stores
 * without a read-modify-write between, and a producer loads nothing between
 * two puts that it would decide on. An entry is the new tail of a producer's
 * ring, or says which store.
 */
#define STORE_GRANTED 100 /* eln_lot_sleep: granted = 0 */
#define STORE_TOKEN 101	  /* SEARCH_OVER_UNFENCED: searching = 0 */
#define STORE_BIT 102	  /* ANNOUNCE_UNFENCED: my bit */

byte buffered[THREADS];

#define DRAINED (!buffered[me])

#include "lot.pml"

byte head[PRODUCERS]; /* c_head of ck_ring, counts on; masked where C does */
byte tail[PRODUCERS]; /* p_tail */
byte slot[PRODUCERS * SIZE];
bit stop;

/* Ghosts. */
bit taken[PRODUCERS * ITEMS + 1];
byte n_produced, n_stuck, n_gone;

#define SLOT(ring, index) slot[(ring) * SIZE + (index) % SIZE]

inline write_back(thread)
{
	if
	:: buffered[thread] < STORE_GRANTED ->
		/* Slot, then tail: in that order, and nobody reads the slot
		 * for good before the tail. */
		SLOT(thread - WORKERS, buffered[thread] - 1) =
		    (thread - WORKERS) * ITEMS + buffered[thread];
		tail[thread - WORKERS] = buffered[thread]
	:: buffered[thread] == STORE_GRANTED -> granted[thread] = GRANT_NONE
	:: buffered[thread] == STORE_TOKEN -> searching = 0
	:: buffered[thread] == STORE_BIT ->
		parked[WORD_OF(thread)] =
		    parked[WORD_OF(thread)] | BIT_OF(thread)
	fi;
	buffered[thread] = 0
}

inline plain_store(what)
{
	d_step {
		DRAINED;
		buffered[me] = what;
#ifdef NO_STORE_BUFFERS
		write_back(me)
#endif
	}
}

/* ck_ring_dequeue_spmc of one ring after the other. Sets item. */
inline eln_ring_take()
{
	ring = 0;
	do
	:: ring == PRODUCERS || item != 0 -> break
	:: else ->
		old_head = head[ring];
		do
		:: tail[ring] == old_head -> break
		:: else ->
			item = SLOT(ring, old_head);
			d_step {
				DRAINED;
				if
				:: head[ring] == old_head ->
					head[ring] = old_head + 1;
					assert(!taken[item]);
					taken[item] = 1
				:: else ->
					old_head = head[ring];
					item = 0
				fi
			};
			if
			:: item != 0 -> break
			:: else
			fi
		od;
		ring++
	od;
	ring = 0;
	old_head = 0
}

/* ck_ring_size of one ring after the other, with its mask: it may answer 0
 * when the ring has gone round since the head was read. Sets more. */
inline eln_ring_count()
{
	more = 0;
	ring = 0;
	do
	:: ring == PRODUCERS || more -> break
	:: else ->
		old_head = head[ring];
		more = ((tail[ring] - old_head) & (SIZE - 1)) != 0;
		ring++
	od;
	ring = 0;
	old_head = 0
}

inline run_handler()
{
	item = 0;
	if
	:: d_step {
		n_stuck == 0;
		n_stuck++
	};
		false /* this one never ends */
	:: true
	fi
}

proctype worker(byte me)
{
	LOT_LOCALS;
	byte item, ring, old_head;
	bit more, must_sleep, search, was_there;

#ifdef PARKED
	must_sleep = (me < PARKED);
#endif
	do
	:: if
		:: !must_sleep -> eln_ring_take()
		:: else
		fi;
		if
		:: must_sleep
		:: item == 0 && !must_sleep && stop ->
			n_gone++;
			break
		:: item == 0 && !must_sleep && !stop ->
			eln_lot_announce(me);
#ifndef NO_RECHECK
			eln_ring_take();
#endif
			must_sleep = 1;
			if
#ifdef NEVER_SLEEPS
			:: true ->
#else
			:: item != 0 || stop ->
#endif
				eln_lot_retract(me, was_there);
#ifndef RETRACT_WITHOUT_SLEEP
				must_sleep = !was_there
#else
				must_sleep = 0
#endif
			:: else
			fi
		:: else
		fi;
		was_there = 0;
		if
		:: must_sleep ->
			must_sleep = 0;
			eln_lot_sleep(me);
			search = (grant == GRANT_SEARCH);
			grant = 0;
#ifdef FORGET_CLAIM
			/* Claimed while it retracted: takes the wake for
			 * nothing, and forgets that a token came with it. */
			search = search && (item == 0)
#endif
		:: else
		fi;
		if
		:: search ->
			search = 0;
			if
			:: item == 0 -> eln_ring_take()
			:: else
			fi;
#ifdef LOOK_BEFORE_SEARCH_OVER
			eln_ring_count();
			eln_lot_search_over();
#else
			eln_lot_search_over();
			eln_ring_count();
#endif
#ifdef NO_LOOK_AFTER_SEARCH_OVER
			more = 0;
#endif
#ifdef LOOK_ONLY_WITH_AN_ITEM
			/* What the next take finds may not be the last. */
			more = more && (item != 0);
#endif
			if
			:: more ->
				more = 0;
				eln_lot_notify()
			:: else
			fi
		:: else
		fi;
		if
		:: item != 0 -> run_handler()
		:: else
		fi
	od
}

proctype producer(byte me)
{
	LOT_LOCALS;
	byte next;

	do
	:: next == ITEMS -> break
	:: else ->
		/* eln_ring_put, once there is room. */
		next - head[me - WORKERS] < SIZE - 1;
		next++;
		plain_store(next);
		if
		:: next % BURST == 0 || next == ITEMS -> eln_lot_notify()
		:: else
		fi
	od;
	n_produced++
}

#ifdef STOPS
proctype stopper(byte me)
{
	LOT_LOCALS;

	stop = 1;
	eln_lot_wake_all()
}
#endif

/* Writes a thread's buffered store back, when it likes. */
proctype memory(byte thread)
{
	do
	:: d_step {
		buffered[thread] != 0;
		write_back(thread)
	}
	od
}

/* Runs when nothing else can. */
active proctype at_rest()
{
	byte thread;

	timeout;
	atomic {
		thread = 0;
		do
		:: thread == WORKERS -> break
		:: else ->
			assert(granted[thread] == GRANT_NONE || !asleep[thread]);
			thread++
		od;
#ifdef STOPS
		assert(n_gone + n_stuck == WORKERS);
#else
		thread = 0;
		do
		:: thread == PRODUCERS || n_stuck == WORKERS -> break
		:: else ->
			assert(head[thread] == tail[thread]);
			thread++
		od;
		assert(n_stuck == WORKERS || n_produced == PRODUCERS);
		assert(!searching)
#endif
	}
}

init {
	byte thread;

	atomic {
		do
		:: thread == WORKERS -> break
		:: else ->
#ifdef PARKED
			if
			:: thread < PARKED ->
				parked[WORD_OF(thread)] =
				    parked[WORD_OF(thread)] | BIT_OF(thread)
			:: else
			fi;
#endif
			run worker(thread);
			run memory(thread);
			thread++
		od;
		do
		:: thread == WORKERS + PRODUCERS -> break
		:: else ->
			run producer(thread);
			run memory(thread);
			thread++
		od;
#ifdef STOPS
		run stopper(thread);
#endif
		thread = 0
	}
}
