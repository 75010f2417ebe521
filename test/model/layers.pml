/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * Overload and the end of half-sync/half-async: the asynchronous thread with
 * its set, its ring and its list (asynchronous_layer.c), workers that take,
 * relieve and run (synchronous_layer.c, queue_of_rings.c), and somebody who
 * stops the core at any time, as the drain deadline does. A handler may never
 * end, one of all. Handles are counted, not told apart.
 *
 * The lot is taken as park.pml proves it: once notified, a parked worker
 * wakes, and the next while there is more. What is published is a plain
 * store of the ring's tail, which waits in the asynchronous thread's store
 * buffer for its next fence or read-modify-write.
 *
 * Claims:
 *   - at rest, while a worker is free, nothing is left: not in the kernel, the
 *     inbox, the set's list, the layer's list or the ring;
 *   - after stop every thread leaves whose handler ends, and if all do, nothing
 *     is left of what had come, nor of what a handler left for a next turn.
 */

#ifndef WORKERS
#define WORKERS 2
#endif
#ifndef EVENTS
#define EVENTS 2
#endif
#ifndef CAPACITY
#define CAPACITY 1
#endif
#ifndef AGAIN
#define AGAIN 1 /* turns that are used up */
#endif
#define SIZE 4 /* of the ring: size_for(CAPACITY) */
#define LOW (CAPACITY / 2)

#define AWAKE 0
#define BLOCKS 1
#define POKED 2

/* The set. */
byte kernel, inbox;
local byte batch, set_list;
bit wakeup;
byte waiting;

/* The layer. */
local byte list;
bit overloaded;
byte head, tail, put; /* of the ring; put: what the producer knows */

bit stopping, left, layers_left = 1;

/* The lot. */
bit notified, ended;

/* Ghosts. */
byte n_again, n_stuck, n_gone;
bit world_done, layer_gone;

#define DRAINED (tail == put)

/* ---- who posts ---- */

inline eln_set_wake()
{
	d_step {
		was_waiting = waiting;
		waiting = POKED
	};
	if
	:: was_waiting == BLOCKS -> wakeup = 1
	:: else
	fi;
	was_waiting = 0
}

inline eln_set_post()
{
	inbox++;
	if
	:: waiting == BLOCKS -> eln_set_wake()
	:: else
	fi
}

/* ---- the ring, by counts ---- */

/* Sets n: ck reads its two counters one after the other. */
inline eln_ring_count()
{
	n = head;
	n = (tail - n) & (SIZE - 1)
}

/* Sets has. */
inline eln_ring_take()
{
	old_head = head;
	do
	:: tail == old_head -> break
	:: else ->
		d_step {
			if
			:: head == old_head ->
				head++;
				has = 1
			:: else -> old_head = head
			fi
		};
		if
		:: has -> break
		:: else
		fi
	od;
	old_head = 0
}

/* ---- the asynchronous layer ---- */

/* Sets added. The producer knows its own tail. */
inline eln_ring_put()
{
	d_step {
		added = (put - head < CAPACITY);
		put = put + added
	}
}

/* wake_worker of queue_of_rings.c */
inline flush_queue()
{
	if
	:: published ->
		published = 0;
		d_step {
			DRAINED; /* eln_lot_notify's fence */
			notified = 1
		}
	:: else
	fi
}

/* Sets low. */
inline is_low()
{
	low = (put - head <= LOW)
}

/* A handle that is the caller's: the layer does it to its end, or it needs a
 * worker. Sets added: it is disposed of. */
inline dispose()
{
	eln_ring_put();
	published = published | added
}

inline postpone()
{
#ifdef REFUSES
	if
	:: true /* it has ended */
	:: list++
	fi
#else
	list++
#endif
}

inline handle_ready()
{
	if
	:: list == 0 -> dispose()
	:: else
	fi;
	if
	:: added -> added = 0
	:: else -> postpone()
	fi
}

inline refill()
{
	do
	:: list == 0 -> break
	:: else ->
		dispose();
		if
		:: !added -> break
		:: else ->
			added = 0;
			list--
		fi
	od
}

inline say_overloaded()
{
	d_step {
		DRAINED;
		overloaded = 1
	}
}

inline work_off_list()
{
	do
	:: list == 0 ->
		overloaded = 0;
		break
	:: else ->
#ifdef LOOK_BEFORE_OVERLOADED
		is_low();
		say_overloaded();
#else
		say_overloaded();
		is_low();
#endif
		if
		:: !low -> break
		:: else -> low = 0
		fi;
		refill();
#ifndef NO_FLUSH_AFTER_REFILL
		flush_queue()
#endif
	od
}

/* Sets found. */
inline eln_set_next()
{
	d_step {
		found = (batch + set_list != 0);
		if
		:: batch != 0 -> batch--
		:: batch == 0 && set_list != 0 -> set_list--
		:: else
		fi
	}
}

inline work_off()
{
	do
	:: eln_set_next();
		if
		:: found -> handle_ready()
		:: else -> break
		fi
	od;
	flush_queue();
	if
	:: list != 0 -> work_off_list()
	:: else
	fi
}

inline take_ready()
{
	d_step {
		set_list = set_list + inbox;
		inbox = 0
	}
}

/* Blocks unless `leave`. */
inline eln_set_wait()
{
	take_ready();
	d_step {
		DRAINED;
		if
		:: !leave && set_list == 0 && waiting == AWAKE ->
			waiting = BLOCKS;
			may_block = 1
		:: else
		fi
	};
	if
	:: may_block && inbox != 0 -> may_block = 0
	:: else
	fi;
	d_step {
		!may_block || kernel != 0 || wakeup;
		may_block = 0;
		batch = kernel;
		kernel = 0;
		wakeup = 0
	};
	waiting = AWAKE;
	take_ready()
}

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
		eln_set_wait();
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
	d_step {
		ended = 1;
		layer_gone = 1
	}
}

proctype memory()
{
	do
	:: tail != put -> tail++
	od
}

/* ---- the synchronous layer ---- */

inline eln_hsha_relieve()
{
	/* The fence: nothing of a worker's is buffered. */
	if
	:: overloaded ->
		eln_ring_count();
		if
		:: n <= LOW ->
			d_step {
				n = overloaded;
				overloaded = 0
			};
			if
			:: n != 0 -> eln_set_wake()
			:: else
			fi
		:: else
		fi;
		n = 0
	:: else
	fi
}

inline take_request()
{
#ifdef RELIEVE_BEFORE_TAKE
	eln_hsha_relieve();
	eln_ring_take()
#else
	eln_ring_take();
#ifndef NO_RELIEVE
	if
	:: has -> eln_hsha_relieve()
	:: else
	fi
#endif
#endif
}

/* Sets again: the turn was used up. */
inline turn()
{
	if
	:: d_step {
		n_stuck == 0;
		n_stuck++
	};
		false /* this handler never ends */
	:: true
	:: d_step {
		n_again < AGAIN;
		n_again++;
		again = 1
	}
	fi
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
				take_request();
				/* After the search, look and pass it on. */
				eln_ring_count();
				if
				:: n != 0 -> notified = 1
				:: else
				fi;
				n = 0
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
	kernel = EVENTS;
#else
	do
	:: n == EVENTS -> break
	:: else ->
		n++;
		kernel++
	od;
#endif
	world_done = 1
}

#ifdef STOPS
proctype stopper()
{
	bit was_waiting;

	world_done;
	stopping = 1;
	eln_set_wake()
}
#endif

#define LEFT (kernel + batch + inbox + set_list + list + (put - head))

active proctype at_rest()
{
	timeout;
	d_step {
		assert(n_stuck == WORKERS || LEFT == 0);
#ifdef STOPS
		assert(n_stuck == WORKERS || n_gone + n_stuck == WORKERS);
		assert(n_stuck == WORKERS || layer_gone)
#endif
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
#ifdef STOPS
		run stopper();
#endif
		i = 0
	}
}
