/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * The lead word, lib/sync/lead.c, for lead.pml. Each inline mirrors the C
 * function of its name; each load, exchange and CAS is a step of its own. A
 * result is left in the caller's variable that the comment names.
 *
 * `leader` and `turn` are ghosts: who holds the lead, and which turn is run
 * with it, counted without the epoch.
 */

/* The lead word: epoch and state, as in C. */
#define FREE 0
#define LEADING 1
#define IN_HANDLER 2
#define STATE_OF(w) ((w) & 3)
#define EPOCH_OF(w) ((w) >> 2)
#define WORD_WITH(epoch, state) (((epoch) << 2) | (state))

byte lead;

inline eln_lead_try()
{
	old = lead;
	do
	:: STATE_OF(old) != FREE ->
		leads = 0;
		break
	:: else ->
		d_step {
			if
			:: lead == old ->
				lead = old | LEADING;
				assert(leader == NOBODY);
				leader = me;
				leads = 1
			:: else -> old = lead
			fi
		};
		if
		:: leads -> break
		:: else
		fi
	od;
	old = 0
}

inline eln_lead_free()
{
	d_step {
		assert(STATE_OF(lead) == LEADING && leader == me);
		lead = lead & 252;
		leader = NOBODY
	}
}

/* Sets epoch. */
inline eln_lead_enter()
{
	epoch = lead;
#ifdef STALE_EPOCH
	epoch = EPOCH_OF(epoch) | 1;
#else
	epoch = EPOCH_OF(epoch) + 1;
#endif
#ifdef BELL_BEFORE_ENTER
	ring_bell();
#endif
	d_step {
		assert(STATE_OF(lead) == LEADING && leader == me);
		lead = WORD_WITH(epoch, IN_HANDLER);
		turn++
	}
#ifndef BELL_BEFORE_ENTER
	;
	ring_bell()
#endif
}

/* Whoever enters a turn wakes a monitor that sleeps. */
inline ring_bell()
{
	if
	:: quiet -> quiet = 0
	:: else
	fi
}

/* Sets leads. */
inline eln_lead_leave()
{
	d_step {
		if
		:: lead == WORD_WITH(epoch, IN_HANDLER) ->
			assert(leader == me);
			lead = WORD_WITH(epoch, LEADING);
			leads = 1
		:: else -> leads = 0
		fi;
#ifdef LEAVE_IGNORED
		leads = 1;
#endif
		epoch = 0
	}
}

#define LEAD_IN_HANDLER \
	(STATE_OF(lead) == IN_HANDLER -> EPOCH_OF(lead) : 0)

/* Sets took. */
inline eln_lead_take_away()
{
	d_step {
		took = 0;
		if
#ifdef TAKE_AWAY_LEADING
		:: lead != 0 && STATE_OF(lead) != FREE ->
#else
		:: lead == WORD_WITH(epoch, IN_HANDLER) ->
#endif
#ifndef TAKE_AWAY_LEADING
			assert(STATE_OF(lead) == IN_HANDLER && turn == seen_turn);
#endif
			lead = WORD_WITH(epoch, FREE);
			leader = NOBODY;
			took = 1
		:: else
		fi
	}
}
