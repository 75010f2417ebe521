/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * From a trace to where the time went, and to who did what.
 */
#include "../../examples/compare/timeline.h"
#include "../../examples/compare/where.h"

#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define CONN ((uint64_t)3 << 32 | 7)
#define US 1000
/* Traces begin some time after the machine. */
#define START ((uint64_t)1000000000)

enum {
	ASYNCHRONOUS = ECHELON_ROLE_ASYNCHRONOUS,
	WORKER = ECHELON_ROLE_WORKER,
	LEADER = ECHELON_ROLE_LEADER,
	PROCESSING = ECHELON_ROLE_PROCESSING
};

static struct echelon_trace_event events[64];
static size_t n_events;
static struct results results;
static struct results_timeline *timeline;
static struct results_where where;

static void
clear(void)
{
	n_events = 0;
	timeline = RESULTS_ADD(results.timelines, results.n_timelines);
}

static void
end(void)
{
	results_deinit(&results);
}

static void
add(unsigned us, uint32_t thread, uint32_t role, uint32_t kind, uint32_t detail)
{
	bool is_of_thread = kind <= ECHELON_TRACE_TAKEN_OVER;

	events[n_events++] = (struct echelon_trace_event){
		.time_ns = START + (uint64_t)us * US,
		.conn = is_of_thread ? 0 : CONN,
		.thread = thread,
		.role = role,
		.kind = kind,
		.detail = detail,
	};
}

/* A request of half-sync/half-async from 100 us on. */
static void
add_queued_request(void)
{
	add(100, 0, ASYNCHRONOUS, ECHELON_TRACE_READY, ECHELON_READY_EVENT);
	add(101, 0, ASYNCHRONOUS, ECHELON_TRACE_TAKEN, 0);
	add(104, 0, ASYNCHRONOUS, ECHELON_TRACE_TURN_END, ECHELON_TURN_CALL);
	add(105, 0, ASYNCHRONOUS, ECHELON_TRACE_QUEUED, 0);
	add(125, 1, WORKER, ECHELON_TRACE_TAKEN, 0);
	add(126, 1, WORKER, ECHELON_TRACE_CALL_BEGIN, ECHELON_CALL_ON_DATA);
	add(226, 1, WORKER, ECHELON_TRACE_CALL_END, ECHELON_CALL_ON_DATA);
	add(228, 1, WORKER, ECHELON_TRACE_WRITE_BEGIN, 0);
	add(238, 1, WORKER, ECHELON_TRACE_WRITE_END, 64);
	add(240, 1, WORKER, ECHELON_TRACE_TURN_END, ECHELON_TURN_DONE);
}

START_TEST(time_of_a_queued_request_is_told_apart)
{
	add_queued_request();

	ck_assert_int_eq(where_of(events, n_events, &where), 0);

	ck_assert_double_eq_tol(where.queue_us, 1 + 1 + 20, 1e-9);
	ck_assert_double_eq_tol(where.handler_us, 100, 1e-9);
	ck_assert_double_eq_tol(where.output_us, 2 + 10, 1e-9);
	ck_assert_double_eq_tol(where.other_us, 3 + 1 + 2, 1e-9);
}
END_TEST

START_TEST(time_between_requests_is_nobodys)
{
	add(10, 1, WORKER, ECHELON_TRACE_TURN_END, ECHELON_TURN_DONE);
	add_queued_request();

	ck_assert_int_eq(where_of(events, n_events, &where), 0);

	ck_assert_double_eq_tol(where.queue_us + where.handler_us +
		where.output_us + where.other_us,
	    140, 1e-9);
}
END_TEST

START_TEST(several_calls_of_a_turn_share_its_time)
{
	add(0, 0, LEADER, ECHELON_TRACE_READY, ECHELON_READY_EVENT);
	add(0, 0, LEADER, ECHELON_TRACE_TAKEN, 0);
	for (unsigned i = 0; i < 2; i++) {
		add(10 + 20 * i, 0, PROCESSING, ECHELON_TRACE_CALL_BEGIN,
		    ECHELON_CALL_ON_DATA);
		add(20 + 20 * i, 0, PROCESSING, ECHELON_TRACE_CALL_END,
		    ECHELON_CALL_ON_DATA);
	}
	add(46, 0, PROCESSING, ECHELON_TRACE_WRITE_BEGIN, 0);
	add(50, 0, PROCESSING, ECHELON_TRACE_WRITE_END, 128);

	ck_assert_int_eq(where_of(events, n_events, &where), 0);

	ck_assert_double_eq_tol(where.handler_us, 10, 1e-9);
	ck_assert_double_eq_tol(where.output_us, 5, 1e-9);
	ck_assert_double_eq_tol(where.other_us, 10, 1e-9);
}
END_TEST

START_TEST(a_trace_without_requests_says_nothing)
{
	add(0, 0, LEADER, ECHELON_TRACE_WAIT_BEGIN, 0);

	ck_assert_int_eq(where_of(events, n_events, &where), 0);

	ck_assert_double_nan(where.handler_us);
}
END_TEST

START_TEST(many_connections_are_kept_apart)
{
	static struct echelon_trace_event many[4000];

	for (uint64_t i = 0; i < 1000; i++) {
		for (uint64_t k = 0; k < 4; k++) {
			static const uint32_t kinds[] = { ECHELON_TRACE_READY,
				ECHELON_TRACE_TAKEN, ECHELON_TRACE_CALL_BEGIN,
				ECHELON_TRACE_CALL_END };

			many[k * 1000 + i] = (struct echelon_trace_event){
				.time_ns = START + k * US,
				.conn = (uint64_t)1 << 32 | i,
				.kind = kinds[k],
				.detail = ECHELON_CALL_ON_DATA,
			};
		}
	}

	ck_assert_int_eq(where_of(many, 4000, &where), 0);

	ck_assert_double_eq_tol(where.queue_us, 1, 1e-9);
	ck_assert_double_eq_tol(where.other_us, 1, 1e-9);
	ck_assert_double_eq_tol(where.handler_us, 1, 1e-9);
}
END_TEST

static void
check_span(size_t i, double thread, const char *role, double begin, double last)
{
	const struct results_span *span = &timeline->spans[i];

	ck_assert_uint_lt(i, timeline->n_spans);
	ck_assert_double_eq(span->thread, thread);
	ck_assert_str_eq(span->role, role);
	ck_assert_double_eq_tol(span->begin_us, begin, 1e-9);
	ck_assert_double_eq_tol(span->end_us, last, 1e-9);
}

START_TEST(spans_go_from_event_to_event)
{
	/* 100 ms end with the last event, so they begin with the first. */
	add(0, 0, ASYNCHRONOUS, ECHELON_TRACE_WAIT_BEGIN, 0);
	add(90, 0, ASYNCHRONOUS, ECHELON_TRACE_WAIT_END, 1);
	add_queued_request();
	add(300, 1, WORKER, ECHELON_TRACE_PARKED, 0);
	add(TIMELINE_US, 1, WORKER, ECHELON_TRACE_WOKEN, 0);

	timeline_of(events, n_events, 3, timeline);

	ck_assert_uint_eq(timeline->n_threads, 3);
	ck_assert_str_eq(timeline->threads[0], "asynchronous layer 0");
	ck_assert_str_eq(timeline->threads[1], "worker 0");
	ck_assert_str_eq(timeline->threads[2], "worker 1");
	check_span(0, 0, "asynchronous", 0, 90);
	check_span(1, 0, "asynchronous", 101, 104);
	ck_assert_str_eq(timeline->spans[1].handle, "c7");
	check_span(2, 1, "processing", 125, 240);
	check_span(3, 1, "parked", 300, TIMELINE_US);
	check_span(4, 2, "parked", 0, TIMELINE_US);
	ck_assert_uint_eq(timeline->n_spans, 5);
}
END_TEST

START_TEST(queue_grows_and_shrinks)
{
	add_queued_request();
	add(TIMELINE_US, 1, WORKER, ECHELON_TRACE_PARKED, 0);

	timeline_of(events, n_events, 2, timeline);

	ck_assert_uint_eq(timeline->n_queue, 2);
	ck_assert_double_eq_tol(timeline->queue[0].us, 105, 1e-9);
	ck_assert_double_eq(timeline->queue[0].depth, 1);
	ck_assert_double_eq_tol(timeline->queue[1].us, 125, 1e-9);
	ck_assert_double_eq(timeline->queue[1].depth, 0);
}
END_TEST

START_TEST(what_was_queued_before_is_one_point_where_it_begins)
{
	for (unsigned i = 0; i < 3; i++) {
		add(10 + i, 0, ASYNCHRONOUS, ECHELON_TRACE_QUEUED, 0);
	}
	add(20, 1, WORKER, ECHELON_TRACE_TAKEN, 0);
	add(5000, 1, WORKER, ECHELON_TRACE_TAKEN, 0);
	add(TIMELINE_US + 1000, 1, WORKER, ECHELON_TRACE_PARKED, 0);

	timeline_of(events, n_events, 2, timeline);

	ck_assert_uint_eq(timeline->n_queue, 2);
	ck_assert_double_eq(timeline->queue[0].us, 0);
	ck_assert_double_eq(timeline->queue[0].depth, 2);
	ck_assert_double_eq_tol(timeline->queue[1].us, 4000, 1e-9);
	ck_assert_double_eq(timeline->queue[1].depth, 1);
}
END_TEST

START_TEST(a_queue_that_never_changes_is_drawn_too)
{
	add(10, 0, ASYNCHRONOUS, ECHELON_TRACE_QUEUED, 0);
	add(TIMELINE_US + 1000, 1, WORKER, ECHELON_TRACE_PARKED, 0);

	timeline_of(events, n_events, 2, timeline);

	ck_assert_uint_eq(timeline->n_queue, 1);
	ck_assert_double_eq(timeline->queue[0].us, 0);
	ck_assert_double_eq(timeline->queue[0].depth, 1);
}
END_TEST

START_TEST(what_came_before_is_cut_off)
{
	add(0, 0, LEADER, ECHELON_TRACE_WAIT_BEGIN, 0);
	add(50000, 0, LEADER, ECHELON_TRACE_WAIT_END, 1);
	add(TIMELINE_US + 10000, 0, LEADER, ECHELON_TRACE_WAIT_BEGIN, 0);

	timeline_of(events, n_events, 1, timeline);

	check_span(0, 0, "leader", 0, 40000);
	ck_assert_str_eq(timeline->threads[0], "thread 0");
	ck_assert_uint_eq(timeline->n_spans, 1);
}
END_TEST

START_TEST(the_first_event_tells_what_was_before)
{
	add(10000, 0, PROCESSING, ECHELON_TRACE_TURN_END, ECHELON_TURN_DONE);
	add(TIMELINE_US, 1, LEADER, ECHELON_TRACE_WAIT_END, 1);

	timeline_of(events, n_events, 2, timeline);

	check_span(0, 0, "processing", 0, 10000);
	check_span(1, 1, "leader", 0, TIMELINE_US);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("compare where");
	TCase *times = tcase_create("times");
	TCase *timelines = tcase_create("timelines");
	SRunner *runner;
	int failed;

	tcase_add_checked_fixture(times, clear, end);
	tcase_add_test(times, time_of_a_queued_request_is_told_apart);
	tcase_add_test(times, time_between_requests_is_nobodys);
	tcase_add_test(times, several_calls_of_a_turn_share_its_time);
	tcase_add_test(times, a_trace_without_requests_says_nothing);
	tcase_add_test(times, many_connections_are_kept_apart);
	suite_add_tcase(suite, times);

	tcase_add_checked_fixture(timelines, clear, end);
	tcase_add_test(timelines, spans_go_from_event_to_event);
	tcase_add_test(timelines, queue_grows_and_shrinks);
	tcase_add_test(timelines,
	    what_was_queued_before_is_one_point_where_it_begins);
	tcase_add_test(timelines, a_queue_that_never_changes_is_drawn_too);
	tcase_add_test(timelines, what_came_before_is_cut_off);
	tcase_add_test(timelines, the_first_event_tells_what_was_before);
	suite_add_tcase(suite, timelines);

	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
