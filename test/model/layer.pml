/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * The layers of half-sync/half-async, for overload.pml and layers_end.pml:
 * the asynchronous thread with its set, its ring and its list
 * (asynchronous_layer.c), and what workers take, relieve and run
 * (synchronous_layer.c, queue_of_rings.c). Handles are counted, not told
 * apart. Who includes this has the threads, and says whether the caller of
 * eln_set_wait shall `leave`.
 *
 * The lot is taken as park.pml proves it: once notified, a parked worker
 * wakes, and the next while there is more. What is published is a plain
 * store of the ring's tail, which waits in the asynchronous thread's store
 * buffer for its next fence or read-modify-write.
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

/* The lot. */
bit notified;

/* Ghosts. */
byte n_again, n_stuck;

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

/* Woken: takes, then gives the token up, looks, and passes it on. */
inline search()
{
	take_request();
	eln_ring_count();
	if
	:: n != 0 -> notified = 1
	:: else
	fi;
	n = 0
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

#define LEFT (kernel + batch + inbox + set_list + list + (put - head))
