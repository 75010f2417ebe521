/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * Handlers that stream: echelon_write_wait blocks their thread, and only
 * theirs, until the peer has taken what was written.
 */

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "weather_support.h"

enum {
	STREAM_BYTES = 64 << 20,
	BLOCK_BYTES = 32 << 10,
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
	Suite *suite = suite_create("weather: stream");

	weather_add(suite, "stream", write_wait_streams_more_than_the_limit);
	weather_add(suite, "in vain",
	    write_wait_ends_with_its_time_or_the_connection);
	return test_run(suite, argc, argv);
}
