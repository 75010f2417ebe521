/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * G3 last call, many at once: connections that end in every way while
 * messages come for them, dead or alive.
 */
#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "support/client.h"
#include "support/patterns.h"
#include "support/run.h"
#include "support/server.h"
#include "support/sync.h"

enum {
	MOST = 400,
	POSTS = 20000
};

/* A connection of the test; never used again. */
struct life {
	atomic_ullong id;
	atomic_int closed;
};

static struct {
	struct test_counter opened;
	struct test_counter closed;
	struct test_counter released;
	atomic_int n;
	atomic_int orphans; /* calls without on_open */
	atomic_int late;    /* calls after on_close */
	struct life lives[MOST];
} world;

static void
set_up(void)
{
	test_leaks_begin();
	counter_init(&world.opened);
	counter_init(&world.closed);
	counter_init(&world.released);
}

/** Every call looks whether it may be. */
static void
look(echelon_conn *conn)
{
	struct life *life = echelon_conn_data(conn);

	if (life == NULL) {
		atomic_fetch_add(&world.orphans, 1);
	} else if (atomic_load(&life->closed) != 0) {
		atomic_fetch_add(&world.late, 1);
	}
}

static int
begin(echelon_conn *conn)
{
	struct life *life = &world.lives[atomic_fetch_add(&world.n, 1)];

	echelon_conn_set_data(conn, life);
	atomic_store(&life->id, echelon_conn_get_id(conn));
	counter_add(&world.opened, 1);
	return 0;
}

static ptrdiff_t
obey(echelon_conn *conn, const void *data, size_t length)
{
	(void)length;
	look(conn);
	switch (*(const char *)data) {
	case 'c':
		echelon_close(conn);
		break;
	case 'a':
		echelon_abort(conn);
		break;
	case 'e':
		return -EPROTO;
	case 'h':
		echelon_hold(conn);
		break;
	default:
		break;
	}
	(void)echelon_write(conn, data, 1);
	return 1;
}

static ptrdiff_t
frame_byte(const void *data, size_t length, void *context)
{
	(void)length;
	(void)context;
	return *(const char *)data == 'f' ? -EBADMSG : 1;
}

static void
end(echelon_conn *conn)
{
	look(conn);
	echelon_close(conn);
}

static void
take_message(echelon_conn *conn, void *message)
{
	(void)message;
	look(conn);
}

static void
release(void *message)
{
	(void)message;
	counter_add(&world.released, 1);
}

static void
finish(echelon_conn *conn, int reason)
{
	struct life *life = echelon_conn_data(conn);

	(void)reason;
	look(conn);
	if (life != NULL) {
		atomic_fetch_add(&life->closed, 1);
	}
	counter_add(&world.closed, 1);
}

static const struct echelon_handler handler = ECHELON_HANDLER(
	.frame = frame_byte, .on_open = begin, .on_data = obey, .on_end = end,
    .on_message = take_message, .on_close = finish);

static void *
post_at_random(void *engine)
{
	unsigned random = 7;

	for (int i = 0; i < POSTS; i++) {
		int n = rand_r(&random) % MOST;
		echelon_conn_id id = atomic_load(&world.lives[n].id);

		if (id != 0) {
			(void)echelon_post(engine, id, NULL, release);
		} else {
			release(NULL);
		}
	}
	return NULL;
}

/** A connection that ends in one of six ways, or is left open. */
static int
end_somehow(const struct test_server *server, unsigned way)
{
	static const char *const requests[] = { "..c.", ".a..", "..e", "..f",
		"....", "....", ".h.." };
	int fd = test_server_connect(server);

	client_say(fd, requests[way]);
	if (way == 4) {
		client_reset(fd);
		return -1;
	}
	if (way == 5) {
		ck_assert_int_eq(shutdown(fd, SHUT_WR), 0);
	}
	return fd;
}

START_TEST(g3_when_many_end_in_many_ways_while_messages_come)
{
	static const char *const soon[] = { "deadlines.drain=2s", NULL };
	struct test_server *server = test_server_start(test_patterns[_i].name,
	    &handler, NULL, soon);
	pthread_t poster;
	int fds[MOST];
	unsigned random = 3;

	ck_assert_int_eq(pthread_create(&poster, NULL, post_at_random,
			     test_server_engine(server)),
	    0);
	for (int i = 0; i < MOST; i++) {
		fds[i] = end_somehow(server, (unsigned)rand_r(&random) % 7);
	}
	pthread_join(poster, NULL);
	for (int i = 0; i < MOST; i++) {
		if (fds[i] >= 0) {
			close(fds[i]);
		}
	}
	test_server_stop(server);
	ck_assert_int_eq(atomic_load(&world.orphans), 0);
	ck_assert_int_eq(atomic_load(&world.late), 0);
	for (int i = 0; i < atomic_load(&world.n); i++) {
		ck_assert_int_eq(atomic_load(&world.lives[i].closed), 1);
	}
	ck_assert_int_eq(counter_get(&world.opened),
	    counter_get(&world.closed));
	ck_assert_int_eq(counter_get(&world.released), POSTS);
}
END_TEST

static void
add(TCase *tc, const TTest *test)
{
	tcase_add_loop_test(tc, test, 0, n_test_patterns);
}

int
main(int argc, char **argv)
{
	Suite *suite = suite_create("storm");
	TCase *tc = tcase_create("storm");

	tcase_add_checked_fixture(tc, set_up, test_leaks_end);
	add(tc, g3_when_many_end_in_many_ways_while_messages_come);
	suite_add_tcase(suite, tc);
	return test_run(suite, argc, argv);
}
