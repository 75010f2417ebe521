/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * compare's load generator, against a server that makes one mistake
 * (compare_load_support.h). The test's own thread runs the load and asserts.
 */
#include "../../examples/compare/load.h"

#include "compare_load_support.h"

#include <check.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static volatile sig_atomic_t interrupted;
static struct load_result result;

static struct load_plan
make_plan(size_t connections, size_t depth, unsigned rate)
{
	return (struct load_plan){
		.workload = {
			.name = "test",
			.job = 'E',
			.connections = connections,
			.depth = depth,
			.rate = rate,
		},
		.warm_ns = 10000000,
		.run_ns = 500000000,
		.seed = 1,
		.interrupted = &interrupted,
	};
}

/* Keeps the message of a failure where the load does not take it along. */
static int
run(const struct load_plan *plan, char *error, size_t size)
{
	struct load *load;
	int failure = load_open(plan, server.address, &load);

	if (failure == 0) {
		failure = load_run(load, &result);
	}
	ck_assert_ptr_nonnull(load);
	snprintf(error, size, "%s", load_error(load));
	load_close(load);
	return failure;
}

static void
expect_failure(enum fault fault, int expected, const char *words)
{
	const struct load_plan plan = make_plan(4, 1, 0);
	char error[256];

	server.fault = fault;
	ck_assert_int_eq(run(&plan, error, sizeof(error)), expected);
	ck_assert_msg(strstr(error, words) != NULL, "\"%s\" is not \"%s\"",
	    error, words);
}

START_TEST(right_replies_are_all_counted)
{
	const struct load_plan plan = make_plan(4, 8, 0);
	char error[256];

	ck_assert_int_eq(run(&plan, error, sizeof(error)), 0);

	stop_server();
	ck_assert_uint_eq(result.replies + 4, server.replies);
	ck_assert_uint_le(result.replies_in_window, result.replies);
	ck_assert_uint_gt(result.replies_in_window, 0);
	ck_assert_uint_eq(result.latency.count, result.replies_in_window);
	ck_assert_uint_eq(result.never_sent, 0);
}
END_TEST

/* Whatever it does costs the server time, and many wait for it at first. */
START_TEST(connections_are_primed_with_a_job_that_costs_nothing)
{
	struct load_plan plan = make_plan(4, 1, 0);
	char error[256];

	plan.workload.job = 'B';
	ck_assert_int_eq(run(&plan, error, sizeof(error)), 0);

	stop_server();
	ck_assert_uint_eq(server.easy, 4);
	ck_assert_uint_eq(result.replies + 4, server.replies);
}
END_TEST

/* The one that never comes would be waited for. */
START_TEST(what_is_unanswered_is_left_so_where_that_is_planned)
{
	struct load_plan plan = make_plan(4, 1, 0);
	char error[256];

	plan.leaves_rest = true;
	server.fault = FAULT_LOSE;
	ck_assert_int_eq(run(&plan, error, sizeof(error)), 0);

	ck_assert_uint_gt(result.replies_in_window, 0);
}
END_TEST

START_TEST(changed_reply_is_noticed)
{
	expect_failure(FAULT_FLIP, -EPROTO, "is wrong");
}
END_TEST

START_TEST(reply_without_its_mark_is_noticed)
{
	expect_failure(FAULT_UNDONE, -EPROTO, "is wrong");
}
END_TEST

START_TEST(reply_out_of_order_is_noticed)
{
	expect_failure(FAULT_SWAP, -EPROTO, "is wrong");
}
END_TEST

START_TEST(doubled_reply_is_noticed)
{
	expect_failure(FAULT_DOUBLE, -EPROTO, "a reply too many");
}
END_TEST

START_TEST(closed_connection_is_noticed)
{
	expect_failure(FAULT_CLOSE, -EPIPE, "closed by the server");
}
END_TEST

START_TEST(lost_reply_is_noticed)
{
	expect_failure(FAULT_LOSE, -ETIMEDOUT, "no reply for 5 s");
}
END_TEST

START_TEST(rare_job_is_one_in_a_hundred_and_not_timed)
{
	struct load_plan plan = make_plan(4, 4, 0);
	char error[256];

	plan.workload.rare_job = 'S';
	plan.workload.rare_every = 100;
	ck_assert_int_eq(run(&plan, error, sizeof(error)), 0);

	stop_server();
	ck_assert_uint_ge(server.rare, result.replies / 100);
	ck_assert_uint_le(server.rare, result.replies / 100 + 1);
	ck_assert_uint_lt(result.latency.count, result.replies_in_window);
}
END_TEST

START_TEST(open_loop_sends_what_was_due)
{
	const struct load_plan plan = make_plan(4, 1, 2000);
	char error[256];

	ck_assert_int_eq(run(&plan, error, sizeof(error)), 0);

	ck_assert_uint_eq(result.replies, 1020);
	ck_assert_uint_ge(result.latency.count, 999);
	ck_assert_uint_le(result.latency.count, 1001);
}
END_TEST

/* Of 1,000 requests 400 are due while the server stalls. Timed from when they
 * were sent, all but one would look as fast as ever. */
START_TEST(open_loop_charges_a_stall_to_all_who_were_due)
{
	const struct load_plan plan = make_plan(1, 1, 2000);
	char error[256];

	server.fault = FAULT_STALL;
	ck_assert_int_eq(run(&plan, error, sizeof(error)), 0);

	ck_assert_uint_ge(histogram_quantile(&result.latency, 0.9),
	    STALL_MS / 2 * 1000000);
}
END_TEST

/* The window of the plan is over long before the server goes on. */
START_TEST(closed_loop_waits_for_a_server_that_starves)
{
	struct load_plan plan = make_plan(1, 1, 0);
	char error[256];

	plan.warm_ns = 0;
	plan.run_ns = STALL_MS * 1000000 / 10;
	server.fault = FAULT_STALL;
	server.replies = FAULT_AT - 2;
	ck_assert_int_eq(run(&plan, error, sizeof(error)), 0);

	ck_assert_uint_gt(result.replies_in_window, 0);
	ck_assert_double_ge(result.window_seconds, STALL_MS / 1e3);
}
END_TEST

START_TEST(interruption_ends_a_run)
{
	const struct load_plan plan = make_plan(1, 1, 0);
	char error[256];

	interrupted = 1;
	ck_assert_int_eq(run(&plan, error, sizeof(error)), -EINTR);
}
END_TEST

START_TEST(nobody_there_is_an_error)
{
	const struct load_plan plan = make_plan(1, 1, 0);
	char error[256];

	stop_server();
	close(server.listener);
	ck_assert_int_eq(run(&plan, error, sizeof(error)), -ECONNREFUSED);
	ck_assert_ptr_nonnull(strstr(error, server.address));
}
END_TEST

static unsigned char request[BYTES] = { 'E' };

static ptrdiff_t
frame_of_64(const void *data, size_t length, void *context)
{
	(void)data;
	(void)length;
	(void)context;
	return BYTES;
}

static ptrdiff_t
frame_that_refuses(const void *data, size_t length, void *context)
{
	(void)data;
	(void)length;
	(void)context;
	return -EBADMSG;
}

static int
run_dialogue(const struct dialogue *dialogue, size_t depth, char *error,
    size_t size)
{
	struct load_plan plan = make_plan(4, depth, 0);

	plan.dialogue = dialogue;
	plan.run_ns /= 5;
	return run(&plan, error, size);
}

/* What a dialogue's replies say is not looked at. */
START_TEST(replies_of_a_known_length_are_all_counted)
{
	const struct dialogue dialogue = {
		.request = request, .request_bytes = BYTES, .reply_bytes = BYTES
	};
	char error[256];

	server.fault = FAULT_FLIP;
	ck_assert_int_eq(run_dialogue(&dialogue, 8, error, sizeof(error)), 0);

	stop_server();
	ck_assert_uint_eq(result.replies + 4, server.replies);
}
END_TEST

START_TEST(replies_that_are_framed_are_all_counted)
{
	const struct dialogue dialogue = {
		.request = request, .request_bytes = BYTES, .frame = frame_of_64
	};
	char error[256];

	ck_assert_int_eq(run_dialogue(&dialogue, 8, error, sizeof(error)), 0);

	stop_server();
	ck_assert_uint_eq(result.replies + 4, server.replies);
}
END_TEST

START_TEST(replies_longer_than_said_are_noticed)
{
	const struct dialogue dialogue = { .request = request,
		.request_bytes = BYTES,
		.reply_bytes = BYTES / 2 };
	char error[256];

	ck_assert_int_eq(run_dialogue(&dialogue, 1, error, sizeof(error)),
	    -EPROTO);
	ck_assert_ptr_nonnull(strstr(error, "a reply too many"));
}
END_TEST

START_TEST(replies_that_the_frame_refuses_are_noticed)
{
	const struct dialogue dialogue = { .request = request,
		.request_bytes = BYTES,
		.frame = frame_that_refuses };
	char error[256];

	ck_assert_int_eq(run_dialogue(&dialogue, 1, error, sizeof(error)),
	    -EPROTO);
	ck_assert_ptr_nonnull(strstr(error, "frame refuses reply 0"));
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("compare load");
	TCase *counting = tcase_create("counting");
	TCase *mistakes = tcase_create("mistakes");
	SRunner *runner;
	int failed;

	tcase_add_checked_fixture(counting, start_server, NULL);
	tcase_set_timeout(counting, 60);
	tcase_add_test(counting, right_replies_are_all_counted);
	tcase_add_test(counting,
	    connections_are_primed_with_a_job_that_costs_nothing);
	tcase_add_test(counting,
	    what_is_unanswered_is_left_so_where_that_is_planned);
	tcase_add_test(counting, rare_job_is_one_in_a_hundred_and_not_timed);
	tcase_add_test(counting, open_loop_sends_what_was_due);
	tcase_add_test(counting, open_loop_charges_a_stall_to_all_who_were_due);
	tcase_add_test(counting, closed_loop_waits_for_a_server_that_starves);
	tcase_add_test(counting, interruption_ends_a_run);
	tcase_add_test(counting, nobody_there_is_an_error);
	tcase_add_test(counting, replies_of_a_known_length_are_all_counted);
	tcase_add_test(counting, replies_that_are_framed_are_all_counted);
	suite_add_tcase(suite, counting);

	tcase_add_checked_fixture(mistakes, start_server, NULL);
	tcase_set_timeout(mistakes, 60);
	tcase_add_test(mistakes, changed_reply_is_noticed);
	tcase_add_test(mistakes, reply_without_its_mark_is_noticed);
	tcase_add_test(mistakes, reply_out_of_order_is_noticed);
	tcase_add_test(mistakes, doubled_reply_is_noticed);
	tcase_add_test(mistakes, closed_connection_is_noticed);
	tcase_add_test(mistakes, lost_reply_is_noticed);
	tcase_add_test(mistakes, replies_longer_than_said_are_noticed);
	tcase_add_test(mistakes, replies_that_the_frame_refuses_are_noticed);
	suite_add_tcase(suite, mistakes);

	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
