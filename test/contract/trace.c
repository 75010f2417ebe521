/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * What a trace says: under every pattern the way of each request through the
 * threads, in order; roles that agree with it; the same numbers as the
 * counters.
 */
#include <check.h>
#include <string.h>
#include <unistd.h>

#include "support/client.h"
#include "support/patterns.h"
#include "support/run.h"
#include "trace_support.h"

/* What is known of a thread, event by event. */
struct thread {
	uint32_t role;
	echelon_conn_id turn;
	echelon_conn_id call;
	bool waits;
	bool parked;
	bool lost_lead; /* and does not know yet */
};

static struct thread threads[64];

/** Applies an event to its thread; false: it cannot be so. */
static bool
apply(const struct echelon_trace_event *event)
{
	struct thread *thread = &threads[event->thread];
	bool fine = true;

	switch ((enum echelon_trace_kind)event->kind) {
	case ECHELON_TRACE_ROLE:
		fine = !thread->waits && !thread->parked && thread->call == 0;
		thread->role = event->role;
		thread->lost_lead = false;
		break;
	case ECHELON_TRACE_WAIT_BEGIN:
		fine = !thread->waits && thread->turn == 0 &&
		    (event->role == ECHELON_ROLE_LEADER ||
			event->role == ECHELON_ROLE_ASYNCHRONOUS ||
			event->role == ECHELON_ROLE_DISPATCHER);
		thread->waits = true;
		break;
	case ECHELON_TRACE_WAIT_END:
		fine = thread->waits;
		thread->waits = false;
		break;
	case ECHELON_TRACE_PARKED:
		fine = !thread->parked && thread->turn == 0 &&
		    (event->role == ECHELON_ROLE_FOLLOWER ||
			event->role == ECHELON_ROLE_WORKER);
		thread->parked = true;
		break;
	case ECHELON_TRACE_WOKEN:
		fine = thread->parked;
		thread->parked = false;
		break;
	case ECHELON_TRACE_TAKEN:
		fine = thread->turn == 0 && !thread->waits && !thread->parked;
		thread->turn = event->conn;
		break;
	case ECHELON_TRACE_TURN_END:
		fine = thread->turn == event->conn && thread->call == 0;
		thread->turn = 0;
		break;
	case ECHELON_TRACE_CALL_BEGIN:
		fine = thread->turn == event->conn && thread->call == 0 &&
		    event->role != ECHELON_ROLE_ASYNCHRONOUS;
		thread->call = event->conn;
		break;
	case ECHELON_TRACE_CALL_END:
		fine = thread->call == event->conn;
		thread->call = 0;
		break;
	case ECHELON_TRACE_WRITE_BEGIN:
	case ECHELON_TRACE_WRITE_END:
		fine = thread->turn == event->conn;
		break;
	case ECHELON_TRACE_PROMOTED:
		fine = event->role == ECHELON_ROLE_LEADER;
		break;
	case ECHELON_TRACE_READY:
	case ECHELON_TRACE_QUEUED:
	case ECHELON_TRACE_POSTED:
	case ECHELON_TRACE_TAKEN_OVER:
		break;
	}
	return fine && event->role == thread->role;
}

static unsigned
count_leaders(void)
{
	unsigned n = 0;

	for (size_t i = 0; i < 64; i++) {
		n += threads[i].role == ECHELON_ROLE_LEADER &&
		    !threads[i].lost_lead;
	}
	return n;
}

/** All events, by what their threads can do one after another. */
static void
check_threads(void)
{
	memset(threads, 0, sizeof(threads));
	for (size_t i = 0; i < trace_world.n; i++) {
		const struct echelon_trace_event *event = &trace_world
							       .events[i];

		if (event->kind == ECHELON_TRACE_TAKEN_OVER) {
			threads[event->detail].lost_lead = true;
		}
		if (event->thread == ECHELON_TRACE_OUTSIDE) {
			continue;
		}
		ck_assert_msg(apply(event),
		    "event %zu: thread %u, kind %u, role %u", i, event->thread,
		    event->kind, event->role);
		ck_assert_uint_le(count_leaders(), 1);
	}
}

/** One request, from event `i` on; returns the event of its last byte. */
static size_t
check_request(size_t i, echelon_conn_id conn)
{
	size_t ready = trace_find(i, ECHELON_TRACE_READY, conn, -1);
	size_t call = trace_find(i, ECHELON_TRACE_CALL_BEGIN, conn, -1);
	size_t queued = trace_find(ready, ECHELON_TRACE_QUEUED, conn, -1);
	size_t returned;
	size_t written;
	int thread;

	ck_assert_uint_lt(call, trace_world.n);
	ck_assert_uint_lt(ready, call);
	ck_assert_uint_eq(trace_world.events[call].detail,
	    ECHELON_CALL_ON_DATA);
	thread = (int)trace_world.events[call].thread;
	if (queued < call) {
		ck_assert_int_ne((int)trace_world.events[queued].thread,
		    thread);
		ck_assert_uint_lt(trace_find(queued, ECHELON_TRACE_TAKEN, conn,
				      thread),
		    call);
	}
	returned = trace_find(call, ECHELON_TRACE_CALL_END, conn, thread);
	written = trace_find(returned, ECHELON_TRACE_WRITE_END, conn, thread);
	ck_assert_uint_lt(returned, trace_world.n);
	ck_assert_uint_lt(trace_find(returned, ECHELON_TRACE_WRITE_BEGIN, conn,
			      thread),
	    written);
	ck_assert_uint_lt(written, trace_world.n);
	ck_assert_uint_eq(trace_world.events[written].detail, TRACE_REQUEST);
	/* The next may be ready as soon as this reply is being written. */
	return trace_find(returned, ECHELON_TRACE_WRITE_BEGIN, conn, thread);
}

/* ---- tests ---- */

START_TEST(each_request_is_seen_from_ready_to_written)
{
	echelon_conn_id conn;
	size_t i = 0;

	trace_start(test_patterns[_i].name);
	trace_ask_often(1);
	trace_finish();

	conn = trace_first_connection();
	for (int n = 0; n < TRACE_REQUESTS; n++) {
		i = check_request(i, conn);
	}
	trace_destroy();
}
END_TEST

START_TEST(events_of_a_thread_fit_its_role_and_each_other)
{
	trace_start(test_patterns[_i].name);
	trace_ask_often(TRACE_CONNECTIONS);
	trace_finish();

	check_threads();
	for (size_t i = 1; i < trace_world.n; i++) {
		ck_assert_uint_ge(trace_world.events[i].time_ns,
		    trace_world.events[i - 1].time_ns);
	}
	trace_destroy();
}
END_TEST

START_TEST(trace_agrees_with_the_counters)
{
	struct echelon_stats stats = { .size = sizeof(stats) };
	uint64_t bytes = 0;

	trace_start(test_patterns[_i].name);
	trace_ask_often(TRACE_CONNECTIONS);
	trace_finish();

	ck_assert_int_eq(echelon_engine_stats(trace_world.engine, &stats), 0);
	ck_assert_uint_eq(trace_count(ECHELON_TRACE_TAKEN), stats.turns);
	ck_assert_uint_eq(trace_count(ECHELON_TRACE_TURN_END), stats.turns);
	ck_assert_uint_eq(trace_count(ECHELON_TRACE_CALL_BEGIN),
	    TRACE_REQUESTS);
	ck_assert_uint_eq(trace_count(ECHELON_TRACE_QUEUED), stats.queued);
	ck_assert_uint_eq(trace_count(ECHELON_TRACE_PROMOTED), stats.promoted);
	ck_assert_uint_eq(trace_count(ECHELON_TRACE_TAKEN_OVER),
	    stats.taken_over);
	ck_assert_uint_eq(trace_count(ECHELON_TRACE_PARKED), stats.parks);
	ck_assert_uint_eq(trace_count(ECHELON_TRACE_WAIT_END), stats.waits);
	for (size_t i = 0; i < trace_world.n; i++) {
		if (trace_world.events[i].kind == ECHELON_TRACE_WRITE_END) {
			bytes += trace_world.events[i].detail;
		}
	}
	ck_assert_uint_eq(bytes, stats.bytes_out);
	trace_destroy();
}
END_TEST

/** Whether a thread is in a call when event `i` happens. */
static bool
is_in_call(size_t i, int thread)
{
	bool is_in = false;

	for (size_t at = trace_find(0, ECHELON_TRACE_CALL_BEGIN, 0, thread);
	     at < i;
	     at = trace_find(at + 1, ECHELON_TRACE_CALL_BEGIN, 0, thread)) {
		is_in = trace_find(at, ECHELON_TRACE_CALL_END, 0, thread) > i;
	}
	return is_in;
}

START_TEST(take_over_names_the_thread_that_blocks)
{
	size_t over;
	int blocked;
	int other;

	trace_start(test_patterns[_i].name);
	/* With nothing else at hand, so that a lead is kept. */
	blocked = client_connect(trace_world.port);
	trace_ask(blocked, "ping");
	client_say(blocked, "Bang");
	ck_assert(counter_wait(&trace_world.entered, 1));
	other = client_connect(trace_world.port);
	if (test_patterns[_i].keeps_g5) {
		trace_ask(other, "ping");
	}
	gate_open_all(&trace_world.gate);
	client_expect(blocked, "Bang");
	close(blocked);
	close(other);
	trace_finish();

	over = trace_find(0, ECHELON_TRACE_TAKEN_OVER, 0, -1);
	if (over < trace_world.n) {
		ck_assert_uint_eq(trace_world.events[over].thread,
		    ECHELON_TRACE_OUTSIDE);
		ck_assert(is_in_call(over,
		    (int)trace_world.events[over].detail));
	}
	check_threads();
	trace_destroy();
}
END_TEST

START_TEST(message_is_seen_from_post_to_call)
{
	size_t posted;
	size_t ready;
	size_t call;
	int fd;

	trace_start(test_patterns[_i].name);
	fd = client_connect(trace_world.port);
	trace_ask(fd, "ping");
	trace_read();
	ck_assert_int_eq(echelon_post(trace_world.engine,
			     trace_first_connection(), &trace_world, NULL),
	    0);
	ck_assert(counter_wait(&trace_world.entered, 1));
	close(fd);
	trace_finish();

	posted = trace_find(0, ECHELON_TRACE_POSTED, trace_first_connection(),
	    -1);
	call = trace_find(posted, ECHELON_TRACE_CALL_BEGIN,
	    trace_first_connection(), -1);
	ready = trace_find(posted, ECHELON_TRACE_READY,
	    trace_first_connection(), -1);
	ck_assert_uint_lt(call, trace_world.n);
	ck_assert_uint_eq(trace_world.events[call].detail,
	    ECHELON_CALL_ON_MESSAGE);
	ck_assert_uint_eq(trace_world.events[posted].thread,
	    ECHELON_TRACE_OUTSIDE);
	if (ready < call) {
		ck_assert_uint_eq(trace_world.events[ready].detail,
		    ECHELON_READY_POST);
	}
	trace_destroy();
}
END_TEST

int
main(int argc, char **argv)
{
	Suite *suite = suite_create("trace");
	TCase *all = tcase_create("patterns");

	tcase_add_checked_fixture(all, trace_set_up, trace_tear_down);
	tcase_add_loop_test(all, each_request_is_seen_from_ready_to_written, 0,
	    n_test_patterns);
	tcase_add_loop_test(all, events_of_a_thread_fit_its_role_and_each_other,
	    0, n_test_patterns);
	tcase_add_loop_test(all, trace_agrees_with_the_counters, 0,
	    n_test_patterns);
	tcase_add_loop_test(all, take_over_names_the_thread_that_blocks, 0,
	    n_test_patterns);
	tcase_add_loop_test(all, message_is_seen_from_post_to_call, 0,
	    n_test_patterns);
	suite_add_tcase(suite, all);
	return test_run(suite, argc, argv);
}
