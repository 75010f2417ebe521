/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * The ring of the queueing layer, lib/sync/ring.c, with ck_ring inside: its
 * two counters, its slots, the fences between, as ck_ring_enqueue_spmc and
 * ck_ring_dequeue_spmc of ck 0.7.1 have them. One producer, CONSUMERS who
 * take, elements whose content is written before they are put. Counters are
 * bytes and begin shortly before they come round, as C's do after 2^32.
 *
 * A store waits in the producer's store buffer. On x86 (TSO) it drains oldest
 * first; with WEAK in any order, unless a fence of stores is between, which is
 * what arm64 may do. Loads: where a fence is left out, the two around it may
 * be done in either order, which is arm64's too. So NO_STORE_FENCE passes on
 * x86 and fails with WEAK.
 *
 * A load may come early but where its address is known: NO_LOAD_FENCE_BEFORE_SLOT
 * has the slot of the head that was read copied before the tail was looked at.
 * SLOT_READ_LATE: between the copy of a slot and the head's CAS ck 0.7.1 orders
 * stores only. x86 does no load after a later locked instruction; arm64 may,
 * and then the slot has been filled again: there a fence of loads is needed.
 *
 * TWO_PRODUCERS put without knowing of each other, each with a store buffer;
 * IN_TURN, under a lock, which is right again.
 *
 * Claims:
 *   - who takes ticket n gets the element that was put as the nth: nothing is
 *     lost, doubled or out of order, and its content is there;
 *   - a slot is not written before who had it has read it;
 *   - never more than CAPACITY are in the ring; at rest nothing is.
 */

#ifndef CONSUMERS
#define CONSUMERS 2
#endif
#ifndef ITEMS
#define ITEMS 6
#endif
#ifndef CAPACITY
#define CAPACITY 3
#endif
#ifndef SIZE
#define SIZE 4 /* size_for(CAPACITY) */
#endif
#ifndef START
#define START 253 /* of the counters */
#endif
#ifdef TWO_PRODUCERS
#define PRODUCERS 2
#else
#define PRODUCERS 1
#endif
#define MASK (SIZE - 1)
#define BYTE(n) ((n) & 255)

byte c_head = START, p_tail = START;
byte slot[SIZE]; /* 1 + the element */
bit content[ITEMS + 1];

/* Each producer's store buffer, oldest first. */
#define BUFFER 4
#define STORE_NONE 0
#define STORE_CONTENT 1
#define STORE_SLOT 2
#define STORE_TAIL 3
#define STORE_FENCE 4 /* of stores: nothing passes it */
byte buffer_kind[PRODUCERS * BUFFER], buffer_value[PRODUCERS * BUFFER];
#define kind(at) buffer_kind[me * BUFFER + (at)]
#define value(at) buffer_value[me * BUFFER + (at)]

/* Ghosts. Elements are counted; one producer puts the nth at ticket n. */
byte n_begun, n_put, n_taken;
bit taken[ITEMS];
#ifdef IN_TURN
bit locked;
#endif

#define NTH(index) BYTE((index) - START)

/* ---- memory ---- */

inline plain_store(what, number)
{
	d_step {
		kind(BUFFER - 1) == STORE_NONE;
		i = 0;
		do
		:: kind(i) == STORE_NONE -> break
		:: else -> i++
		od;
		kind(i) = what;
		value(i) = number;
		i = 0
	}
}

/* A slot's value is the ticket and the element. */
#define SLOT_VALUE(ticket, what) ((ticket) * 16 + (what))

inline write_back(at)
{
	if
	:: kind(at) == STORE_CONTENT -> content[value(at)] = 1
	:: kind(at) == STORE_SLOT ->
		slot[BYTE(START + value(at) / 16) & MASK] = value(at) % 16 + 1
	:: kind(at) == STORE_TAIL -> p_tail = BYTE(START + value(at))
	:: else
	fi
}

/* The entry at `at` has drained: those behind move up. */
inline remove(at)
{
	j = at;
	do
	:: j == BUFFER - 1 -> break
	:: else ->
		kind(j) = kind(j + 1);
		value(j) = value(j + 1);
		j++
	od;
	kind(BUFFER - 1) = STORE_NONE;
	value(BUFFER - 1) = 0;
	j = 0
}

/* Whether an entry behind others may drain before them. */
#define IS_STORE(at) (kind(at) != STORE_NONE && kind(at) != STORE_FENCE)
#define MAY_PASS(at, other) (kind(other) != STORE_FENCE && \
	(kind(at) != kind(other)))
#define MAY_DRAIN_1 (IS_STORE(1) && MAY_PASS(1, 0))
#define MAY_DRAIN_2 (IS_STORE(2) && MAY_PASS(2, 0) && MAY_PASS(2, 1))

proctype memory(byte me)
{
	byte j;

	do
	:: d_step {
		kind(0) != STORE_NONE;
		write_back(0);
		remove(0)
	}
#ifdef WEAK
	:: d_step {
		MAY_DRAIN_1;
		write_back(1);
		remove(1)
	}
	:: d_step {
		MAY_DRAIN_2;
		write_back(2);
		remove(2)
	}
#endif
	od
}

/* ---- the producer ---- */

/* The tail as this producer sees it: its own newest store, or memory's. Sets
 * n. */
#ifdef TWO_PRODUCERS
inline load_tail_to_put()
{
	d_step {
		n = NTH(p_tail);
		i = 0;
		do
		:: i == BUFFER -> break
		:: else ->
			n = (kind(i) == STORE_TAIL -> value(i) : n);
			i++
		od;
		i = 0
	}
}
#endif

/* ck_ring_size. Sets room. One producer knows its tail. */
inline look_for_room()
{
#ifdef TWO_PRODUCERS
	load_tail_to_put();
#endif
	consumer = c_head;
	d_step {
#ifdef NO_COUNT
		room = 1;
#else
		room = (BYTE(START + n - consumer) & MASK) < CAPACITY;
#endif
		consumer = 0
	}
}

/* _ck_ring_enqueue_sp. Sets room. */
inline enqueue()
{
	consumer = c_head;
#ifdef TWO_PRODUCERS
	load_tail_to_put();
#endif
#ifndef NO_FULL_TEST
	room = (BYTE(START + n + 1) & MASK) != (consumer & MASK);
#endif
	consumer = 0;
	if
	:: room ->
		plain_store(STORE_SLOT, SLOT_VALUE(n, element));
#ifndef NO_STORE_FENCE
		/* ck_pr_fence_store */
		plain_store(STORE_FENCE, 0);
#endif
		plain_store(STORE_TAIL, n + 1)
	:: else
	fi
}

/* eln_ring_put */
inline eln_ring_put()
{
#ifdef IN_TURN
	d_step {
		!locked;
		locked = 1
	};
#endif
	look_for_room();
	if
	:: room -> enqueue()
	:: else
	fi;
#ifdef IN_TURN
	d_step {
		kind(0) == STORE_NONE;
		locked = 0
	}
#endif
}

proctype producer(byte me)
{
	byte n, element, consumer, i;
	bit room;

	do
	:: n_begun == ITEMS -> break
	:: d_step {
		n_begun < ITEMS;
		element = n_begun;
		n_begun++
	};
		plain_store(STORE_CONTENT, element);
		do
		:: eln_ring_put();
			if
			:: room -> break
			:: else ->
				/* The list; tried again when there is room. */
				c_head != BYTE(START + n - CAPACITY)
			fi
		od;
		room = 0;
		d_step {
			n_put++;
#ifndef TWO_PRODUCERS
			n++;
			assert(BYTE(START + n - c_head) <= CAPACITY);
#endif
			element = 0
		}
	od;
	n = 0
}

/* ---- the consumers ---- */

/* Behind the load of the head. */
inline load_tail()
{
#ifdef NO_LOAD_FENCE_BEFORE_SLOT
	if
	:: early = slot[head & MASK]
	:: true
	fi;
#endif
	tail = p_tail
}

/* The first loads: the head, then the tail. */
inline load_counters()
{
#ifdef NO_LOAD_FENCE_BETWEEN_COUNTERS
	if
	:: tail = p_tail;
		head = c_head
	:: head = c_head;
		tail = p_tail
	fi
#else
	head = c_head;
	/* ck_pr_fence_load */
	load_tail()
#endif
}

/* Ticket `head` is ours: what did we get? */
inline check(got)
{
	d_step {
#ifndef TWO_PRODUCERS
		assert(got == NTH(head) + 1);
#endif
		assert(content[got - 1]);
		assert(!taken[got - 1]);
		taken[got - 1] = 1;
		n_taken++;
		got = 0
	}
}

/* ck_pr_cas_uint_value; has: it succeeded. */
inline cas_head()
{
#ifdef HEAD_BY_PLAIN_STORE
	c_head = BYTE(head + 1);
	has = 1
#else
	d_step {
		if
		:: c_head == head ->
			c_head = BYTE(head + 1);
			has = 1
		:: else -> head = c_head
		fi
	}
#endif
}

/* _ck_ring_dequeue_mc. Sets has. */
inline eln_ring_take()
{
	load_counters();
	do
	:: head == tail -> break
	:: else ->
#ifdef NO_LOAD_FENCE_BEFORE_SLOT
		if
		:: early != 0 -> element = early
		:: else -> element = slot[head & MASK]
		fi;
		early = 0;
#else
		/* ck_pr_fence_load */
#ifndef SLOT_READ_LATE
		element = slot[head & MASK];
#endif
#endif
		/* the fence before the CAS, here of loads too */
		cas_head();
		if
		:: has -> break
		:: else -> load_tail()
		fi
	od;
	tail = 0
}

proctype consumer()
{
	byte head, tail, element;
	bit has;
#ifdef NO_LOAD_FENCE_BEFORE_SLOT
	byte early;
#endif

	do
	:: true ->
		eln_ring_take();
		if
		:: has ->
#ifdef SLOT_READ_LATE
			element = slot[head & MASK];
#endif
			has = 0;
			check(element)
		:: else
		fi;
		element = 0;
		head = 0;
#ifdef NO_LOAD_FENCE_BEFORE_SLOT
		early = 0;
#endif
		/* Parks until there is more. */
		p_tail != c_head
	od
}

active proctype at_rest()
{
	timeout;
	d_step {
		assert(n_put == ITEMS && n_taken == ITEMS);
		assert(c_head == p_tail)
	}
}

init {
	byte k;

	atomic {
		run producer(0);
		run memory(0);
#ifdef TWO_PRODUCERS
		run producer(1);
		run memory(1);
#endif
		do
		:: k == CONSUMERS -> break
		:: else ->
			run consumer();
			k++
		od;
		k = 0
	}
}
