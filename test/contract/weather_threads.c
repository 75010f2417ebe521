/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * What the options promise: hooks of threads, an allocator of one's own,
 * and options of a newer version.
 */

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "weather_support.h"

enum {
	MOST_THREADS = 64,
	KEPT_MS = 200
};

/* ---- on_thread_start, on_thread_stop ---- */

struct hooked {
	struct weather weather;
	_Atomic int starts;
	_Atomic int stops;
	int fail_at; /* the call of on_thread_start that fails; 0: none */
	bool thread_each;
	pthread_t threads[MOST_THREADS];
};

static int
start_thread(void *context, void **thread_data)
{
	struct hooked *hooked = context;
	int n = atomic_fetch_add(&hooked->starts, 1);

	if (n + 1 == hooked->fail_at) {
		return -EACCES;
	}
	hooked->threads[n] = pthread_self();
	*thread_data = &hooked->threads[n];
	return 0;
}

static bool
is_own(const void *thread_data)
{
	pthread_t thread;

	if (thread_data == NULL) {
		return false;
	}
	memcpy(&thread, thread_data, sizeof(thread));
	return pthread_equal(thread, pthread_self()) != 0;
}

static void
stop_thread(void *context, void *thread_data)
{
	struct hooked *hooked = context;

	if (!is_own(thread_data)) {
		weather_problem(&hooked->weather,
		    "on_thread_stop got another thread's data");
	}
	atomic_fetch_add(&hooked->stops, 1);
}

static void
check_thread(echelon_conn *conn)
{
	struct hooked *hooked = echelon_conn_context(conn);

	if (!is_own(echelon_thread_data(conn))) {
		weather_problem(&hooked->weather,
		    "a handler got another thread's data");
	}
	if (!hooked->thread_each && atomic_load(&hooked->stops) != 0) {
		weather_problem(&hooked->weather,
		    "a handler ran after on_thread_stop");
	}
}

static int
open_checked(echelon_conn *conn)
{
	check_thread(conn);
	return weather_on_open(conn);
}

static ptrdiff_t
echo_checked(echelon_conn *conn, const void *data, size_t length)
{
	check_thread(conn);
	return weather_echo(conn, data, length);
}

static void
close_checked(echelon_conn *conn, int reason)
{
	check_thread(conn);
	weather_on_close(conn, reason);
}

static const struct echelon_handler checked = ECHELON_HANDLER(
	.on_open = open_checked, .on_data = echo_checked,
    .on_close = close_checked);

static const struct echelon_handler echo = ECHELON_HANDLER(
	.on_data = weather_echo);

static struct echelon_options
options_of(int row, struct hooked *hooked)
{
	struct echelon_options options = ECHELON_OPTIONS_INIT;

	options.pattern = test_patterns[row].name;
	options.on_thread_start = start_thread;
	options.on_thread_stop = stop_thread;
	options.thread_context = hooked;
	return options;
}

START_TEST(every_thread_starts_and_stops_with_its_hooks)
{
	enum {
		CLIENTS = 20
	};
	bool each = test_patterns[_i].thread_each;
	struct hooked hooked = { .thread_each = each };
	struct echelon_options options = options_of(_i, &hooked);
	struct test_server *server;
	int starts;

	weather_init(&hooked.weather);
	server = test_server_start_options(&options, &checked, &hooked);
	/* All have run before start returns. */
	starts = atomic_load(&hooked.starts);
	ck_assert_uint_ge((unsigned)starts, test_server_stats(server).threads);
	for (int i = 0; i < CLIENTS; i++) {
		int fd = test_server_connect(server);

		client_say(fd, "hello");
		client_expect(fd, "hello");
		close(fd);
	}
	ck_assert(counter_wait(&hooked.weather.closed, CLIENTS));
	ck_assert(each || atomic_load(&hooked.stops) == 0);
	test_server_stop(server);
	starts += each ? CLIENTS : 0;
	ck_assert_int_eq(atomic_load(&hooked.starts), starts);
	ck_assert_int_eq(atomic_load(&hooked.stops), starts);
	weather_deinit(&hooked.weather);
}
END_TEST

START_TEST(thread_that_fails_to_start_fails_start)
{
	static const char *const settings[] = { "engine.threads=4", NULL };
	struct hooked hooked = { .fail_at = 1 };
	struct echelon_options options = options_of(_i, &hooked);
	echelon_engine *engine;

	options.settings = settings;
	weather_init(&hooked.weather);
	/* The last of the threads there are, once that is known. */
	for (int last = 1; hooked.fail_at <= last; hooked.fail_at++) {
		atomic_store(&hooked.starts, 0);
		atomic_store(&hooked.stops, 0);
		ck_assert_int_eq(echelon_engine_create(&options, &engine), 0);
		ck_assert_int_eq(echelon_engine_listen(engine, "127.0.0.1:0",
				     &checked, &hooked),
		    0);
		ck_assert_int_eq(echelon_engine_start(engine), -EACCES);
		last = atomic_load(&hooked.starts);
		ck_assert_int_eq(atomic_load(&hooked.stops), last - 1);
		ck_assert_int_ne(echelon_engine_start(engine), 0);
		ck_assert_int_eq(echelon_engine_wait(engine), -EINVAL);
		echelon_engine_destroy(engine);
	}
	weather_deinit(&hooked.weather);
}
END_TEST

static bool
has_no_threads_of_connections(void *server)
{
	return test_server_stats(server).threads == 0;
}

START_TEST(thread_of_a_connection_ends_with_it)
{
	struct hooked hooked = { .thread_each = true };
	struct echelon_options options = options_of(_i, &hooked);
	struct test_server *server;
	int fds[2];

	if (!test_patterns[_i].thread_each) {
		return;
	}
	weather_init(&hooked.weather);
	server = test_server_start_options(&options, &checked, &hooked);
	for (int i = 0; i < 2; i++) {
		fds[i] = test_server_connect(server);
		client_say(fds[i], "hello");
		client_expect(fds[i], "hello");
	}
	ck_assert_uint_eq(test_server_stats(server).threads, 2);
	close(fds[0]);
	close(fds[1]);
	ck_assert(test_eventually(has_no_threads_of_connections, server));
	test_server_stop(server);
	ck_assert_int_eq(atomic_load(&hooked.starts), 3);
	ck_assert_int_eq(atomic_load(&hooked.stops), 3);
	weather_deinit(&hooked.weather);
}
END_TEST

START_TEST(connection_whose_thread_fails_to_start_is_closed_unopened)
{
	struct hooked hooked = { .fail_at = 2, .thread_each = true };
	struct echelon_options options = options_of(_i, &hooked);
	struct test_server *server;
	int fd;

	if (!test_patterns[_i].thread_each) {
		return;
	}
	weather_init(&hooked.weather);
	server = test_server_start_options(&options, &checked, &hooked);
	fd = client_connect(test_server_port(server));
	ck_assert(client_sees_fin(fd));
	close(fd);
	ck_assert(test_server_logged(server, "on_thread_start failed"));
	ck_assert_uint_eq(test_server_stats(server).refused, 1);
	ck_assert_int_eq(counter_get(&hooked.weather.closed), 0);

	fd = test_server_connect(server);
	client_say(fd, "hello");
	client_expect(fd, "hello");
	close(fd);
	test_server_stop(server);
	weather_deinit(&hooked.weather);
}
END_TEST

/* A connection leaves its slot before its thread is gone. */
START_TEST(slot_that_is_free_again_has_a_thread_too)
{
	enum {
		DESCRIPTORS = 64,
		CONNECTIONS = 23, /* what they leave room for, two for each */
		ROUNDS = 500
	};
	struct hooked hooked = { .thread_each = true };
	struct echelon_options options = options_of(_i, &hooked);
	struct test_server *server;
	struct rlimit before;
	struct rlimit few;
	int fds[CONNECTIONS];

	if (!test_patterns[_i].thread_each) {
		return;
	}
	weather_init(&hooked.weather);
	options.on_thread_start = NULL;
	options.on_thread_stop = NULL;
	ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &before), 0);
	few = (struct rlimit){ .rlim_cur = DESCRIPTORS,
		.rlim_max = before.rlim_max };
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &few), 0);
	server = test_server_start_options(&options, &echo, &hooked.weather);
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &before), 0);
	ck_assert(test_server_logged(server, "limits.connections is 23:"));
	for (int i = 0; i < CONNECTIONS; i++) {
		fds[i] = test_server_connect(server);
	}
	for (int i = 0; i < ROUNDS; i++) {
		close(fds[i % CONNECTIONS]);
		fds[i % CONNECTIONS] = test_server_connect(server);
		client_say(fds[i % CONNECTIONS], "x");
		client_expect(fds[i % CONNECTIONS], "x");
	}
	ck_assert_uint_eq(test_server_stats(server).accept_failures, 0);
	ck_assert_uint_eq(test_server_stats(server).refused, 0);
	for (int i = 0; i < CONNECTIONS; i++) {
		close(fds[i]);
	}
	test_server_stop(server);
	weather_deinit(&hooked.weather);
}
END_TEST

/* ---- the allocator ---- */

struct ledger {
	_Atomic int allocated;
	_Atomic int released;
	_Atomic int left; /* allocations that succeed; negative: all */
};

static void *
allocate(void *context, size_t bytes)
{
	struct ledger *ledger = context;
	int left = atomic_load(&ledger->left);

	if (left == 0) {
		return NULL;
	}
	if (left > 0) {
		atomic_fetch_sub(&ledger->left, 1);
	}
	atomic_fetch_add(&ledger->allocated, 1);
	return malloc(bytes);
}

static void
release(void *context, void *memory)
{
	struct ledger *ledger = context;

	if (memory != NULL) {
		atomic_fetch_add(&ledger->released, 1);
	}
	free(memory);
}

static struct echelon_options
with_ledger(int row, struct ledger *ledger)
{
	struct echelon_options options = ECHELON_OPTIONS_INIT;

	options.pattern = test_patterns[row].name;
	options.allocator = (struct echelon_allocator){
		.allocate = allocate, .release = release, .context = ledger
	};
	return options;
}

/** Keeps memory of every kind in use: output, input, messages. */
static ptrdiff_t
use_memory(echelon_conn *conn, const void *data, size_t length)
{
	static const char reply[300000];

	(void)data;
	(void)echelon_write(conn, reply, sizeof(reply));
	(void)echelon_write_ref(conn, reply, sizeof(reply), NULL, NULL);
	(void)echelon_post(echelon_conn_engine(conn), echelon_conn_get_id(conn),
	    NULL, NULL);
	counter_add(&weather_of(conn)->calls, 1);
	return length > 10 ? (ptrdiff_t)length : 0;
}

static const struct echelon_handler using = ECHELON_HANDLER(
	.on_data = use_memory, .on_close = weather_on_close);

START_TEST(allocator_gets_back_everything)
{
	enum {
		CLIENTS = 8
	};
	struct ledger ledger = { .left = -1 };
	struct echelon_options options = with_ledger(_i, &ledger);
	struct weather weather;
	struct test_server *server;
	int fds[CLIENTS];

	weather_init(&weather);
	server = test_server_start_options(&options, &using, &weather);
	for (int i = 0; i < CLIENTS; i++) {
		fds[i] = test_server_connect(server);
		client_say(fds[i], i % 2 == 0 ? "incomplete" : "all of it...");
	}
	ck_assert(counter_wait(&weather.calls, CLIENTS));
	for (int i = 0; i < CLIENTS; i++) {
		if (i < CLIENTS / 2) {
			close(fds[i]);
		} else {
			client_reset(fds[i]);
		}
	}
	ck_assert(counter_wait(&weather.closed, CLIENTS));
	test_server_stop(server);
	ck_assert_int_gt(atomic_load(&ledger.allocated), 0);
	ck_assert_int_eq(atomic_load(&ledger.allocated),
	    atomic_load(&ledger.released));
	weather_deinit(&weather);
}
END_TEST

START_TEST(create_without_memory_fails_and_keeps_none)
{
	struct ledger ledger = { .left = 0 };
	struct echelon_options options = with_ledger(_i, &ledger);
	echelon_engine *engine = NULL;
	int error = -ENOMEM;
	int failures = 0;

	while (error != 0) {
		atomic_store(&ledger.left, failures);
		error = echelon_engine_create(&options, &engine);
		if (error == 0) {
			break;
		}
		ck_assert_int_eq(error, -ENOMEM);
		ck_assert_ptr_null(engine);
		ck_assert_int_eq(atomic_load(&ledger.allocated),
		    atomic_load(&ledger.released));
		failures++;
		ck_assert_int_lt(failures, 1000);
	}
	ck_assert_int_gt(failures, 3);
	echelon_engine_destroy(engine);
	ck_assert_int_eq(atomic_load(&ledger.allocated),
	    atomic_load(&ledger.released));
}
END_TEST

static bool
has_room_again(void *context)
{
	int fd = test_server_connect(context);
	char reply;
	bool served;

	client_say(fd, "x");
	served = recv(fd, &reply, 1, 0) == 1;
	close(fd);
	return served;
}

START_TEST(server_without_memory_serves_again_when_there_is_some)
{
	struct ledger ledger = { .left = -1 };
	struct echelon_options options = with_ledger(_i, &ledger);
	struct weather weather;
	struct test_server *server;

	weather_init(&weather);
	server = test_server_start_options(&options, &echo, &weather);
	for (int i = 0; i < 8; i++) {
		int fd = test_server_connect(server);

		atomic_store(&ledger.left, i);
		client_say(fd, "hello");
		(void)shutdown(fd, SHUT_WR);
		/* Served, closed, or kept until there is memory. */
		(void)poll(&(struct pollfd){ .fd = fd, .events = POLLIN }, 1,
		    KEPT_MS);
		atomic_store(&ledger.left, -1);
		while (recv(fd, (char[8]){ 0 }, 8, 0) > 0) {
		}
		close(fd);
	}
	ck_assert(test_eventually(has_room_again, server));
	test_server_stop(server);
	ck_assert_int_eq(atomic_load(&ledger.allocated),
	    atomic_load(&ledger.released));
	weather_deinit(&weather);
}
END_TEST

/* ---- versions ---- */

struct newer_options {
	struct echelon_options known;
	void *unknown;
};

START_TEST(options_of_a_newer_version_are_taken_while_unused)
{
	struct newer_options options = { .known = ECHELON_OPTIONS_INIT };
	struct echelon_options *known = &options.known;
	echelon_engine *engine = NULL;

	known->size = sizeof(options);
	known->pattern = test_patterns[_i].name;
	options.unknown = &options;
	ck_assert_int_eq(echelon_engine_create(known, &engine), -E2BIG);
	ck_assert_ptr_null(engine);
	options.unknown = NULL;
	ck_assert_int_eq(echelon_engine_create(known, &engine), 0);
	echelon_engine_destroy(engine);
}
END_TEST

int
main(int argc, char **argv)
{
	Suite *suite = suite_create("weather: threads and memory");

	weather_add(suite, "hooks",
	    every_thread_starts_and_stops_with_its_hooks);
	weather_add(suite, "hooks fail",
	    thread_that_fails_to_start_fails_start);
	weather_add(suite, "a thread each",
	    thread_of_a_connection_ends_with_it);
	weather_add(suite, "a thread each fails",
	    connection_whose_thread_fails_to_start_is_closed_unopened);
	weather_add(suite, "a thread each, at the limit",
	    slot_that_is_free_again_has_a_thread_too);
	weather_add(suite, "allocator", allocator_gets_back_everything);
	weather_add(suite, "no memory",
	    create_without_memory_fails_and_keeps_none);
	weather_add(suite, "no memory later",
	    server_without_memory_serves_again_when_there_is_some);
	weather_add(suite, "versions",
	    options_of_a_newer_version_are_taken_while_unused);
	return test_run(suite, argc, argv);
}
