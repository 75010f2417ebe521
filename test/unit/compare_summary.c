/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What compare says about a difference, and that it says nothing else.
 */
#include "../../examples/compare/summary.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

static const char *const names[] = { "hsha", "lf", "reactor" };

static struct cell cells[3];
static char verdict[512];

static void
clear(void)
{
	memset(cells, 0, sizeof(cells));
	memset(verdict, '?', sizeof(verdict));
}

static void
fill(size_t cell, enum metric metric, size_t n, const double *values)
{
	memcpy(cells[cell].values[metric], values, n * sizeof(*values));
	cells[cell].reps = n;
}

#define FILL(cell, metric, ...)                                                \
	fill(cell, metric, sizeof((double[]){ __VA_ARGS__ }) / sizeof(double), \
	    (const double[]){ __VA_ARGS__ })

static void
judge(enum metric metric, size_t n)
{
	summary_verdict(verdict, sizeof(verdict), metric, cells, names, n);
}

START_TEST(median_of_odd_and_even_counts)
{
	const double odd[] = { 9, 1, 5 };
	const double even[] = { 8, 2, 4, 100 };

	ck_assert_double_eq(summarise(odd, 3).median, 5);
	ck_assert_double_eq(summarise(even, 4).median, 6);
	ck_assert_double_eq(summarise(even, 1).median, 8);
	ck_assert_double_eq(summarise(NULL, 0).median, 0);
}
END_TEST

START_TEST(spread_is_from_smallest_to_largest)
{
	const double values[] = { 3, 1, 2 };
	struct spread spread = summarise(values, 3);

	ck_assert_double_eq(spread.min, 1);
	ck_assert_double_eq(spread.max, 3);
	ck_assert_double_eq(values[0], 3);
}
END_TEST

START_TEST(ratio_is_taken_pair_by_pair)
{
	/* The machine was twice as slow in the second half. */
	const double a[] = { 20, 20, 10, 10, 10 };
	const double b[] = { 10, 10, 5, 5, 5 };
	const double none[] = { 1, 0, 1, 1, 1 };

	ck_assert_double_eq(summarise_ratio(a, b, 5), 2);
	ck_assert_double_eq(summarise_ratio(a, none, 5), 0);
}
END_TEST

START_TEST(spreads_that_touch_overlap)
{
	const struct spread low = { 2, 1, 3 };
	const struct spread touching = { 4, 3, 5 };
	const struct spread high = { 5, 3.5, 6 };
	const struct spread around = { 2, 0, 9 };

	ck_assert(spreads_overlap(&low, &touching));
	ck_assert(spreads_overlap(&touching, &low));
	ck_assert(!spreads_overlap(&low, &high));
	ck_assert(!spreads_overlap(&high, &low));
	ck_assert(spreads_overlap(&low, &around));
	ck_assert(spreads_overlap(&around, &low));
}
END_TEST

START_TEST(overlapping_spreads_are_no_difference)
{
	FILL(0, METRIC_RATE, 100, 110, 110, 120);
	FILL(1, METRIC_RATE, 119, 130, 130, 140);

	judge(METRIC_RATE, 2);

	ck_assert_str_eq(verdict,
	    "most requests per second: no difference seen");
}
END_TEST

START_TEST(separate_spreads_name_the_better_and_the_ratio)
{
	FILL(0, METRIC_RATE, 100, 110, 110, 120);
	FILL(1, METRIC_RATE, 150, 165, 165, 180);

	judge(METRIC_RATE, 2);

	ck_assert_str_eq(verdict,
	    "most requests per second: lf, 1.50 times hsha's");
}
END_TEST

START_TEST(less_is_better_for_latency)
{
	FILL(0, METRIC_P99, 10, 11, 11, 12);
	FILL(1, METRIC_P99, 20, 22, 22, 24);

	judge(METRIC_P99, 2);

	ck_assert_str_eq(verdict, "lowest p99: hsha, 0.50 times lf's");
}
END_TEST

START_TEST(mixed_outcome_names_both_kinds)
{
	FILL(0, METRIC_CPU, 2, 2, 2, 2);
	FILL(1, METRIC_CPU, 1.9, 1.9, 1.9, 2);
	FILL(2, METRIC_CPU, 4, 4, 4, 4);

	judge(METRIC_CPU, 3);

	ck_assert_str_eq(verdict,
	    "least CPU per request: lf, 0.47 times reactor's, "
	    "no difference seen from hsha");
}
END_TEST

START_TEST(three_repetitions_say_nothing)
{
	FILL(0, METRIC_RATE, 1, 1, 1);
	FILL(1, METRIC_RATE, 100, 100, 100);

	judge(METRIC_RATE, 2);

	ck_assert_str_eq(verdict,
	    "most requests per second: too little was run to say");
}
END_TEST

START_TEST(one_pattern_has_nothing_to_compare_with)
{
	FILL(0, METRIC_RATE, 1, 1, 1, 1);

	judge(METRIC_RATE, 1);

	ck_assert_str_eq(verdict,
	    "most requests per second: nothing to compare with");
}
END_TEST

START_TEST(verdict_is_cut_to_its_room)
{
	FILL(0, METRIC_RATE, 1, 1, 1, 1);
	FILL(1, METRIC_RATE, 2, 2, 2, 2);

	summary_verdict(verdict, 12, METRIC_RATE, cells, names, 2);

	ck_assert_str_eq(verdict, "most reques");
	ck_assert_int_eq(verdict[12], '?');
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("compare summary");
	TCase *numbers = tcase_create("numbers");
	TCase *verdicts = tcase_create("verdicts");
	SRunner *runner;
	int failed;

	tcase_add_test(numbers, median_of_odd_and_even_counts);
	tcase_add_test(numbers, spread_is_from_smallest_to_largest);
	tcase_add_test(numbers, ratio_is_taken_pair_by_pair);
	tcase_add_test(numbers, spreads_that_touch_overlap);
	suite_add_tcase(suite, numbers);

	tcase_add_checked_fixture(verdicts, clear, NULL);
	tcase_add_test(verdicts, overlapping_spreads_are_no_difference);
	tcase_add_test(verdicts,
	    separate_spreads_name_the_better_and_the_ratio);
	tcase_add_test(verdicts, less_is_better_for_latency);
	tcase_add_test(verdicts, mixed_outcome_names_both_kinds);
	tcase_add_test(verdicts, three_repetitions_say_nothing);
	tcase_add_test(verdicts, one_pattern_has_nothing_to_compare_with);
	tcase_add_test(verdicts, verdict_is_cut_to_its_room);
	suite_add_tcase(suite, verdicts);

	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
