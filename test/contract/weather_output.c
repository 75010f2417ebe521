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

/*
 * A reply is many pieces, more than all buffers of the kernel hold. The
 * piece that finds no room is written again when the same request is
 * presented again.
 */
struct scarce {
	struct weather weather;
	struct test_counter refused; /* writes that returned -ENOBUFS */
	size_t piece_bytes;
	bool by_error; /* on_data returns -ENOBUFS, else 0 */
};

enum {
	REQUESTS = 3,
	ALL_BYTES = 16 << 20, /* of a large reply */
	SMALL = 100           /* requests from this number on: one piece */
};

/* How far a connection is, kept with it. */
struct progress {
	int request;
	size_t sent; /* bytes of its reply */
};

static int
open_scarce(echelon_conn *conn)
{
	echelon_conn_set_data(conn, calloc(1, sizeof(struct progress)));
	return 0;
}

static void
close_scarce(echelon_conn *conn, int reason)
{
	free(echelon_conn_data(conn));
	weather_on_close(conn, reason);
}

static void
count_room(echelon_conn *conn)
{
	counter_add(&weather_of(conn)->writable, 1);
}

static size_t
reply_bytes(const struct scarce *scarce, int number)
{
	if (number >= SMALL) {
		return scarce->piece_bytes;
	}
	return ALL_BYTES / scarce->piece_bytes * scarce->piece_bytes;
}

/** Writes on where the last call for this request ended. */
static int
write_pieces(echelon_conn *conn, struct progress *progress, int number)
{
	static _Thread_local char piece[64 * KIB];
	const struct scarce *scarce = echelon_conn_context(conn);

	memset(piece, number, scarce->piece_bytes);
	while (progress->sent < reply_bytes(scarce, number)) {
		int error = echelon_write(conn, piece, scarce->piece_bytes);

		if (error != 0) {
			return error;
		}
		progress->sent += scarce->piece_bytes;
	}
	return 0;
}

static ptrdiff_t
reply_large(echelon_conn *conn, const void *data, size_t length)
{
	struct scarce *scarce = echelon_conn_context(conn);
	struct progress *progress = echelon_conn_data(conn);
	int number = *(const char *)data;
	int error;

	(void)length;
	if (progress->sent > 0 && progress->request != number) {
		weather_problem(&scarce->weather, "not the same bytes again");
	}
	progress->request = number;
	error = write_pieces(conn, progress, number);
	if (error == -ENOBUFS) {
		counter_add(&scarce->refused, 1);
		return scarce->by_error ? -ENOBUFS : 0;
	}
	progress->sent = 0;
	counter_add(&scarce->weather.calls, 1);
	return error == 0 ? REQUEST_BYTES : error;
}

static const struct echelon_handler large_framed = ECHELON_HANDLER(
	.frame = frame_fixed, .on_open = open_scarce, .on_data = reply_large,
    .on_writable = count_room, .on_close = close_scarce);
static const struct echelon_handler large_unframed = ECHELON_HANDLER(
	.on_open = open_scarce, .on_data = reply_large,
    .on_writable = count_room, .on_close = close_scarce);

static void
send_request(int fd, int number)
{
	char request[REQUEST_BYTES] = { (char)number };

	client_send(fd, request, sizeof(request));
}

static void
check_reply(int fd, size_t bytes, int number)
{
	static char reply[64 * KIB];
	static char expected[64 * KIB];

	memset(expected, number, sizeof(expected));
	while (bytes > 0) {
		size_t n = bytes < sizeof(reply) ? bytes : sizeof(reply);

		client_receive(fd, reply, n);
		ck_assert_mem_eq(reply, expected, n);
		bytes -= n;
	}
}

static struct test_server *
start_scarce(int row, const struct echelon_handler *handler,
    struct scarce *scarce)
{
	static const char *const settings[] = { "limits.output=64KiB", NULL };

	weather_init(&scarce->weather);
	counter_init(&scarce->refused);
	return test_server_start(test_patterns[row].name, handler, scarce,
	    settings);
}

static void
check_scarcity(int row, const struct echelon_handler *handler,
    struct scarce *scarce)
{
	struct test_server *server = start_scarce(row, handler, scarce);
	int fd = test_server_connect(server);

	for (int i = 1; i <= REQUESTS; i++) {
		send_request(fd, i);
	}
	ck_assert(counter_wait(&scarce->refused, 1));
	for (int i = 1; i <= REQUESTS; i++) {
		check_reply(fd, reply_bytes(scarce, i), i);
	}
	ck_assert(counter_wait(&scarce->weather.calls, REQUESTS));

	/* Asked again once there was room, and not before. */
	ck_assert_int_eq(counter_get(&scarce->weather.calls), REQUESTS);
	ck_assert_int_eq(counter_get(&scarce->weather.writable),
	    counter_get(&scarce->refused));
	close(fd);
	ck_assert_int_eq(weather_reason(&scarce->weather, 1), 0);
	test_server_stop(server);
	counter_deinit(&scarce->refused);
	weather_deinit(&scarce->weather);
}

START_TEST(request_that_found_no_room_is_presented_again)
{
	struct scarce scarce = { .piece_bytes = 20 * KIB };

	check_scarcity(_i, &large_unframed, &scarce);
}
END_TEST

START_TEST(framed_request_that_found_no_room_is_presented_again)
{
	struct scarce scarce = { .piece_bytes = 60 * KIB, .by_error = true };

	check_scarcity(_i, &large_framed, &scarce);
}
END_TEST

START_TEST(reply_of_the_limit_waits_until_nothing_is_unsent)
{
	struct scarce scarce = { .piece_bytes = 64 * KIB, .by_error = true };

	check_scarcity(_i, &large_framed, &scarce);
}
END_TEST

/** A connection whose kernel buffers are small, so that the server's output
 *  comes to stand at every level. */
static int
adopt_narrow(const struct test_server *server, struct scarce *scarce)
{
	int bytes = 8 * KIB;
	int pair[2];

	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0,
			     pair),
	    0);
	ck_assert_int_eq(setsockopt(pair[1], SOL_SOCKET, SO_SNDBUF, &bytes,
			     sizeof(bytes)),
	    0);
	ck_assert_int_eq(echelon_engine_adopt(test_server_engine(server),
			     pair[1], &large_framed, scarce),
	    0);
	return pair[0];
}

START_TEST(waiting_for_room_costs_no_turns)
{
	struct scarce scarce = { .piece_bytes = 60 * KIB };
	struct test_server *server = start_scarce(_i, &large_framed, &scarce);
	int slow = adopt_narrow(server, &scarce);
	int busy = test_server_connect(server);
	uint64_t turns;

	send_request(slow, 1);
	ck_assert(counter_wait(&scarce.refused, 1));
	/* There to be read, but not before the first has its reply. */
	send_request(slow, 1);
	turns = test_server_stats(server).turns;
	for (int i = 0; i < 300; i++) {
		long refused = counter_get(&scarce.refused);

		/* Time enough to ask for room in circles. */
		for (int j = 0; j < 3; j++) {
			send_request(busy, SMALL);
			check_reply(busy, scarce.piece_bytes, SMALL);
		}
		ck_assert_int_le(counter_get(&scarce.refused) - refused, 2);
		check_reply(slow, 4 * KIB, 1);
	}
	ck_assert_uint_lt(test_server_stats(server).turns - turns,
	    300 * 3 * 10);
	close(slow);
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
	return test_run(suite, argc, argv);
}
