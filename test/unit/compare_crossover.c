/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Who wins at which value, and where that changes; nothing is claimed where
 * rounds contradict each other.
 */
#include "../../examples/compare/crossover.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

enum {
	VARIANTS = 3,
	VALUES = 4,
	ROUNDS = 7
};

static char names[VARIANTS][8] = { "a", "b", "c" };
static const double values[VALUES] = { 0, 20, 100, 1000 };
static double cells[VALUES * VARIANTS * ROUNDS];
static struct results_variant variants[VARIANTS];
static struct results_sweep sweep;
static struct crossover_grid grid = { values, VALUES, VARIANTS, ROUNDS, cells };

static void
clear(void)
{
	memset(&sweep, 0, sizeof(sweep));
	sweep.parameter = results_text("block");
	sweep.unit = results_text("us");
	sweep.rounds = ROUNDS;
	for (size_t v = 0; v < VARIANTS; v++) {
		variants[v].id = names[v];
	}
}

static void
end(void)
{
	/* The rest of a tree is empty. */
	struct results results = { 0 };

	*RESULTS_ADD(results.sweeps, results.n_sweeps) = sweep;
	results_deinit(&results);
}

/* The same in every round, but in the last one. */
static void
fill(size_t value, size_t variant, double rate, double last)
{
	for (size_t i = 0; i < ROUNDS; i++) {
		crossover_cell(&grid, value,
		    variant)[i] = i + 1 < ROUNDS ? rate : last;
	}
}

/* What a sentence takes its names from. */
static void
add_points(void)
{
	for (size_t i = 0; i < VALUES * VARIANTS; i++) {
		struct results_point *point = RESULTS_ADD(sweep.points,
		    sweep.n_points);

		point->value = values[i / VARIANTS];
		point->variant = results_text("%s", names[i % VARIANTS]);
	}
}

static void
fill_value(size_t value, double a, double b, double c)
{
	fill(value, 0, a, a);
	fill(value, 1, b, b);
	fill(value, 2, c, c);
}

START_TEST(winners_are_whom_nobody_beats)
{
	for (size_t i = 0; i < VALUES; i++) {
		fill_value(i, 100, 101, 50);
	}

	crossover_find(&grid, variants, &sweep);

	ck_assert_uint_eq(sweep.n_winners, VALUES);
	ck_assert_uint_eq(sweep.winners[0].n_variants, 2);
	ck_assert_str_eq(sweep.winners[0].variants[0], "a");
	ck_assert_str_eq(sweep.winners[0].variants[1], "b");
	ck_assert_uint_eq(sweep.n_crossovers, 0);
}
END_TEST

/* b is beaten by nobody, and does not beat c either, whom a beats: another
 * run may call it the best, so this one must not call it worse. */
START_TEST(who_differs_from_nobody_is_a_winner_too)
{
	for (size_t i = 0; i < VALUES; i++) {
		fill_value(i, 195, 150, 100);
		fill(i, 1, 200, 90);
	}

	crossover_find(&grid, variants, &sweep);

	ck_assert_uint_eq(sweep.winners[0].n_variants, 2);
	ck_assert_str_eq(sweep.winners[0].variants[0], "a");
	ck_assert_str_eq(sweep.winners[0].variants[1], "b");
}
END_TEST

START_TEST(nobody_wins_where_nobody_loses)
{
	for (size_t i = 0; i < VALUES; i++) {
		fill_value(i, 100, 101, 102);
	}

	crossover_find(&grid, variants, &sweep);

	ck_assert_uint_eq(sweep.winners[3].n_variants, 0);
}
END_TEST

START_TEST(two_cross_between_the_values_that_show_it)
{
	fill_value(0, 200, 100, 10);
	fill_value(1, 200, 100, 10);
	/* Here one round of seven says otherwise. */
	fill(2, 0, 100, 210);
	fill(2, 1, 200, 200);
	fill(2, 2, 10, 10);
	fill_value(3, 100, 200, 10);

	crossover_find(&grid, variants, &sweep);

	ck_assert_uint_eq(sweep.n_crossovers, 1);
	ck_assert_str_eq(sweep.crossovers[0].before, "a");
	ck_assert_str_eq(sweep.crossovers[0].after, "b");
	ck_assert_double_eq(sweep.crossovers[0].from, 20);
	ck_assert_double_eq(sweep.crossovers[0].to, 1000);
}
END_TEST

START_TEST(sentence_names_values_where_winners_change)
{
	char *sentence;

	fill_value(0, 200, 100, 10);
	fill_value(1, 200, 100, 10);
	fill_value(2, 100, 100, 100);
	fill_value(3, 10, 100, 100);
	crossover_find(&grid, variants, &sweep);
	add_points();

	sentence = crossover_sentence(&sweep);

	ck_assert_str_eq(sentence,
	    "block: most requests per second at 0: a; from 100 us: no "
	    "difference seen; from 1 ms: all but a");
	free(sentence);
}
END_TEST

START_TEST(sentence_says_that_too_little_was_run)
{
	char *sentence;

	fill_value(0, 200, 100, 10);
	grid.rounds = ROUNDS - 1;
	crossover_find(&grid, variants, &sweep);
	grid.rounds = ROUNDS;
	add_points();
	sweep.rounds = ROUNDS - 1;

	sentence = crossover_sentence(&sweep);

	ck_assert_str_eq(sentence,
	    "block: not judged: fewer than 7 rounds were run");
	free(sentence);
}
END_TEST

START_TEST(one_pattern_has_nothing_to_compare_with)
{
	char *sentence;

	grid.n_variants = 1;
	crossover_find(&grid, variants, &sweep);
	grid.n_variants = VARIANTS;
	for (size_t i = 0; i < VALUES; i++) {
		struct results_point *point = RESULTS_ADD(sweep.points,
		    sweep.n_points);

		point->value = values[i];
		point->variant = results_text("a");
	}

	sentence = crossover_sentence(&sweep);

	ck_assert_str_eq(sentence,
	    "block: one pattern: nothing to compare with");
	free(sentence);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("compare crossover");
	TCase *sweeps = tcase_create("sweeps");
	SRunner *runner;
	int failed;

	tcase_add_checked_fixture(sweeps, clear, end);
	tcase_add_test(sweeps, winners_are_whom_nobody_beats);
	tcase_add_test(sweeps, who_differs_from_nobody_is_a_winner_too);
	tcase_add_test(sweeps, nobody_wins_where_nobody_loses);
	tcase_add_test(sweeps, two_cross_between_the_values_that_show_it);
	tcase_add_test(sweeps, sentence_names_values_where_winners_change);
	tcase_add_test(sweeps, sentence_says_that_too_little_was_run);
	tcase_add_test(sweeps, one_pattern_has_nothing_to_compare_with);
	suite_add_tcase(suite, sweeps);

	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
