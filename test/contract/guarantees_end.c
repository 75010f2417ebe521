/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * G3 last call: on_close is called once for each on_open that returned 0,
 * after every other call, however the connection ends.
 *
 * A request is one byte: what the handler shall do.
 */
#include <errno.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "support/client.h"
#include "support/patterns.h"
#include "support/run.h"
#include "support/server.h"
#include "support/sync.h"

enum {
	MOST = 4
};

/* A connection of the test; never used again. */
struct life {
	atomic_ullong id;
	atomic_int opened;
	atomic_int ending; /* the handler has ended it */
	atomic_int closed;
	atomic_int reason;
};

struct world {
	struct test_counter opened;
	struct test_counter closed;
	struct test_counter posted;
	struct test_counter released;
	struct test_gate gate;
	atomic_int n;
	atomic_int orphans; /* calls without on_open */
	atomic_int late;    /* calls after on_close */
	atomic_int unasked; /* input presented after the handler's end */
	atomic_int write_after_close;
	atomic_int post_after_close;
	struct life lives[MOST];
};

static struct world world;

static void
set_up(void)
{
	test_leaks_begin();
	counter_init(&world.opened);
	counter_init(&world.closed);
	counter_init(&world.posted);
	counter_init(&world.released);
	gate_init(&world.gate);
}

static void
tear_down(void)
{
	gate_deinit(&world.gate);
	test_leaks_end();
}

/** Every call looks whether it may be. */
static struct life *
look(echelon_conn *conn)
{
	struct life *life = echelon_conn_data(conn);

	if (life == NULL) {
		atomic_fetch_add(&world.orphans, 1);
		return &world.lives[0];
	}
	if (atomic_load(&life->closed) != 0) {
		atomic_fetch_add(&world.late, 1);
	}
	return life;
}

static int
begin(echelon_conn *conn)
{
	struct life *life = &world.lives[atomic_fetch_add(&world.n, 1)];

	echelon_conn_set_data(conn, life);
	atomic_store(&life->id, echelon_conn_get_id(conn));
	atomic_fetch_add(&life->opened, 1);
	counter_add(&world.opened, 1);
	return 0;
}

static ptrdiff_t
obey(echelon_conn *conn, const void *data, size_t length)
{
	struct life *life = look(conn);

	(void)length;
	if (atomic_load(&life->ending) != 0) {
		atomic_fetch_add(&world.unasked, 1);
	}
	atomic_store(&life->ending,
	    strchr("caeg", *(const char *)data) != NULL);
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
	case 'g': /* waits, then closes */
		gate_pass(&world.gate);
		echelon_close(conn);
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
	(void)look(conn);
	echelon_close(conn);
}

static void
take_message(echelon_conn *conn, void *message)
{
	(void)message;
	(void)look(conn);
	counter_add(&world.posted, 1);
}

static void
release(void *message)
{
	(void)message;
	counter_add(&world.released, 1);
}

static int
time_out(echelon_conn *conn, enum echelon_deadline which)
{
	(void)which;
	(void)look(conn);
	return -ETIMEDOUT;
}

static void
finish(echelon_conn *conn, int reason)
{
	struct life *life = look(conn);
	echelon_engine *engine = echelon_conn_engine(conn);

	atomic_fetch_add(&life->closed, 1);
	atomic_store(&life->reason, reason);
	atomic_store(&world.write_after_close, echelon_write(conn, "x", 1));
	atomic_store(&world.post_after_close,
	    echelon_post(engine, echelon_conn_get_id(conn), NULL, NULL));
	counter_add(&world.closed, 1);
}

static const struct echelon_handler handler = ECHELON_HANDLER(
	.frame = frame_byte, .on_open = begin, .on_data = obey, .on_end = end,
    .on_message = take_message, .on_timeout = time_out, .on_close = finish);

static struct test_server *
start(int row, const char *const *settings)
{
	return test_server_start(test_patterns[row].name, &handler, NULL,
	    settings);
}

/** Connects, and sees that it is served. */
static int
connect_served(const struct test_server *server)
{
	int fd = test_server_connect(server);

	client_say(fd, ".");
	client_expect(fd, ".");
	return fd;
}

static void
check_all_lives(void)
{
	ck_assert_int_eq(atomic_load(&world.orphans), 0);
	ck_assert_int_eq(atomic_load(&world.late), 0);
	ck_assert_int_eq(atomic_load(&world.unasked), 0);
	for (int i = 0; i < atomic_load(&world.n); i++) {
		ck_assert_int_eq(atomic_load(&world.lives[i].opened), 1);
		ck_assert_int_eq(atomic_load(&world.lives[i].closed), 1);
	}
}

/** The one connection has ended, or does so now, for this reason. */
static void
check_end(struct test_server *server, int reason)
{
	ck_assert(counter_wait(&world.closed, 1));
	ck_assert_int_eq(echelon_post(test_server_engine(server),
			     atomic_load(&world.lives[0].id), NULL, release),
	    -ESTALE);
	test_server_stop(server);
	check_all_lives();
	ck_assert_int_eq(counter_get(&world.opened), 1);
	ck_assert_int_eq(counter_get(&world.released), 1);
	ck_assert_int_eq(atomic_load(&world.lives[0].reason), reason);
	ck_assert_int_eq(atomic_load(&world.write_after_close), -EPIPE);
	ck_assert_int_eq(atomic_load(&world.post_after_close), -ESTALE);
}

START_TEST(g3_when_the_peer_ends)
{
	struct test_server *server = start(_i, NULL);
	int fd = connect_served(server);

	ck_assert_int_eq(shutdown(fd, SHUT_WR), 0);
	ck_assert(client_sees_fin(fd));
	close(fd);
	check_end(server, 0);
}
END_TEST

START_TEST(g3_when_the_peer_resets)
{
	struct test_server *server = start(_i, NULL);

	client_reset(connect_served(server));
	check_end(server, -ECONNRESET);
}
END_TEST

START_TEST(g3_when_the_handler_closes)
{
	struct test_server *server = start(_i, NULL);
	int fd = connect_served(server);

	client_say(fd, "c...");
	ck_assert(client_sees_fin(fd));
	close(fd);
	check_end(server, 0);
}
END_TEST

START_TEST(g3_when_the_handler_aborts)
{
	struct test_server *server = start(_i, NULL);
	int fd = connect_served(server);

	client_say(fd, "a...");
	ck_assert(client_sees_reset(fd));
	close(fd);
	check_end(server, -ECONNABORTED);
}
END_TEST

START_TEST(g3_when_on_data_fails)
{
	struct test_server *server = start(_i, NULL);
	int fd = connect_served(server);

	/* What was written is still sent. */
	client_say(fd, "..e..");
	client_expect(fd, "..");
	ck_assert(client_sees_fin(fd));
	close(fd);
	check_end(server, -EPROTO);
}
END_TEST

START_TEST(g3_when_frame_fails)
{
	struct test_server *server = start(_i, NULL);
	int fd = connect_served(server);

	client_say(fd, "..f..");
	client_expect(fd, "..");
	ck_assert(client_sees_fin(fd));
	close(fd);
	check_end(server, -EBADMSG);
}
END_TEST

START_TEST(g3_when_a_deadline_passes)
{
	static const char *const soon[] = { "deadlines.idle=50ms", NULL };
	struct test_server *server = start(_i, soon);
	int fd = connect_served(server);

	ck_assert(client_sees_fin(fd));
	ck_assert(counter_wait(&world.closed, 1));
	ck_assert_uint_eq(test_server_stats(server).timed_out, 1);
	close(fd);
	check_end(server, -ETIMEDOUT);
}
END_TEST

START_TEST(g3_when_the_engine_stops)
{
	struct test_server *server = start(_i, NULL);
	int fd = connect_served(server);

	echelon_engine_stop(test_server_engine(server));
	ck_assert(client_sees_fin(fd));
	close(fd);
	ck_assert(counter_wait(&world.closed, 1));
	test_server_stop(server);
	check_all_lives();
	ck_assert_int_eq(atomic_load(&world.lives[0].reason), 0);
}
END_TEST

START_TEST(g3_when_the_drain_cuts_off)
{
	static const char *const soon[] = { "deadlines.drain=100ms", NULL };
	struct test_server *server = start(_i, soon);
	int fd = connect_served(server);

	client_say(fd, "h");
	client_expect(fd, "h");
	test_server_stop(server);
	ck_assert(client_sees_reset(fd));
	close(fd);
	check_all_lives();
	ck_assert_int_eq(atomic_load(&world.lives[0].reason), -ESHUTDOWN);
}
END_TEST

/* What has come for it meanwhile is not presented any more. */
START_TEST(g3_when_much_waits_for_a_connection_that_ends)
{
	struct test_server *server = start(_i, NULL);
	echelon_engine *engine = test_server_engine(server);
	int fd = connect_served(server);
	echelon_conn_id id = atomic_load(&world.lives[0].id);

	client_say(fd, "g....");
	client_wait_sent(fd);
	for (int i = 0; i < 10; i++) {
		ck_assert_int_eq(echelon_post(engine, id, NULL, release), 0);
	}
	gate_open_all(&world.gate);
	ck_assert(client_sees_fin(fd));
	close(fd);
	ck_assert(counter_wait(&world.closed, 1));
	test_server_stop(server);
	check_all_lives();
	ck_assert_int_eq(counter_get(&world.released), 10);
}
END_TEST

/* ---- on_open that fails ---- */

static int
refuse(echelon_conn *conn)
{
	(void)echelon_write(conn, "no", 2);
	return -EACCES;
}

static const struct echelon_handler refusing = ECHELON_HANDLER(
	.on_open = refuse, .on_data = obey, .on_end = end,
    .on_message = take_message, .on_timeout = time_out, .on_close = finish);

START_TEST(g3_no_on_close_after_on_open_failed)
{
	struct test_server *server = test_server_start(test_patterns[_i].name,
	    &refusing, NULL, NULL);
	int fd = test_server_connect(server);

	client_expect(fd, "no");
	ck_assert(client_sees_fin(fd));
	close(fd);
	test_server_stop(server);
	ck_assert_int_eq(atomic_load(&world.orphans), 0);
	ck_assert_int_eq(counter_get(&world.closed), 0);
}
END_TEST

static const struct echelon_handler closing_only = ECHELON_HANDLER(
	.on_close = finish);

START_TEST(g3_on_close_without_on_open)
{
	struct test_server *server = test_server_start(test_patterns[_i].name,
	    &closing_only, NULL, NULL);
	int fd = test_server_connect(server);

	close(fd);
	ck_assert(counter_wait(&world.closed, 1));
	test_server_stop(server);
	ck_assert_int_eq(counter_get(&world.closed), 1);
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
	Suite *suite = suite_create("end");
	TCase *tc = tcase_create("end");

	tcase_add_checked_fixture(tc, set_up, tear_down);
	add(tc, g3_when_the_peer_ends);
	add(tc, g3_when_the_peer_resets);
	add(tc, g3_when_the_handler_closes);
	add(tc, g3_when_the_handler_aborts);
	add(tc, g3_when_on_data_fails);
	add(tc, g3_when_frame_fails);
	add(tc, g3_when_a_deadline_passes);
	add(tc, g3_when_the_engine_stops);
	add(tc, g3_when_the_drain_cuts_off);
	add(tc, g3_when_much_waits_for_a_connection_that_ends);
	add(tc, g3_no_on_close_after_on_open_failed);
	add(tc, g3_on_close_without_on_open);
	suite_add_tcase(suite, tc);
	return test_run(suite, argc, argv);
}
