/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * Overload in half-sync/half-async: the asynchronous thread keeps on its list
 * what the ring does not take, says that it is overloaded, and goes on when a
 * worker has brought the queue to half (work_off_list, eln_hsha_relieve). A
 * handler may never end, one of all.
 *
 * Claim: at rest, while a worker is free, nothing is left: not in the kernel,
 * the inbox, the set's list, the layer's list or the ring.
 */

#define leave false

#include "layer.pml"

/* eln_hsha_run_asynchronous */
proctype asynchronous()
{
	bit may_block, found, added, low, published;

	do
	:: work_off();
		eln_set_wait()
	od
}

inline run_turn()
{
	turn();
	if
	:: again ->
		again = 0;
		eln_set_post()
	:: else
	fi
}

/* eln_hsha_run_worker, with take of queue_of_rings.c in it. */
proctype worker()
{
	byte n, old_head;
	bit has, was_waiting, again;

	do
	:: take_request();
		if
		:: !has ->
			/* park: announced, then a second look */
			take_request();
			if
			:: has
			:: else ->
				/* What is published but not notified wakes
				 * nobody. */
				d_step {
					notified;
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
		:: else
		fi
	od
}

proctype world()
{
	byte n;

	do
	:: n == EVENTS -> break
	:: else ->
		n++;
		kernel++
	od
}

active proctype at_rest()
{
	timeout;
	assert(n_stuck == WORKERS || LEFT == 0)
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
		i = 0
	}
}
