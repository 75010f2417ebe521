/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What turns leave behind: pauses, ends, and what is counted.
 */
#include <arpa/inet.h>
#include <check.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "os/sys.h"
#include "support/run.h"
#include "turn_support.h"

enum {
	REPLY = 4 * KIB
};

static int refused;
static int close_reason;

/* ---- the pause ---- */

static ptrdiff_t
frame_small(const void *data, size_t length, void *context)
{
	(void)data;
	(void)length;
	(void)context;
	return 64;
}

static ptrdiff_t
reply_or_count(echelon_conn *c, const void *data, size_t length)
{
	static const char bytes[REPLY];
	int error = echelon_write(c, bytes, sizeof(bytes));

	(void)data;
	refused += error != 0;
	return error == 0 ? (ptrdiff_t)length : error;
}

static bool
is_paused(void)
{
	return (eln_run_flags(&conn->handle.run) & ELN_PAUSED) != 0;
}

START_TEST(output_behind_what_the_socket_refused_pauses_input_at_half)
{
	static const char *const settings[] = { "limits.output=256KiB", NULL };
	static const struct echelon_handler handler = ECHELON_HANDLER(
		.frame = frame_small, .on_data = reply_or_count);

	start(&handler, settings);
	fill(server);
	for (int i = 0; i < 100 && !is_paused(); i++) {
		send_bytes(64);
		ck_assert_int_eq(one_turn(), ELN_TURN_DONE);
	}
	ck_assert(is_paused());
	ck_assert_int_eq(refused, 0);
	ck_assert_uint_gt(conn->output.unsent, 128 * KIB);
	ck_assert_uint_le(conn->output.unsent, 128 * KIB + REPLY);
	end();
}
END_TEST

static int
greet(echelon_conn *c)
{
	static const char bytes[MUCH];

	for (int i = 0; i < 3; i++) {
		ck_assert_int_eq(echelon_write(c, bytes, sizeof(bytes)), 0);
		echelon_flush(c);
	}
	return 0;
}

START_TEST(output_of_on_open_pauses_input_too)
{
	static const char *const settings[] = { "limits.output=256KiB", NULL };
	static const struct echelon_handler handler = ECHELON_HANDLER(
		.on_open = greet, .on_data = reply_or_count);

	start(&handler, settings);
	fill(server);
	(void)one_turn();
	ck_assert(is_paused());
	end();
}
END_TEST

/* ---- the last call ---- */

static void
abort_in_close(echelon_conn *c, int reason)
{
	close_reason = reason;
	echelon_abort(c);
	echelon_close(c);
	echelon_hold(c);
}

static ptrdiff_t
reply_and_close(echelon_conn *c, const void *data, size_t length)
{
	ck_assert_int_eq(echelon_write(c, data, length), 0);
	echelon_close(c);
	return (ptrdiff_t)length;
}

START_TEST(what_on_close_asks_for_changes_nothing)
{
	static const struct echelon_handler handler = ECHELON_HANDLER(
		.on_data = reply_and_close, .on_close = abort_in_close);

	start(&handler, NULL);
	send_bytes(1);
	(void)one_turn();
	ck_assert_int_eq(close_reason, 0);
	ck_assert(!conn->reset);
	end();
}
END_TEST

/* ---- listeners ---- */

static bool nothing_is_watched;

static int
epoll_ctl_or_not(int set, int operation, int fd, struct epoll_event *event)
{
	return nothing_is_watched && operation == EPOLL_CTL_ADD
	    ? -ENOSPC
	    : eln_sys_linux.epoll_ctl(set, operation, fd, event);
}

static int
connect_to(unsigned n)
{
	struct sockaddr_in address = { .sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	char text[64];

	ck_assert_int_eq(echelon_engine_address(engine, n, text, sizeof(text)),
	    0);
	address.sin_port = htons((uint16_t)strtol(strrchr(text, ':') + 1, NULL,
	    10));
	ck_assert_int_eq(connect(fd, (struct sockaddr *)&address,
			     sizeof(address)),
	    0);
	return fd;
}

/** Serves what is ready; how many turns that took, at most `most`. */
static int
turns_until_rest(int most)
{
	struct eln_set *set = &engine->sets[0];
	int n = 0;

	do {
		struct eln_handle *handle;

		while ((handle = eln_set_next(set, thread)) != NULL) {
			(void)handle->type->turn(handle, thread, true);
			n++;
		}
		eln_set_wait(set, thread, 0);
	} while (eln_set_has_more(set) && n < most);
	return n;
}

START_TEST(two_listeners_that_cannot_open_their_clients_come_to_rest)
{
	static const struct echelon_handler handler = ECHELON_HANDLER(
		.on_data = NULL);
	static const char *const settings[] = { "limits.connections=1", NULL };
	struct echelon_options options = ECHELON_OPTIONS_INIT;
	struct eln_sys sys = eln_sys_linux;
	int clients[2];

	sys.epoll_ctl = epoll_ctl_or_not;
	eln_sys = &sys;
	options.pattern = "reactor";
	options.settings = settings;
	ck_assert_int_eq(echelon_engine_create(&options, &engine), 0);
	thread = eln_crew_at(&engine->crew, 0);
	for (unsigned i = 0; i < 2; i++) {
		ck_assert_int_eq(echelon_engine_listen(engine, "127.0.0.1:0",
				     &handler, NULL),
		    0);
		clients[i] = connect_to(i);
	}
	nothing_is_watched = true;
	ck_assert_int_lt(turns_until_rest(100), 100);
	nothing_is_watched = false;
	echelon_engine_destroy(engine);
	close(clients[0]);
	close(clients[1]);
	eln_sys = &eln_sys_linux;
}
END_TEST

/* ---- adopted twice ---- */

static ptrdiff_t
take_all(echelon_conn *c, const void *data, size_t length)
{
	(void)c;
	(void)data;
	return (ptrdiff_t)length;
}

START_TEST(what_is_served_already_is_refused_and_goes_on)
{
	static const struct echelon_handler handler = ECHELON_HANDLER(
		.on_data = take_all);
	struct echelon_stats stats = { .size = sizeof(stats) };

	start(&handler, NULL);
	ck_assert_int_eq(one_turn(), ELN_TURN_DONE);
	ck_assert_int_eq(echelon_engine_adopt(engine, server, &handler, NULL),
	    -EEXIST);
	send_bytes(1);
	ck_assert_int_eq(one_turn(), ELN_TURN_DONE);
	ck_assert_int_eq(echelon_engine_stats(engine, &stats), 0);
	ck_assert_uint_eq(stats.requests, 1);
	ck_assert_uint_eq(stats.connections, 1);
	end();
}
END_TEST

/* ---- what is counted ---- */

START_TEST(what_no_function_takes_is_not_counted_as_taken)
{
	static const struct echelon_handler handler = ECHELON_HANDLER(
		.on_writable = NULL);
	struct echelon_stats stats = { .size = sizeof(stats) };

	start(&handler, NULL);
	send_bytes(1);
	ck_assert_int_eq(echelon_post(engine, eln_handle_id(&conn->handle),
			     NULL, NULL),
	    0);
	(void)one_turn();
	ck_assert_int_eq(echelon_engine_stats(engine, &stats), 0);
	ck_assert_uint_eq(stats.bytes_in, 1);
	ck_assert_uint_eq(stats.requests, 0);
	ck_assert_uint_eq(stats.messages, 0);
	end();
}
END_TEST

int
main(int argc, char **argv)
{
	Suite *suite = suite_create("turn");
	TCase *tc = tcase_create("turn");

	tcase_add_checked_fixture(tc, test_leaks_begin, test_leaks_end);
	tcase_add_test(tc,
	    output_behind_what_the_socket_refused_pauses_input_at_half);
	tcase_add_test(tc, output_of_on_open_pauses_input_too);
	tcase_add_test(tc, what_on_close_asks_for_changes_nothing);
	tcase_add_test(tc,
	    two_listeners_that_cannot_open_their_clients_come_to_rest);
	tcase_add_test(tc, what_is_served_already_is_refused_and_goes_on);
	tcase_add_test(tc, what_no_function_takes_is_not_counted_as_taken);
	suite_add_tcase(suite, tc);
	return test_run(suite, argc, argv);
}
