/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The run word through any sequence of calls: as a model says that has four
 * variables; by several threads no reason is lost, there are never two owners,
 * and nothing reaches a successor.
 */
#include "sync/run_word.h"

#include <check.h>

#include "base/compiler.h"
#include "support/run.h"
#include "unit_support.h"

static const uint32_t reasons[] = {
	ELN_REASON_OPEN,
	ELN_REASON_INPUT,
	ELN_REASON_OUTPUT,
	ELN_REASON_PEER_CLOSED,
	ELN_REASON_ERROR,
	ELN_REASON_MESSAGE,
	ELN_REASON_TIMER,
	ELN_REASON_DRAIN,
	ELN_REASON_CUT_OFF,
	ELN_REASON_HANGUP,
};

static const uint32_t hidden = ELN_REASON_INPUT | ELN_REASON_PEER_CLOSED;
static const uint32_t flags[] = { ELN_HELD, ELN_PAUSED, ELN_HELD | ELN_PAUSED };

static struct eln_run_word run;

/* Against a model. */

struct model {
	enum eln_run_state state;
	uint32_t generation;
	uint32_t reasons;
	uint32_t flags;
};

static uint32_t
shows(const struct model *model)
{
	return model->reasons & (model->flags != 0 ? ~hidden : UINT32_MAX);
}

static void
signal_both(struct model *model, struct numbers *numbers)
{
	uint32_t generation = model->generation +
	    (numbers_below(numbers, 4) == 0 ? 1 : 0);
	uint32_t reason = reasons[numbers_below(numbers, ELN_COUNT(reasons))];
	enum eln_signal expected = ELN_ADDED;

	if (generation != model->generation || model->state == ELN_FREE) {
		expected = ELN_STALE;
	} else {
		model->reasons |= reason;
		if (model->state == ELN_IDLE && shows(model) != 0) {
			model->state = ELN_READY;
			expected = ELN_MADE_READY;
		}
	}
	ck_assert_int_eq(eln_run_signal(&run, generation, reason), expected);
}

static void
take_both(struct model *model)
{
	uint32_t shown = shows(model);

	ck_assert_uint_eq(eln_run_take(&run), shown);
	model->reasons &= ~shown;
	model->state = ELN_RUNNING;
}

static void
close_both(struct model *model)
{
	ck_assert_uint_eq(eln_run_close(&run), model->generation);
	*model = (struct model){ .generation = model->generation + 1 };
}

/** One of the things that an owner may do. */
static void
own_both(struct model *model, struct numbers *numbers)
{
	uint32_t flag = flags[numbers_below(numbers, ELN_COUNT(flags))];
	uint32_t shown = shows(model);

	switch (numbers_below(numbers, 12)) {
	case 0:
		close_both(model);
		break;
	case 1:
		eln_run_yield(&run, ELN_REASON_INPUT);
		model->reasons |= ELN_REASON_INPUT;
		model->state = ELN_READY;
		break;
	case 2:
		eln_run_hide(&run, flag);
		model->flags |= flag;
		break;
	case 3:
		eln_run_show(&run, flag);
		model->flags &= ~flag;
		break;
	case 4:
		eln_run_remember(&run, ELN_REASON_TIMER);
		model->reasons |= ELN_REASON_TIMER;
		break;
	case 5:
	case 6:
		ck_assert_uint_eq(eln_run_look(&run), shown);
		model->reasons &= ~shown;
		break;
	default:
		ck_assert_int_eq(eln_run_let_go(&run), shown == 0);
		model->state = shown == 0 ? ELN_IDLE : ELN_RUNNING;
		break;
	}
}

START_TEST(any_sequence_is_as_the_model_says)
{
	struct numbers numbers = numbers_begin();
	struct model model = { .generation = 1 };

	for (int i = 0; i < 50000; i++) {
		if (numbers_below(&numbers, 3) == 0) {
			signal_both(&model, &numbers);
		} else if (model.state == ELN_FREE) {
			eln_run_open(&run, ELN_REASON_OPEN);
			model.reasons = ELN_REASON_OPEN;
			model.state = ELN_READY;
		} else if (model.state == ELN_READY) {
			take_both(&model);
		} else if (model.state == ELN_RUNNING) {
			own_both(&model, &numbers);
		}
		ck_assert_int_eq(eln_run_state(&run), model.state);
		ck_assert_uint_eq(eln_run_flags(&run), model.flags);
		if (model.state != ELN_FREE) {
			ck_assert_uint_eq(eln_run_generation(&run),
			    model.generation);
		}
	}
}
END_TEST

/* Several threads. */

enum {
	HAMMERS = 3,
	BLOWS = 100000,
	SENT = ELN_COUNT(reasons) - 1, /* the last is the owner's own */
	INTERRUPTIONS = 20000
};

/*
 * The ledger: who signals reason r first counts it in `sent`, and the owner
 * that takes r copies that to `seen`. Each reason has one sender, who does
 * not send it again before it was seen: a lost one stays missing.
 */
static struct {
	struct eln_atomic64 sent[SENT];
	struct eln_atomic64 seen[SENT];
	uint64_t turns; /* the owner's */
	struct eln_atomic32 inside;
	struct eln_atomic32 intruders;
} ledger;

static void
note(uint32_t taken)
{
	for (size_t i = 0; i < SENT; i++) {
		if ((taken & reasons[i]) != 0) {
			eln_store64_release(&ledger.seen[i],
			    eln_load64_relaxed(&ledger.sent[i]));
		}
	}
}

/** Signals a reason, unless it waits to be seen. */
static enum eln_signal
send_reason(size_t which)
{
	uint64_t sent = eln_load64_relaxed(&ledger.sent[which]);

	if (eln_load64_acquire(&ledger.seen[which]) != sent) {
		return ELN_ADDED;
	}
	eln_store64_relaxed(&ledger.sent[which], sent + 1);
	return eln_run_signal(&run, 1, reasons[which]);
}

static void
assert_all_seen(void)
{
	/* What is hidden at the end is not lost. */
	ck_assert_int_eq(eln_run_state(&run), ELN_IDLE);
	(void)eln_run_signal(&run, 1, ELN_REASON_CUT_OFF);
	note(eln_run_take(&run));
	eln_run_show(&run, ELN_HELD | ELN_PAUSED);
	note(eln_run_look(&run));
	for (size_t i = 0; i < SENT; i++) {
		ck_assert_uint_eq(eln_load64_relaxed(&ledger.seen[i]),
		    eln_load64_relaxed(&ledger.sent[i]));
	}
}

static void
leave(struct numbers *numbers)
{
	if (numbers_below(numbers, 2) == 0) {
		eln_run_show(&run, ELN_HELD | ELN_PAUSED);
	}
	eln_exchange32(&ledger.inside, 0);
}

/** Between any two calls that keep the handle nobody else may be inside. */
static void
enter(struct numbers *numbers)
{
	eln_add32(&ledger.intruders, eln_exchange32(&ledger.inside, 1));
	ledger.turns++;
	if (numbers_below(numbers, 4) == 0) {
		eln_run_hide(&run, ELN_HELD);
	}
	if (numbers_below(numbers, 4) == 0) {
		eln_run_remember(&run, ELN_REASON_CUT_OFF);
	}
}

static void
own(struct numbers *numbers)
{
	note(eln_run_take(&run));
	enter(numbers);
	for (;;) {
		note(eln_run_look(&run));
		leave(numbers);
		if (numbers_below(numbers, 8) == 0) {
			eln_run_yield(&run, ELN_REASON_INPUT);
			note(eln_run_take(&run));
		} else if (eln_run_let_go(&run)) {
			return;
		}
		enter(numbers);
	}
}

static void
hammer(void *arg, unsigned index)
{
	struct numbers numbers = numbers_from(*(uint64_t *)arg + index);

	for (int i = 0; i < BLOWS; i++) {
		size_t which = numbers_below(&numbers, 3) * HAMMERS + index;

		if (which < SENT && send_reason(which) == ELN_MADE_READY) {
			own(&numbers);
		}
	}
}

static void
become_idle(void)
{
	eln_run_open(&run, ELN_REASON_OPEN);
	(void)eln_run_take(&run);
	ck_assert(eln_run_let_go(&run));
}

START_TEST(no_reason_is_lost_and_never_are_there_two_owners)
{
	struct numbers numbers = numbers_begin();
	uint64_t seed = numbers_next(&numbers);

	become_idle();
	run_together(HAMMERS, hammer, &seed);
	ck_assert_uint_eq(eln_load32_relaxed(&ledger.intruders), 0);
	ck_assert_uint_gt(ledger.turns, 0);
	assert_all_seen();
}
END_TEST

static struct eln_atomic32 interruptions;
static struct eln_atomic32 due; /* the interruption made it ready */

/** Runs between two instructions of the owner, whichever they are. */
static void
interrupt(int signal)
{
	(void)signal;
	if (send_reason(eln_load32_relaxed(&interruptions) % 3) ==
	    ELN_MADE_READY) {
		eln_exchange32(&due, 1);
	}
	eln_add32(&interruptions, 1);
}

START_TEST(reason_that_comes_between_two_instructions_is_not_lost)
{
	struct numbers numbers = numbers_begin();

	become_idle();
	begin_interruptions(interrupt);
	while (eln_load32_relaxed(&interruptions) < INTERRUPTIONS) {
		size_t which = 3 + numbers_below(&numbers, 3);

		if (send_reason(which) == ELN_MADE_READY ||
		    eln_exchange32(&due, 0) != 0) {
			own(&numbers);
		}
	}
	end_interruptions();
	if (eln_exchange32(&due, 0) != 0) {
		own(&numbers);
	}
	assert_all_seen();
}
END_TEST

/* A reason that only this generation is ever sent. */
static uint32_t
reason_of(uint32_t generation)
{
	return generation % 2 == 0 ? ELN_REASON_MESSAGE : ELN_REASON_TIMER;
}

static struct {
	struct eln_atomic32 over;
	uint64_t reached; /* the owner's */
	uint64_t strayed; /* the owner's */
	uint32_t lives;   /* the owner's */
} post;

static void
receive(uint32_t generation, uint32_t taken)
{
	post.reached += (taken & reason_of(generation)) != 0;
	post.strayed += (taken & reason_of(generation + 1)) != 0;
}

/** One life of the slot. Nobody else runs it, whoever makes it ready. */
static void
live(uint32_t generation)
{
	eln_run_open(&run, ELN_REASON_OPEN);
	receive(generation, eln_run_take(&run));
	for (int i = 0; i < 3; i++) {
		receive(generation, eln_run_look(&run));
		if (eln_run_let_go(&run)) {
			(void)eln_run_signal(&run, generation,
			    ELN_REASON_DRAIN);
			receive(generation, eln_run_take(&run));
		}
	}
	(void)eln_run_close(&run);
}

static void
live_or_send(void *arg, unsigned index)
{
	(void)arg;
	if (index == 0) {
		/* A slow sender is waited for. */
		while (post.lives < BLOWS || post.reached == 0) {
			live(++post.lives);
		}
		eln_exchange32(&post.over, 1);
		return;
	}
	while (eln_load32_relaxed(&post.over) == 0) {
		uint32_t generation = eln_run_generation(&run);

		(void)eln_run_signal(&run, generation, reason_of(generation));
	}
}

START_TEST(no_signal_reaches_a_successor)
{
	run_together(2, live_or_send, NULL);
	ck_assert_uint_eq(eln_run_generation(&run), post.lives + 1);
	ck_assert_uint_eq(post.strayed, 0);
}
END_TEST

int
main(int argc, char **argv)
{
	Suite *suite = suite_create("run word sequences");
	TCase *tcase = tcase_create("sequences");

	tcase_add_test(tcase, any_sequence_is_as_the_model_says);
	tcase_add_test(tcase, no_reason_is_lost_and_never_are_there_two_owners);
	tcase_add_test(tcase,
	    reason_that_comes_between_two_instructions_is_not_lost);
	tcase_add_test(tcase, no_signal_reaches_a_successor);
	suite_add_tcase(suite, tcase);
	return test_run(suite, argc, argv);
}
