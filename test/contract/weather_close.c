/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * Ends of a connection: half-close, reset, close in order, abort.
 *
 * The peer's FIN ends its input and nothing else; echelon_close gets
 * everything that was written to the peer, whatever the peer still sends;
 * only echelon_abort, an error or a deadline costs bytes.
 */

#include <errno.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "weather_support.h"

enum {
	LARGE = 1 << 20
};

static const char much[LARGE];

/* ---- half-close ---- */

static const struct echelon_handler plain = ECHELON_HANDLER(
	.frame = weather_frame_line, .on_data = weather_echo,
    .on_close = weather_on_close);

START_TEST(half_close_gets_all_replies_and_then_fin)
{
	struct weather weather;
	struct test_server *server;
	char reply[64];
	size_t n;
	int fd;

	weather_init(&weather);
	server = test_server_start(test_patterns[_i].name, &plain, &weather,
	    NULL);
	fd = test_server_connect(server);
	client_say(fd, "one\ntwo\nthree\n");
	ck_assert_int_eq(shutdown(fd, SHUT_WR), 0);
	n = client_receive_until_fin(fd, reply, sizeof(reply));
	ck_assert_uint_eq(n, strlen("one\ntwo\nthree\n"));
	ck_assert_mem_eq(reply, "one\ntwo\nthree\n", n);
	ck_assert_int_eq(weather_reason(&weather, 1), 0);
	close(fd);
	test_server_stop(server);
	weather_deinit(&weather);
}
END_TEST

/* With on_end: remembers its id, and stays open. */
struct ending {
	struct weather weather;
	echelon_conn_id id; /* written before `calls` or `ended` counts */
};

static ptrdiff_t
echo_and_keep_id(echelon_conn *conn, const void *data, size_t length)
{
	struct ending *ending = echelon_conn_context(conn);

	ending->id = echelon_conn_get_id(conn);
	if (counter_get(&ending->weather.ended) != 0) {
		weather_problem(&ending->weather, "input after on_end");
	}
	return weather_echo(conn, data, length);
}

static void
on_end(echelon_conn *conn)
{
	struct ending *ending = echelon_conn_context(conn);

	ending->id = echelon_conn_get_id(conn);
	(void)echelon_write(conn, "end ", 4);
	counter_add(&ending->weather.ended, 1);
}

static void
say_late_and_close(echelon_conn *conn, void *message)
{
	(void)message;
	(void)echelon_write(conn, "late", 4);
	echelon_close(conn);
}

static const struct echelon_handler ending_handler = ECHELON_HANDLER(
	.frame = weather_frame_line, .on_data = echo_and_keep_id,
    .on_end = on_end, .on_message = say_late_and_close,
    .on_close = weather_on_close);

START_TEST(connection_with_on_end_stays_open_until_it_closes)
{
	struct ending ending = { .id = 0 };
	struct test_server *server;
	int fd;

	weather_init(&ending.weather);
	server = test_server_start(test_patterns[_i].name, &ending_handler,
	    &ending, NULL);
	fd = test_server_connect(server);
	client_say(fd, "one\ntwo\nno whole one");
	ck_assert_int_eq(shutdown(fd, SHUT_WR), 0);
	client_expect(fd, "one\ntwo\nend ");
	ck_assert(counter_wait(&ending.weather.ended, 1));
	ck_assert_int_eq(counter_get(&ending.weather.closed), 0);
	ck_assert_int_eq(echelon_post(test_server_engine(server), ending.id,
			     NULL, NULL),
	    0);
	client_expect(fd, "late");
	ck_assert(client_sees_fin(fd));
	ck_assert_int_eq(weather_reason(&ending.weather, 1), 0);
	ck_assert_int_eq(counter_get(&ending.weather.ended), 1);
	ck_assert_int_eq(counter_get(&ending.weather.calls), 2);
	close(fd);
	test_server_stop(server);
	weather_deinit(&ending.weather);
}
END_TEST

static ptrdiff_t
hold(echelon_conn *conn, const void *data, size_t length)
{
	echelon_hold(conn);
	return echo_and_keep_id(conn, data, length);
}

static void
resume(echelon_conn *conn, void *message)
{
	struct ending *ending = echelon_conn_context(conn);

	(void)message;
	if (counter_get(&ending->weather.ended) != 0) {
		weather_problem(&ending->weather, "on_end while held");
	}
	(void)echelon_write(conn, "resumed ", 8);
	echelon_resume(conn);
}

static void
end_and_close(echelon_conn *conn)
{
	on_end(conn);
	echelon_close(conn);
}

static const struct echelon_handler held_end = ECHELON_HANDLER(
	.frame = weather_frame_line, .on_data = hold, .on_end = end_and_close,
    .on_message = resume, .on_close = weather_on_close);

START_TEST(fin_waits_while_the_connection_is_held)
{
	struct ending ending = { .id = 0 };
	struct test_server *server;
	int fd;

	weather_init(&ending.weather);
	server = test_server_start(test_patterns[_i].name, &held_end, &ending,
	    NULL);
	fd = test_server_connect(server);
	client_say(fd, "one\n");
	ck_assert_int_eq(shutdown(fd, SHUT_WR), 0);
	client_expect(fd, "one\n");
	ck_assert(counter_wait(&ending.weather.calls, 1));
	ck_assert_int_eq(echelon_post(test_server_engine(server), ending.id,
			     NULL, NULL),
	    0);
	client_expect(fd, "resumed end ");
	ck_assert(client_sees_fin(fd));
	ck_assert_int_eq(weather_reason(&ending.weather, 1), 0);
	close(fd);
	test_server_stop(server);
	weather_deinit(&ending.weather);
}
END_TEST

/* ---- reset ---- */

static int
closed_with_error(struct weather *weather)
{
	return weather_closed_with(weather, -ECONNRESET) +
	    weather_closed_with(weather, -EPIPE);
}

static ptrdiff_t
block_first(echelon_conn *conn, const void *data, size_t length)
{
	struct weather *weather = weather_of(conn);

	if (*(const char *)data == 'b') {
		counter_add(&weather->calls, 1);
		gate_pass(&weather->gate);
		if (closed_with_error(weather) != 0) {
			weather_problem(weather, "on_close beside on_data");
		}
	}
	return echelon_write(conn, data, length) == 0 ? (ptrdiff_t)length
						      : -EPIPE;
}

static const struct echelon_handler blocking = ECHELON_HANDLER(
	.on_data = block_first, .on_close = weather_on_close);

/** Makes round trips on another connection and looks at what they cost the
 *  pool: a few turns and waits each. Who spins makes thousands. */
static void
check_nobody_spins(const struct test_server *server)
{
	enum {
		TRIPS = 50
	};
	int fd = test_server_connect(server);
	struct echelon_stats before = test_server_stats(server);
	struct echelon_stats after;

	for (int i = 0; i < TRIPS; i++) {
		client_say(fd, ".");
		client_expect(fd, ".");
	}
	after = test_server_stats(server);
	ck_assert_uint_le(after.turns - before.turns, 5 * TRIPS);
	ck_assert_uint_le(after.waits - before.waits, 5 * TRIPS);
	close(fd);
}

START_TEST(peer_may_reset_while_its_handler_runs)
{
	struct weather weather;
	struct test_server *server;
	int fd;

	weather_init(&weather);
	server = test_server_start(test_patterns[_i].name, &blocking, &weather,
	    NULL);
	fd = test_server_connect(server);
	client_say(fd, "b");
	ck_assert(counter_wait(&weather.calls, 1));
	client_reset(fd);
	if (!weather_has_one_thread(_i)) {
		check_nobody_spins(server);
	}
	ck_assert_int_eq(closed_with_error(&weather), 0);
	gate_open(&weather.gate, 1);
	ck_assert(counter_wait(&weather.closed, 1));
	check_nobody_spins(server);
	ck_assert(counter_wait(&weather.closed,
	    weather_has_one_thread(_i) ? 2 : 3));
	ck_assert_int_eq(closed_with_error(&weather), 1);
	test_server_stop(server);
	weather_deinit(&weather);
}
END_TEST

/* ---- close in order, with unread input ---- */

static ptrdiff_t
reply_and_close(echelon_conn *conn, const void *data, size_t length)
{
	(void)data;
	(void)echelon_write(conn, much, LARGE);
	echelon_close(conn);
	counter_add(&weather_of(conn)->calls, 1);
	return (ptrdiff_t)length;
}

static const struct echelon_handler closing = ECHELON_HANDLER(
	.on_data = reply_and_close, .on_close = weather_on_close);

START_TEST(close_gets_a_whole_reply_past_unread_input)
{
	static char reply[LARGE + 1];
	struct weather weather;
	struct test_server *server;
	int fd;

	weather_init(&weather);
	server = test_server_start(test_patterns[_i].name, &closing, &weather,
	    NULL);
	fd = test_server_connect(server);
	client_say(fd, "x");
	ck_assert(counter_wait(&weather.calls, 1));
	/* Of no interest to the server any more, and yet it must be taken. */
	client_send(fd, much, LARGE / 2);
	ck_assert_uint_eq(client_receive_until_fin(fd, reply, sizeof(reply)),
	    LARGE);
	ck_assert_int_eq(weather_reason(&weather, 1), 0);
	ck_assert_int_eq(counter_get(&weather.calls), 1);
	close(fd);
	test_server_stop(server);
	weather_deinit(&weather);
}
END_TEST

/* ---- abort ---- */

static ptrdiff_t
write_and_abort(echelon_conn *conn, const void *data, size_t length)
{
	(void)echelon_write(conn, data, length);
	echelon_abort(conn);
	return (ptrdiff_t)length;
}

static const struct echelon_handler aborting = ECHELON_HANDLER(
	.on_data = write_and_abort, .on_close = weather_on_close);

START_TEST(abort_resets_the_connection)
{
	struct weather weather;
	struct test_server *server;
	int fd;

	weather_init(&weather);
	server = test_server_start(test_patterns[_i].name, &aborting, &weather,
	    NULL);
	fd = test_server_connect(server);
	client_say(fd, "x");
	ck_assert(client_sees_reset(fd));
	ck_assert_int_eq(weather_reason(&weather, 1), -ECONNABORTED);
	close(fd);
	test_server_stop(server);
	weather_deinit(&weather);
}
END_TEST

int
main(int argc, char **argv)
{
	Suite *suite = suite_create("weather: close");

	weather_add(suite, "half-close",
	    half_close_gets_all_replies_and_then_fin);
	weather_add(suite, "on_end",
	    connection_with_on_end_stays_open_until_it_closes);
	weather_add(suite, "held", fin_waits_while_the_connection_is_held);
	weather_add(suite, "reset", peer_may_reset_while_its_handler_runs);
	weather_add(suite, "unread input",
	    close_gets_a_whole_reply_past_unread_input);
	weather_add(suite, "abort", abort_resets_the_connection);
	return test_run(suite, argc, argv);
}
