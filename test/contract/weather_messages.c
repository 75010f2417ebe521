/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * What becomes of messages.
 *
 * Every message is released exactly once: after on_message, when its
 * connection closes first, or when it is refused. A connection is named by
 * its id, and the id by nothing else ever after.
 */

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "weather_support.h"

enum {
	MOST_KEPT = 64
};

/* What handlers leave for the test, and what comes of its messages. */
struct post_office {
	struct weather weather;
	echelon_conn_id ids[MOST_KEPT]; /* [weather.lock] in order */
	int n_ids;                      /* [weather.lock] */
	int last;                       /* [its one connection's run] */
	_Atomic int released;
};

/* A message that is a number and knows its office. */
struct letter {
	struct post_office *office;
	int number;
};

static struct letter *
write_letter(struct post_office *office, int number)
{
	struct letter *letter = malloc(sizeof(*letter));

	ck_assert_ptr_nonnull(letter);
	*letter = (struct letter){ .office = office, .number = number };
	return letter;
}

static void
release_letter(void *arg)
{
	struct letter *letter = arg;

	atomic_fetch_add(&letter->office->released, 1);
	free(letter);
}

static int
post(const struct test_server *server, struct post_office *office,
    echelon_conn_id id, int number)
{
	return echelon_post(test_server_engine(server), id,
	    write_letter(office, number), release_letter);
}

static void
keep_id(echelon_conn *conn)
{
	struct post_office *office = echelon_conn_context(conn);

	pthread_mutex_lock(&office->weather.lock);
	if (office->n_ids < MOST_KEPT) {
		office->ids[office->n_ids++] = echelon_conn_get_id(conn);
	}
	pthread_mutex_unlock(&office->weather.lock);
}

static echelon_conn_id
kept_id(struct post_office *office, int n)
{
	echelon_conn_id id;

	pthread_mutex_lock(&office->weather.lock);
	ck_assert_int_lt(n, office->n_ids);
	id = office->ids[n];
	pthread_mutex_unlock(&office->weather.lock);
	return id;
}

/* ---- messages that do not arrive ---- */

static int
open_and_keep(echelon_conn *conn)
{
	keep_id(conn);
	return weather_on_open(conn);
}

static void
count_letter(echelon_conn *conn, void *message)
{
	struct post_office *office = echelon_conn_context(conn);
	const struct letter *letter = message;

	if (letter->number != office->last + 1) {
		weather_problem(&office->weather, "a message out of order");
	}
	office->last = letter->number;
	counter_add(&office->weather.messages, 1);
}

/** Blocks at the gate; then 'a' aborts. */
static ptrdiff_t
block(echelon_conn *conn, const void *data, size_t length)
{
	struct weather *weather = weather_of(conn);

	counter_add(&weather->calls, 1);
	gate_pass(&weather->gate);
	if (*(const char *)data == 'a') {
		echelon_abort(conn);
	}
	return (ptrdiff_t)length;
}

static const struct echelon_handler counting = ECHELON_HANDLER(
	.on_open = open_and_keep, .on_data = block, .on_message = count_letter,
    .on_close = weather_on_close);

static struct test_server *
start(int row, struct post_office *office, const char *const *settings)
{
	weather_init(&office->weather);
	return test_server_start(test_patterns[row].name, &counting, office,
	    settings);
}

START_TEST(post_to_a_closed_connection_is_stale)
{
	struct post_office office = { .last = 0 };
	struct test_server *server = start(_i, &office, NULL);
	int fd = test_server_connect(server);

	ck_assert(counter_wait(&office.weather.opened, 1));
	close(fd);
	ck_assert_int_eq(weather_reason(&office.weather, 1), 0);
	ck_assert_int_eq(post(server, &office, kept_id(&office, 0), 1),
	    -ESTALE);
	ck_assert_int_eq(atomic_load(&office.released), 1);
	ck_assert_int_eq(post(server, &office, 0, 1), -ESTALE);
	ck_assert_int_eq(post(server, &office, UINT64_MAX, 1), -ESTALE);
	ck_assert_int_eq(atomic_load(&office.released), 3);
	test_server_stop(server);
	weather_deinit(&office.weather);
}
END_TEST

START_TEST(messages_of_a_connection_that_closes_first_are_released)
{
	enum {
		LETTERS = 5
	};
	struct post_office office = { .last = 0 };
	struct test_server *server = start(_i, &office, NULL);
	int fd = test_server_connect(server);

	client_say(fd, "a");
	ck_assert(counter_wait(&office.weather.calls, 1));
	for (int i = 1; i <= LETTERS; i++) {
		ck_assert_int_eq(post(server, &office, kept_id(&office, 0), i),
		    0);
	}
	gate_open_all(&office.weather.gate);
	ck_assert_int_eq(weather_reason(&office.weather, 1), -ECONNABORTED);
	ck_assert_int_eq(counter_get(&office.weather.messages), 0);
	ck_assert_int_eq(atomic_load(&office.released), LETTERS);
	close(fd);
	test_server_stop(server);
	weather_deinit(&office.weather);
}
END_TEST

START_TEST(more_messages_than_the_limit_are_refused)
{
	static const char *const settings[] = { "limits.messages=4", NULL };
	struct post_office office = { .last = 0 };
	struct test_server *server = start(_i, &office, settings);
	int fd = test_server_connect(server);
	echelon_conn_id id;

	client_say(fd, "b");
	ck_assert(counter_wait(&office.weather.calls, 1));
	id = kept_id(&office, 0);
	for (int i = 1; i <= 4; i++) {
		ck_assert_int_eq(post(server, &office, id, i), 0);
	}
	ck_assert_int_eq(post(server, &office, id, 5), -EAGAIN);
	ck_assert_int_eq(atomic_load(&office.released), 1);
	gate_open_all(&office.weather.gate);
	ck_assert(counter_wait(&office.weather.messages, 4));
	/* And there is room again. */
	ck_assert_int_eq(post(server, &office, id, 5), 0);
	ck_assert(counter_wait(&office.weather.messages, 5));
	close(fd);
	test_server_stop(server);
	ck_assert_int_eq(atomic_load(&office.released), 6);
	weather_deinit(&office.weather);
}
END_TEST

START_TEST(post_after_the_end_is_refused)
{
	struct post_office office = { .last = 0 };
	struct test_server *server = start(_i, &office, NULL);
	int fd = test_server_connect(server);

	ck_assert(counter_wait(&office.weather.opened, 1));
	close(fd);
	echelon_engine_stop(test_server_engine(server));
	ck_assert_int_eq(echelon_engine_wait(test_server_engine(server)), 0);
	ck_assert_int_eq(post(server, &office, kept_id(&office, 0), 1),
	    -ESHUTDOWN);
	ck_assert_int_eq(atomic_load(&office.released), 1);
	test_server_stop(server);
	weather_deinit(&office.weather);
}
END_TEST

static const struct echelon_handler deaf = ECHELON_HANDLER(
	.on_open = open_and_keep, .on_data = weather_echo);

static bool
has_released_three(void *arg)
{
	struct post_office *office = arg;

	return atomic_load(&office->released) == 3;
}

START_TEST(messages_to_a_handler_without_on_message_are_released)
{
	struct post_office office = { .last = 0 };
	struct test_server *server;
	int fd;

	weather_init(&office.weather);
	server = test_server_start(test_patterns[_i].name, &deaf, &office,
	    NULL);
	fd = test_server_connect(server);
	ck_assert(counter_wait(&office.weather.opened, 1));
	for (int i = 1; i <= 3; i++) {
		ck_assert_int_eq(post(server, &office, kept_id(&office, 0), i),
		    0);
	}
	ck_assert(test_eventually(has_released_three, &office));
	client_say(fd, "and on");
	client_expect(fd, "and on");
	close(fd);
	test_server_stop(server);
	weather_deinit(&office.weather);
}
END_TEST

/* ---- names ---- */

START_TEST(id_never_names_a_successor)
{
	/* One slot for all. */
	static const char *const settings[] = { "limits.connections=1", NULL };
	enum {
		SUCCESSORS = 50
	};
	struct post_office office = { .last = 0 };
	struct test_server *server = start(_i, &office, settings);

	for (int i = 0; i < SUCCESSORS; i++) {
		int fd = test_server_connect(server);

		ck_assert(counter_wait(&office.weather.opened, i + 1));
		for (int j = 0; j < i; j++) {
			ck_assert(kept_id(&office, j) != kept_id(&office, i));
			ck_assert_int_eq(post(server, &office,
					     kept_id(&office, j), 1),
			    -ESTALE);
		}
		close(fd);
		(void)weather_reason(&office.weather, i + 1);
	}
	ck_assert_int_eq(counter_get(&office.weather.messages), 0);
	test_server_stop(server);
	weather_deinit(&office.weather);
}
END_TEST

/* ---- many posters ---- */

enum {
	POSTERS = 4,
	POSTS = 500
};

struct crowd {
	struct post_office office;
	int last_of[POSTERS]; /* [its one connection's run] */
};

static void
count_crowd(echelon_conn *conn, void *message)
{
	struct crowd *crowd = echelon_conn_context(conn);
	const struct letter *letter = message;
	int *last = &crowd->last_of[letter->number / POSTS];

	if (letter->number % POSTS != *last) {
		weather_problem(&crowd->office.weather,
		    "messages of one thread out of order");
	}
	(*last)++;
	counter_add(&crowd->office.weather.messages, 1);
}

static const struct echelon_handler crowded = ECHELON_HANDLER(
	.on_open = open_and_keep, .on_message = count_crowd);

struct poster {
	const struct test_server *server;
	struct crowd *crowd;
	int number;
	int refused;
};

static void *
post_many(void *arg)
{
	struct poster *poster = arg;
	struct post_office *office = &poster->crowd->office;

	for (int i = 0; i < POSTS; i++) {
		int number = poster->number * POSTS + i;

		while (post(poster->server, office, kept_id(office, 0),
			   number) == -EAGAIN) {
			poster->refused++;
			sched_yield();
		}
	}
	return NULL;
}

START_TEST(messages_of_many_threads_arrive_once_and_in_order_of_each)
{
	static struct crowd crowd;
	static const char *const settings[] = { "limits.messages=64", NULL };
	struct poster posters[POSTERS];
	pthread_t threads[POSTERS];
	struct test_server *server;
	int refused = 0;
	int fd;

	weather_init(&crowd.office.weather);
	server = test_server_start(test_patterns[_i].name, &crowded, &crowd,
	    settings);
	fd = test_server_connect(server);
	ck_assert(counter_wait(&crowd.office.weather.opened, 1));
	for (int i = 0; i < POSTERS; i++) {
		posters[i] = (struct poster){
			.server = server, .crowd = &crowd, .number = i
		};
		ck_assert_int_eq(pthread_create(&threads[i], NULL, post_many,
				     &posters[i]),
		    0);
	}
	for (int i = 0; i < POSTERS; i++) {
		ck_assert_int_eq(pthread_join(threads[i], NULL), 0);
		refused += posters[i].refused;
	}
	ck_assert(counter_wait(&crowd.office.weather.messages,
	    POSTERS * POSTS));
	close(fd);
	test_server_stop(server);
	ck_assert_int_eq(counter_get(&crowd.office.weather.messages),
	    POSTERS * POSTS);
	ck_assert_int_eq(atomic_load(&crowd.office.released),
	    POSTERS * POSTS + refused);
	weather_deinit(&crowd.office.weather);
}
END_TEST

int
main(int argc, char **argv)
{
	Suite *suite = suite_create("weather: messages");

	weather_add(suite, "stale", post_to_a_closed_connection_is_stale);
	weather_add(suite, "closes first",
	    messages_of_a_connection_that_closes_first_are_released);
	weather_add(suite, "limit", more_messages_than_the_limit_are_refused);
	weather_add(suite, "the end", post_after_the_end_is_refused);
	weather_add(suite, "deaf",
	    messages_to_a_handler_without_on_message_are_released);
	weather_add(suite, "names", id_never_names_a_successor);
	weather_add(suite, "crowd",
	    messages_of_many_threads_arrive_once_and_in_order_of_each);
	return test_run(suite, argc, argv);
}
