/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * What echelon_write_ref was lent is released exactly once, whatever becomes
 * of the connection: sent, closed, refused, aborted, reset, stopped.
 *
 * The client's one byte says what the handler shall do with a loan. Each
 * loan counts its releases; when the engine is gone, each must have one.
 */

#include <errno.h>
#include <stdatomic.h>
#include <string.h>
#include <unistd.h>

#include "weather_support.h"

enum {
	LARGE = 1 << 20,
	LIMIT = 4 << 20,
	MOST_LOANS = 64
};

struct lender {
	struct weather weather;
	_Atomic int n_loans;
	_Atomic int released[MOST_LOANS];
};

static const char lent[LIMIT + 1];

static void
release_loan(void *arg)
{
	_Atomic int *released = arg;

	atomic_fetch_add(released, 1);
}

/** Lends, and checks that a loan that was refused has been released. */
static int
lend(echelon_conn *conn, size_t length)
{
	struct lender *lender = echelon_conn_context(conn);
	int i = atomic_fetch_add(&lender->n_loans, 1);
	int error = echelon_write_ref(conn, lent, length, release_loan,
	    &lender->released[i]);

	if (error != 0 && atomic_load(&lender->released[i]) != 1) {
		weather_problem(&lender->weather,
		    "a refused loan was not released");
	}
	return error;
}

static void
expect(echelon_conn *conn, int result, int expected)
{
	if (result != expected) {
		weather_problem(weather_of(conn),
		    "echelon_write_ref returned something else");
	}
}

static void
lend_until_full(echelon_conn *conn)
{
	int error = 0;

	for (int i = 0; i < MOST_LOANS / 2 && error == 0; i++) {
		error = lend(conn, LARGE);
	}
	expect(conn, error, -ENOBUFS);
}

static void
obey(echelon_conn *conn, char command)
{
	switch (command) {
	case 's': /* small: not worth lending, copied */
		expect(conn, lend(conn, 3), 0);
		break;
	case 'l': /* large */
		expect(conn, lend(conn, LARGE), 0);
		break;
	case 'c':
		expect(conn, lend(conn, LARGE), 0);
		echelon_close(conn);
		expect(conn, lend(conn, LARGE), -EPIPE);
		break;
	case 'm':
		expect(conn, lend(conn, sizeof(lent)), -EMSGSIZE);
		break;
	case 'f':
		lend_until_full(conn);
		break;
	case 'a':
		lend_until_full(conn);
		echelon_abort(conn);
		expect(conn, lend(conn, 1), -EPIPE);
		break;
	case '0': /* nothing */
		expect(conn, lend(conn, 0), 0);
		break;
	default:
		weather_problem(weather_of(conn), "no such command");
		break;
	}
}

static ptrdiff_t
on_data(echelon_conn *conn, const void *data, size_t length)
{
	(void)length;
	obey(conn, *(const char *)data);
	counter_add(&weather_of(conn)->calls, 1);
	return 1;
}

static const struct echelon_handler lending = ECHELON_HANDLER(
	.on_data = on_data, .on_close = weather_on_close);

/** Stops the server; every loan must have been released once by then. */
static void
stop_and_check(struct test_server *server, struct lender *lender)
{
	int n = atomic_load(&lender->n_loans);

	test_server_stop(server);
	ck_assert_int_gt(n, 0);
	for (int i = 0; i < n; i++) {
		ck_assert_msg(atomic_load(&lender->released[i]) == 1,
		    "loan %d of %d was released %d times", i, n,
		    atomic_load(&lender->released[i]));
	}
	weather_deinit(&lender->weather);
}

static struct test_server *
start(int row, struct lender *lender)
{
	static const char *const settings[] = { "limits.output=4MiB",
		"deadlines.write_stall=200ms", NULL };

	weather_init(&lender->weather);
	return test_server_start(test_patterns[row].name, &lending, lender,
	    settings);
}

static void
receive_zeros(int fd, size_t n)
{
	static char buffer[LARGE];

	memset(buffer, 1, sizeof(buffer));
	client_receive(fd, buffer, n);
	ck_assert_mem_eq(buffer, lent, n);
}

START_TEST(loans_that_are_sent_are_released_once)
{
	struct lender lender = { .n_loans = 0 };
	struct test_server *server = start(_i, &lender);
	int fd = test_server_connect(server);

	client_say(fd, "slsls0");
	for (int i = 0; i < 2; i++) {
		receive_zeros(fd, 3);
		receive_zeros(fd, LARGE);
	}
	receive_zeros(fd, 3);
	client_say(fd, "c");
	receive_zeros(fd, LARGE);
	ck_assert(client_sees_fin(fd));
	close(fd);
	ck_assert_int_eq(weather_reason(&lender.weather, 1), 0);
	stop_and_check(server, &lender);
}
END_TEST

START_TEST(loans_that_are_refused_are_released_once)
{
	struct lender lender = { .n_loans = 0 };
	struct test_server *server = start(_i, &lender);
	int fd = test_server_connect(server);

	client_say(fd, "m");
	ck_assert(counter_wait(&lender.weather.calls, 1));
	client_say(fd, "f");
	ck_assert(counter_wait(&lender.weather.calls, 2));
	client_reset(fd);
	(void)weather_reason(&lender.weather, 1);
	stop_and_check(server, &lender);
}
END_TEST

START_TEST(loans_of_an_aborted_connection_are_released_once)
{
	struct lender lender = { .n_loans = 0 };
	struct test_server *server = start(_i, &lender);
	int fd = test_server_connect(server);

	client_say(fd, "a");
	ck_assert_int_eq(weather_reason(&lender.weather, 1), -ECONNABORTED);
	close(fd);
	stop_and_check(server, &lender);
}
END_TEST

START_TEST(loans_of_a_stalled_connection_are_released_once)
{
	struct lender lender = { .n_loans = 0 };
	struct test_server *server = start(_i, &lender);
	int fd = test_server_connect(server);

	client_say(fd, "f");
	ck_assert_int_eq(weather_reason(&lender.weather, 1), -ETIMEDOUT);
	close(fd);
	stop_and_check(server, &lender);
}
END_TEST

START_TEST(loans_cut_off_by_the_drain_are_released_once)
{
	static const char *const settings[] = { "limits.output=4MiB",
		"deadlines.drain=300ms", NULL };
	struct lender lender = { .n_loans = 0 };
	struct test_server *server;
	int fd;

	weather_init(&lender.weather);
	server = test_server_start(test_patterns[_i].name, &lending, &lender,
	    settings);
	fd = test_server_connect(server);
	client_say(fd, "f");
	ck_assert(counter_wait(&lender.weather.calls, 1));
	stop_and_check(server, &lender);
	close(fd);
}
END_TEST

int
main(int argc, char **argv)
{
	Suite *suite = suite_create("weather: loans");

	weather_add(suite, "sent", loans_that_are_sent_are_released_once);
	weather_add(suite, "refused", loans_that_are_refused_are_released_once);
	weather_add(suite, "aborted",
	    loans_of_an_aborted_connection_are_released_once);
	weather_add(suite, "stalled",
	    loans_of_a_stalled_connection_are_released_once);
	weather_add(suite, "cut off",
	    loans_cut_off_by_the_drain_are_released_once);
	return test_run(suite, argc, argv);
}
