/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The histogram of compare's load generator.
 */
#include "../../examples/compare/histogram.h"

#include <check.h>
#include <stdlib.h>

static struct histogram histogram;

static void
clear(void)
{
	histogram_clear(&histogram);
}

static void
add_all(uint64_t first, uint64_t last)
{
	for (uint64_t value = first; value <= last; value++) {
		histogram_add(&histogram, value);
	}
}

static double
get_error(uint64_t found, uint64_t expected)
{
	double difference = (double)found - (double)expected;

	return (difference < 0 ? -difference : difference) / (double)expected;
}

START_TEST(empty_histogram_has_no_quantile)
{
	ck_assert_uint_eq(histogram_quantile(&histogram, 0.5), 0);
	ck_assert_uint_eq(histogram_quantile(&histogram, 1), 0);
}
END_TEST

START_TEST(values_below_two_steps_are_exact)
{
	for (uint64_t value = 0; value < 64; value++) {
		clear();
		histogram_add(&histogram, value);
		ck_assert_uint_eq(histogram_quantile(&histogram, 0.5), value);
	}
}
END_TEST

START_TEST(quantile_is_nearest_rank)
{
	add_all(1, 10);

	ck_assert_uint_eq(histogram_quantile(&histogram, 0.5), 5);
	ck_assert_uint_eq(histogram_quantile(&histogram, 0.51), 6);
	ck_assert_uint_eq(histogram_quantile(&histogram, 0.9), 9);
	ck_assert_uint_eq(histogram_quantile(&histogram, 0.91), 10);
	ck_assert_uint_eq(histogram_quantile(&histogram, 0), 1);
	ck_assert_uint_eq(histogram_quantile(&histogram, 1), 10);
}
END_TEST

START_TEST(one_in_a_hundred_shows_above_p99_only)
{
	for (int i = 0; i < 99; i++) {
		histogram_add(&histogram, 10);
	}
	histogram_add(&histogram, 60);

	ck_assert_uint_eq(histogram_quantile(&histogram, 0.99), 10);
	ck_assert_uint_eq(histogram_quantile(&histogram, 0.999), 60);
}
END_TEST

/* Between two values far below and above, so that the bucket decides. */
START_TEST(error_is_below_two_percent_at_every_size)
{
	for (uint64_t value = 64; value < (uint64_t)1 << 38;
	     value += value / 7 + 1) {
		clear();
		histogram_add(&histogram, 1);
		histogram_add(&histogram, value);
		histogram_add(&histogram, UINT64_MAX);
		ck_assert_double_lt(get_error(histogram_quantile(&histogram,
						  0.5),
					value),
		    0.02);
	}
}
END_TEST

START_TEST(bucket_edges_stay_in_order)
{
	for (unsigned bit = 6; bit < 39; bit++) {
		uint64_t edge = (uint64_t)1 << bit;
		uint64_t below;

		clear();
		histogram_add(&histogram, edge - 1);
		histogram_add(&histogram, edge);
		histogram_add(&histogram, UINT64_MAX);
		below = histogram_quantile(&histogram, 0.33);
		ck_assert_uint_lt(below, edge);
		ck_assert_uint_ge(histogram_quantile(&histogram, 0.66), edge);
	}
}
END_TEST

START_TEST(quantile_never_exceeds_the_largest_value)
{
	histogram_add(&histogram, (1 << 20) + 1);

	ck_assert_uint_eq(histogram_quantile(&histogram, 1), (1 << 20) + 1);
}
END_TEST

START_TEST(values_above_the_range_count_as_its_end)
{
	histogram_add(&histogram, UINT64_MAX);

	ck_assert_uint_eq(histogram.count, 1);
	ck_assert_uint_eq(histogram.max, ((uint64_t)1 << HISTOGRAM_BITS) - 1);
	ck_assert_double_lt(get_error(histogram_quantile(&histogram, 1),
				histogram.max),
	    0.02);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("compare histogram");
	TCase *values = tcase_create("values");
	SRunner *runner;
	int failed;

	tcase_add_checked_fixture(values, clear, NULL);
	tcase_add_test(values, empty_histogram_has_no_quantile);
	tcase_add_test(values, values_below_two_steps_are_exact);
	tcase_add_test(values, quantile_is_nearest_rank);
	tcase_add_test(values, one_in_a_hundred_shows_above_p99_only);
	tcase_add_test(values, error_is_below_two_percent_at_every_size);
	tcase_add_test(values, bucket_edges_stay_in_order);
	tcase_add_test(values, quantile_never_exceeds_the_largest_value);
	tcase_add_test(values, values_above_the_range_count_as_its_end);
	suite_add_tcase(suite, values);

	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
