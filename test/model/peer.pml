/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * The world of turn.pml: the peer, who sends, ends, resets and reads when it
 * likes; the thread that owes a reply (echelon_post, lib/core/message.c);
 * others who post; who begins a drain. None has to do anything.
 */

#define ARRIVES(what) events_due = events_due | (what)

proctype peer()
{
	byte n;

	do
	:: n < REQUESTS ->
		n++;
		d_step {
			to_read++;
			ARRIVES(INPUT)
		}
	:: d_step {
		fin = 1;
		ARRIVES(INPUT + PEER_CLOSED)
	};
		break
	:: n == REQUESTS -> break
#ifdef RESETS
	:: d_step {
		rst = 1;
		ARRIVES(ERROR)
	};
		break
#endif
	od;
	n = 0
}

/* May stop reading at any time. */
proctype peer_reads()
{
	do
	:: d_step {
		room < ROOM;
		room++;
		ARRIVES(pollout -> OUTPUT : 0)
	}
	:: break
	od
}

/* echelon_post; or it is refused. */
inline echelon_post(list)
{
	d_step {
		done = !closed_to_messages && state != FREE;
		list = list + done
	};
	if
	:: done ->
		done = 0;
		eln_run_signal(MESSAGE)
	:: else
	fi
}

/* The thread that a holding handler gave its request to; it may keep it. */
proctype replier()
{
	bit done;

	do
	:: owed ->
		if
		:: true ->
			owed = 0;
			echelon_post(n_replies)
		:: break
		fi
	od
}

proctype poster()
{
	byte n;
	bit done;

	do
	:: n < PUSHES ->
		n++;
		echelon_post(n_pushes)
	:: else -> break
	od
}

#ifdef DRAINS
proctype drain()
{
	eln_run_signal(DRAIN)
}
#endif
