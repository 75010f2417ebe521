/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * G7 bounded: limits.output, and the chain of backpressure behind it.
 *
 * The engine's memory comes from an allocator that counts, so that "bounded"
 * is a number of bytes.
 */
#include <errno.h>
#include <malloc.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "support/client.h"
#include "support/patterns.h"
#include "support/run.h"
#include "support/server.h"
#include "support/sync.h"

enum {
	INPUT = 4096,
	OUTPUT = 64 * 1024,
	REPLY = 8 * 1024,
	REQUESTS = 4000,
	MOST_WRITES = 1000, /* more than all buffers of the kernel take */
	SLACK = 256 * 1024
};

static struct {
	struct test_counter entered;
	struct test_counter called;
	struct test_counter writable;
	atomic_int result;
	atomic_long bytes; /* allocated now */
	atomic_long most;  /* allocated at any time */
} world;

static char big[OUTPUT + 1];

static void
set_up(void)
{
	test_leaks_begin();
	counter_init(&world.entered);
	counter_init(&world.called);
	counter_init(&world.writable);
	memset(big, 'b', sizeof(big));
}

static void
tear_down(void)
{
	test_leaks_end();
	ck_assert_int_eq(atomic_load(&world.bytes), 0);
}

static void *
count_allocate(void *context, size_t bytes)
{
	void *memory = malloc(bytes);
	long now;
	long most = atomic_load(&world.most);

	(void)context;
	now = atomic_fetch_add(&world.bytes, (long)malloc_usable_size(memory)) +
	    (long)malloc_usable_size(memory);
	while (now > most &&
	    !atomic_compare_exchange_weak(&world.most, &most, now)) {
	}
	return memory;
}

static void
count_release(void *context, void *memory)
{
	(void)context;
	atomic_fetch_sub(&world.bytes, (long)malloc_usable_size(memory));
	free(memory);
}

static struct test_server *
start(int row, const struct echelon_handler *handler,
    const char *const *settings)
{
	struct echelon_options options = ECHELON_OPTIONS_INIT;

	options.pattern = test_patterns[row].name;
	options.settings = settings;
	options.allocator.allocate = count_allocate;
	options.allocator.release = count_release;
	return test_server_start_options(&options, handler, NULL);
}

/** `world.most` is of the time from now on; returns what is allocated now. */
static long
forget_most(void)
{
	long now = atomic_load(&world.bytes);

	atomic_store(&world.most, now);
	return now;
}

static ptrdiff_t
frame_byte(const void *data, size_t length, void *context)
{
	(void)data;
	(void)length;
	(void)context;
	return 1;
}

static ptrdiff_t
write_too_much(echelon_conn *conn, const void *data, size_t length)
{
	int result;

	(void)data;
	if (echelon_write(conn, big, OUTPUT + 1) != -EMSGSIZE ||
	    echelon_write(conn, big, OUTPUT) != 0) {
		return -EPROTO;
	}
	do {
		result = echelon_write(conn, big, OUTPUT);
		counter_add(&world.called, result == 0);
	} while (result == 0 && counter_get(&world.called) < MOST_WRITES);
	atomic_store(&world.result, result);
	counter_add(&world.entered, 1);
	return (ptrdiff_t)length;
}

static void
note_room(echelon_conn *conn)
{
	/* An output below its low mark takes this. */
	if (echelon_write(conn, "end", 3) == 0) {
		counter_add(&world.writable, 1);
	}
}

START_TEST(g7_a_write_above_the_limit_is_refused_whole)
{
	static const struct echelon_handler h = ECHELON_HANDLER(
		.on_data = write_too_much, .on_writable = note_room);
	static const char *const settings[] = { "limits.output=64KiB", NULL };
	static char received[OUTPUT];
	struct test_server *server = start(_i, &h, settings);
	int fd = test_server_connect(server);
	long before = forget_most();

	client_say(fd, "x");
	ck_assert(counter_wait(&world.entered, 1));
	ck_assert_int_eq(atomic_load(&world.result), -ENOBUFS);
	ck_assert_int_eq(counter_get(&world.writable), 0);
	ck_assert_int_lt(atomic_load(&world.most), before + OUTPUT + SLACK);
	for (long i = 0; i <= counter_get(&world.called); i++) {
		client_receive(fd, received, OUTPUT);
		ck_assert_mem_eq(received, big, OUTPUT);
	}
	client_expect(fd, "end");
	close(fd);
	test_server_stop(server);
	ck_assert_int_eq(counter_get(&world.writable), 1);
}
END_TEST

static ptrdiff_t
reply_long(echelon_conn *conn, const void *data, size_t length)
{
	int error = echelon_write(conn, big, REPLY);

	(void)data;
	if (error != 0) {
		return error;
	}
	counter_add(&world.called, 1);
	return (ptrdiff_t)length;
}

static bool
has_paused(void *server)
{
	return test_server_stats(server).paused > 0;
}

/* The chain of backpressure: a reader that does not read is not read from. */
START_TEST(g7_requests_wait_while_replies_are_not_read)
{
	static const struct echelon_handler h = ECHELON_HANDLER(
		.frame = frame_byte, .on_data = reply_long);
	static const char *const settings[] = { "limits.output=64KiB",
		"limits.input=4KiB", NULL };
	static char received[REPLY];
	struct test_server *server = start(_i, &h, settings);
	int fd = test_server_connect(server);
	long before = forget_most();

	client_send(fd, big, REQUESTS);
	ck_assert(test_eventually(has_paused, server));
	ck_assert_int_lt(counter_get(&world.called), REQUESTS);
	for (int i = 0; i < REQUESTS; i++) {
		client_receive(fd, received, REPLY);
	}
	ck_assert_int_eq(counter_get(&world.called), REQUESTS);
	ck_assert_int_lt(atomic_load(&world.most),
	    before + OUTPUT + INPUT + SLACK);
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
	Suite *suite = suite_create("output");
	TCase *tc = tcase_create("output");

	tcase_add_checked_fixture(tc, set_up, tear_down);
	add(tc, g7_a_write_above_the_limit_is_refused_whole);
	add(tc, g7_requests_wait_while_replies_are_not_read);
	suite_add_tcase(suite, tc);
	return test_run(suite, argc, argv);
}
