/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * What a trace says: under every pattern the way of each request through the
 * threads, in order; roles that agree with it; the same numbers as the
 * counters. And nothing while it is off.
 *
 * A request is four bytes; the reply is the same. 'B' first: it blocks.
 */
#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <echelon/echelon.h>

#include "support/client.h"
#include "support/patterns.h"
#include "support/run.h"
#include "support/sync.h"

enum {
	REQUEST = 4,
	REQUESTS = 20,
	CONNECTIONS = 3,
	MOST = 1 << 16
};

static struct {
	echelon_engine *engine;
	int port;
	struct test_gate gate;
	struct test_counter entered;
	struct echelon_trace_event *events;
	size_t n;
} world;

static void
set_up(void)
{
	test_leaks_begin();
	gate_init(&world.gate);
	counter_init(&world.entered);
	world.events = malloc(MOST * sizeof(*world.events));
	world.n = 0;
}

static void
tear_down(void)
{
	free(world.events);
	gate_deinit(&world.gate);
	test_leaks_end();
}

static ptrdiff_t
frame(const void *data, size_t length, void *context)
{
	(void)data;
	(void)length;
	(void)context;
	return REQUEST;
}

static ptrdiff_t
answer(echelon_conn *conn, const void *data, size_t length)
{
	if (*(const char *)data == 'B') {
		counter_add(&world.entered, 1);
		gate_pass(&world.gate);
	}
	(void)echelon_write(conn, data, length);
	return (ptrdiff_t)length;
}

static const struct echelon_handler handler = ECHELON_HANDLER(.frame = frame,
    .on_data = answer);

/** An engine whose threads do not run yet. */
static void
create(const char *pattern)
{
	static const char *const settings[] = { "engine.threads=4", NULL };
	struct echelon_options options = ECHELON_OPTIONS_INIT;
	char address[64];

	options.pattern = pattern;
	options.settings = settings;
	ck_assert_int_eq(echelon_engine_create(&options, &world.engine), 0);
	ck_assert_int_eq(echelon_engine_listen(world.engine, "127.0.0.1:0",
			     &handler, NULL),
	    0);
	ck_assert_int_eq(echelon_engine_address(world.engine, 0, address,
			     sizeof(address)),
	    0);
	world.port = atoi(strrchr(address, ':') + 1);
}

/** An engine that has been traced from its first thread on. */
static void
start_traced(const char *pattern)
{
	create(pattern);
	ck_assert_int_eq(echelon_trace_start(world.engine, 8192), 0);
	ck_assert_int_eq(echelon_engine_start(world.engine), 0);
}

static void
ask(int fd, const char *request)
{
	client_say(fd, request);
	client_expect(fd, request);
}

/** Sends requests one after another, each when the last was answered. */
static void
ask_often(int n_connections)
{
	int fds[CONNECTIONS];

	for (int i = 0; i < n_connections; i++) {
		fds[i] = client_connect(world.port);
	}
	for (int i = 0; i < REQUESTS; i++) {
		ask(fds[i % n_connections], "ping");
	}
	for (int i = 0; i < n_connections; i++) {
		close(fds[i]);
	}
}

static void
read_trace(void)
{
	world.n = echelon_trace_read(world.engine, world.events, MOST);
	ck_assert_uint_lt(world.n, MOST);
}

/** Ends the engine, and reads all that it has recorded. */
static void
finish(void)
{
	echelon_engine_stop(world.engine);
	ck_assert_int_eq(echelon_engine_wait(world.engine), 0);
	read_trace();
}

static void
destroy(void)
{
	echelon_engine_destroy(world.engine);
}

/* ---- looking at a trace ---- */

/** The next event from `i` on of this kind, and of this connection and
 *  thread unless that is 0 or -1; world.n: none. */
static size_t
find(size_t i, enum echelon_trace_kind kind, echelon_conn_id conn, int thread)
{
	for (; i < world.n; i++) {
		const struct echelon_trace_event *event = &world.events[i];

		if (event->kind == (uint32_t)kind &&
		    (conn == 0 || event->conn == conn) &&
		    (thread < 0 || event->thread == (uint32_t)thread)) {
			break;
		}
	}
	return i;
}

static unsigned
count(enum echelon_trace_kind kind)
{
	unsigned n = 0;

	for (size_t i = find(0, kind, 0, -1); i < world.n;
	     i = find(i + 1, kind, 0, -1)) {
		n++;
	}
	return n;
}

/** The connection of the first call. */
static echelon_conn_id
first_connection(void)
{
	size_t i = find(0, ECHELON_TRACE_CALL_BEGIN, 0, -1);

	ck_assert_uint_lt(i, world.n);
	return world.events[i].conn;
}

/* What is known of a thread, event by event. */
struct thread {
	uint32_t role;
	echelon_conn_id turn;
	echelon_conn_id call;
	bool waits;
	bool parked;
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
leaders_waiting(void)
{
	unsigned n = 0;

	for (size_t i = 0; i < 64; i++) {
		n += threads[i].role == ECHELON_ROLE_LEADER && threads[i].waits;
	}
	return n;
}

/** All events, by what their threads can do one after another. */
static void
check_threads(void)
{
	memset(threads, 0, sizeof(threads));
	for (size_t i = 0; i < world.n; i++) {
		const struct echelon_trace_event *event = &world.events[i];

		if (event->thread == ECHELON_TRACE_OUTSIDE) {
			continue;
		}
		ck_assert_msg(apply(event),
		    "event %zu: thread %u, kind %u, role %u", i, event->thread,
		    event->kind, event->role);
		ck_assert_uint_le(leaders_waiting(), 1);
	}
}

/** One request, from event `i` on; returns the event of its last byte. */
static size_t
check_request(size_t i, echelon_conn_id conn)
{
	size_t ready = find(i, ECHELON_TRACE_READY, conn, -1);
	size_t call = find(i, ECHELON_TRACE_CALL_BEGIN, conn, -1);
	size_t queued = find(ready, ECHELON_TRACE_QUEUED, conn, -1);
	size_t returned;
	size_t written;
	int thread;

	ck_assert_uint_lt(call, world.n);
	ck_assert_uint_lt(ready, call);
	ck_assert_uint_eq(world.events[call].detail, ECHELON_CALL_ON_DATA);
	thread = (int)world.events[call].thread;
	if (queued < call) {
		ck_assert_int_ne((int)world.events[queued].thread, thread);
		ck_assert_uint_lt(find(queued, ECHELON_TRACE_TAKEN, conn,
				      thread),
		    call);
	}
	returned = find(call, ECHELON_TRACE_CALL_END, conn, thread);
	written = find(returned, ECHELON_TRACE_WRITE_END, conn, thread);
	ck_assert_uint_lt(returned, world.n);
	ck_assert_uint_lt(find(returned, ECHELON_TRACE_WRITE_BEGIN, conn,
			      thread),
	    written);
	ck_assert_uint_lt(written, world.n);
	ck_assert_uint_eq(world.events[written].detail, REQUEST);
	/* The next may be ready as soon as this reply is being written. */
	return find(returned, ECHELON_TRACE_WRITE_BEGIN, conn, thread);
}

/* ---- tests ---- */

START_TEST(each_request_is_seen_from_ready_to_written)
{
	echelon_conn_id conn;
	size_t i = 0;

	start_traced(test_patterns[_i].name);
	ask_often(1);
	finish();

	conn = first_connection();
	for (int n = 0; n < REQUESTS; n++) {
		i = check_request(i, conn);
	}
	destroy();
}
END_TEST

START_TEST(events_of_a_thread_fit_its_role_and_each_other)
{
	start_traced(test_patterns[_i].name);
	ask_often(CONNECTIONS);
	finish();

	check_threads();
	for (size_t i = 1; i < world.n; i++) {
		ck_assert_uint_ge(world.events[i].time_ns,
		    world.events[i - 1].time_ns);
	}
	destroy();
}
END_TEST

START_TEST(trace_agrees_with_the_counters)
{
	struct echelon_stats stats = { .size = sizeof(stats) };
	uint64_t bytes = 0;

	start_traced(test_patterns[_i].name);
	ask_often(CONNECTIONS);
	finish();

	ck_assert_int_eq(echelon_engine_stats(world.engine, &stats), 0);
	ck_assert_uint_eq(count(ECHELON_TRACE_TAKEN), stats.turns);
	ck_assert_uint_eq(count(ECHELON_TRACE_TURN_END), stats.turns);
	ck_assert_uint_eq(count(ECHELON_TRACE_CALL_BEGIN), REQUESTS);
	ck_assert_uint_eq(count(ECHELON_TRACE_QUEUED), stats.queued);
	ck_assert_uint_eq(count(ECHELON_TRACE_PROMOTED), stats.promoted);
	ck_assert_uint_eq(count(ECHELON_TRACE_TAKEN_OVER), stats.taken_over);
	ck_assert_uint_eq(count(ECHELON_TRACE_PARKED), stats.parks);
	ck_assert_uint_eq(count(ECHELON_TRACE_WAIT_END), stats.waits);
	for (size_t i = 0; i < world.n; i++) {
		if (world.events[i].kind == ECHELON_TRACE_WRITE_END) {
			bytes += world.events[i].detail;
		}
	}
	ck_assert_uint_eq(bytes, stats.bytes_out);
	destroy();
}
END_TEST

START_TEST(take_over_names_the_thread_that_blocks)
{
	size_t over;
	size_t call;
	int blocked;
	int other;

	start_traced(test_patterns[_i].name);
	blocked = client_connect(world.port);
	other = client_connect(world.port);
	client_say(blocked, "Bang");
	ck_assert(counter_wait(&world.entered, 1));
	if (test_patterns[_i].keeps_g5) {
		ask(other, "ping");
	}
	gate_open_all(&world.gate);
	client_expect(blocked, "Bang");
	close(blocked);
	close(other);
	finish();

	over = find(0, ECHELON_TRACE_TAKEN_OVER, 0, -1);
	if (over < world.n) {
		ck_assert_uint_eq(world.events[over].thread,
		    ECHELON_TRACE_OUTSIDE);
		call = find(0, ECHELON_TRACE_CALL_BEGIN, 0,
		    (int)world.events[over].detail);
		ck_assert_uint_lt(call, over);
		ck_assert_uint_gt(find(call, ECHELON_TRACE_CALL_END, 0,
				      (int)world.events[over].detail),
		    over);
	}
	check_threads();
	destroy();
}
END_TEST

START_TEST(nothing_is_recorded_while_off)
{
	create(test_patterns[_i].name);
	ck_assert_int_eq(echelon_engine_start(world.engine), 0);
	ask_often(1);
	finish();

	ck_assert_uint_eq(world.n, 0);
	destroy();
}
END_TEST

START_TEST(stop_leaves_what_was_recorded)
{
	size_t n;

	start_traced(test_patterns[_i].name);
	ask_often(1);
	echelon_engine_stop(world.engine);
	ck_assert_int_eq(echelon_engine_wait(world.engine), 0);
	n = echelon_trace_read(world.engine, NULL, 0);
	echelon_trace_stop(world.engine);
	echelon_trace_stop(world.engine);
	read_trace();

	ck_assert_uint_gt(n, 0);
	ck_assert_uint_eq(world.n, n);
	destroy();
}
END_TEST

START_TEST(start_forgets_what_was_recorded_before)
{
	echelon_conn_id first;

	start_traced(test_patterns[_i].name);
	ask_often(1);
	read_trace();
	first = first_connection();
	echelon_trace_stop(world.engine);
	ck_assert_int_eq(echelon_trace_start(world.engine, 0), 0);
	ask_often(1);
	finish();

	ck_assert_uint_lt(find(0, ECHELON_TRACE_CALL_BEGIN, 0, -1), world.n);
	ck_assert_uint_eq(find(0, ECHELON_TRACE_CALL_BEGIN, first, -1),
	    world.n);
	destroy();
}
END_TEST

START_TEST(newest_events_remain)
{
	struct echelon_stats stats = { .size = sizeof(stats) };
	struct echelon_trace_event last[8];

	create(test_patterns[_i].name);
	ck_assert_int_eq(echelon_trace_start(world.engine, 30), 0);
	ck_assert_int_eq(echelon_engine_start(world.engine), 0);
	ask_often(1);
	finish();

	ck_assert_int_eq(echelon_engine_stats(world.engine, &stats), 0);
	ck_assert_uint_le(world.n, 32 * (stats.threads + 2));
	/* The last thing that any thread does is to have no role. */
	ck_assert_uint_eq(echelon_trace_read(world.engine, last, 8), 8);
	ck_assert_uint_eq(last[7].kind, ECHELON_TRACE_ROLE);
	ck_assert_uint_eq(last[7].role, ECHELON_ROLE_NONE);
	ck_assert_int_eq(memcmp(last, &world.events[world.n - 8], sizeof(last)),
	    0);
	destroy();
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
		size_t n = echelon_trace_read(world.engine, events, 256);

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

	create(test_patterns[_i].name);
	ck_assert_int_eq(echelon_trace_start(world.engine, 16), 0);
	ck_assert_int_eq(echelon_engine_start(world.engine), 0);
	ck_assert_int_eq(pthread_create(&reader, NULL, read_again_and_again,
			     NULL),
	    0);
	for (int i = 0; i < 10; i++) {
		ask_often(CONNECTIONS);
	}
	atomic_store(&reading_over, true);
	pthread_join(reader, NULL);
	finish();

	ck_assert_uint_eq(atomic_load(&n_bad), 0);
	destroy();
}
END_TEST

START_TEST(start_has_its_errors)
{
	create(NULL);

	ck_assert_int_eq(echelon_trace_start(world.engine,
			     ECHELON_TRACE_MOST_EVENTS + 1),
	    -EINVAL);
	ck_assert_int_eq(echelon_trace_start(world.engine, 1), 0);
	ck_assert_int_eq(echelon_trace_start(world.engine, 1), -EALREADY);
	ck_assert_uint_eq(echelon_trace_read(world.engine, NULL, 0), 0);
	destroy();
}
END_TEST

/* An allocator that gives no more. */
static bool memory_is_over;

static void *
allocate(void *context, size_t bytes)
{
	(void)context;
	return memory_is_over ? NULL : malloc(bytes);
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
	ck_assert_int_eq(echelon_engine_create(&options, &world.engine), 0);
	memory_is_over = true;

	ck_assert_int_eq(echelon_trace_start(world.engine, 0), -ENOMEM);
	memory_is_over = false;
	ck_assert_int_eq(echelon_trace_start(world.engine, 0), 0);
	destroy();
}
END_TEST

int
main(int argc, char **argv)
{
	Suite *suite = suite_create("trace");
	TCase *all = tcase_create("patterns");
	TCase *once = tcase_create("once");

	tcase_add_checked_fixture(all, set_up, tear_down);
	tcase_add_checked_fixture(once, set_up, tear_down);
	tcase_add_loop_test(all, each_request_is_seen_from_ready_to_written, 0,
	    n_test_patterns);
	tcase_add_loop_test(all, events_of_a_thread_fit_its_role_and_each_other,
	    0, n_test_patterns);
	tcase_add_loop_test(all, trace_agrees_with_the_counters, 0,
	    n_test_patterns);
	tcase_add_loop_test(all, take_over_names_the_thread_that_blocks, 0,
	    n_test_patterns);
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
	suite_add_tcase(suite, all);
	suite_add_tcase(suite, once);
	return test_run(suite, argc, argv);
}
