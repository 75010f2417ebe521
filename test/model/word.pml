/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * The word of run_word.pml and what C does to it, lib/sync/run_word.c.
 *
 * Each inline mirrors the C function of its name. The word is packed as in
 * C; the load and the CAS are steps of their own, so everybody may come
 * between. A function's result is left in the caller's variable that its
 * comment names.
 */

/* state: 2 bits, held: 1, reasons: 3, generation: 2 */
#define FREE 0
#define IDLE 1
#define READY 2
#define RUNNING 3
#define HELD 4
#define INPUT 8
#define MESSAGE 16
#define OPEN 32
#define REASONS 56
#define GENERATION 64

#define STATE_OF(w) ((w) & 3)
#define GENERATION_OF(w) ((w) / GENERATION)
#define SHOWING(w) ((w) & REASONS & (((w) & HELD) -> REASONS - INPUT : REASONS))
#define WITH_STATE(w, s) (((w) & 252) | (s))
#define WITHOUT(w, bits) ((w) & (255 - (bits)))

byte word;

/* Ghosts. */
byte queued;	 /* times the handle is in the pool's queue */
byte inside;	 /* threads inside */
byte owner;	 /* the generation of the one inside */
bit stuck;	 /* somebody is inside a handler that never ends */
bit opened_again;
byte owed;	 /* held: the generation whose reply will be posted */
bit meant[12];	 /* by generation and reason: signalled and not seen */

#define MEANT(g, reason) meant[(g) * 3 + ((reason) / INPUT) / 2]

/* ELN_CONTRACT(state_of(old) == ..., "not the handle's owner"); without it
 * where it would catch the broken variant before two are inside. */
#ifdef CLEAR_BEFORE_RUN
#define CONTRACT(state) skip
#else
#define CONTRACT(state) assert(STATE_OF(old) == state)
#endif

/* The CAS of every function here; done: it succeeded. */
inline cas(new_word)
{
	if
	:: word == old ->
		word = new_word;
		done = 1;
		/* What every change must leave behind. */
		assert(STATE_OF(word) != IDLE || SHOWING(word) == 0)
	:: else ->
		old = word;
		done = 0
	fi
}

inline eln_run_open()
{
	d_step {
		assert(STATE_OF(word) == FREE);
		word = (GENERATION_OF(word) == 0 -> 1 : GENERATION_OF(word)) *
		    GENERATION | OPEN | READY;
		MEANT(GENERATION_OF(word), OPEN) = 1
	}
}

/* Sets made_ready. */
inline eln_run_signal(generation, reason)
{
	made_ready = 0;
	old = word;
	do
#ifdef NO_GENERATION
	:: STATE_OF(old) == FREE -> break
#else
	:: GENERATION_OF(old) != generation || STATE_OF(old) == FREE -> break
#endif
	:: else ->
		d_step {
			if
			:: STATE_OF(old) == IDLE && SHOWING(old | reason) != 0 ->
				cas(WITH_STATE(old | reason, READY));
				made_ready = done
			:: else -> cas(old | reason)
			fi;
			if
			:: done ->
				/* Nothing of a successor changes. */
				assert(GENERATION_OF(word) == generation);
				MEANT(generation, reason) = 1
			:: else
			fi
		};
		if
		:: done -> break
		:: else
		fi
	od;
	done = 0;
	old = 0
}

/* The owner sees these reasons. */
inline see(reasons)
{
	assert(owner == GENERATION_OF(word));
	if
	:: (reasons) & INPUT -> MEANT(owner, INPUT) = 0
	:: else
	fi;
	if
	:: (reasons) & MESSAGE -> MEANT(owner, MESSAGE) = 0
	:: else
	fi;
	if
	:: (reasons) & OPEN -> MEANT(owner, OPEN) = 0
	:: else
	fi
}

/* Sets reasons; new_state is RUNNING but in a broken variant. */
inline take_showing(from)
{
	old = word;
	do
	:: d_step {
		CONTRACT(from);
		reasons = SHOWING(old);
#ifdef CLEAR_BEFORE_RUN
		cas(WITH_STATE(WITHOUT(old, reasons), IDLE))
#else
#ifdef CLEAR_AFTER_RUN
		cas(WITH_STATE(old, RUNNING))
#else
		cas(WITH_STATE(WITHOUT(old, reasons), RUNNING))
#endif
#endif
		;
		if
		:: done ->
			owner = GENERATION_OF(word);
			see(reasons)
		:: else
		fi
	};
		if
		:: done -> break
		:: else
		fi
	od;
	done = 0;
	old = 0
}

inline eln_run_take()
{
	take_showing(READY)
}

/* Sets reasons. */
inline eln_run_look()
{
	if
	:: SHOWING(word) == 0 -> reasons = 0
	:: else -> take_showing(RUNNING)
	fi
}

/* Sets let_go. */
inline eln_run_let_go()
{
	old = word;
	do
#ifndef NO_LOOK_BEFORE_IDLE
	:: SHOWING(old) != 0 ->
		let_go = 0;
		break
	:: else ->
#else
	:: true ->
#endif
		d_step {
			CONTRACT(RUNNING);
#ifdef LET_GO_IN_TWO_STEPS
			/* Looked at `old`, then stores without comparing. */
			word = WITH_STATE(word, IDLE);
			done = 1
#else
			cas(WITH_STATE(old, IDLE))
#endif
		};
		if
		:: done ->
			let_go = 1;
			break
		:: else
		fi
	od;
	done = 0;
	old = 0
}

inline eln_run_yield(reason)
{
	old = word;
	do
	:: done -> break
	:: else ->
		d_step {
			CONTRACT(RUNNING);
			cas(WITH_STATE(old | reason, READY))
		}
	od;
	done = 0;
	old = 0
}

inline eln_run_close()
{
	old = word;
	do
	:: done -> break
	:: else ->
		d_step {
			CONTRACT(RUNNING);
			cas((GENERATION_OF(old) + 1) * GENERATION)
		}
	od;
	done = 0;
	old = 0
}
