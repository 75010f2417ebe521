/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * Replying later: hold, hand the request to a thread that is not the
 * engine's, post the reply, resume. While a connection is held its next
 * request waits, so replies keep the order of requests.
 */

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "weather_support.h"

enum {
	PIPELINED = 100
};

struct desk {
	struct weather weather;
	echelon_conn_id id; /* written before `calls` counts */
	int last;           /* [its one connection's run] */
	int replies[PIPELINED + 1];
	_Atomic int released;
};

static struct desk desk;

static void
release_reply(void *arg)
{
	(void)arg;
	atomic_fetch_add(&desk.released, 1);
}

/** Holds, twice, which is once; the number is for the replying thread. */
static ptrdiff_t
hold_line(echelon_conn *conn, const void *data, size_t length)
{
	char line[32] = "";

	memcpy(line, data, length < sizeof(line) ? length : sizeof(line) - 1);
	if (atoi(line) != desk.last + 1) {
		weather_problem(&desk.weather, "a request out of order");
	}
	desk.last = atoi(line);
	desk.id = echelon_conn_get_id(conn);
	echelon_hold(conn);
	echelon_hold(conn);
	counter_add(&desk.weather.calls, 1);
	return (ptrdiff_t)length;
}

static void
reply_and_resume(echelon_conn *conn, void *message)
{
	char reply[32];
	int number;
	int n;

	memcpy(&number, message, sizeof(number));
	if (number != desk.last) {
		weather_problem(&desk.weather, "input while held");
	}
	n = snprintf(reply, sizeof(reply), "%d\n", number);
	(void)echelon_write(conn, reply, (size_t)n);
	counter_add(&desk.weather.messages, 1);
	echelon_resume(conn);
}

static const struct echelon_handler later = ECHELON_HANDLER(
	.frame = weather_frame_line, .on_data = hold_line,
    .on_message = reply_and_resume, .on_close = weather_on_close);

/** A thread of the test's own: answers one request after another; returns
 *  NULL if it could. */
static void *
reply_to_all(void *engine)
{
	for (int i = 1; i <= PIPELINED; i++) {
		desk.replies[i] = i;
		if (!counter_wait(&desk.weather.calls, i) ||
		    echelon_post(engine, desk.id, &desk.replies[i],
			release_reply) != 0) {
			return engine;
		}
	}
	return NULL;
}

static void
send_numbers(int fd)
{
	char line[32];

	for (int i = 1; i <= PIPELINED; i++) {
		(void)snprintf(line, sizeof(line), "%d\n", i);
		client_say(fd, line);
	}
}

static void
expect_numbers(int fd)
{
	char line[32];

	for (int i = 1; i <= PIPELINED; i++) {
		(void)snprintf(line, sizeof(line), "%d\n", i);
		client_expect(fd, line);
	}
}

START_TEST(pipelined_requests_answered_by_another_thread_stay_in_order)
{
	struct test_server *server;
	pthread_t thread;
	void *failed;
	int fd;

	weather_init(&desk.weather);
	server = test_server_start(test_patterns[_i].name, &later, &desk, NULL);
	fd = test_server_connect(server);
	ck_assert_int_eq(pthread_create(&thread, NULL, reply_to_all,
			     test_server_engine(server)),
	    0);
	send_numbers(fd);
	expect_numbers(fd);
	ck_assert_int_eq(pthread_join(thread, &failed), 0);
	ck_assert_ptr_null(failed);
	close(fd);
	ck_assert_int_eq(weather_reason(&desk.weather, 1), 0);
	ck_assert_int_eq(counter_get(&desk.weather.messages), PIPELINED);
	test_server_stop(server);
	ck_assert_int_eq(atomic_load(&desk.released), PIPELINED);
	weather_deinit(&desk.weather);
}
END_TEST

int
main(int argc, char **argv)
{
	Suite *suite = suite_create("weather: held");

	weather_add(suite, "order",
	    pipelined_requests_answered_by_another_thread_stay_in_order);
	return test_run(suite, argc, argv);
}
