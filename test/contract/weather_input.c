/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * Input: however it is cut, whatever is wrong with it.
 *
 * With `frame` the handler is given whole requests, without it the bytes
 * that are there, and says how many it took. Either way one byte at a time
 * must mean the same as all at once; and what cannot be a request ends the
 * connection with its reason, after the replies to what came before.
 */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "weather_support.h"

static const char *const small_input[] = { "limits.input=4KiB", NULL };

enum {
	INPUT_LIMIT = 4096
};

static void
say_in_bytes(int fd, const char *text)
{
	for (; *text != '\0'; text++) {
		client_send(fd, text, 1);
	}
}

/* ---- with frame ---- */

static ptrdiff_t
answer_line(echelon_conn *conn, const void *data, size_t length)
{
	const char *line = data;

	if (memchr(line, '\n', length) != line + length - 1) {
		weather_problem(weather_of(conn),
		    "on_data was not given one line");
	}
	return weather_echo(conn, data, length);
}

static const struct echelon_handler lines = ECHELON_HANDLER(
	.frame = weather_frame_line, .on_data = answer_line,
    .on_close = weather_on_close);

START_TEST(frame_makes_whole_requests_of_any_pieces)
{
	static const char text[] = "one\ntwo\n\nthree and more\n";
	struct weather weather;
	struct test_server *server;
	int fd;

	weather_init(&weather);
	server = test_server_start(test_patterns[_i].name, &lines, &weather,
	    NULL);
	fd = test_server_connect(server);
	client_say(fd, text);
	client_expect(fd, text);
	say_in_bytes(fd, text);
	client_expect(fd, text);
	close(fd);
	ck_assert_int_eq(weather_reason(&weather, 1), 0);
	ck_assert_int_eq(counter_get(&weather.calls), 8);
	test_server_stop(server);
	weather_deinit(&weather);
}
END_TEST

START_TEST(frame_error_closes_after_the_replies_before_it)
{
	struct weather weather;
	struct test_server *server;
	char reply[64];
	int fd;

	weather_init(&weather);
	server = test_server_start(test_patterns[_i].name, &lines, &weather,
	    NULL);
	fd = test_server_connect(server);
	client_say(fd, "good\nbetter\n!\nnever\n");
	ck_assert_uint_eq(client_receive_until_fin(fd, reply, sizeof(reply)),
	    strlen("good\nbetter\n"));
	ck_assert_mem_eq(reply, "good\nbetter\n", strlen("good\nbetter\n"));
	close(fd);
	ck_assert_int_eq(weather_reason(&weather, 1), -EBADMSG);
	test_server_stop(server);
	weather_deinit(&weather);
}
END_TEST

/** A line of `length` bytes, its end included. */
static void
send_line(int fd, size_t length)
{
	char *line = malloc(length);

	ck_assert_ptr_nonnull(line);
	memset(line, 'x', length);
	line[length - 1] = '\n';
	client_send(fd, line, length);
	free(line);
}

START_TEST(request_may_be_as_long_as_the_limit_and_not_longer)
{
	struct weather weather;
	struct test_server *server;
	char reply[INPUT_LIMIT];
	int fd;

	weather_init(&weather);
	server = test_server_start(test_patterns[_i].name, &lines, &weather,
	    small_input);
	fd = test_server_connect(server);
	send_line(fd, INPUT_LIMIT);
	client_receive(fd, reply, INPUT_LIMIT);
	send_line(fd, INPUT_LIMIT + 1);
	ck_assert(client_sees_fin(fd));
	close(fd);
	ck_assert_int_eq(weather_reason(&weather, 1), -EMSGSIZE);
	ck_assert_int_eq(counter_get(&weather.calls), 1);
	test_server_stop(server);
	weather_deinit(&weather);
}
END_TEST

static ptrdiff_t
announce_too_much(const void *data, size_t length, void *context)
{
	(void)data;
	(void)context;
	return length > 0 ? INPUT_LIMIT + 1 : 0;
}

static const struct echelon_handler announcing = ECHELON_HANDLER(
	.frame = announce_too_much, .on_data = weather_echo,
    .on_close = weather_on_close);

START_TEST(request_that_announces_too_much_is_not_waited_for)
{
	struct weather weather;
	struct test_server *server;
	int fd;

	weather_init(&weather);
	server = test_server_start(test_patterns[_i].name, &announcing,
	    &weather, small_input);
	fd = test_server_connect(server);
	client_say(fd, "x");
	ck_assert(client_sees_fin(fd));
	close(fd);
	ck_assert_int_eq(weather_reason(&weather, 1), -EMSGSIZE);
	ck_assert_int_eq(counter_get(&weather.calls), 0);
	test_server_stop(server);
	weather_deinit(&weather);
}
END_TEST

/* ---- without frame ---- */

/** Takes one line, if there is one, and leaves the rest. */
static ptrdiff_t
take_line(echelon_conn *conn, const void *data, size_t length)
{
	ptrdiff_t n = weather_frame_line(data, length, NULL);

	return n > 0 ? weather_echo(conn, data, (size_t)n) : n;
}

static const struct echelon_handler consuming = ECHELON_HANDLER(
	.on_data = take_line, .on_close = weather_on_close);

START_TEST(bytes_not_consumed_are_presented_again)
{
	static const char text[] = "one\ntwo\n\nthree and more\n";
	struct weather weather;
	struct test_server *server;
	int fd;

	weather_init(&weather);
	server = test_server_start(test_patterns[_i].name, &consuming, &weather,
	    NULL);
	fd = test_server_connect(server);
	client_say(fd, text);
	client_expect(fd, text);
	say_in_bytes(fd, text);
	client_expect(fd, text);
	close(fd);
	ck_assert_int_eq(weather_reason(&weather, 1), 0);
	ck_assert_int_eq(counter_get(&weather.calls), 8);
	ck_assert_uint_eq(test_server_stats(server).requests, 8);
	test_server_stop(server);
	weather_deinit(&weather);
}
END_TEST

/** Takes one byte of how ever many. */
static ptrdiff_t
take_byte(echelon_conn *conn, const void *data, size_t length)
{
	(void)length;
	return weather_echo(conn, data, 1);
}

static const struct echelon_handler nibbling = ECHELON_HANDLER(
	.on_data = take_byte);

START_TEST(handler_may_consume_one_byte_a_call)
{
	enum {
		BYTES = 10000
	};
	struct weather weather;
	struct test_server *server;
	char sent[BYTES];
	char received[BYTES];
	int fd;

	for (int i = 0; i < BYTES; i++) {
		sent[i] = (char)(i % 251);
	}
	weather_init(&weather);
	server = test_server_start(test_patterns[_i].name, &nibbling, &weather,
	    NULL);
	fd = test_server_connect(server);
	client_send(fd, sent, BYTES);
	client_receive(fd, received, BYTES);
	ck_assert_mem_eq(received, sent, BYTES);
	ck_assert_int_eq(counter_get(&weather.calls), BYTES);
	close(fd);
	test_server_stop(server);
	weather_deinit(&weather);
}
END_TEST

START_TEST(full_buffer_without_a_request_closes)
{
	struct weather weather;
	struct test_server *server;
	int fd;

	weather_init(&weather);
	server = test_server_start(test_patterns[_i].name, &consuming, &weather,
	    small_input);
	fd = test_server_connect(server);
	send_line(fd, INPUT_LIMIT + 1);
	ck_assert(client_sees_fin(fd));
	close(fd);
	ck_assert_int_eq(weather_reason(&weather, 1), -EMSGSIZE);
	ck_assert_int_eq(counter_get(&weather.calls), 0);
	test_server_stop(server);
	weather_deinit(&weather);
}
END_TEST

static ptrdiff_t
refuse_politely(echelon_conn *conn, const void *data, size_t length)
{
	(void)weather_echo(conn, data, length);
	return -EPROTO;
}

static const struct echelon_handler refusing = ECHELON_HANDLER(
	.on_data = refuse_politely, .on_close = weather_on_close);

START_TEST(handler_error_closes_after_what_it_wrote)
{
	struct weather weather;
	struct test_server *server;
	char reply[64];
	int fd;

	weather_init(&weather);
	server = test_server_start(test_patterns[_i].name, &refusing, &weather,
	    NULL);
	fd = test_server_connect(server);
	client_say(fd, "no?");
	ck_assert_uint_eq(client_receive_until_fin(fd, reply, sizeof(reply)),
	    3);
	close(fd);
	ck_assert_int_eq(weather_reason(&weather, 1), -EPROTO);
	test_server_stop(server);
	weather_deinit(&weather);
}
END_TEST

int
main(int argc, char **argv)
{
	Suite *suite = suite_create("weather: input");

	weather_add(suite, "frame", frame_makes_whole_requests_of_any_pieces);
	weather_add(suite, "frame error",
	    frame_error_closes_after_the_replies_before_it);
	weather_add(suite, "limit",
	    request_may_be_as_long_as_the_limit_and_not_longer);
	weather_add(suite, "announced",
	    request_that_announces_too_much_is_not_waited_for);
	weather_add(suite, "consumed", bytes_not_consumed_are_presented_again);
	weather_add(suite, "nibbling", handler_may_consume_one_byte_a_call);
	weather_add(suite, "full buffer", full_buffer_without_a_request_closes);
	weather_add(suite, "handler error",
	    handler_error_closes_after_what_it_wrote);
	return test_run(suite, argc, argv);
}
