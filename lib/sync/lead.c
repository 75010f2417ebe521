/* SPDX-License-Identifier: BSD-2-Clause */
#include "sync/lead.h"

#include "base/contract.h"

/*
 * The epoch moves on at enter and stays otherwise, so `in handler` with one
 * epoch names one turn. It cannot come round: 2^62 turns.
 */
enum {
	FREE = 0,
	LEADING = 1,
	IN_HANDLER = 2
};

#define STATE_MASK UINT64_C(3)
#define STATE_BITS 2

static uint64_t
word_of(uint64_t epoch, unsigned state)
{
	return (epoch << STATE_BITS) | state;
}

bool
eln_lead_try(struct eln_lead *lead)
{
	uint64_t old = eln_load64_relaxed(&lead->word);

	/* Relaxed: a stale answer is corrected by the CAS, or by the caller,
	 * who asks is_free before it sleeps. */
	while ((old & STATE_MASK) == FREE) {
		if (eln_cas64(&lead->word, &old, old | LEADING)) {
			return true;
		}
	}
	return false;
}

void
eln_lead_free(struct eln_lead *lead)
{
	uint64_t old = eln_and64(&lead->word, ~STATE_MASK);

	ELN_CONTRACT((old & STATE_MASK) == LEADING, "not leading");
}

uint64_t
eln_lead_enter(struct eln_lead *lead)
{
	uint64_t old = eln_load64_relaxed(&lead->word);
	uint64_t epoch = (old >> STATE_BITS) + 1;

	ELN_CONTRACT((old & STATE_MASK) == LEADING, "not leading");
	/* Nobody changes the word of a thread that is leading. Sequentially
	 * consistent: pairs with the monitor, which says that it sleeps and
	 * then looks at this word (core/monitor.c). */
	eln_exchange64(&lead->word, word_of(epoch, IN_HANDLER));
	return epoch;
}

bool
eln_lead_leave(struct eln_lead *lead, uint64_t epoch)
{
	uint64_t expected = word_of(epoch, IN_HANDLER);

	return eln_cas64(&lead->word, &expected, word_of(epoch, LEADING));
}

bool
eln_lead_is_free(const struct eln_lead *lead)
{
	return (eln_load64_sc(&lead->word) & STATE_MASK) == FREE;
}

#ifdef ELN_GHOSTS
bool
eln_lead_is_leading(const struct eln_lead *lead)
{
	/* Relaxed: who leads has read it. */
	return (eln_load64_relaxed(&lead->word) & STATE_MASK) == LEADING;
}
#endif

uint64_t
eln_lead_in_handler(const struct eln_lead *lead)
{
	uint64_t word = eln_load64_sc(&lead->word);

	return (word & STATE_MASK) == IN_HANDLER ? word >> STATE_BITS : 0;
}

uint64_t
eln_lead_epoch(const struct eln_lead *lead)
{
	return eln_load64_relaxed(&lead->word) >> STATE_BITS;
}

bool
eln_lead_take_away(struct eln_lead *lead, uint64_t epoch)
{
	uint64_t expected = word_of(epoch, IN_HANDLER);

	return eln_cas64(&lead->word, &expected, word_of(epoch, FREE));
}
