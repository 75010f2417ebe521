/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Statistics: every counter of every thread in its place, and nothing
 * written beyond the size that the caller knows.
 */
#include <echelon/stats.h>

#include <check.h>
#include <errno.h>
#include <string.h>

#include "base/memory.h"
#include "core/engine.h"
#include "support/run.h"

enum {
	THREADS = 3
};

static struct echelon_engine engine;

static struct eln_thread *
thread(uint32_t i)
{
	return eln_crew_at(&engine.crew, i);
}

/** Counter i counts i + 1 outside, and 100 times that, ... in the threads. */
static void
set_up(void)
{
	uint64_t factor = 1;

	engine.memory = eln_memory_of(engine.memory);
	ck_assert_int_eq(eln_crew_init(&engine.crew, &engine, THREADS, THREADS),
	    0);
	engine.n_handler_threads = THREADS - 1;
	for (unsigned i = 0; i < ELN_COUNTERS; i++) {
		eln_tally_shared(&engine.outside, i, i + 1);
	}
	for (unsigned t = 0; t < THREADS; t++) {
		factor *= 100;
		for (unsigned i = 0; i < ELN_COUNTERS; i++) {
			eln_thread_tally(thread(t), i, (i + 1) * factor);
		}
	}
}

static void
tear_down(void)
{
	eln_crew_deinit(&engine.crew);
}

START_TEST(every_counter_is_summed_over_all_threads)
{
	struct echelon_stats stats = { .size = sizeof(stats) };

	ck_assert_int_eq(echelon_engine_stats(&engine, &stats), 0);
	ck_assert_uint_eq(stats.size, sizeof(stats));

#define ASSERT_SUM(field, counter) \
	ck_assert_uint_eq(stats.field, ((counter) + UINT64_C(1)) * 1010101)
	ASSERT_SUM(accepted, ELN_ACCEPTED);
	ASSERT_SUM(closed, ELN_CLOSED);
	ASSERT_SUM(timed_out, ELN_TIMED_OUT);
	ASSERT_SUM(refused, ELN_REFUSED);
	ASSERT_SUM(accept_failures, ELN_ACCEPT_FAILURES);
	ASSERT_SUM(waits, ELN_WAITS);
	ASSERT_SUM(events, ELN_EVENTS);
	ASSERT_SUM(stale_events, ELN_STALE_EVENTS);
	ASSERT_SUM(turns, ELN_TURNS);
	ASSERT_SUM(requests, ELN_REQUESTS);
	ASSERT_SUM(messages, ELN_MESSAGES);
	ASSERT_SUM(bytes_in, ELN_BYTES_IN);
	ASSERT_SUM(bytes_out, ELN_BYTES_OUT);
	ASSERT_SUM(incomplete, ELN_INCOMPLETE);
	ASSERT_SUM(run_inline, ELN_RUN_INLINE);
	ASSERT_SUM(queued, ELN_QUEUED);
	ASSERT_SUM(promoted, ELN_PROMOTED);
	ASSERT_SUM(taken_over, ELN_TAKEN_OVER);
	ASSERT_SUM(paused, ELN_PAUSES);
	ASSERT_SUM(overloaded, ELN_OVERLOADED);
	ASSERT_SUM(parks, ELN_PARKS);
	ASSERT_SUM(wakes, ELN_WAKES);
	ASSERT_SUM(wakes_for_nothing, ELN_WAKES_FOR_NOTHING);
	ASSERT_SUM(blocked, ELN_BLOCKED);
	ASSERT_SUM(exhausted, ELN_EXHAUSTED);
}
END_TEST

START_TEST(threads_and_connections_are_those_of_now)
{
	struct echelon_stats stats = { .size = sizeof(stats) };

	eln_store64_relaxed(&thread(0)->turn, 6);
	eln_store64_relaxed(&thread(1)->turn, 7);
	eln_store64_relaxed(&thread(2)->turn, 1);
	eln_store32_relaxed(&engine.table.n_used, 42);
	ck_assert_int_eq(echelon_engine_stats(&engine, &stats), 0);
	ck_assert_uint_eq(stats.threads, THREADS - 1);
	ck_assert_uint_eq(stats.threads_busy, 2);
	ck_assert_uint_eq(stats.connections, 42);
}
END_TEST

START_TEST(size_that_no_version_had_is_refused)
{
	static const size_t sizes[] = { 0, 1, sizeof(size_t),
		sizeof(struct echelon_stats) - 1,
		sizeof(struct echelon_stats) + 1,
		sizeof(struct echelon_stats) + 8, SIZE_MAX };
	struct echelon_stats stats;
	struct echelon_stats before;

	memset(&stats, 0xa5, sizeof(stats));
	stats.size = sizes[_i];
	before = stats;
	ck_assert_int_eq(echelon_engine_stats(&engine, &stats), -EINVAL);
	ck_assert(memcmp(&stats, &before, sizeof(stats)) == 0);
}
END_TEST

int
main(int argc, char **argv)
{
	Suite *suite = suite_create("stats");
	TCase *tcase = tcase_create("stats");

	tcase_add_checked_fixture(tcase, set_up, tear_down);
	tcase_add_test(tcase, every_counter_is_summed_over_all_threads);
	tcase_add_test(tcase, threads_and_connections_are_those_of_now);
	tcase_add_loop_test(tcase, size_that_no_version_had_is_refused, 0, 7);
	suite_add_tcase(suite, tcase);
	return test_run(suite, argc, argv);
}
