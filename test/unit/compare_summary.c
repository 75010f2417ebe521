/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What compare says about a difference, and that it says nothing else.
 */
#include "../../examples/compare/summary.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

static const char *const names[] = { "hsha", "lf", "reactor", "other" };

static struct cell cells[4];
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

	ck_assert_str_eq(verdict, "shortest p99: hsha, 0.50 times lf's");
}
END_TEST

START_TEST(those_alike_are_named_together)
{
	FILL(0, METRIC_CPU, 2, 2, 2, 2);
	FILL(1, METRIC_CPU, 1.9, 1.9, 1.9, 2);
	FILL(2, METRIC_CPU, 4, 4, 4, 4);

	judge(METRIC_CPU, 3);

	ck_assert_str_eq(verdict,
	    "least CPU per request: lf and hsha alike, 0.47 times reactor's");
}
END_TEST

START_TEST(three_alike_are_a_list)
{
	FILL(0, METRIC_CPU, 4, 4, 4, 4);
	FILL(1, METRIC_CPU, 1, 1, 1, 2);
	FILL(2, METRIC_CPU, 2, 2, 2, 2);
	FILL(3, METRIC_CPU, 1, 2, 2, 2);

	judge(METRIC_CPU, 4);

	ck_assert_str_eq(verdict,
	    "least CPU per request: lf, reactor and other alike, "
	    "0.25 times hsha's");
}
END_TEST

/* It overlaps both, which do not overlap each other. */
START_TEST(one_that_overlaps_both_is_undecided)
{
	FILL(0, METRIC_RATE, 100, 100, 150, 200);
	FILL(1, METRIC_RATE, 180, 200, 200, 210);
	FILL(2, METRIC_RATE, 100, 100, 100, 110);

	judge(METRIC_RATE, 3);

	ck_assert_str_eq(verdict,
	    "most requests per second: lf, 1.95 times reactor's "
	    "(hsha undecided)");
}
END_TEST

START_TEST(small_ratios_keep_two_digits)
{
	FILL(0, METRIC_P999, 25, 25, 25, 25);
	FILL(1, METRIC_P999, 10000, 10000, 10000, 10000);

	judge(METRIC_P999, 2);

	ck_assert_str_eq(verdict, "shortest p99.9: hsha, 0.0025 times lf's");
}
END_TEST

/* Two cells that differ in all that a sentence may mention. */
static void
fill_two(size_t samples)
{
	static const enum metric lower[] = { METRIC_P99, METRIC_P999,
		METRIC_CPU };

	FILL(0, METRIC_RATE, 2, 2, 2, 2);
	FILL(1, METRIC_RATE, 1, 1, 1, 1);
	for (size_t i = 0; i < sizeof(lower) / sizeof(*lower); i++) {
		FILL(0, lower[i], 1, 1, 1, 1);
		FILL(1, lower[i], 2, 2, 2, 2);
	}
	FILL(1, METRIC_P999, 4, 4, 4, 4);
	cells[0].samples = 1000;
	cells[1].samples = samples;
}

static void
judge_all(bool is_open, size_t n)
{
	summary_sentence(verdict, sizeof(verdict), is_open, cells, names, n);
}

START_TEST(closed_loop_is_judged_by_rate_cost_and_tail)
{
	fill_two(1000);

	judge_all(false, 2);

	ck_assert_str_eq(verdict,
	    "most requests per second: hsha, 2.00 times lf's; "
	    "least CPU per request: hsha, 0.50 times lf's; "
	    "shortest p99.9: hsha, 0.25 times lf's");
}
END_TEST

START_TEST(open_loop_is_judged_by_latency_and_cost)
{
	fill_two(1000);

	judge_all(true, 2);

	ck_assert_str_eq(verdict,
	    "shortest p99: hsha, 0.50 times lf's; "
	    "least CPU per request: hsha, 0.50 times lf's; "
	    "shortest p99.9: hsha, 0.25 times lf's");
}
END_TEST

START_TEST(few_latencies_have_no_p999)
{
	fill_two(999);

	judge_all(false, 2);
	ck_assert_ptr_nonnull(strstr(verdict, "; shortest p99: hsha"));
	ck_assert_ptr_null(strstr(verdict, "p99.9"));

	judge_all(true, 2);
	ck_assert_str_eq(verdict,
	    "shortest p99: hsha, 0.50 times lf's; "
	    "least CPU per request: hsha, 0.50 times lf's");
}
END_TEST

START_TEST(three_repetitions_say_nothing)
{
	FILL(0, METRIC_RATE, 1, 1, 1);
	FILL(1, METRIC_RATE, 100, 100, 100);

	judge_all(false, 2);

	ck_assert_str_eq(verdict,
	    "fewer than 4 repetitions: too little was run to say");
}
END_TEST

START_TEST(one_pattern_has_nothing_to_compare_with)
{
	FILL(0, METRIC_RATE, 1, 1, 1, 1);

	judge_all(false, 1);

	ck_assert_str_eq(verdict, "one pattern: nothing to compare with");
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
	tcase_add_test(verdicts, those_alike_are_named_together);
	tcase_add_test(verdicts, three_alike_are_a_list);
	tcase_add_test(verdicts, one_that_overlaps_both_is_undecided);
	tcase_add_test(verdicts, small_ratios_keep_two_digits);
	tcase_add_test(verdicts, closed_loop_is_judged_by_rate_cost_and_tail);
	tcase_add_test(verdicts, open_loop_is_judged_by_latency_and_cost);
	tcase_add_test(verdicts, few_latencies_have_no_p999);
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
