/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Who is best, alike, undecided and behind, whatever the rounds are.
 */
#include "../../examples/compare/spread.h"
#include "../../examples/compare/standing.h"

#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
	MANY = 6,
	FIELDS = 300
};

static double cells[MANY * ROUNDS_MAX];
static struct standing_field field;
static enum standing standings[MANY];
static size_t best;

static void
begin(size_t n, size_t rounds, bool more_is_better)
{
	field = (struct standing_field){ cells, n, rounds, 1.03,
		more_is_better };
	for (size_t i = 0; i < n * rounds; i++) {
		cells[i] = 100;
	}
}

static double *
get_row(size_t i)
{
	return cells + i * field.rounds;
}

static void
fill(size_t i, double value)
{
	for (size_t r = 0; r < field.rounds; r++) {
		get_row(i)[r] = value;
	}
}

static void
find(void)
{
	best = standing_find(&field, standings);
}

START_TEST(all_are_unbeaten_where_nobody_beats_anybody)
{
	begin(3, 7, true);

	find();

	ck_assert_uint_lt(best, 3);
	ck_assert_uint_eq(standing_count(standings, 3, UNBEATEN), 3);
}
END_TEST

START_TEST(less_is_better_where_it_is)
{
	begin(2, 7, false);
	fill(1, 50);

	find();

	ck_assert_uint_eq(best, 1);
	ck_assert_int_eq(standings[0], BEHIND);
}
END_TEST

/* 0 has the best median, and rounds so wide that it beats nobody. 1 beats 2. */
START_TEST(the_first_is_who_beats_most_of_those_nobody_beats)
{
	begin(3, 7, true);
	fill(0, 120);
	get_row(0)[0] = 10;
	fill(1, 110);
	fill(2, 100);

	find();

	ck_assert_uint_eq(best, 1);
	ck_assert_int_eq(standings[0], UNBEATEN);
	ck_assert_int_eq(standings[1], UNBEATEN);
	ck_assert_int_eq(standings[2], BEHIND);
}
END_TEST

/* 0, the first, and 1 beat 3; 1 alone beats 2. */
START_TEST(who_is_beaten_is_behind_whoever_it_was)
{
	begin(4, 7, true);
	fill(0, 200);
	get_row(0)[6] = 104;
	fill(1, 150);
	fill(2, 140);
	fill(3, 100);
	get_row(1)[0] = 141;
	get_row(2)[0] = 100;

	find();

	ck_assert(standing_beats(&field, 1, 2));
	ck_assert(!standing_beats(&field, 0, 2));
	ck_assert_int_eq(standings[2], BEHIND);
}
END_TEST

START_TEST(what_is_missing_beats_nobody_and_is_beaten_by_nobody)
{
	begin(3, 7, true);
	fill(0, 200);
	get_row(1)[3] = NAN;

	find();

	ck_assert_uint_eq(best, 0);
	ck_assert_int_eq(standings[1], UNBEATEN);
	ck_assert_int_eq(standings[2], BEHIND);
}
END_TEST

START_TEST(in_a_circle_nobody_is_best_and_nobody_behind)
{
	static const double turns[] = { 300, 100, 200 };

	begin(3, 99, true);
	for (size_t i = 0; i < 3; i++) {
		for (size_t r = 0; r < 99; r++) {
			get_row(i)[r] = turns[(r + i) % 3];
		}
	}

	find();

	ck_assert_uint_eq(best, 3);
	ck_assert_uint_eq(standing_count(standings, 3, UNDECIDED), 3);
}
END_TEST

static bool
is_beaten(size_t i)
{
	for (size_t k = 0; k < field.n; k++) {
		if (standing_beats(&field, k, i)) {
			return true;
		}
	}
	return false;
}

static void
check_rule(void)
{
	bool any = false;

	for (size_t i = 0; i < field.n; i++) {
		any |= is_beaten(i);
		ck_assert_int_eq(standings[i],
		    best == field.n    ? UNDECIDED
			: is_beaten(i) ? BEHIND
				       : UNBEATEN);
	}
	ck_assert(best == field.n || standings[best] == UNBEATEN);
	ck_assert(any ||
	    standing_count(standings, field.n, UNBEATEN) == field.n);
}

/* Fields by chance, near each other and with rounds that contradict. */
START_TEST(whatever_the_rounds_who_is_unbeaten_is_beaten_by_nobody)
{
	static const size_t rounds[] = { 3, 7, 10, 11, 14, 100 };

	srand48(_i + 1);
	for (size_t f = 0; f < FIELDS; f++) {
		begin(2 + f % (MANY - 1), rounds[_i], f % 2 == 0);
		for (size_t i = 0; i < field.n * field.rounds; i++) {
			size_t who = i / field.rounds;

			cells[i] *= (1 + 0.06 * (double)who) *
			    (1 + 0.2 * drand48());
			cells[i] *= lrand48() % 30 == 0 ? 0.1 : 1;
		}
		find();
		check_rule();
	}
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("compare standing");
	TCase *rule = tcase_create("rule");
	SRunner *runner;
	int failed;

	tcase_add_test(rule, all_are_unbeaten_where_nobody_beats_anybody);
	tcase_add_test(rule, less_is_better_where_it_is);
	tcase_add_test(rule, the_first_is_who_beats_most_of_those_nobody_beats);
	tcase_add_test(rule, who_is_beaten_is_behind_whoever_it_was);
	tcase_add_test(rule,
	    what_is_missing_beats_nobody_and_is_beaten_by_nobody);
	tcase_add_test(rule, in_a_circle_nobody_is_best_and_nobody_behind);
	tcase_add_loop_test(rule,
	    whatever_the_rounds_who_is_unbeaten_is_beaten_by_nobody, 0, 6);
	suite_add_tcase(suite, rule);

	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
