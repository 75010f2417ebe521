/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The ring: holds exactly what was asked for, in order, in the memory that
 * it said it needs; with several consumers each element goes to one.
 */
#include "sync/ring.h"

#include <check.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>

#include "base/compiler.h"
#include "support/run.h"
#include "sync/atomic.h"
#include "unit_support.h"

static const unsigned capacities[] = { 1, 2, 3, 4, 7, 8, 4096 };

static void *memory;
static struct eln_ring *ring;

static void
set_up(unsigned capacity)
{
	/* No byte more, so that AddressSanitizer sees one too few. */
	ck_assert_int_eq(posix_memalign(&memory, ELN_CACHELINE,
			     eln_ring_bytes(capacity)),
	    0);
	ring = eln_ring_init(memory, capacity);
}

static void
tear_down(void)
{
	free(memory);
	memory = NULL;
}

static void *
element(uintptr_t n)
{
	return (void *)n;
}

START_TEST(ring_holds_exactly_its_capacity)
{
	unsigned capacity = capacities[_i];

	set_up(capacity);
	for (uintptr_t i = 1; i <= capacity; i++) {
		ck_assert(eln_ring_put(ring, element(i)));
		ck_assert_uint_eq(eln_ring_count(ring), i);
	}
	ck_assert(!eln_ring_put(ring, element(9999)));
	ck_assert_uint_eq(eln_ring_count(ring), capacity);
	for (uintptr_t i = 1; i <= capacity; i++) {
		ck_assert_ptr_eq(eln_ring_take(ring), element(i));
	}
	ck_assert_ptr_null(eln_ring_take(ring));
	ck_assert_uint_eq(eln_ring_count(ring), 0);
}
END_TEST

START_TEST(order_and_capacity_survive_going_round)
{
	unsigned capacity = capacities[_i];
	struct numbers numbers = numbers_begin();
	uintptr_t put = 0;
	uintptr_t taken = 0;

	set_up(capacity);
	for (int i = 0; i < 10000; i++) {
		if (numbers_below(&numbers, 2) == 0) {
			bool fits = put - taken < capacity;

			ck_assert_int_eq(eln_ring_put(ring, element(put + 1)),
			    fits);
			put += fits ? 1 : 0;
		} else {
			void *expected = put == taken ? NULL
						      : element(taken + 1);

			ck_assert_ptr_eq(eln_ring_take(ring), expected);
			taken += expected != NULL ? 1 : 0;
		}
		ck_assert_uint_eq(eln_ring_count(ring), put - taken);
	}
}
END_TEST

START_TEST(impossible_capacity_aborts)
{
	static const unsigned impossible[] = { 0, (1u << 30) + 1, UINT32_MAX };
	static ELN_APART char space[4096];

	(void)eln_ring_init(space, impossible[_i]);
}
END_TEST

/* One producer, several consumers. */

enum {
	CONSUMERS = 3,
	ELEMENTS = 50000,
	CAPACITY = 4
};

static struct {
	unsigned char seen[ELEMENTS + 1]; /* each by who took it */
	unsigned out_of_order[CONSUMERS];
	struct eln_atomic32 n;
} stress;

static void
produce(void)
{
	for (uintptr_t i = 1; i <= ELEMENTS; i++) {
		while (!eln_ring_put(ring, element(i))) {
			(void)sched_yield();
		}
	}
}

static void
consume(unsigned index)
{
	uintptr_t last = 0;

	while (eln_load32_relaxed(&stress.n) < ELEMENTS) {
		uintptr_t n = (uintptr_t)eln_ring_take(ring);

		if (n == 0) {
			(void)sched_yield();
			continue;
		}
		stress.seen[n]++;
		stress.out_of_order[index] += n <= last;
		last = n;
		eln_add32(&stress.n, 1);
	}
}

static void
produce_or_consume(void *arg, unsigned index)
{
	(void)arg;
	if (index < CONSUMERS) {
		consume(index);
	} else {
		produce();
	}
}

START_TEST(each_element_goes_to_one_consumer)
{
	set_up(CAPACITY);
	run_together(CONSUMERS + 1, produce_or_consume, NULL);
	for (int i = 1; i <= ELEMENTS; i++) {
		ck_assert_uint_eq(stress.seen[i], 1);
	}
	for (int i = 0; i < CONSUMERS; i++) {
		ck_assert_uint_eq(stress.out_of_order[i], 0);
	}
	ck_assert_ptr_null(eln_ring_take(ring));
}
END_TEST

enum {
	INTERRUPTIONS = 20000
};

static struct eln_atomic32 interruptions;

/** What others may do between two instructions of who counts. */
static void
go_on(int signal)
{
	(void)signal;
	for (int i = 0; i < 3; i++) {
		(void)eln_ring_put(ring, eln_ring_take(ring));
	}
	eln_add32(&interruptions, 1);
}

static struct eln_atomic64 taken_between;

/** Another consumer, between two instructions of the first. */
static void
take_one(int signal)
{
	uintptr_t n = (uintptr_t)eln_ring_take(ring);

	(void)signal;
	eln_store64_relaxed(&taken_between, n);
	eln_add32(&interruptions, 1);
}

START_TEST(two_that_take_at_the_same_moment_get_different_elements)
{
	unsigned twice = 0;
	uintptr_t last = 0;

	set_up(CAPACITY);
	begin_interruptions(take_one);
	while (eln_load32_relaxed(&interruptions) < INTERRUPTIONS) {
		uintptr_t n;

		while (eln_ring_put(ring, element(last + 1))) {
			last++;
		}
		n = (uintptr_t)eln_ring_take(ring);
		twice += n != 0 && n == eln_load64_relaxed(&taken_between);
	}
	end_interruptions();
	ck_assert_uint_eq(twice, 0);
}
END_TEST

START_TEST(count_is_never_above_the_capacity)
{
	unsigned most = 0;

	set_up(CAPACITY);
	while (eln_ring_put(ring, element(1))) {
	}
	begin_interruptions(go_on);
	while (eln_load32_relaxed(&interruptions) < INTERRUPTIONS) {
		unsigned n = eln_ring_count(ring);

		most = n > most ? n : most;
	}
	end_interruptions();
	ck_assert_uint_eq(most, CAPACITY);
}
END_TEST

int
main(int argc, char **argv)
{
	Suite *suite = suite_create("ring");
	TCase *tcase = tcase_create("ring");
	int n = ELN_COUNT(capacities);

	tcase_add_checked_fixture(tcase, NULL, tear_down);
	tcase_add_loop_test(tcase, ring_holds_exactly_its_capacity, 0, n);
	tcase_add_loop_test(tcase, order_and_capacity_survive_going_round, 0,
	    n);
	tcase_add_loop_test_raise_signal(tcase, impossible_capacity_aborts,
	    SIGABRT, 0, 3);
	tcase_add_test(tcase, each_element_goes_to_one_consumer);
	tcase_add_test(tcase,
	    two_that_take_at_the_same_moment_get_different_elements);
	tcase_add_test(tcase, count_is_never_above_the_capacity);
	suite_add_tcase(suite, tcase);
	return test_run(suite, argc, argv);
}
