/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What compare says about a difference, and that it says nothing else.
 */
#include "../../examples/compare/spread.h"
#include "../../examples/compare/verdict.h"

#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
	RESULTS = 5,
	ROUNDS = 11
};

static char names[RESULTS][16] = { "hsha", "lf", "reactor", "other",
	"another" };

static struct results_round rounds[RESULTS][ROUNDS];
static struct results_result results[RESULTS];
static const struct results_result *all[RESULTS];
static char verdict[512];

static void
clear(void)
{
	memset(rounds, 0, sizeof(rounds));
	memset(verdict, '?', sizeof(verdict));
	for (size_t i = 0; i < RESULTS; i++) {
		results[i] = (struct results_result){ .variant = names[i],
			.rounds = rounds[i] };
		all[i] = &results[i];
		for (size_t r = 0; r < ROUNDS; r++) {
			rounds[i][r].requests = 1000;
		}
	}
}

static void
fill(size_t i, enum metric metric, size_t n, const double *values)
{
	for (size_t r = 0; r < n; r++) {
		rounds[i][r].metrics[metric] = values[r];
	}
	results[i].n_rounds = n;
}

#define FILL(i, metric, ...)                                                \
	fill(i, metric, sizeof((double[]){ __VA_ARGS__ }) / sizeof(double), \
	    (const double[]){ __VA_ARGS__ })

/* The same value in all rounds. */
static void
fill_same(size_t i, enum metric metric, double value)
{
	FILL(i, metric, value, value, value, value, value, value, value);
}

static void
judge(enum metric metric, size_t n)
{
	verdict_metric(verdict, sizeof(verdict), metric, all, n);
}

static void
judge_all(bool is_open, size_t n)
{
	verdict_sentence(verdict, sizeof(verdict), is_open, all, n);
}

START_TEST(ratios_around_1_are_no_difference)
{
	FILL(0, METRIC_RATE, 100, 110, 110, 120, 100, 100, 100);
	FILL(1, METRIC_RATE, 119, 130, 130, 140, 99, 120, 120);

	judge(METRIC_RATE, 2);

	ck_assert_str_eq(verdict,
	    "most requests per second: no difference seen");
}
END_TEST

/* The machine was slower in every round: the ratios are the same all the
 * time, though the spreads overlap. */
START_TEST(a_machine_that_changes_hides_no_difference)
{
	FILL(0, METRIC_RATE, 100, 200, 300, 400, 500, 200, 100);
	FILL(1, METRIC_RATE, 150, 300, 450, 600, 750, 300, 150);

	judge(METRIC_RATE, 2);

	ck_assert_str_eq(verdict,
	    "most requests per second: lf, 1.50 times hsha's");
}
END_TEST

START_TEST(less_is_better_for_latency)
{
	FILL(0, METRIC_P99, 10, 11, 11, 12, 10, 10, 10);
	FILL(1, METRIC_P99, 20, 22, 22, 24, 20, 20, 20);

	judge(METRIC_P99, 2);

	ck_assert_str_eq(verdict, "shortest p99: hsha, 0.50 times lf's");
}
END_TEST

START_TEST(the_unbeaten_are_named_together)
{
	fill_same(0, METRIC_CPU, 1.92);
	fill_same(1, METRIC_CPU, 1.9);
	fill_same(2, METRIC_CPU, 4);

	judge(METRIC_CPU, 3);

	ck_assert_str_eq(verdict,
	    "least CPU per request: lf or hsha, the first 0.47 times "
	    "reactor's");
}
END_TEST

START_TEST(three_unbeaten_are_a_list)
{
	fill_same(0, METRIC_CPU, 8);
	fill_same(1, METRIC_CPU, 2);
	fill_same(2, METRIC_CPU, 2.01);
	fill_same(3, METRIC_CPU, 2.02);

	judge(METRIC_CPU, 4);

	ck_assert_str_eq(verdict,
	    "least CPU per request: lf, reactor or other, the first "
	    "0.25 times hsha's");
}
END_TEST

/* It differs from neither, and they from each other. */
START_TEST(one_between_both_is_unbeaten)
{
	FILL(0, METRIC_RATE, 100, 200, 150, 150, 150, 150, 150);
	fill_same(1, METRIC_RATE, 195);
	FILL(2, METRIC_RATE, 100, 100, 100, 100, 150, 100, 100);

	judge(METRIC_RATE, 3);

	ck_assert_str_eq(verdict,
	    "most requests per second: lf or hsha, the first 1.95 times "
	    "reactor's");
}
END_TEST

/* The machine was fast in six rounds; lf was better in all but one of them,
 * and that one moves its median. */
START_TEST(best_is_who_is_better_pair_by_pair_whatever_the_medians)
{
	FILL(0, METRIC_RATE, 100, 100, 100, 100, 100, 200, 200, 200, 200, 200,
	    200);
	FILL(1, METRIC_RATE, 110, 110, 110, 110, 110, 220, 220, 220, 220, 220,
	    10);

	judge(METRIC_RATE, 2);

	ck_assert_str_eq(verdict,
	    "most requests per second: lf, 1.10 times hsha's");
}
END_TEST

/* a in two of three rounds more than b, b more than c, and c more than a. */
START_TEST(nobody_is_best_in_a_circle)
{
	static const double turns[] = { 300, 100, 200 };
	static struct results_round many[3][ROUNDS_MAX];

	for (size_t i = 0; i < 3; i++) {
		results[i].rounds = many[i];
		results[i].n_rounds = 99;
		for (size_t r = 0; r < 99; r++) {
			many[i][r].metrics[METRIC_RATE] = turns[(r + i) % 3];
		}
	}

	judge(METRIC_RATE, 3);

	ck_assert_str_eq(verdict,
	    "most requests per second: undecided, as some are better than "
	    "each other in a circle");
}
END_TEST

/* Whom lf beats, but not hsha, which beats most. */
START_TEST(who_is_beaten_is_no_winner_though_the_first_does_not_beat_it)
{
	FILL(0, METRIC_RATE, 200, 200, 200, 200, 200, 200, 104);
	fill_same(1, METRIC_RATE, 150);
	FILL(2, METRIC_RATE, 100, 140, 140, 140, 140, 140, 140);
	fill_same(3, METRIC_RATE, 100);
	fill_same(4, METRIC_RATE, 90);

	judge(METRIC_RATE, RESULTS);

	ck_assert_str_eq(verdict,
	    "most requests per second: lf or hsha, the first 1.07 times "
	    "reactor's, 1.50 times other's, 1.67 times another's");
}
END_TEST

START_TEST(of_many_behind_the_nearest_and_the_farthest_are_named)
{
	fill_same(0, METRIC_CPU, 4);
	fill_same(1, METRIC_CPU, 1);
	fill_same(2, METRIC_CPU, 10);
	fill_same(3, METRIC_CPU, 2);
	fill_same(4, METRIC_CPU, 5);

	judge(METRIC_CPU, RESULTS);

	ck_assert_str_eq(verdict,
	    "least CPU per request: lf, 0.50 times other's to 0.10 times "
	    "reactor's (4 behind)");
}
END_TEST

START_TEST(where_most_are_unbeaten_who_is_not_is_named)
{
	for (size_t i = 0; i < RESULTS; i++) {
		fill_same(i, METRIC_RATE, 100);
	}
	fill_same(2, METRIC_RATE, 50);

	judge(METRIC_RATE, RESULTS);

	ck_assert_str_eq(verdict,
	    "most requests per second: all but reactor, hsha 2.00 times "
	    "reactor's");
}
END_TEST

START_TEST(small_ratios_keep_two_digits)
{
	fill_same(0, METRIC_P999, 25);
	fill_same(1, METRIC_P999, 10000);

	judge(METRIC_P999, 2);

	ck_assert_str_eq(verdict, "shortest p99.9: hsha, 0.0025 times lf's");
}
END_TEST

/* Two that differ in all that a sentence may mention. */
static void
fill_two(double requests)
{
	static const enum metric lower[] = { METRIC_P99, METRIC_P999,
		METRIC_CPU };

	fill_same(0, METRIC_RATE, 2);
	fill_same(1, METRIC_RATE, 1);
	for (size_t i = 0; i < sizeof(lower) / sizeof(*lower); i++) {
		fill_same(0, lower[i], 1);
		fill_same(1, lower[i], 2);
	}
	fill_same(1, METRIC_P999, 4);
	rounds[1][3].requests = requests;
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

START_TEST(what_was_not_measured_is_not_judged)
{
	fill_two(1000);
	ck_assert(verdict_is_judged(METRIC_P999, all, 2));
	rounds[0][2].metrics[METRIC_P999] = NAN;
	ck_assert(!verdict_is_judged(METRIC_P999, all, 2));
	rounds[1][0].metrics[METRIC_CPU] = NAN;

	judge_all(false, 2);

	ck_assert_str_eq(verdict,
	    "most requests per second: hsha, 2.00 times lf's; "
	    "shortest p99: hsha, 0.50 times lf's");
}
END_TEST

START_TEST(six_rounds_say_nothing)
{
	FILL(0, METRIC_RATE, 1, 1, 1, 1, 1, 1);
	FILL(1, METRIC_RATE, 100, 100, 100, 100, 100, 100);

	judge_all(false, 2);

	ck_assert_str_eq(verdict, "not judged: fewer than 7 rounds were run");
	ck_assert(!verdict_is_judged(METRIC_RATE, all, 2));
}
END_TEST

START_TEST(one_pattern_has_nothing_to_compare_with)
{
	fill_same(0, METRIC_RATE, 1);

	judge_all(false, 1);

	ck_assert_str_eq(verdict, "one pattern: nothing to compare with");
}
END_TEST

START_TEST(verdict_is_cut_to_its_room)
{
	fill_same(0, METRIC_RATE, 1);
	fill_same(1, METRIC_RATE, 2);

	verdict_metric(verdict, 12, METRIC_RATE, all, 2);

	ck_assert_str_eq(verdict, "most reques");
	ck_assert_int_eq(verdict[12], '?');
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("compare verdict");
	TCase *verdicts = tcase_create("verdicts");
	SRunner *runner;
	int failed;

	tcase_add_checked_fixture(verdicts, clear, NULL);
	tcase_add_test(verdicts, ratios_around_1_are_no_difference);
	tcase_add_test(verdicts, a_machine_that_changes_hides_no_difference);
	tcase_add_test(verdicts, less_is_better_for_latency);
	tcase_add_test(verdicts, the_unbeaten_are_named_together);
	tcase_add_test(verdicts, three_unbeaten_are_a_list);
	tcase_add_test(verdicts, one_between_both_is_unbeaten);
	tcase_add_test(verdicts,
	    best_is_who_is_better_pair_by_pair_whatever_the_medians);
	tcase_add_test(verdicts, nobody_is_best_in_a_circle);
	tcase_add_test(verdicts,
	    who_is_beaten_is_no_winner_though_the_first_does_not_beat_it);
	tcase_add_test(verdicts,
	    of_many_behind_the_nearest_and_the_farthest_are_named);
	tcase_add_test(verdicts, where_most_are_unbeaten_who_is_not_is_named);
	tcase_add_test(verdicts, small_ratios_keep_two_digits);
	tcase_add_test(verdicts, closed_loop_is_judged_by_rate_cost_and_tail);
	tcase_add_test(verdicts, open_loop_is_judged_by_latency_and_cost);
	tcase_add_test(verdicts, few_latencies_have_no_p999);
	tcase_add_test(verdicts, what_was_not_measured_is_not_judged);
	tcase_add_test(verdicts, six_rounds_say_nothing);
	tcase_add_test(verdicts, one_pattern_has_nothing_to_compare_with);
	tcase_add_test(verdicts, verdict_is_cut_to_its_room);
	suite_add_tcase(suite, verdicts);

	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
