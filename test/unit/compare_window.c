/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Replies that come in bursts are counted in a time that has whole bursts.
 */
#include "../../examples/compare/window.h"

#include <check.h>
#include <stdlib.h>

#define MS ((uint64_t)1000000)
#define BEGIN (1000 * MS)

/* `burst` replies every `block`, the first ones `phase` after the begin. */
static struct window
serve(uint64_t phase, uint64_t block, unsigned burst, uint64_t run)
{
	struct window window = window_plan(BEGIN, 50 * MS, run);
	uint64_t end = window.end_ns + block;

	for (uint64_t now = BEGIN + phase; now < end; now += block) {
		for (unsigned i = 0; i < burst; i++) {
			window_add(&window, now + i);
		}
	}
	return window;
}

static double
get_rate(const struct window *window)
{
	return (double)window->replies / window_seconds(window);
}

START_TEST(rate_of_bursts_is_right_whatever_their_phase)
{
	for (uint64_t phase = 1; phase < 50; phase++) {
		struct window one = serve(phase * MS, 30 * MS, 1, 100 * MS);
		struct window many = serve(phase * MS, 30 * MS, 16, 100 * MS);

		ck_assert_double_eq_tol(get_rate(&one), 1 / 0.030, 0.01);
		ck_assert_double_eq_tol(get_rate(&many), 16 / 0.030, 0.1);
	}
}
END_TEST

START_TEST(only_what_came_in_the_window_counts)
{
	struct window window = window_plan(BEGIN, 50 * MS, 100 * MS);

	window_add(&window, BEGIN + 49 * MS);
	window_add(&window, BEGIN + 50 * MS);
	window_add(&window, BEGIN + 149 * MS);
	window_add(&window, BEGIN + 150 * MS);

	ck_assert_uint_eq(window.replies, 2);
	ck_assert_double_eq_tol(window_seconds(&window), 0.1, 1e-9);
}
END_TEST

START_TEST(without_a_reply_before_the_window_time_begins_with_the_run)
{
	struct window window = window_plan(BEGIN, 50 * MS, 3000 * MS);

	window_add(&window, BEGIN + 1000 * MS);
	window_add(&window, BEGIN + 2000 * MS);

	ck_assert_double_eq_tol(get_rate(&window), 1, 1e-9);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("compare window");
	TCase *counting = tcase_create("counting");
	SRunner *runner;
	int failed;

	tcase_add_test(counting, rate_of_bursts_is_right_whatever_their_phase);
	tcase_add_test(counting, only_what_came_in_the_window_counts);
	tcase_add_test(counting,
	    without_a_reply_before_the_window_time_begins_with_the_run);
	suite_add_tcase(suite, counting);

	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
