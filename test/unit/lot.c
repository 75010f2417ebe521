/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The parking lot: who is woken, with what, when nobody is; then a pool that
 * sleeps between bursts, where a lost wake is a hang.
 */
#include "sync/lot.h"

#include <check.h>
#include <errno.h>
#include <semaphore.h>
#include <signal.h>
#include <stdlib.h>

#include "os/sys.h"
#include "support/run.h"
#include "sync/ring.h"
#include "unit_support.h"

static struct eln_place places[ELN_LOT_PLACES];
static struct eln_lot lot;

static void
set_up(void)
{
	eln_lot_init(&lot, places, ELN_LOT_PLACES);
}

START_TEST(notify_without_a_sleeper_wakes_nobody_and_keeps_no_token)
{
	ck_assert(!eln_lot_has_parked(&lot));
	ck_assert(!eln_lot_notify(&lot));
	eln_lot_announce(&lot, 0);
	ck_assert(eln_lot_notify(&lot));
}
END_TEST

START_TEST(announced_thread_is_woken_with_the_search)
{
	eln_lot_announce(&lot, 5);
	ck_assert(eln_lot_has_parked(&lot));
	ck_assert(eln_lot_notify(&lot));
	ck_assert(!eln_lot_has_parked(&lot));
	ck_assert_int_eq(eln_lot_sleep(&lot, 5), ELN_GRANT_SEARCH);
}
END_TEST

START_TEST(retracted_thread_is_not_woken)
{
	eln_lot_announce(&lot, 5);
	ck_assert(eln_lot_retract(&lot, 5));
	ck_assert(!eln_lot_has_parked(&lot));
	ck_assert(!eln_lot_notify(&lot));
}
END_TEST

START_TEST(claimed_thread_cannot_retract_and_gets_its_grant)
{
	eln_lot_announce(&lot, 5);
	eln_lot_announce(&lot, 6);
	ck_assert(eln_lot_notify(&lot));
	ck_assert(!eln_lot_retract(&lot, 5));
	ck_assert_int_eq(eln_lot_sleep(&lot, 5), ELN_GRANT_SEARCH);
	ck_assert(eln_lot_retract(&lot, 6));
}
END_TEST

START_TEST(notify_is_silent_until_the_search_is_over)
{
	eln_lot_announce(&lot, 0);
	eln_lot_announce(&lot, 1);
	ck_assert(eln_lot_notify(&lot));
	ck_assert(!eln_lot_notify(&lot));
	ck_assert_int_eq(eln_lot_sleep(&lot, 0), ELN_GRANT_SEARCH);
	ck_assert(!eln_lot_notify(&lot));
	eln_lot_search_over(&lot);
	ck_assert(eln_lot_notify(&lot));
	ck_assert_int_eq(eln_lot_sleep(&lot, 1), ELN_GRANT_SEARCH);
}
END_TEST

START_TEST(lowest_place_is_woken_first)
{
	static const unsigned parked[] = { 1023, 70, 64, 3, 63, 500 };
	static const unsigned woken[] = { 3, 63, 64, 70, 500, 1023 };

	for (int i = 0; i < 6; i++) {
		eln_lot_announce(&lot, parked[i]);
	}
	for (int i = 0; i < 6; i++) {
		ck_assert(eln_lot_notify(&lot));
		ck_assert(!eln_lot_retract(&lot, woken[i]));
		ck_assert_int_eq(eln_lot_sleep(&lot, woken[i]),
		    ELN_GRANT_SEARCH);
		eln_lot_search_over(&lot);
	}
	ck_assert(!eln_lot_has_parked(&lot));
}
END_TEST

START_TEST(handing_over_needs_no_token_and_takes_none)
{
	ck_assert(!eln_lot_hand_over(&lot));
	for (unsigned i = 0; i < 4; i++) {
		eln_lot_announce(&lot, i);
	}
	ck_assert(eln_lot_notify(&lot));
	ck_assert(eln_lot_hand_over(&lot));
	ck_assert_int_eq(eln_lot_sleep(&lot, 0), ELN_GRANT_SEARCH);
	ck_assert_int_eq(eln_lot_sleep(&lot, 1), ELN_GRANT_HANDED);
	eln_lot_search_over(&lot);
	ck_assert(eln_lot_hand_over(&lot));
	ck_assert(eln_lot_notify(&lot));
	ck_assert_int_eq(eln_lot_sleep(&lot, 2), ELN_GRANT_HANDED);
	ck_assert_int_eq(eln_lot_sleep(&lot, 3), ELN_GRANT_SEARCH);
}
END_TEST

START_TEST(wake_all_ends_everybody_token_or_not)
{
	for (unsigned i = 0; i < ELN_LOT_PLACES; i++) {
		eln_lot_announce(&lot, i);
	}
	ck_assert(eln_lot_notify(&lot));
	ck_assert_uint_eq(eln_lot_wake_all(&lot), ELN_LOT_PLACES - 1);
	ck_assert_int_eq(eln_lot_sleep(&lot, 0), ELN_GRANT_SEARCH);
	for (unsigned i = 1; i < ELN_LOT_PLACES; i++) {
		ck_assert_int_eq(eln_lot_sleep(&lot, i), ELN_GRANT_END);
	}
	ck_assert_uint_eq(eln_lot_wake_all(&lot), 0);
}
END_TEST

START_TEST(lot_of_any_size_has_a_last_place)
{
	static const unsigned sizes[] = { 1, 2, 63, 64, 65, 128, 1023, 1024 };
	unsigned last = sizes[_i] - 1;

	eln_lot_init(&lot, places, sizes[_i]);
	eln_lot_announce(&lot, last);
	ck_assert(eln_lot_has_parked(&lot));
	ck_assert(eln_lot_notify(&lot));
	ck_assert_int_eq(eln_lot_sleep(&lot, last), ELN_GRANT_SEARCH);
}
END_TEST

START_TEST(lot_of_no_size_aborts)
{
	eln_lot_init(&lot, places, _i == 0 ? 0 : ELN_LOT_PLACES + 1);
}
END_TEST

static int n_waits;

/** Returns early in every way that futex(2) has, then with a grant. */
static int
wait_badly(void *word, uint32_t expected, uint64_t timeout_ns)
{
	static const int results[] = { -EINTR, -EAGAIN, 0, -ETIMEDOUT };

	(void)word;
	(void)expected;
	(void)timeout_ns;
	if (n_waits == 4) {
		(void)eln_lot_notify(&lot);
		return 0;
	}
	return results[n_waits++];
}

START_TEST(sleep_ends_with_a_grant_and_nothing_else)
{
	struct eln_sys bad = eln_sys_linux;

	bad.futex_wait = wait_badly;
	eln_sys = &bad;
	eln_lot_announce(&lot, 9);
	ck_assert_int_eq(eln_lot_sleep(&lot, 9), ELN_GRANT_SEARCH);
	ck_assert_int_eq(n_waits, 4);
	eln_lot_search_over(&lot);

	/* The grant is used up. */
	n_waits = 0;
	eln_lot_announce(&lot, 9);
	ck_assert_int_eq(eln_lot_sleep(&lot, 9), ELN_GRANT_SEARCH);
	ck_assert_int_eq(n_waits, 4);
	eln_sys = &eln_sys_linux;
}
END_TEST

/* A pool. */

enum {
	SLEEPERS = 4,
	BURSTS = 20000,
	MOST_IN_BURST = 2 * SLEEPERS,
	ITEMS = 64
};

static struct {
	struct eln_ring *ring;
	struct eln_atomic32 stopping;
	struct eln_atomic32 asleep; /* that sleep, ever */
	sem_t done;
	uint64_t seed;
	uint64_t put;             /* the producer's */
	uint64_t taken[SLEEPERS]; /* each its sleeper's */
} pool;

static bool
is_stopping(void)
{
	return eln_load32_sc(&pool.stopping) != 0;
}

/** As the workers of a pattern do it. */
static void *
park(unsigned place)
{
	void *item;

	eln_lot_announce(&lot, place);
	item = eln_ring_take(pool.ring);
	if ((item != NULL || is_stopping()) && eln_lot_retract(&lot, place)) {
		return item;
	}
	eln_add32(&pool.asleep, 1);
	if (eln_lot_sleep(&lot, place) == ELN_GRANT_END) {
		return item;
	}
	if (item == NULL) {
		item = eln_ring_take(pool.ring);
	}
	eln_lot_search_over(&lot);
	if (item != NULL && eln_ring_count(pool.ring) > 0) {
		(void)eln_lot_notify(&lot);
	}
	return item;
}

static void
take_until_stopped(unsigned place)
{
	while (!is_stopping()) {
		const uint64_t *item = eln_ring_take(pool.ring);

		if (item == NULL) {
			item = park(place);
		}
		if (item != NULL) {
			pool.taken[place] += *item;
			(void)sem_post(&pool.done);
		}
	}
}

static void
put_bursts(void)
{
	static uint64_t items[MOST_IN_BURST];
	struct numbers numbers = numbers_from(pool.seed);

	for (int i = 0; i < BURSTS; i++) {
		uint64_t n = 1 + numbers_below(&numbers, MOST_IN_BURST);

		for (uint64_t k = 0; k < n; k++) {
			items[k] = numbers_below(&numbers, 1000);
			pool.put += items[k];
			(void)eln_ring_put(pool.ring, &items[k]);
			if (k % 2 == 0 || k + 1 == n) {
				(void)eln_lot_notify(&lot);
			}
		}
		for (uint64_t k = 0; k < n; k++) {
			(void)sem_wait(&pool.done);
		}
	}
	eln_exchange32(&pool.stopping, 1);
	(void)eln_lot_wake_all(&lot);
}

static void
put_or_take(void *arg, unsigned index)
{
	(void)arg;
	if (index == SLEEPERS) {
		put_bursts();
	} else {
		take_until_stopped(index);
	}
}

START_TEST(every_item_is_taken_though_all_sleep_between_bursts)
{
	struct numbers numbers = numbers_begin();
	void *memory = NULL;
	uint64_t taken = 0;

	pool.seed = numbers_next(&numbers);
	ck_assert_int_eq(posix_memalign(&memory, ELN_CACHELINE,
			     eln_ring_bytes(ITEMS)),
	    0);
	pool.ring = eln_ring_init(memory, ITEMS);
	ck_assert_int_eq(sem_init(&pool.done, 0, 0), 0);
	eln_lot_init(&lot, places, SLEEPERS);

	run_together(SLEEPERS + 1, put_or_take, NULL);

	for (int i = 0; i < SLEEPERS; i++) {
		taken += pool.taken[i];
	}
	ck_assert_uint_eq(taken, pool.put);
	ck_assert_uint_gt(eln_load32_relaxed(&pool.asleep), 0);
	ck_assert_int_eq(sem_destroy(&pool.done), 0);
	free(memory);
}
END_TEST

/* A baton: the lead of a pool, handed from sleeper to sleeper. */

enum {
	HANDS = 20000
};

static struct {
	uint64_t hands; /* who has the baton */
	struct eln_atomic32 holders;
	struct eln_atomic32 too_many;
	struct eln_atomic32 finish;
} baton;

static void
carry(void)
{
	eln_add32(&baton.too_many, eln_exchange32(&baton.holders, 1));
	baton.hands++;
	if (baton.hands == HANDS) {
		eln_exchange32(&baton.finish, 1);
	}
	eln_exchange32(&baton.holders, 0);
}

static bool
pass_on(void)
{
	while (eln_load32_sc(&baton.finish) == 0) {
		if (eln_lot_hand_over(&lot)) {
			return true;
		}
		carry();
	}
	return false;
}

static void
pass_baton(void *arg, unsigned index)
{
	bool mine = index == 0;

	(void)arg;
	for (;;) {
		if (mine) {
			carry();
			if (!pass_on()) {
				break;
			}
		}
		eln_lot_announce(&lot, index);
		if (eln_load32_sc(&baton.finish) != 0 &&
		    eln_lot_retract(&lot, index)) {
			return;
		}
		mine = eln_lot_sleep(&lot, index) == ELN_GRANT_HANDED;
		if (!mine) {
			return;
		}
	}
	(void)eln_lot_wake_all(&lot);
}

START_TEST(what_is_handed_over_has_one_owner_at_a_time)
{
	eln_lot_init(&lot, places, SLEEPERS);
	run_together(SLEEPERS, pass_baton, NULL);
	ck_assert_uint_ge(baton.hands, HANDS);
	ck_assert_uint_eq(eln_load32_relaxed(&baton.too_many), 0);
}
END_TEST

int
main(int argc, char **argv)
{
	Suite *suite = suite_create("lot");
	TCase *single = tcase_create("sequences");
	TCase *threads = tcase_create("threads");

	tcase_add_checked_fixture(single, set_up, NULL);
	tcase_add_test(single,
	    notify_without_a_sleeper_wakes_nobody_and_keeps_no_token);
	tcase_add_test(single, announced_thread_is_woken_with_the_search);
	tcase_add_test(single, retracted_thread_is_not_woken);
	tcase_add_test(single,
	    claimed_thread_cannot_retract_and_gets_its_grant);
	tcase_add_test(single, notify_is_silent_until_the_search_is_over);
	tcase_add_test(single, lowest_place_is_woken_first);
	tcase_add_test(single, handing_over_needs_no_token_and_takes_none);
	tcase_add_test(single, wake_all_ends_everybody_token_or_not);
	tcase_add_loop_test(single, lot_of_any_size_has_a_last_place, 0, 8);
	tcase_add_loop_test_raise_signal(single, lot_of_no_size_aborts, SIGABRT,
	    0, 2);
	tcase_add_test(single, sleep_ends_with_a_grant_and_nothing_else);
	suite_add_tcase(suite, single);
	tcase_add_test(threads,
	    every_item_is_taken_though_all_sleep_between_bursts);
	tcase_add_test(threads, what_is_handed_over_has_one_owner_at_a_time);
	suite_add_tcase(suite, threads);
	return test_run(suite, argc, argv);
}
