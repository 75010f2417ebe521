/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * The inbox, lib/sync/inbox.h, with its links: threads put, by a CAS on the
 * head, two take everything at once, by an exchange, as the lead and, at the
 * end, a worker do. What was taken is put again (a turn was used up), so links
 * and heads come back, and a CAS may meet a head that it has seen before. Links
 * are counted from 1; 0 is NULL.
 *
 * Claims:
 *   - each link that is put is taken once, by one thread;
 *   - of what one thread put, each who takes gets it in its order;
 *   - at rest, after a last look, the inbox is empty.
 */

#ifndef PUTTERS
#define PUTTERS 2
#endif
#ifndef LINKS
#define LINKS 2 /* of each putter, to begin with */
#endif
#ifndef AGAIN
#define AGAIN 1 /* links that are put again by who took them */
#endif
#define ALL (PUTTERS * LINKS)

byte head;
byte next[ALL + 1];

/* Ghosts. */
bit inside[ALL + 1]; /* in the inbox, or on its way into it */
bit again_put[ALL + 1];
byte n_again, n_put, n_taken;

/* Puts `link`. */
inline eln_inbox_put(link)
{
	d_step {
		assert(!inside[link]);
		inside[link] = 1;
		n_put++
	};
	old = head;
	do
	::
#ifndef NEXT_AFTER_CAS
		next[link] = old;
#endif
		d_step {
			done = (head == old);
			if
			:: done -> head = link
			:: else -> old = head
			fi
		};
		if
		:: done -> break
		:: else
		fi
	od;
#ifdef NEXT_AFTER_CAS
	next[link] = old;
#endif
	done = 0;
	old = 0
}

/* Sets newest. */
inline take_all()
{
#ifdef TAKE_IN_TWO_STEPS
	newest = head;
	head = 0
#else
#ifdef TAKE_ONE
	/* A stack's pop: of one, by a CAS to what is behind it. */
	newest = head;
	do
	:: newest == 0 -> break
	:: else ->
		behind = next[newest];
		d_step {
			done = (head == newest);
			if
			:: done -> head = behind
			:: else -> newest = head
			fi
		};
		if
		:: done -> break
		:: else
		fi
	od;
	if
	:: newest != 0 -> next[newest] = 0
	:: else
	fi;
	behind = 0;
	done = 0
#else
	d_step {
		newest = head;
		head = 0
	}
#endif
#endif
}

/* Sets oldest. */
inline eln_inbox_take()
{
	take_all();
	do
	:: newest == 0 -> break
	:: else ->
		behind = next[newest];
		next[newest] = oldest;
		oldest = newest;
		newest = behind
	od;
	behind = 0
}

/* A link is the taker's. */
inline serve(link)
{
	d_step {
		assert(inside[link]);
		inside[link] = 0;
		n_taken++;
		if
		:: !again_put[link] ->
			/* Links of one putter are neighbours. */
#ifndef TAKE_ONE
			assert(last[(link - 1) / LINKS] < link);
#endif
			last[(link - 1) / LINKS] = link
		:: else
		fi
	}
}

proctype taker()
{
	byte old, newest, oldest, behind, mine;
	byte last[PUTTERS]; /* ghost: the newest of each putter's that it got */
	bit done;

	do
	:: head != 0 ->
		eln_inbox_take();
		do
		:: oldest == 0 -> break
		:: else ->
			mine = oldest;
			oldest = next[mine];
			serve(mine);
			if
			:: d_step {
				n_again < AGAIN;
				n_again++;
				again_put[mine] = 1
			};
				eln_inbox_put(mine)
			:: true
			fi;
			mine = 0
		od
	od
}

proctype putter(byte me)
{
	byte n, old;
	bit done;

	do
	:: n == LINKS -> break
	:: else ->
		n++;
		eln_inbox_put(me * LINKS + n)
	od;
	n = 0
}

active proctype at_rest()
{
	timeout;
	d_step {
		assert(head == 0);
		assert(n_put == n_taken && n_put == ALL + n_again)
	}
}

init {
	byte i;

	atomic {
		do
		:: i == PUTTERS -> break
		:: else ->
			run putter(i);
			i++
		od;
		i = 0;
		run taker();
		run taker()
	}
}
