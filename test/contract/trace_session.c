/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * When a trace is recorded, when not, what remains of it, and what happens
 * without memory.
 */
#include <check.h>
#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "support/patterns.h"
#include "support/run.h"
#include "trace_support.h"

START_TEST(nothing_is_recorded_while_off)
{
	trace_create(test_patterns[_i].name);
	ck_assert_int_eq(echelon_engine_start(trace_world.engine), 0);
	trace_ask_often(1);
	trace_finish();

	ck_assert_uint_eq(trace_world.n, 0);
	trace_destroy();
}
END_TEST

START_TEST(stop_leaves_what_was_recorded)
{
	size_t n;

	trace_start(test_patterns[_i].name);
	trace_ask_often(1);
	echelon_engine_stop(trace_world.engine);
	ck_assert_int_eq(echelon_engine_wait(trace_world.engine), 0);
	n = echelon_trace_read(trace_world.engine, NULL, 0);
	echelon_trace_stop(trace_world.engine);
	echelon_trace_stop(trace_world.engine);
	trace_read();

	ck_assert_uint_gt(n, 0);
	ck_assert_uint_eq(trace_world.n, n);
	trace_destroy();
}
END_TEST

START_TEST(start_forgets_what_was_recorded_before)
{
	echelon_conn_id first;

	trace_start(test_patterns[_i].name);
	trace_ask_often(1);
	trace_read();
	first = trace_first_connection();
	echelon_trace_stop(trace_world.engine);
	ck_assert_int_eq(echelon_trace_start(trace_world.engine, 8192), 0);
	trace_read();
	ck_assert_uint_eq(trace_find(0, ECHELON_TRACE_CALL_BEGIN, first, -1),
	    trace_world.n);
	trace_ask_often(1);
	trace_finish();

	ck_assert_uint_lt(trace_find(0, ECHELON_TRACE_CALL_BEGIN, 0, -1),
	    trace_world.n);
	ck_assert_uint_eq(trace_find(0, ECHELON_TRACE_CALL_BEGIN, first, -1),
	    trace_world.n);
	trace_destroy();
}
END_TEST

START_TEST(newest_events_remain)
{
	struct echelon_stats stats = { .size = sizeof(stats) };
	struct echelon_trace_event last[8];

	trace_create(test_patterns[_i].name);
	ck_assert_int_eq(echelon_trace_start(trace_world.engine, 30), 0);
	ck_assert_int_eq(echelon_engine_start(trace_world.engine), 0);
	trace_ask_often(1);
	trace_finish();

	ck_assert_int_eq(echelon_engine_stats(trace_world.engine, &stats), 0);
	ck_assert_uint_le(trace_world.n, 32 * (stats.threads + 2));
	/* The last thing that any thread does is to have no role. */
	ck_assert_uint_eq(echelon_trace_read(trace_world.engine, last, 8), 8);
	ck_assert_uint_eq(last[7].kind, ECHELON_TRACE_ROLE);
	ck_assert_uint_eq(last[7].role, ECHELON_ROLE_NONE);
	ck_assert_int_eq(memcmp(last, &trace_world.events[trace_world.n - 8],
			     sizeof(last)),
	    0);
	trace_destroy();
}
END_TEST

static atomic_bool reading_over;
static atomic_uint n_bad;

static void *
read_again_and_again(void *arg)
{
	struct echelon_trace_event events[256];

	(void)arg;
	while (!atomic_load(&reading_over)) {
		size_t n = echelon_trace_read(trace_world.engine, events, 256);

		for (size_t i = 0; i < n; i++) {
			if (events[i].kind < ECHELON_TRACE_ROLE ||
			    events[i].kind > ECHELON_TRACE_WRITE_END ||
			    (i > 0 &&
				events[i].time_ns < events[i - 1].time_ns)) {
				atomic_fetch_add(&n_bad, 1);
			}
		}
	}
	return NULL;
}

START_TEST(trace_is_read_while_it_is_written)
{
	pthread_t reader;

	trace_create(test_patterns[_i].name);
	ck_assert_int_eq(echelon_trace_start(trace_world.engine, 16), 0);
	ck_assert_int_eq(echelon_engine_start(trace_world.engine), 0);
	ck_assert_int_eq(pthread_create(&reader, NULL, read_again_and_again,
			     NULL),
	    0);
	for (int i = 0; i < 10; i++) {
		trace_ask_often(TRACE_CONNECTIONS);
	}
	atomic_store(&reading_over, true);
	pthread_join(reader, NULL);
	trace_finish();

	ck_assert_uint_eq(atomic_load(&n_bad), 0);
	trace_destroy();
}
END_TEST

START_TEST(start_has_its_errors)
{
	trace_create(NULL);

	ck_assert_int_eq(echelon_trace_start(trace_world.engine,
			     ECHELON_TRACE_MOST_EVENTS + 1),
	    -EINVAL);
	ck_assert_int_eq(echelon_trace_start(trace_world.engine, 1), 0);
	ck_assert_int_eq(echelon_trace_start(trace_world.engine, 1), -EALREADY);
	ck_assert_uint_eq(echelon_trace_read(trace_world.engine, NULL, 0), 0);
	trace_destroy();
}
END_TEST

/* An allocator that gives no more. */
static atomic_bool memory_is_over;

static void *
allocate(void *context, size_t bytes)
{
	(void)context;
	return atomic_load(&memory_is_over) ? NULL : malloc(bytes);
}

static void
release(void *context, void *memory)
{
	(void)context;
	free(memory);
}

START_TEST(start_without_memory_fails)
{
	struct echelon_options options = ECHELON_OPTIONS_INIT;

	options.allocator.allocate = allocate;
	options.allocator.release = release;
	ck_assert_int_eq(echelon_engine_create(&options, &trace_world.engine),
	    0);
	atomic_store(&memory_is_over, true);

	ck_assert_int_eq(echelon_trace_start(trace_world.engine, 0), -ENOMEM);
	atomic_store(&memory_is_over, false);
	ck_assert_int_eq(echelon_trace_start(trace_world.engine, 0), 0);
	trace_destroy();
}
END_TEST

START_TEST(threads_without_memory_lose_their_events_and_work)
{
	struct echelon_options options = ECHELON_OPTIONS_INIT;

	options.allocator.allocate = allocate;
	options.allocator.release = release;
	ck_assert_int_eq(echelon_engine_create(&options, &trace_world.engine),
	    0);
	ck_assert_int_eq(echelon_trace_start(trace_world.engine, 0), 0);
	atomic_store(&memory_is_over, true);
	ck_assert_int_eq(echelon_engine_start(trace_world.engine), 0);
	trace_finish();

	ck_assert_uint_eq(trace_world.n, 0);
	trace_destroy();
}
END_TEST

int
main(int argc, char **argv)
{
	Suite *suite = suite_create("trace_session");
	TCase *all = tcase_create("patterns");
	TCase *once = tcase_create("once");

	tcase_add_checked_fixture(all, trace_set_up, trace_tear_down);
	tcase_add_checked_fixture(once, trace_set_up, trace_tear_down);
	tcase_add_loop_test(all, nothing_is_recorded_while_off, 0,
	    n_test_patterns);
	tcase_add_loop_test(all, stop_leaves_what_was_recorded, 0,
	    n_test_patterns);
	tcase_add_loop_test(all, start_forgets_what_was_recorded_before, 0,
	    n_test_patterns);
	tcase_add_loop_test(all, newest_events_remain, 0, n_test_patterns);
	tcase_add_loop_test(all, trace_is_read_while_it_is_written, 0,
	    n_test_patterns);
	tcase_add_test(once, start_has_its_errors);
	tcase_add_test(once, start_without_memory_fails);
	tcase_add_test(once, threads_without_memory_lose_their_events_and_work);
	suite_add_tcase(suite, all);
	suite_add_tcase(suite, once);
	return test_run(suite, argc, argv);
}
