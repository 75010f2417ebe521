/* SPDX-License-Identifier: BSD-2-Clause */
#include "sync/run_word.h"

#include "base/contract.h"

#define STATE_MASK UINT64_C(3)
#define FLAGS_MASK ((uint64_t)(ELN_HELD | ELN_PAUSED))
#define REASONS_MASK ((uint64_t)ELN_REASONS)
#define GENERATION_SHIFT 32

static enum eln_run_state
state_of(uint64_t word)
{
	return (enum eln_run_state)(word & STATE_MASK);
}

static uint32_t
generation_of(uint64_t word)
{
	return (uint32_t)(word >> GENERATION_SHIFT);
}

/** The reasons that are set and not hidden. */
static uint64_t
showing(uint64_t word)
{
	uint64_t hidden = 0;

	if ((word & FLAGS_MASK) != 0) {
		hidden = ELN_REASON_INPUT | ELN_REASON_PEER_CLOSED;
	}
	return word & REASONS_MASK & ~hidden;
}

static uint64_t
with_state(uint64_t word, enum eln_run_state state)
{
	return (word & ~STATE_MASK) | (uint64_t)state;
}

/** The first generation of a slot is 1: an id is never 0. */
static uint32_t
next_generation(uint64_t word)
{
	uint32_t next = generation_of(word) + 1;

	return next == 0 ? 1 : next;
}

void
eln_run_open(struct eln_run_word *run, uint32_t reasons)
{
	uint64_t old = eln_load64_relaxed(&run->word);
	uint32_t generation = generation_of(old);

	ELN_CONTRACT(state_of(old) == ELN_FREE, "the slot is in use");
	/* Nobody else changes a free word: signal leaves it alone. */
	eln_exchange64(&run->word,
	    ((uint64_t)(generation == 0 ? 1 : generation) << GENERATION_SHIFT) |
		reasons | ELN_READY);
}

enum eln_signal
eln_run_signal(struct eln_run_word *run, uint32_t generation, uint32_t reasons)
{
	uint64_t old = eln_load64_relaxed(&run->word);
	uint64_t new;

	do {
		if (generation_of(old) != generation ||
		    state_of(old) == ELN_FREE) {
			return ELN_STALE;
		}
		new = old | reasons;
		if (state_of(old) == ELN_IDLE && showing(new) != 0) {
			new = with_state(new, ELN_READY);
		}
	} while (!eln_cas64(&run->word, &old, new));

	return state_of(old) != state_of(new) ? ELN_MADE_READY : ELN_ADDED;
}

/** Clears what shows and enters `state`; returns what showed. */
static uint32_t
take_showing(struct eln_run_word *run, enum eln_run_state from)
{
	uint64_t old = eln_load64_relaxed(&run->word);
	uint64_t new;

	do {
		ELN_CONTRACT(state_of(old) == from, "not the handle's owner");
		new = with_state(old & ~showing(old), ELN_RUNNING);
	} while (!eln_cas64(&run->word, &old, new));

	return (uint32_t)showing(old);
}

uint32_t
eln_run_take(struct eln_run_word *run)
{
	return take_showing(run, ELN_READY);
}

uint32_t
eln_run_look(struct eln_run_word *run)
{
	/* Relaxed: a reason that is not seen here is seen by let_go's CAS. */
	if (showing(eln_load64_relaxed(&run->word)) == 0) {
		return 0;
	}
	return take_showing(run, ELN_RUNNING);
}

void
eln_run_remember(struct eln_run_word *run, uint32_t reasons)
{
	eln_or64(&run->word, reasons);
}

void
eln_run_hide(struct eln_run_word *run, uint32_t flags)
{
	eln_or64(&run->word, flags);
}

void
eln_run_show(struct eln_run_word *run, uint32_t flags)
{
	eln_and64(&run->word, ~(uint64_t)flags);
}

uint32_t
eln_run_flags(const struct eln_run_word *run)
{
	/* Relaxed: only the owner, who asks, changes flags. */
	return (uint32_t)(eln_load64_relaxed(&run->word) & FLAGS_MASK);
}

bool
eln_run_let_go(struct eln_run_word *run)
{
	uint64_t old = eln_load64_relaxed(&run->word);

	do {
		ELN_CONTRACT(state_of(old) == ELN_RUNNING,
		    "not the handle's owner");
		if (showing(old) != 0) {
			return false;
		}
	} while (!eln_cas64(&run->word, &old, with_state(old, ELN_IDLE)));

	return true;
}

void
eln_run_yield(struct eln_run_word *run, uint32_t reasons)
{
	uint64_t old = eln_load64_relaxed(&run->word);

	do {
		ELN_CONTRACT(state_of(old) == ELN_RUNNING,
		    "not the handle's owner");
	} while (!eln_cas64(&run->word, &old,
	    with_state(old | reasons, ELN_READY)));
}

uint32_t
eln_run_close(struct eln_run_word *run)
{
	uint64_t old = eln_load64_relaxed(&run->word);
	uint64_t new;

	do {
		ELN_CONTRACT(state_of(old) == ELN_RUNNING,
		    "not the handle's owner");
		new = (uint64_t)next_generation(old) << GENERATION_SHIFT;
	} while (!eln_cas64(&run->word, &old, new));

	return generation_of(old);
}

uint32_t
eln_run_generation(const struct eln_run_word *run)
{
	return generation_of(eln_load64_relaxed(&run->word));
}

enum eln_run_state
eln_run_state(const struct eln_run_word *run)
{
	return state_of(eln_load64_relaxed(&run->word));
}
