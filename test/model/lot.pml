/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * The parking lot, lib/sync/lot.c, for the models that need one.
 *
 * Each inline mirrors the C function of its name; each load, store and
 * read-modify-write on a shared word is a step of its own. Who includes this
 * says how many places there are, how many of them share a word of the bit
 * set (64 in C), and what DRAINED means: that the calling thread's store
 * buffer is empty, which on x86 every locked instruction waits for.
 *
 * A futex is `granted`, the word, and `asleep`, the kernel's queue: the wait
 * compares and goes to sleep in one step, the wake is a step after the
 * exchange, so a stale wake may hit a later sleep.
 */

#define WORDS ((PLACES + PER_WORD - 1) / PER_WORD)
#define WORD_OF(place) ((place) / PER_WORD)
#define BIT_OF(place) (1 << ((place) % PER_WORD))
#define LOWEST(bits) ((bits) & 1 -> 0 : ((bits) & 2 -> 1 : 2))
#define NOBODY 255

/* enum eln_grant */
#define GRANT_NONE 0
#define GRANT_SEARCH 1
#define GRANT_HANDED 2
#define GRANT_END 3

byte parked[WORDS];
bit searching;
byte granted[PLACES];
bit asleep[PLACES];

/* Of every proctype that uses the lot. */
#define LOT_LOCALS \
	byte lot_i, lot_old; \
	byte lot_place; \
	byte grant; \
	bit lot_yes

inline eln_fence()
{
#ifndef NO_FENCE
	DRAINED
#else
	skip
#endif
}

inline eln_lot_announce(place)
{
#ifdef ANNOUNCE_UNFENCED
	plain_store(STORE_BIT)
#else
	d_step {
		DRAINED;
		assert((parked[WORD_OF(place)] & BIT_OF(place)) == 0);
		parked[WORD_OF(place)] = parked[WORD_OF(place)] | BIT_OF(place)
	}
#endif
}

/* was_there: false means claimed. */
inline eln_lot_retract(place, was_there)
{
	d_step {
		DRAINED;
		was_there = (parked[WORD_OF(place)] & BIT_OF(place)) != 0;
		parked[WORD_OF(place)] =
		    parked[WORD_OF(place)] & (255 - BIT_OF(place))
	}
}

/* Sets grant. */
inline eln_lot_sleep(place)
{
	do
	:: grant = granted[place];
		if
		:: grant != GRANT_NONE -> break
		:: else
		fi;
		/* futex_wait: compares and sleeps, or returns EAGAIN. */
		d_step {
			if
			:: granted[place] == GRANT_NONE -> asleep[place] = 1
			:: else
			fi
		};
		!asleep[place]
	od;
	plain_store(STORE_GRANTED);
	/* The token came with it, and is nobody else's. */
	assert(grant != GRANT_SEARCH || searching)
}

inline eln_lot_search_over()
{
#ifdef SEARCH_OVER_UNFENCED
	plain_store(STORE_TOKEN)
#else
	d_step {
		DRAINED;
		searching = 0
	}
#endif
}

inline give(place, kind)
{
	d_step {
		DRAINED;
		assert(granted[place] == GRANT_NONE);
		granted[place] = kind
	};
	asleep[place] = 0
}

/* Sets lot_place. */
inline claim()
{
	lot_place = NOBODY;
	lot_i = 0;
	do
	:: lot_place != NOBODY || lot_i == WORDS -> break
	:: else ->
		lot_old = parked[lot_i];
		do
		:: lot_place != NOBODY || lot_old == 0 -> break
#ifdef GRANT_WITHOUT_CLAIM
		:: else -> lot_place = lot_i * PER_WORD + LOWEST(lot_old)
#else
		:: else ->
			d_step {
				DRAINED;
				if
				:: parked[lot_i] == lot_old ->
					parked[lot_i] = lot_old & (lot_old - 1);
					lot_place = lot_i * PER_WORD +
					    LOWEST(lot_old)
				:: else -> lot_old = parked[lot_i]
				fi
			}
#endif
		od;
		lot_i++
	od;
	lot_old = 0;
	lot_i = 0
}

/* Sets lot_yes. */
inline eln_lot_has_parked()
{
	lot_i = 0;
	do
	:: parked[lot_i] != 0 ->
		lot_yes = 1;
		break
	:: parked[lot_i] == 0 ->
		lot_i++;
		if
		:: lot_i == WORDS ->
			lot_yes = 0;
			break
		:: else
		fi
	od;
	lot_i = 0
}

inline eln_lot_notify()
{
	eln_fence();
	do
	:: searching -> break
	:: else ->
		eln_lot_has_parked();
		if
		:: !lot_yes -> break
		:: else -> lot_yes = 0
		fi;
		d_step {
			DRAINED;
			if
			:: !searching ->
				searching = 1;
				lot_yes = 1
			:: else
			fi
		};
		if
		:: !lot_yes -> break
		:: else -> lot_yes = 0
		fi;
		claim();
		if
		:: lot_place != NOBODY ->
			give(lot_place, GRANT_SEARCH);
			break
		:: else
		fi;
#ifdef LEAK_TOKEN
		break
#else
		eln_lot_search_over()
#endif
	od;
	lot_place = 0
}

inline eln_lot_wake_all()
{
	eln_fence();
	do
	:: claim();
		if
		:: lot_place != NOBODY -> give(lot_place, GRANT_END)
		:: else -> break
		fi
	od;
	lot_place = 0
}
