/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * Output to a peer that is slow, or reads nothing at all.
 *
 * The chain: what the socket does not take is kept up to limits.output;
 * above half of it the connection's input pauses; a write that finds no room
 * takes nothing, and is asked for again when there is room; and a peer that
 * takes nothing at all is closed by its deadline. So memory has a bound that
 * no client can move, and waiting costs no turns.
 */

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "weather_support.h"

enum {
	REQUEST_BYTES = 16,
	KIB = 1024
};

static ptrdiff_t
frame_fixed(const void *data, size_t length, void *context)
{
	(void)data;
	(void)context;
	return length > 0 ? REQUEST_BYTES : 0;
}

/* ---- memory ---- */

/* An allocator that knows how much is in use. */
static _Atomic size_t in_use;
static _Atomic size_t most_in_use;

static void *
allocate_counted(void *context, size_t bytes)
{
	size_t *block = malloc(bytes + 16);
	size_t now;
	size_t most = atomic_load(&most_in_use);

	(void)context;
	if (block == NULL) {
		return NULL;
	}
	block[0] = bytes;
	now = atomic_fetch_add(&in_use, bytes) + bytes;
	while (now > most &&
	    !atomic_compare_exchange_weak(&most_in_use, &most, now)) {
	}
	return (char *)block + 16;
}

static void
release_counted(void *context, void *memory)
{
	size_t *block;

	(void)context;
	if (memory != NULL) {
		block = (size_t *)(void *)((char *)memory - 16);
		atomic_fetch_sub(&in_use, block[0]);
		free(block);
	}
}

/* ---- a reader that never reads ---- */

static ptrdiff_t
write_16_kib(echelon_conn *conn, const void *data, size_t length)
{
	static const char reply[16 * KIB];
	int error = echelon_write(conn, reply, sizeof(reply));

	(void)data;
	return error == 0 ? (ptrdiff_t)length : error;
}

static const struct echelon_handler amplifying = ECHELON_HANDLER(
    .frame = frame_fixed, .on_data = write_16_kib,
    .on_close = weather_on_close);

/** Sends requests, and reads nothing, until the server has had enough. */
static size_t
flood(int fd)
{
	static const char requests[256 * REQUEST_BYTES];
	struct pollfd room = { .fd = fd, .events = POLLOUT };
	size_t sent = 0;

	(void)fcntl(fd, F_SETFL, O_NONBLOCK);
	for (;;) {
		ssize_t n;

		if (poll(&room, 1, test_patience() * 1000) != 1) {
			return 0;
		}
		n = send(fd, requests, sizeof(requests), MSG_NOSIGNAL);
		if (n < 0 && errno != EAGAIN) {
			return sent;
		}
		sent += n > 0 ? (size_t)n : 0;
	}
}

START_TEST(reader_that_never_reads_is_paused_bounded_and_closed)
{
	static const char *const settings[] = { "limits.output=256KiB",
		"limits.input=64KiB", "deadlines.write_stall=500ms", NULL };
	struct echelon_options options = ECHELON_OPTIONS_INIT;
	struct weather weather;
	struct test_server *server;
	size_t at_rest;
	int fd;

	weather_init(&weather);
	options.pattern = test_patterns[_i].name;
	options.settings = settings;
	options.allocator.allocate = allocate_counted;
	options.allocator.release = release_counted;
	server = test_server_start_options(&options, &amplifying, &weather);
	at_rest = atomic_load(&most_in_use);
	fd = test_server_connect(server);
	ck_assert_uint_gt(flood(fd), 0);
	ck_assert_int_eq(weather_reason(&weather, 1), -ETIMEDOUT);
	ck_assert_uint_ge(test_server_stats(server).paused, 1);
	ck_assert_uint_eq(test_server_stats(server).timed_out, 1);
	/* Output and input at their limits, the same again for what they
	 * are made of, and a chunk of connections. */
	ck_assert_uint_le(atomic_load(&most_in_use) - at_rest,
	    2 * (256 + 64) * KIB + 256 * KIB);
	close(fd);
	test_server_stop(server);
	weather_deinit(&weather);
}
END_TEST

/* ---- no room ---- */

struct scarce {
	struct weather weather;
	struct test_counter refused; /* writes that returned -ENOBUFS */
	size_t reply_bytes;
	bool by_error; /* on_data returns -ENOBUFS, else 0 */
};

static void
count_room(echelon_conn *conn)
{
	counter_add(&weather_of(conn)->writable, 1);
}

/** Replies with many bytes, all equal to the request's first. */
static ptrdiff_t
reply_large(echelon_conn *conn, const void *data, size_t length)
{
	static _Thread_local char reply[64 * KIB];
	struct scarce *scarce = echelon_conn_context(conn);
	int error;

	(void)length;
	memset(reply, *(const char *)data, scarce->reply_bytes);
	error = echelon_write(conn, reply, scarce->reply_bytes);
	if (error == -ENOBUFS) {
		counter_add(&scarce->refused, 1);
		return scarce->by_error ? -ENOBUFS : 0;
	}
	counter_add(&scarce->weather.calls, 1);
	return error == 0 ? REQUEST_BYTES : error;
}

static const struct echelon_handler large_framed = ECHELON_HANDLER(
    .frame = frame_fixed, .on_data = reply_large, .on_writable = count_room,
    .on_close = weather_on_close);
static const struct echelon_handler large_unframed = ECHELON_HANDLER(
    .on_data = reply_large, .on_writable = count_room,
    .on_close = weather_on_close);

enum {
	REQUESTS = 200
};

static void
send_requests(int fd)
{
	for (int i = 0; i < REQUESTS; i++) {
		char request[REQUEST_BYTES] = { (char)i };

		client_send(fd, request, sizeof(request));
	}
}

static void
check_replies(int fd, size_t bytes)
{
	char *reply = malloc(bytes);
	char *expected = malloc(bytes);

	for (int i = 0; i < REQUESTS; i++) {
		memset(expected, (char)i, bytes);
		client_receive(fd, reply, bytes);
		ck_assert_mem_eq(reply, expected, bytes);
	}
	free(reply);
	free(expected);
}

static void
check_scarcity(int row, const struct echelon_handler *handler,
    struct scarce *scarce)
{
	static const char *const settings[] = { "limits.output=64KiB", NULL };
	struct test_server *server;
	long refused;
	int fd;

	weather_init(&scarce->weather);
	counter_init(&scarce->refused);
	server = test_server_start(test_patterns[row].name, handler, scarce,
	    settings);
	fd = test_server_connect(server);
	send_requests(fd);
	ck_assert(counter_wait(&scarce->refused, 1));
	check_replies(fd, scarce->reply_bytes);

	/* Asked again only after there was room, so no waiting in circles. */
	refused = counter_get(&scarce->refused);
	ck_assert_int_eq(counter_get(&scarce->weather.calls), REQUESTS);
	ck_assert_int_le(refused, REQUESTS);
	ck_assert_int_eq(counter_get(&scarce->weather.writable), refused);
	close(fd);
	ck_assert_int_eq(weather_reason(&scarce->weather, 1), 0);
	test_server_stop(server);
	counter_deinit(&scarce->refused);
	weather_deinit(&scarce->weather);
}

START_TEST(request_that_found_no_room_is_presented_again)
{
	struct scarce scarce = { .reply_bytes = 60 * KIB };

	check_scarcity(_i, &large_unframed, &scarce);
}
END_TEST

START_TEST(framed_request_that_found_no_room_is_presented_again)
{
	struct scarce scarce = { .reply_bytes = 60 * KIB, .by_error = true };

	check_scarcity(_i, &large_framed, &scarce);
}
END_TEST

START_TEST(reply_of_the_limit_waits_until_nothing_is_unsent)
{
	struct scarce scarce = { .reply_bytes = 64 * KIB, .by_error = true };

	check_scarcity(_i, &large_framed, &scarce);
}
END_TEST

START_TEST(waiting_for_room_costs_no_turns)
{
	static const char *const settings[] = { "limits.output=64KiB", NULL };
	struct scarce scarce = { .reply_bytes = 60 * KIB };
	struct test_server *server;
	long refused;
	int stuck;
	int busy;

	weather_init(&scarce.weather);
	counter_init(&scarce.refused);
	server = test_server_start(test_patterns[_i].name, &large_framed,
	    &scarce, settings);
	stuck = test_server_connect(server);
	busy = test_server_connect(server);
	send_requests(stuck);
	ck_assert(counter_wait(&scarce.refused, 1));
	refused = counter_get(&scarce.refused);
	for (int i = 0; i < 50; i++) {
		static char reply[60 * KIB];

		client_send(busy, "0123456789abcdef", REQUEST_BYTES);
		client_receive(busy, reply, sizeof(reply));
	}
	ck_assert_int_eq(counter_get(&scarce.refused), refused);
	close(stuck);
	close(busy);
	test_server_stop(server);
	counter_deinit(&scarce.refused);
	weather_deinit(&scarce.weather);
}
END_TEST

/* ---- one write ---- */

static ptrdiff_t
write_limits(echelon_conn *conn, const void *data, size_t length)
{
	static const char block[64 * KIB + 1];
	struct weather *weather = weather_of(conn);

	(void)data;
	if (echelon_write(conn, block, sizeof(block)) != -EMSGSIZE) {
		weather_problem(weather, "a write above the limit was taken");
	}
	if (echelon_write(conn, block, sizeof(block) - 1) != 0) {
		weather_problem(weather, "a write of the limit was refused");
	}
	echelon_close(conn);
	if (echelon_write(conn, block, 1) != -EPIPE) {
		weather_problem(weather, "a write after close was taken");
	}
	return (ptrdiff_t)length;
}

static const struct echelon_handler limiting = ECHELON_HANDLER(
    .on_data = write_limits, .on_close = weather_on_close);

START_TEST(empty_output_takes_one_write_up_to_the_limit)
{
	static const char *const settings[] = { "limits.output=64KiB", NULL };
	static char reply[128 * KIB];
	struct weather weather;
	struct test_server *server;
	int fd;

	weather_init(&weather);
	server = test_server_start(test_patterns[_i].name, &limiting, &weather,
	    settings);
	fd = test_server_connect(server);
	client_say(fd, "x");
	ck_assert_uint_eq(client_receive_until_fin(fd, reply, sizeof(reply)),
	    64 * KIB);
	close(fd);
	ck_assert_int_eq(weather_reason(&weather, 1), 0);
	test_server_stop(server);
	weather_deinit(&weather);
}
END_TEST

/* ---- echelon_write_wait ---- */

enum {
	STREAM_BYTES = 64 * KIB * KIB,
	BLOCK_BYTES = 32 * KIB,
	LONG_MS = 60000
};

static ptrdiff_t
stream(echelon_conn *conn, const void *data, size_t length)
{
	static _Thread_local char block[BLOCK_BYTES];
	int error = 0;

	(void)data;
	for (int i = 0; error == 0 && i < STREAM_BYTES / BLOCK_BYTES; i++) {
		memset(block, i, sizeof(block));
		error = echelon_write(conn, block, sizeof(block));
		if (error == -ENOBUFS) {
			error = echelon_write_wait(conn, LONG_MS);
			i--;
		}
	}
	counter_add(&weather_of(conn)->calls, 1);
	echelon_close(conn);
	return error == 0 ? (ptrdiff_t)length : error;
}

static const struct echelon_handler streaming = ECHELON_HANDLER(
    .on_data = stream, .on_close = weather_on_close);

START_TEST(write_wait_streams_more_than_the_limit)
{
	static const char *const settings[] = { "limits.output=64KiB", NULL };
	static char block[BLOCK_BYTES];
	static char expected[BLOCK_BYTES];
	struct weather weather;
	struct test_server *server;
	int fd;

	weather_init(&weather);
	server = test_server_start(test_patterns[_i].name, &streaming, &weather,
	    settings);
	fd = test_server_connect(server);
	client_say(fd, "x");
	for (int i = 0; i < STREAM_BYTES / BLOCK_BYTES; i++) {
		memset(expected, i, sizeof(expected));
		client_receive(fd, block, sizeof(block));
		ck_assert_mem_eq(block, expected, sizeof(block));
	}
	ck_assert(client_sees_fin(fd));
	close(fd);
	ck_assert_int_eq(weather_reason(&weather, 1), 0);
	test_server_stop(server);
	weather_deinit(&weather);
}
END_TEST

/** Fills everything, waits a little, and then until the peer is gone. */
static ptrdiff_t
wait_in_vain(echelon_conn *conn, const void *data, size_t length)
{
	static const char block[BLOCK_BYTES];
	struct weather *weather = weather_of(conn);

	(void)data;
	while (echelon_write(conn, block, sizeof(block)) == 0) {
	}
	if (echelon_write_wait(conn, 1) != -ETIMEDOUT) {
		weather_problem(weather, "waited for room, and got it");
	}
	counter_add(&weather->calls, 1);
	if (echelon_write_wait(conn, LONG_MS) != -EPIPE) {
		weather_problem(weather, "the peer's reset was not told");
	}
	return (ptrdiff_t)length;
}

static const struct echelon_handler vain = ECHELON_HANDLER(
    .on_data = wait_in_vain, .on_close = weather_on_close);

START_TEST(write_wait_ends_with_its_time_or_the_connection)
{
	struct weather weather;
	struct test_server *server;
	int reason;
	int fd;

	weather_init(&weather);
	server = test_server_start(test_patterns[_i].name, &vain, &weather,
	    NULL);
	fd = test_server_connect(server);
	client_say(fd, "x");
	ck_assert(counter_wait(&weather.calls, 1));
	client_reset(fd);
	reason = weather_reason(&weather, 1);
	ck_assert(reason == -ECONNRESET || reason == -EPIPE);
	test_server_stop(server);
	weather_deinit(&weather);
}
END_TEST

int
main(int argc, char **argv)
{
	Suite *suite = suite_create("weather: output");

	weather_add(suite, "never reads",
	    reader_that_never_reads_is_paused_bounded_and_closed);
	weather_add(suite, "no room",
	    request_that_found_no_room_is_presented_again);
	weather_add(suite, "no room, framed",
	    framed_request_that_found_no_room_is_presented_again);
	weather_add(suite, "the limit",
	    reply_of_the_limit_waits_until_nothing_is_unsent);
	weather_add(suite, "no turns", waiting_for_room_costs_no_turns);
	weather_add(suite, "one write",
	    empty_output_takes_one_write_up_to_the_limit);
	weather_add(suite, "stream", write_wait_streams_more_than_the_limit);
	weather_add(suite, "in vain",
	    write_wait_ends_with_its_time_or_the_connection);
	return test_run(suite, argc, argv);
}
