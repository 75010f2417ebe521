/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Turns, one at a time: an engine that is never started, and this thread in the
 * place of the reactor's. So what a turn leaves behind can be looked at.
 */
#include <arpa/inet.h>
#include <check.h>
#include <echelon/echelon.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "core/connection.h"
#include "core/crew.h"
#include "core/engine.h"
#include "os/sys.h"
#include "support/run.h"

enum {
	KIB = 1024,
	REPLY = 4 * KIB,
	MUCH = 64 * KIB
};

static struct echelon_engine *engine;
static struct eln_thread *thread;
static int client;
static int server;
static struct echelon_conn *conn;
static int refused;
static int close_reason;

static void
start(const struct echelon_handler *handler, const char *const *settings)
{
	struct echelon_options options = ECHELON_OPTIONS_INIT;
	int ends[2];

	options.pattern = "reactor";
	options.settings = settings;
	ck_assert_int_eq(echelon_engine_create(&options, &engine), 0);
	thread = eln_crew_at(&engine->crew, 0);
	thread->self = eln_os_thread_self();
	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
	client = ends[0];
	server = ends[1];
	ck_assert_int_eq(echelon_engine_adopt(engine, server, handler, NULL),
	    0);
	conn = eln_table_at(&engine->table, 0);
	refused = 0;
	close_reason = 1;
}

static void
end(void)
{
	if (client >= 0) {
		close(client);
	}
	echelon_engine_destroy(engine);
}

/** One turn of what is ready next; it must be the connection. */
static enum eln_turn
one_turn(void)
{
	struct eln_set *set = &engine->sets[0];
	struct eln_handle *handle = eln_set_next(set, thread);
	enum eln_turn how;

	if (handle == NULL) {
		eln_set_wait(set, thread, 0);
		handle = eln_set_next(set, thread);
	}
	ck_assert_ptr_eq(handle, &conn->handle);
	how = handle->type->turn(handle, thread, true);
	if (how == ELN_TURN_AGAIN) {
		eln_set_post(set, handle);
	}
	return how;
}

static void
send_bytes(size_t n)
{
	static const char bytes[MUCH];

	ck_assert_int_eq(send(client, bytes, n, 0), (ssize_t)n);
}

static void
fill(int fd)
{
	static const char bytes[MUCH];

	while (send(fd, bytes, sizeof(bytes), MSG_DONTWAIT) > 0) {
	}
}

/* ---- deadlines ---- */

static ptrdiff_t
close_at_once(echelon_conn *c, const void *data, size_t length)
{
	(void)data;
	echelon_close(c);
	return (ptrdiff_t)length;
}

static const char *const small_turns[] = { "limits.turn=1KiB",
	"deadlines.linger=1s", "deadlines.write_stall=1s", NULL };

START_TEST(a_peer_that_keeps_turns_used_up_still_has_the_deadline_of_lingering)
{
	static const struct echelon_handler handler = ECHELON_HANDLER(
		.on_data = close_at_once);

	start(&handler, small_turns);
	send_bytes(MUCH);
	for (int i = 0; i < 3; i++) {
		ck_assert_int_eq(one_turn(), ELN_TURN_AGAIN);
	}
	ck_assert_int_eq(conn->phase, ELN_PHASE_LINGERING);
	ck_assert_uint_le(eln_load64_relaxed(&conn->handle.deadline),
	    conn->linger_began + UINT64_C(1000000000));
	end();
}
END_TEST

static ptrdiff_t
frame_of_two(const void *data, size_t length, void *context)
{
	(void)data;
	(void)context;
	return length < 2 ? 0 : 2;
}

static unsigned requests;

static ptrdiff_t
count_request(echelon_conn *c, const void *data, size_t length)
{
	(void)c;
	(void)data;
	requests++;
	return (ptrdiff_t)length;
}

static void
note_reason(echelon_conn *c, int reason)
{
	(void)c;
	close_reason = reason;
}

static const struct echelon_handler pairs = ECHELON_HANDLER(
	.frame = frame_of_two, .on_data = count_request,
    .on_close = note_reason);

/** A turn because of a deadline; no event tells of what the socket has. */
static void
expire(void)
{
	struct eln_handle *handle = &conn->handle;

	ck_assert_int_eq(eln_run_signal(&handle->run,
			     eln_run_generation(&handle->run),
			     ELN_REASON_TIMER),
	    ELN_MADE_READY);
	ck_assert_int_eq(handle->type->turn(handle, thread, true),
	    ELN_TURN_DONE);
}

static void
begin_a_late_request(void)
{
	requests = 0;
	start(&pairs, NULL);
	send_bytes(1);
	ck_assert_int_eq(one_turn(), ELN_TURN_DONE);
	ck_assert_uint_ne(conn->request_began, 0);
	conn->request_began = 1;
}

START_TEST(a_request_that_has_come_is_not_late_because_nobody_read_it)
{
	begin_a_late_request();
	send_bytes(1);

	expire();

	ck_assert_uint_eq(requests, 1);
	ck_assert_int_eq(close_reason, 1);
	end();
}
END_TEST

/* A part of the next one has come, too. */
START_TEST(the_next_request_has_a_deadline_and_a_reprieve_of_its_own)
{
	begin_a_late_request();
	send_bytes(2);
	expire();
	ck_assert_uint_eq(requests, 1);
	conn->request_began = 1;
	send_bytes(1);

	expire();

	ck_assert_uint_eq(requests, 2);
	ck_assert_int_eq(close_reason, 1);
	end();
}
END_TEST

static ptrdiff_t
frame_of_many(const void *data, size_t length, void *context)
{
	(void)data;
	(void)context;
	return length < MUCH ? 0 : MUCH;
}

START_TEST(a_peer_that_always_sends_a_little_is_late_all_the_same)
{
	static const struct echelon_handler h = ECHELON_HANDLER(
		.frame = frame_of_many, .on_close = note_reason);

	start(&h, NULL);
	send_bytes(1);
	ck_assert_int_eq(one_turn(), ELN_TURN_DONE);
	conn->request_began = 1;
	send_bytes(1);
	expire();
	ck_assert_int_eq(close_reason, 1);
	send_bytes(1);

	expire();

	ck_assert_int_eq(close_reason, -ETIMEDOUT);
	end();
}
END_TEST

START_TEST(who_has_sent_something_is_not_idle_because_nobody_read_it)
{
	requests = 0;
	start(&pairs, NULL);
	ck_assert_int_eq(one_turn(), ELN_TURN_DONE);
	conn->active = 1;
	conn->output.progress = 1;
	send_bytes(2);

	expire();

	ck_assert_uint_eq(requests, 1);
	ck_assert_int_eq(close_reason, 1);
	end();
}
END_TEST

static ptrdiff_t
reply_much(echelon_conn *c, const void *data, size_t length)
{
	static const char bytes[MUCH];

	(void)data;
	ck_assert_int_eq(echelon_write(c, bytes, 1 * KIB), 0);
	return (ptrdiff_t)length;
}

START_TEST(a_peer_that_keeps_turns_used_up_still_has_the_deadline_of_its_output)
{
	static const struct echelon_handler handler = ECHELON_HANDLER(
		.on_data = reply_much);

	start(&handler, small_turns);
	fill(server);
	send_bytes(16 * KIB);
	ck_assert_int_eq(one_turn(), ELN_TURN_AGAIN);
	ck_assert_int_eq(one_turn(), ELN_TURN_AGAIN);
	ck_assert_ptr_nonnull(conn->output.first);
	ck_assert_uint_le(eln_load64_relaxed(&conn->handle.deadline),
	    conn->output.progress + UINT64_C(1000000000));
	end();
}
END_TEST

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
	    a_request_that_has_come_is_not_late_because_nobody_read_it);
	tcase_add_test(tc,
	    the_next_request_has_a_deadline_and_a_reprieve_of_its_own);
	tcase_add_test(tc,
	    a_peer_that_always_sends_a_little_is_late_all_the_same);
	tcase_add_test(tc,
	    who_has_sent_something_is_not_idle_because_nobody_read_it);
	tcase_add_test(tc,
	    a_peer_that_keeps_turns_used_up_still_has_the_deadline_of_lingering);
	tcase_add_test(tc,
	    a_peer_that_keeps_turns_used_up_still_has_the_deadline_of_its_output);
	tcase_add_test(tc,
	    output_behind_what_the_socket_refused_pauses_input_at_half);
	tcase_add_test(tc, output_of_on_open_pauses_input_too);
	tcase_add_test(tc, what_on_close_asks_for_changes_nothing);
	tcase_add_test(tc,
	    two_listeners_that_cannot_open_their_clients_come_to_rest);
	tcase_add_test(tc, what_no_function_takes_is_not_counted_as_taken);
	suite_add_tcase(suite, tc);
	return test_run(suite, argc, argv);
}
