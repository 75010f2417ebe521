/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * G8 stop, handlers that do not return: wait ends by the drain deadline and
 * names them, and whoever can end in order does.
 */
#include <errno.h>
#include <stdatomic.h>
#include <unistd.h>

#include "support/client.h"
#include "support/patterns.h"
#include "support/run.h"
#include "support/server.h"
#include "support/sync.h"

enum {
	BLOCKED = 3
};

static struct {
	struct test_gate gate;
	struct test_counter entered;
	struct test_counter closed;
	atomic_int n_ids;
	atomic_ullong ids[BLOCKED];
} world;

static void
set_up(void)
{
	test_leaks_begin();
	gate_init(&world.gate);
	counter_init(&world.entered);
	counter_init(&world.closed);
}

static void
tear_down(void)
{
	gate_deinit(&world.gate);
	test_leaks_end();
}

static void
on_close(echelon_conn *conn, int reason)
{
	(void)conn;
	(void)reason;
	counter_add(&world.closed, 1);
}

static ptrdiff_t
block(echelon_conn *conn, const void *data, size_t length)
{
	(void)data;
	atomic_store(&world.ids[atomic_fetch_add(&world.n_ids, 1)],
	    echelon_conn_get_id(conn));
	counter_add(&world.entered, 1);
	gate_pass(&world.gate);
	return (ptrdiff_t)length;
}

static const struct echelon_handler blocking = ECHELON_HANDLER(.on_data = block,
    .on_close = on_close);

static const char *const impatient[] = { "deadlines.drain=200ms", NULL };

/** Lets `n` handlers block, as far as there are threads for them. */
static void
block_some(const struct test_server *server, int *fds, int n)
{
	for (int i = 0; i < n; i++) {
		fds[i] = test_server_connect(server);
		client_say(fds[i], "x");
		ck_assert(counter_wait(&world.entered, i + 1));
	}
}

static bool
is_blocked(echelon_conn_id id, int n)
{
	for (int i = 0; i < n; i++) {
		if (atomic_load(&world.ids[i]) == id) {
			return true;
		}
	}
	return false;
}

static void
check_stuck(echelon_engine *engine, int n)
{
	echelon_conn_id ids[BLOCKED + 1] = { 0 };

	ck_assert_int_eq(echelon_engine_wait(engine), -ETIMEDOUT);
	ck_assert_uint_eq(echelon_engine_stuck(engine, ids, BLOCKED),
	    (size_t)n);
	for (int i = 0; i < n; i++) {
		ck_assert(is_blocked(ids[i], n));
	}
	ck_assert(n < 2 || ids[0] != ids[1]);
	/* It writes no more than it may, and tells how many there are. */
	ids[0] = 0;
	ids[1] = 0;
	ck_assert_uint_eq(echelon_engine_stuck(engine, ids, 1), (size_t)n);
	ck_assert_uint_ne(ids[0], 0);
	ck_assert_uint_eq(ids[1], 0);
}

static bool
has_ended(void *engine)
{
	return echelon_engine_wait(engine) == 0;
}

START_TEST(g8_wait_names_the_handlers_that_do_not_return)
{
	struct test_server *server = test_server_start(test_patterns[_i].name,
	    &blocking, NULL, impatient);
	echelon_engine *engine = test_server_engine(server);
	int n = test_patterns[_i].keeps_g5 ? BLOCKED : 1;
	int fds[BLOCKED];

	block_some(server, fds, n);
	echelon_engine_stop(engine);
	check_stuck(engine, n);
	ck_assert_int_eq(counter_get(&world.closed), 0);
	/* It may be asked again, and is right again when they return. */
	ck_assert_int_eq(echelon_engine_wait(engine), -ETIMEDOUT);
	gate_open_all(&world.gate);
	ck_assert(test_eventually(has_ended, engine));
	ck_assert_uint_eq(echelon_engine_stuck(engine, NULL, 0), 0);
	ck_assert_int_le(counter_get(&world.closed), n);
	for (int i = 0; i < n; i++) {
		close(fds[i]);
	}
	test_server_stop(server);
}
END_TEST

/* Other connections do not suffer for the one that is stuck. */
START_TEST(g8_others_end_well_beside_a_handler_that_does_not_return)
{
	struct test_server *server;
	echelon_engine *engine;
	int idle;
	int fd;

	if (!test_patterns[_i].keeps_g5) {
		return; /* documented: no thread helps another */
	}
	server = test_server_start(test_patterns[_i].name, &blocking, NULL,
	    impatient);
	engine = test_server_engine(server);
	idle = test_server_connect(server);
	block_some(server, &fd, 1);
	echelon_engine_stop(engine);
	ck_assert(client_sees_fin(idle));
	close(idle);
	check_stuck(engine, 1);
	ck_assert_int_eq(counter_get(&world.closed), 1);
	gate_open_all(&world.gate);
	ck_assert(test_eventually(has_ended, engine));
	close(fd);
	test_server_stop(server);
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
	Suite *suite = suite_create("stuck");
	TCase *tc = tcase_create("stuck");

	tcase_add_checked_fixture(tc, set_up, tear_down);
	add(tc, g8_wait_names_the_handlers_that_do_not_return);
	add(tc, g8_others_end_well_beside_a_handler_that_does_not_return);
	suite_add_tcase(suite, tc);
	return test_run(suite, argc, argv);
}
