/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The expression of --fail-if: what it means, and what is wrong with one.
 */
#include "../../examples/compare/expression.h"

#include <check.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static struct results results;
static char error[EXPRESSION_ERROR];

static void
add(const char *workload, const char *variant, double p99, double rate)
{
	struct results_result *result = RESULTS_ADD(results.results,
	    results.n_results);

	result->workload = results_text("%s", workload);
	result->variant = results_text("%s", variant);
	result->median[METRIC_P99].value = p99;
	result->median[METRIC_RATE].value = rate;
	result->median[METRIC_CPU].value = NAN;
}

/* echo: lf has 120 and 30, hsha 100 and 10; block: lf has 1000. */
static void
make_results(void)
{
	static const char *const variants[] = { "lf", "hsha",
		"lf:promote=always+rearm=oneshot" };
	static const char *const workloads[] = { "echo", "block" };

	for (size_t i = 0; i < 3; i++) {
		RESULTS_ADD(results.variants, results.n_variants)
		    ->id = results_text("%s", variants[i]);
	}
	for (size_t i = 0; i < 2; i++) {
		RESULTS_ADD(results.workloads, results.n_workloads)
		    ->id = results_text("%s", workloads[i]);
	}
	add("echo", "lf", 120, 30);
	add("echo", "hsha", 100, 10);
	add("echo", variants[2], 7, 7);
	add("block", "lf", 1000, 1);
}

static void
free_results(void)
{
	results_deinit(&results);
}

static const struct {
	const char *expression;
	enum expression_value value;
} meanings[] = {
	{ "p99(lf) > p99(hsha)", EXPRESSION_TRUE },
	{ "p99(lf) > 1.2*p99(hsha)", EXPRESSION_FALSE },
	{ "p99(lf) >= 1.2*p99(hsha)", EXPRESSION_TRUE },
	{ "p99(lf)<=119.5", EXPRESSION_FALSE },
	{ "p99(lf) < 120.5", EXPRESSION_TRUE },
	{ "p99_us( lf ) > 119 ", EXPRESSION_TRUE },
	{ "p99(lf, block) > 999", EXPRESSION_TRUE },
	{ "p99(lf:promote=always+rearm=oneshot) < 7.5", EXPRESSION_TRUE },
	{ "p99(\"lf:promote=always+rearm=oneshot\") < 7", EXPRESSION_FALSE },
	{ "p99('hsha','echo') < 101", EXPRESSION_TRUE },
	{ "1 + 2 * 3 > 6.5", EXPRESSION_TRUE },
	{ "(1 + 2) * 3 > 8.5", EXPRESSION_TRUE },
	{ "10 - 4 - 3 < 3.5", EXPRESSION_TRUE },
	{ "100 / 10 / 5 < 2.5", EXPRESSION_TRUE },
	{ "1 > 2 || 2 > 1", EXPRESSION_TRUE },
	{ "2 > 1 && 1 > 2", EXPRESSION_FALSE },
	{ "1 > 2 && 1 > 2 || 2 > 1", EXPRESSION_TRUE },
	{ "1 > 2 && (1 > 2 || 2 > 1)", EXPRESSION_FALSE },
	{ "((rate(lf) > 29))", EXPRESSION_TRUE },
	{ "((rate(lf)) > (29))", EXPRESSION_TRUE },
	{ "rate(lf) > 3 * rate(hsha) - 1", EXPRESSION_TRUE },
	/* What is not known decides nothing, and what is known may. */
	{ "cpu(lf) > 1", EXPRESSION_UNKNOWN },
	{ "p99(hsha, block) > 1", EXPRESSION_UNKNOWN },
	{ "cpu(lf) > 1 || 2 > 1", EXPRESSION_TRUE },
	{ "cpu(lf) > 1 && 1 > 2", EXPRESSION_FALSE },
	{ "cpu(lf) > 1 && 2 > 1", EXPRESSION_UNKNOWN },
};

START_TEST(expression_means)
{
	enum expression_value value;

	ck_assert_msg(expression_evaluate(meanings[_i].expression, &results,
			  "echo", &value, error, sizeof(error)) == 0,
	    "%s: %s", meanings[_i].expression, error);
	ck_assert_msg(value == meanings[_i].value, "%s",
	    meanings[_i].expression);
}
END_TEST

static const struct {
	const char *expression;
	const char *complaint;
} wrong[] = {
	{ "",
	    "lacks a number or one of rate, p50, p99, p999, max, cpu at its "
	    "end" },
	{ "p99(lf)", "lacks a comparison at its end" },
	{ "p99(lf) >",
	    "lacks a number or one of rate, p50, p99, p999, max, "
	    "cpu at its end" },
	{ "p98(lf) > 1",
	    "lacks a number or one of rate, p50, p99, p999, max, "
	    "cpu at \"p98(lf) > 1\"" },
	{ "p99 lf > 1", "lacks \"(\" at \"lf > 1\"" },
	{ "p99() > 1", "lacks a name at \") > 1\"" },
	{ "p99(lf > 1", "lacks \")\" at \"> 1\"" },
	{ "(1 > 2", "lacks \")\" at its end" },
	{ "1 > 2 3", "has something more at \"3\"" },
	{ "1 > 2 > 3", "has something more at \"> 3\"" },
	{ "1 = 2", "lacks a comparison at \"= 2\"" },
	{ "1 > 2 | 3 > 4", "has something more at \"| 3 > 4\"" },
	{ "1 / 0 > 2", "divides by 0" },
	{ "2 > 1 || 1 / (p99(lf) * 0 + 2 - 2) > 1 || 1 / (3 - 3) > 1",
	    "divides by 0" },
	{ "-1 > 2",
	    "lacks a number or one of rate, p50, p99, p999, max, cpu "
	    "at \"-1 > 2\"" },
};

START_TEST(wrong_expression_is_told_where)
{
	ck_assert_int_eq(expression_check(wrong[_i].expression, error,
			     sizeof(error)),
	    -EINVAL);
	ck_assert_str_eq(error, wrong[_i].complaint);
}
END_TEST

START_TEST(nesting_has_an_end)
{
	char deep[4096];

	memset(deep, '(', sizeof(deep));
	deep[sizeof(deep) - 1] = '\0';

	ck_assert_int_eq(expression_check(deep, error, sizeof(error)), -EINVAL);
	ck_assert_ptr_nonnull(strstr(error, "is nested too deeply"));
}
END_TEST

START_TEST(dividing_by_a_measured_0_is_an_error)
{
	enum expression_value value;
	const char *expression = "1 > 2 && 1 / (p99(lf) - p99(lf)) > 1";

	ck_assert_int_eq(expression_check(expression, error, sizeof(error)), 0);
	ck_assert_int_eq(expression_evaluate(expression, &results, "echo",
			     &value, error, sizeof(error)),
	    -EINVAL);
	ck_assert_str_eq(error, "divides by 0");
}
END_TEST

START_TEST(what_an_expression_asks_for_is_known)
{
	const char *expression = "1 > 2 && p99(lf) > 1 || 2 > rate('a', b)";

	ck_assert(expression_asks(expression, METRIC_P99));
	ck_assert(expression_asks(expression, METRIC_RATE));
	ck_assert(!expression_asks(expression, METRIC_P999));
}
END_TEST

START_TEST(names_must_have_been_measured)
{
	enum expression_value value;

	ck_assert_int_eq(expression_evaluate("p99(tpc) > 1", &results, "echo",
			     &value, error, sizeof(error)),
	    -EINVAL);
	ck_assert_str_eq(error,
	    "names the pattern \"tpc\", which was not measured");
	ck_assert_int_eq(expression_evaluate("p99(lf, ehco) > 1", &results,
			     "echo", &value, error, sizeof(error)),
	    -EINVAL);
	ck_assert_str_eq(error,
	    "names the workload \"ehco\", which was not measured");
}
END_TEST

START_TEST(checking_needs_no_results)
{
	ck_assert_int_eq(expression_check("p99(tpc, any) > 1 && 1 > 2", error,
			     sizeof(error)),
	    0);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("compare expression");
	TCase *meaning = tcase_create("meaning");
	TCase *errors = tcase_create("errors");
	SRunner *runner;
	int failed;

	tcase_add_checked_fixture(meaning, make_results, free_results);
	tcase_add_loop_test(meaning, expression_means, 0,
	    (int)(sizeof(meanings) / sizeof(*meanings)));
	tcase_add_test(meaning, names_must_have_been_measured);
	tcase_add_test(meaning, dividing_by_a_measured_0_is_an_error);
	suite_add_tcase(suite, meaning);

	tcase_add_loop_test(errors, wrong_expression_is_told_where, 0,
	    (int)(sizeof(wrong) / sizeof(*wrong)));
	tcase_add_test(errors, nesting_has_an_end);
	tcase_add_test(errors, checking_needs_no_results);
	tcase_add_test(errors, what_an_expression_asks_for_is_known);
	suite_add_tcase(suite, errors);

	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
