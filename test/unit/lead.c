/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The lead: every transition, what a stale epoch does, misuse; then threads
 * that lead and one that takes away.
 */
#include "sync/lead.h"

#include <check.h>
#include <sched.h>
#include <signal.h>

#include "support/run.h"
#include "unit_support.h"

static struct eln_lead lead;

START_TEST(free_lead_is_taken_by_the_first)
{
	ck_assert(eln_lead_is_free(&lead));
	ck_assert(eln_lead_try(&lead));
	ck_assert(!eln_lead_is_free(&lead));
	ck_assert(!eln_lead_try(&lead));
}
END_TEST

START_TEST(freed_lead_can_be_taken_again)
{
	ck_assert(eln_lead_try(&lead));
	eln_lead_free(&lead);
	ck_assert(eln_lead_is_free(&lead));
	ck_assert(eln_lead_try(&lead));
}
END_TEST

START_TEST(each_turn_has_an_epoch_of_its_own)
{
	ck_assert(eln_lead_try(&lead));
	ck_assert_uint_eq(eln_lead_in_handler(&lead), 0);
	for (uint64_t epoch = 1; epoch < 10; epoch++) {
		ck_assert_uint_eq(eln_lead_enter(&lead), epoch);
		ck_assert_uint_eq(eln_lead_in_handler(&lead), epoch);
		ck_assert_uint_eq(eln_lead_epoch(&lead), epoch);
		ck_assert(!eln_lead_is_free(&lead));
		ck_assert(!eln_lead_try(&lead));
		ck_assert(eln_lead_leave(&lead, epoch));
		ck_assert_uint_eq(eln_lead_in_handler(&lead), 0);
		ck_assert(!eln_lead_is_free(&lead));
	}
	eln_lead_free(&lead);
	ck_assert_uint_eq(eln_lead_epoch(&lead), 9);
	ck_assert(eln_lead_try(&lead));
	ck_assert_uint_eq(eln_lead_enter(&lead), 10);
}
END_TEST

START_TEST(lead_is_taken_away_inside_the_turn_that_was_seen)
{
	uint64_t epoch;

	ck_assert(eln_lead_try(&lead));
	epoch = eln_lead_enter(&lead);
	ck_assert(eln_lead_take_away(&lead, epoch));
	ck_assert(eln_lead_is_free(&lead));
	ck_assert_uint_eq(eln_lead_in_handler(&lead), 0);
	ck_assert(!eln_lead_take_away(&lead, epoch));
	ck_assert(!eln_lead_leave(&lead, epoch));
	ck_assert(eln_lead_is_free(&lead));
}
END_TEST

START_TEST(loser_of_the_lead_does_not_disturb_the_next_leader)
{
	uint64_t lost;
	uint64_t next;

	ck_assert(eln_lead_try(&lead));
	lost = eln_lead_enter(&lead);
	ck_assert(eln_lead_take_away(&lead, lost));
	ck_assert(eln_lead_try(&lead));
	ck_assert(!eln_lead_leave(&lead, lost));
	next = eln_lead_enter(&lead);
	ck_assert_uint_ne(next, lost);
	ck_assert(!eln_lead_leave(&lead, lost));
	ck_assert_uint_eq(eln_lead_in_handler(&lead), next);
	ck_assert(eln_lead_leave(&lead, next));
}
END_TEST

START_TEST(stale_epoch_takes_nothing_away)
{
	uint64_t old;

	ck_assert(!eln_lead_take_away(&lead, 0));
	ck_assert(eln_lead_try(&lead));
	ck_assert(!eln_lead_take_away(&lead, 0));
	old = eln_lead_enter(&lead);
	ck_assert(!eln_lead_take_away(&lead, old + 1));
	ck_assert(eln_lead_leave(&lead, old));
	ck_assert(!eln_lead_take_away(&lead, old));
	ck_assert_uint_eq(eln_lead_enter(&lead), old + 1);
	ck_assert(!eln_lead_take_away(&lead, old));
	ck_assert(eln_lead_leave(&lead, old + 1));
	eln_lead_free(&lead);
	ck_assert(!eln_lead_take_away(&lead, old + 1));
	ck_assert(eln_lead_is_free(&lead));
}
END_TEST

static void
free_free(void)
{
	eln_lead_free(&lead);
}

static void
free_in_handler(void)
{
	(void)eln_lead_try(&lead);
	(void)eln_lead_enter(&lead);
	eln_lead_free(&lead);
}

static void
enter_free(void)
{
	(void)eln_lead_enter(&lead);
}

static void
enter_twice(void)
{
	(void)eln_lead_try(&lead);
	(void)eln_lead_enter(&lead);
	(void)eln_lead_enter(&lead);
}

static void (*const misuses[])(void) = { free_free, free_in_handler, enter_free,
	enter_twice };

START_TEST(misuse_aborts)
{
	misuses[_i]();
}
END_TEST

/* Several threads. */

enum {
	LEADERS = 3,
	ROUNDS = 30000
};

static struct {
	uint64_t rounds; /* who leads: a plain word, for ThreadSanitizer too */
	uint64_t led[LEADERS];
	uint64_t lost[LEADERS];
	struct eln_atomic64 taken;
	struct eln_atomic32 done;
} shared;

/** One turn with the lead kept. Returns whether it still has it. */
static bool
take_turn(unsigned index)
{
	uint64_t epoch = eln_lead_enter(&lead);

	if (epoch % 16 == 0) {
		(void)sched_yield();
	}
	if (!eln_lead_leave(&lead, epoch)) {
		shared.lost[index]++;
		return false;
	}
	return true;
}

/** Leads for some turns; frees the lead if nobody took it away. */
static void
lead_once(unsigned index)
{
	for (int i = 0; i < 8; i++) {
		shared.rounds++;
		shared.led[index]++;
		if (!take_turn(index)) {
			return;
		}
	}
	eln_lead_free(&lead);
}

static void
lead_often(unsigned index)
{
	/* A slow thief is waited for. */
	while (shared.led[index] < ROUNDS ||
	    eln_load64_relaxed(&shared.taken) == 0) {
		if (eln_lead_try(&lead)) {
			lead_once(index);
		} else {
			(void)sched_yield();
		}
	}
	eln_add32(&shared.done, 1);
}

static void
steal(void)
{
	while (eln_load32_sc(&shared.done) < LEADERS) {
		uint64_t epoch = eln_lead_in_handler(&lead);

		if (epoch != 0 && eln_lead_take_away(&lead, epoch)) {
			eln_add64(&shared.taken, 1);
		}
	}
}

static void
lead_or_steal(void *arg, unsigned index)
{
	(void)arg;
	if (index == LEADERS) {
		steal();
	} else {
		lead_often(index);
	}
}

START_TEST(one_leads_at_a_time_and_each_theft_has_one_victim)
{
	uint64_t led = 0;
	uint64_t lost = 0;

	run_together(LEADERS + 1, lead_or_steal, NULL);
	for (int i = 0; i < LEADERS; i++) {
		led += shared.led[i];
		lost += shared.lost[i];
	}
	ck_assert_uint_eq(shared.rounds, led);
	ck_assert_uint_eq(eln_lead_epoch(&lead), led);
	ck_assert_uint_eq(eln_load64_relaxed(&shared.taken), lost);
	ck_assert(eln_lead_is_free(&lead));
}
END_TEST

enum {
	INTERRUPTIONS = 20000
};

static struct eln_atomic32 interruptions;
static struct eln_atomic32 interruption_leads;

/** Another thread, between two instructions of the first. */
static void
interrupt(int signal)
{
	(void)signal;
	if (eln_lead_try(&lead)) {
		eln_exchange32(&interruption_leads, 1);
	}
	eln_add32(&interruptions, 1);
}

START_TEST(two_that_try_at_the_same_moment_do_not_both_lead)
{
	unsigned both = 0;

	begin_interruptions(interrupt);
	while (eln_load32_relaxed(&interruptions) < INTERRUPTIONS) {
		bool leads = eln_lead_try(&lead);
		bool other_leads = eln_exchange32(&interruption_leads, 0) != 0;

		both += leads && other_leads;
		if (leads || other_leads) {
			eln_lead_free(&lead);
		}
	}
	end_interruptions();
	ck_assert_uint_eq(both, 0);
}
END_TEST

int
main(int argc, char **argv)
{
	Suite *suite = suite_create("lead");
	TCase *tcase = tcase_create("transitions");
	TCase *threads = tcase_create("threads");

	tcase_add_test(tcase, free_lead_is_taken_by_the_first);
	tcase_add_test(tcase, freed_lead_can_be_taken_again);
	tcase_add_test(tcase, each_turn_has_an_epoch_of_its_own);
	tcase_add_test(tcase, lead_is_taken_away_inside_the_turn_that_was_seen);
	tcase_add_test(tcase,
	    loser_of_the_lead_does_not_disturb_the_next_leader);
	tcase_add_test(tcase, stale_epoch_takes_nothing_away);
	tcase_add_loop_test_raise_signal(tcase, misuse_aborts, SIGABRT, 0, 4);
	suite_add_tcase(suite, tcase);
	tcase_add_test(threads,
	    one_leads_at_a_time_and_each_theft_has_one_victim);
	tcase_add_test(threads,
	    two_that_try_at_the_same_moment_do_not_both_lead);
	suite_add_tcase(suite, threads);
	return test_run(suite, argc, argv);
}
