/* SPDX-License-Identifier: BSD-2-Clause */
#include "weather_support.h"

#include <errno.h>
#include <string.h>

void
weather_init(struct weather *weather)
{
	counter_init(&weather->opened);
	counter_init(&weather->calls);
	counter_init(&weather->ended);
	counter_init(&weather->timeouts);
	counter_init(&weather->messages);
	counter_init(&weather->writable);
	counter_init(&weather->closed);
	gate_init(&weather->gate);
	pthread_mutex_init(&weather->lock, NULL);
	weather->n_reasons = 0;
	weather->problem = NULL;
}

void
weather_deinit(struct weather *weather)
{
	ck_assert_msg(weather->problem == NULL, "%s", weather->problem);
	counter_deinit(&weather->opened);
	counter_deinit(&weather->calls);
	counter_deinit(&weather->ended);
	counter_deinit(&weather->timeouts);
	counter_deinit(&weather->messages);
	counter_deinit(&weather->writable);
	counter_deinit(&weather->closed);
	gate_deinit(&weather->gate);
	pthread_mutex_destroy(&weather->lock);
}

struct weather *
weather_of(echelon_conn *conn)
{
	return echelon_conn_context(conn);
}

void
weather_problem(struct weather *weather, const char *problem)
{
	pthread_mutex_lock(&weather->lock);
	if (weather->problem == NULL) {
		weather->problem = problem;
	}
	pthread_mutex_unlock(&weather->lock);
}

int
weather_on_open(echelon_conn *conn)
{
	counter_add(&weather_of(conn)->opened, 1);
	return 0;
}

void
weather_on_close(echelon_conn *conn, int reason)
{
	struct weather *weather = weather_of(conn);

	pthread_mutex_lock(&weather->lock);
	if (weather->n_reasons < WEATHER_MOST_CLOSES) {
		weather->reasons[weather->n_reasons++] = reason;
	}
	pthread_mutex_unlock(&weather->lock);
	counter_add(&weather->closed, 1);
}

ptrdiff_t
weather_echo(echelon_conn *conn, const void *data, size_t length)
{
	int error = echelon_write(conn, data, length);

	counter_add(&weather_of(conn)->calls, 1);
	return error == 0 ? (ptrdiff_t)length : error;
}

ptrdiff_t
weather_frame_line(const void *data, size_t length, void *context)
{
	const char *end = memchr(data, '\n', length);

	(void)context;
	if (length > 0 && *(const char *)data == '!') {
		return -EBADMSG;
	}
	return end == NULL ? 0 : end - (const char *)data + 1;
}

int
weather_reason(struct weather *weather, int n)
{
	int reason;

	ck_assert_msg(counter_wait(&weather->closed, n),
	    "on_close was called %ld times, not %d",
	    counter_get(&weather->closed), n);
	pthread_mutex_lock(&weather->lock);
	reason = weather->reasons[n - 1];
	pthread_mutex_unlock(&weather->lock);
	return reason;
}

int
weather_closed_with(struct weather *weather, int reason)
{
	int n = 0;

	pthread_mutex_lock(&weather->lock);
	for (int i = 0; i < weather->n_reasons; i++) {
		n += weather->reasons[i] == reason;
	}
	pthread_mutex_unlock(&weather->lock);
	return n;
}

static TCase *
add_case(Suite *suite, const char *name)
{
	TCase *tcase = tcase_create(name);

	tcase_add_checked_fixture(tcase, test_leaks_begin, test_leaks_end);
	suite_add_tcase(suite, tcase);
	return tcase;
}

void
weather_add(Suite *suite, const char *name, const TTest *test)
{
	test_add_rows(add_case(suite, name), test);
}

void
weather_add_times(Suite *suite, const char *name, const TTest *test, int n)
{
	tcase_add_loop_test(add_case(suite, name), test, 0, n);
}
