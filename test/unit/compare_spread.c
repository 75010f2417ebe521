/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Medians, the interval of ratios, and when it is a difference.
 */
#include "../../examples/compare/spread.h"

#include <check.h>
#include <math.h>
#include <stdlib.h>

START_TEST(median_of_odd_and_even_counts)
{
	const double odd[] = { 9, 1, 5 };
	const double even[] = { 8, 2, 4, 100 };

	ck_assert_double_eq(spread_of(odd, 3).median, 5);
	ck_assert_double_eq(spread_of(even, 4).median, 6);
	ck_assert_double_eq(spread_of(even, 1).median, 8);
}
END_TEST

START_TEST(spread_is_from_smallest_to_largest)
{
	const double values[] = { 3, 1, 2 };
	struct spread spread = spread_of(values, 3);

	ck_assert_double_eq(spread.min, 1);
	ck_assert_double_eq(spread.max, 3);
	ck_assert_double_eq(values[0], 3);
}
END_TEST

START_TEST(what_is_not_known_is_left_out)
{
	const double some[] = { NAN, 2, NAN, 4 };
	const double none[] = { NAN };

	ck_assert_double_eq(spread_of(some, 4).median, 3);
	ck_assert_double_nan(spread_of(none, 1).median);
	ck_assert_double_nan(spread_of(NULL, 0).max);
}
END_TEST

START_TEST(ratio_is_taken_pair_by_pair)
{
	/* The machine was twice as slow in the second half. */
	const double a[] = { 20, 20, 10, 10, 10 };
	const double b[] = { 10, 10, 5, 5, 5 };
	struct interval ratio = spread_ratio(a, b, 5);

	ck_assert_double_eq(ratio.value, 2);
	ck_assert_double_eq(ratio.low, 2);
	ck_assert_double_eq(ratio.high, 2);
}
END_TEST

START_TEST(ratio_of_what_is_missing_is_not_known)
{
	const double a[] = { 1, 1, 1 };
	const double zero[] = { 1, 0, 1 };
	const double missing[] = { 1, NAN, 1 };

	ck_assert_double_nan(spread_ratio(a, zero, 3).value);
	ck_assert_double_nan(spread_ratio(a, missing, 3).low);
	ck_assert_double_nan(spread_ratio(missing, a, 3).high);
	ck_assert_double_nan(spread_ratio(a, a, 0).value);
}
END_TEST

/* Rounds, and how many at either end the interval leaves out: the sign test
 * with at most 2 % missed. */
static const struct {
	size_t rounds;
	size_t outside;
} tests[] = { { 1, 0 }, { 7, 0 }, { 10, 0 }, { 11, 1 }, { 13, 1 }, { 14, 2 },
	{ 20, 4 }, { 100, 37 } };

START_TEST(interval_is_that_of_the_sign_test)
{
	double values[ROUNDS_MAX];
	double ones[ROUNDS_MAX];
	size_t n = tests[_i].rounds;
	struct interval ratio;

	for (size_t i = 0; i < n; i++) {
		values[i] = (double)(n - i);
		ones[i] = 1;
	}
	ratio = spread_ratio(values, ones, n);

	ck_assert_double_eq(ratio.low, 1 + (double)tests[_i].outside);
	ck_assert_double_eq(ratio.high, (double)(n - tests[_i].outside));
}
END_TEST

START_TEST(all_beyond_the_margin_is_a_difference)
{
	const double ones[] = { 1, 1, 1, 1, 1, 1, 1 };
	const double more[] = { 1.04, 1.2, 1.5, 1.04, 9, 2, 3 };
	const double less[] = { 0.96, 0.5, 0.9, 0.1, 0.2, 0.3, 0.4 };

	ck_assert_int_eq(spread_compare(more, ones, 7, 1.03), MORE);
	ck_assert_int_eq(spread_compare(less, ones, 7, 1.03), LESS);
}
END_TEST

START_TEST(one_within_the_margin_is_none)
{
	const double ones[] = { 1, 1, 1, 1, 1, 1, 1 };
	const double more[] = { 1.02, 1.2, 1.5, 1.04, 9, 2, 3 };
	const double less[] = { 0.98, 0.5, 0.9, 0.1, 0.2, 0.3, 0.4 };

	ck_assert_int_eq(spread_compare(more, ones, 7, 1.03), NO_DIFFERENCE);
	ck_assert_int_eq(spread_compare(less, ones, 7, 1.03), NO_DIFFERENCE);
	ck_assert_int_eq(spread_compare(ones, ones, 7, 1), NO_DIFFERENCE);
}
END_TEST

START_TEST(what_is_missing_is_not_judged)
{
	const double ones[] = { 1, 1, 1, 1, 1, 1, 1 };
	const double much[] = { 9, 9, NAN, 9, 9, 9, 9 };

	ck_assert_int_eq(spread_compare(much, ones, 7, 1.03), NOT_JUDGED);
}
END_TEST

START_TEST(six_rounds_are_too_few)
{
	const double ones[] = { 1, 1, 1, 1, 1, 1 };
	const double much[] = { 9, 9, 9, 9, 9, 9 };

	ck_assert_int_eq(spread_compare(much, ones, 6, 1.03), NOT_JUDGED);
	ck_assert_int_eq(spread_compare(ones, ones, 6, 1.03), NOT_JUDGED);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("compare spread");
	TCase *numbers = tcase_create("numbers");
	TCase *differences = tcase_create("differences");
	SRunner *runner;
	int failed;

	tcase_add_test(numbers, median_of_odd_and_even_counts);
	tcase_add_test(numbers, spread_is_from_smallest_to_largest);
	tcase_add_test(numbers, what_is_not_known_is_left_out);
	tcase_add_test(numbers, ratio_is_taken_pair_by_pair);
	tcase_add_test(numbers, ratio_of_what_is_missing_is_not_known);
	tcase_add_loop_test(numbers, interval_is_that_of_the_sign_test, 0,
	    (int)(sizeof(tests) / sizeof(*tests)));
	suite_add_tcase(suite, numbers);

	tcase_add_test(differences, all_beyond_the_margin_is_a_difference);
	tcase_add_test(differences, one_within_the_margin_is_none);
	tcase_add_test(differences, what_is_missing_is_not_judged);
	tcase_add_test(differences, six_rounds_are_too_few);
	suite_add_tcase(suite, differences);

	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
