/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * Deadlines: request, idle and write_stall.
 *
 * No test here says that something is quick. A deadline that must come is
 * waited for; of one that must not come too early the handler compares the
 * clock with what it knows to have happened, so a slow machine changes
 * nothing.
 */

#include <errno.h>
#include <poll.h>
#include <stdint.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "weather_support.h"

enum {
	MOST_BYTES = 2000,
	BYTE_EVERY_MS = 20,
	DEADLINE_MS = 200,
	COARSE_MS = 20 /* what coarse clocks may differ by */
};

static int64_t
now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* ---- request ---- */

static const char *const short_request[] = { "deadlines.request=200ms",
	"deadlines.idle=60s", NULL };

static ptrdiff_t
wait_for_line(echelon_conn *conn, const void *data, size_t length)
{
	if (memchr(data, '\n', length) == NULL) {
		return 0;
	}
	return weather_echo(conn, data, length);
}

static const struct echelon_handler framed = ECHELON_HANDLER(
	.frame = weather_frame_line, .on_data = weather_echo,
    .on_close = weather_on_close);
static const struct echelon_handler unframed = ECHELON_HANDLER(
	.on_data = wait_for_line, .on_close = weather_on_close);

/** Sends one byte at a time until the server has enough of it. */
static int
trickle(int fd)
{
	for (int i = 0; i < MOST_BYTES; i++) {
		struct pollfd polled = { .fd = fd, .events = POLLIN };

		client_send(fd, "x", 1);
		if (poll(&polled, 1, BYTE_EVERY_MS) == 1) {
			return i;
		}
	}
	return MOST_BYTES;
}

static void
check_trickle(int row, const struct echelon_handler *handler)
{
	struct weather weather;
	struct test_server *server;
	int slow;
	int quiet;

	weather_init(&weather);
	server = test_server_start(test_patterns[row].name, handler, &weather,
	    short_request);
	quiet = test_server_connect(server);
	client_say(quiet, "whole\n");
	client_expect(quiet, "whole\n");

	slow = test_server_connect(server);
	ck_assert_int_lt(trickle(slow), MOST_BYTES);
	ck_assert(client_sees_fin(slow));
	ck_assert_int_eq(weather_reason(&weather, 1), -ETIMEDOUT);
	ck_assert_uint_eq(test_server_stats(server).timed_out, 1);

	/* A request that was whole has no deadline any more. */
	client_say(quiet, "again\n");
	client_expect(quiet, "again\n");
	close(slow);
	close(quiet);
	test_server_stop(server);
	weather_deinit(&weather);
}

START_TEST(trickling_request_ends_at_its_deadline_with_frame)
{
	check_trickle(_i, &framed);
}
END_TEST

START_TEST(trickling_request_ends_at_its_deadline_without_frame)
{
	check_trickle(_i, &unframed);
}
END_TEST

/* ---- idle ---- */

static const char *const short_idle[] = { "deadlines.idle=200ms", NULL };

START_TEST(silent_connection_ends_at_the_idle_deadline)
{
	struct weather weather;
	struct test_server *server;
	int fd;

	weather_init(&weather);
	server = test_server_start(test_patterns[_i].name, &framed, &weather,
	    short_idle);
	fd = test_server_connect(server);
	ck_assert(client_sees_fin(fd));
	ck_assert_int_eq(weather_reason(&weather, 1), -ETIMEDOUT);
	ck_assert_uint_eq(test_server_stats(server).timed_out, 1);
	close(fd);
	test_server_stop(server);
	weather_deinit(&weather);
}
END_TEST

/* A connection that knows when something moved last. */
struct watched {
	struct weather weather;
	int64_t moved; /* ms; [its one connection's run] */
	enum echelon_deadline expected;
	int keep; /* how many times on_timeout keeps it */
};

static void
note_move(echelon_conn *conn)
{
	struct watched *watched = echelon_conn_context(conn);

	watched->moved = now_ms();
}

static int
open_watched(echelon_conn *conn)
{
	note_move(conn);
	return weather_on_open(conn);
}

static ptrdiff_t
echo_watched(echelon_conn *conn, const void *data, size_t length)
{
	note_move(conn);
	return weather_echo(conn, data, length);
}

static void
push_watched(echelon_conn *conn, void *message)
{
	(void)echelon_write(conn, message, 1);
	counter_add(&weather_of(conn)->messages, 1);
	note_move(conn);
}

static int
time_out_watched(echelon_conn *conn, enum echelon_deadline which)
{
	struct watched *watched = echelon_conn_context(conn);

	if (which != watched->expected) {
		weather_problem(&watched->weather, "another deadline");
	}
	if (now_ms() - watched->moved < DEADLINE_MS - COARSE_MS) {
		weather_problem(&watched->weather, "on_timeout came early");
	}
	note_move(conn);
	counter_add(&watched->weather.timeouts, 1);
	return watched->keep-- > 0 ? 0 : -ECANCELED;
}

static const struct echelon_handler watching = ECHELON_HANDLER(
	.on_open = open_watched, .on_data = echo_watched,
    .on_message = push_watched, .on_timeout = time_out_watched,
    .on_close = weather_on_close);

START_TEST(on_timeout_that_returns_0_keeps_the_connection)
{
	struct watched watched = { .keep = 3,
		.expected = ECHELON_DEADLINE_IDLE };
	struct test_server *server;
	int fd;

	weather_init(&watched.weather);
	server = test_server_start(test_patterns[_i].name, &watching, &watched,
	    short_idle);
	fd = test_server_connect(server);
	ck_assert(counter_wait(&watched.weather.timeouts, 2));
	client_say(fd, "still here?");
	client_expect(fd, "still here?");
	ck_assert(client_sees_fin(fd));
	ck_assert_int_eq(weather_reason(&watched.weather, 1), -ECANCELED);
	ck_assert_int_eq(counter_get(&watched.weather.timeouts), 4);
	ck_assert_uint_eq(test_server_stats(server).timed_out, 1);
	close(fd);
	test_server_stop(server);
	weather_deinit(&watched.weather);
}
END_TEST

/* Who only receives is not idle: what goes out counts. */
struct id_kept {
	struct watched watched;
	echelon_conn_id id; /* written before `opened` counts */
};

static int
open_and_keep_id(echelon_conn *conn)
{
	struct id_kept *kept = echelon_conn_context(conn);

	kept->id = echelon_conn_get_id(conn);
	return open_watched(conn);
}

static const struct echelon_handler pushing = ECHELON_HANDLER(
	.on_open = open_and_keep_id, .on_message = push_watched,
    .on_timeout = time_out_watched, .on_close = weather_on_close);

START_TEST(connection_that_only_receives_is_not_idle)
{
	enum {
		PUSHES = 30
	};
	char tick[] = "t";
	struct id_kept kept = { .watched = { .keep = PUSHES,
				    .expected = ECHELON_DEADLINE_IDLE } };
	struct test_server *server;
	struct pollfd nothing = { .fd = -1 };
	int fd;

	weather_init(&kept.watched.weather);
	server = test_server_start(test_patterns[_i].name, &pushing, &kept,
	    short_idle);
	fd = test_server_connect(server);
	ck_assert(counter_wait(&kept.watched.weather.opened, 1));
	for (int i = 0; i < PUSHES; i++) {
		ck_assert_int_eq(echelon_post(test_server_engine(server),
				     kept.id, tick, NULL),
		    0);
		client_expect(fd, "t");
		(void)poll(&nothing, 1, BYTE_EVERY_MS);
	}
	close(fd);
	ck_assert_int_eq(weather_reason(&kept.watched.weather, 1), 0);
	test_server_stop(server);
	weather_deinit(&kept.watched.weather);
}
END_TEST

/* ---- held ---- */

static ptrdiff_t
hold_line(echelon_conn *conn, const void *data, size_t length)
{
	struct id_kept *kept = echelon_conn_context(conn);

	(void)data;
	if (length < 3) {
		weather_problem(&kept->watched.weather, "less than was sent");
	}
	kept->id = echelon_conn_get_id(conn);
	echelon_hold(conn);
	counter_add(&kept->watched.weather.calls, 1);
	/* What is left is the beginning of a request. */
	return 2;
}

static void
resume(echelon_conn *conn, void *message)
{
	(void)message;
	(void)echelon_write(conn, "late", 4);
	echelon_resume(conn);
	echelon_close(conn);
}

static int
refuse_timeout(echelon_conn *conn, enum echelon_deadline which)
{
	(void)which;
	weather_problem(weather_of(conn), "a deadline ran while held");
	return 0;
}

static const struct echelon_handler holding = ECHELON_HANDLER(
	.on_data = hold_line, .on_message = resume,
    .on_timeout = refuse_timeout, .on_close = weather_on_close);

START_TEST(deadlines_do_not_run_while_held)
{
	static const char *const settings[] = { "deadlines.request=100ms",
		"deadlines.idle=100ms", NULL };
	struct id_kept kept = { .watched = { .keep = 0 } };
	struct watched clock = { .keep = 1000,
		.expected = ECHELON_DEADLINE_IDLE };
	struct test_server *server;
	struct test_server *other;
	int fd;
	int clock_fd;

	weather_init(&kept.watched.weather);
	weather_init(&clock.weather);
	server = test_server_start(test_patterns[_i].name, &holding, &kept,
	    settings);
	fd = test_server_connect(server);
	client_say(fd, "2 and more");
	ck_assert(counter_wait(&kept.watched.weather.calls, 1));

	/* Twice the deadline of another connection is twice ours. */
	other = test_server_start(test_patterns[_i].name, &watching, &clock,
	    short_idle);
	clock_fd = test_server_connect(other);
	ck_assert(counter_wait(&clock.weather.timeouts, 2));

	ck_assert_int_eq(echelon_post(test_server_engine(server), kept.id, NULL,
			     NULL),
	    0);
	client_expect(fd, "late");
	ck_assert(client_sees_fin(fd));
	close(fd);
	close(clock_fd);
	test_server_stop(server);
	test_server_stop(other);
	weather_deinit(&kept.watched.weather);
	weather_deinit(&clock.weather);
}
END_TEST

/* ---- write stall ---- */

static ptrdiff_t
write_much(echelon_conn *conn, const void *data, size_t length)
{
	static const char much[1 << 20];

	(void)data;
	note_move(conn);
	for (int i = 0; i < 16; i++) {
		(void)echelon_write(conn, much, sizeof(much));
	}
	return (ptrdiff_t)length;
}

static const struct echelon_handler stalling = ECHELON_HANDLER(
	.on_data = write_much, .on_timeout = time_out_watched,
    .on_close = weather_on_close);

START_TEST(peer_that_takes_nothing_ends_at_the_write_stall_deadline)
{
	static const char *const settings[] = { "deadlines.write_stall=200ms",
		"limits.output=64MiB", NULL };
	struct watched watched = { .keep = 2,
		.expected = ECHELON_DEADLINE_WRITE_STALL };
	struct test_server *server;
	int fd;

	weather_init(&watched.weather);
	server = test_server_start(test_patterns[_i].name, &stalling, &watched,
	    settings);
	fd = test_server_connect(server);
	client_say(fd, "x");
	ck_assert_int_eq(weather_reason(&watched.weather, 1), -ECANCELED);
	ck_assert_int_eq(counter_get(&watched.weather.timeouts), 3);
	ck_assert_uint_eq(test_server_stats(server).timed_out, 1);
	close(fd);
	test_server_stop(server);
	weather_deinit(&watched.weather);
}
END_TEST

static Suite *
make_suite(void)
{
	Suite *suite = suite_create("weather: deadlines");

	weather_add(suite, "request, frame",
	    trickling_request_ends_at_its_deadline_with_frame);
	weather_add(suite, "request, no frame",
	    trickling_request_ends_at_its_deadline_without_frame);
	weather_add(suite, "idle", silent_connection_ends_at_the_idle_deadline);
	weather_add(suite, "kept",
	    on_timeout_that_returns_0_keeps_the_connection);
	weather_add(suite, "pushed", connection_that_only_receives_is_not_idle);
	weather_add(suite, "held", deadlines_do_not_run_while_held);
	weather_add(suite, "write stall",
	    peer_that_takes_nothing_ends_at_the_write_stall_deadline);
	return suite;
}

int
main(int argc, char **argv)
{
	return test_run_rows(make_suite, argc, argv);
}
