/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Deadlines, under a clock that the test moves on: who is late, and who is not
 * because it was this process that had no time for him.
 *
 *     an hour passes -> the timer makes the handle ready -> a turn looks
 */
#include <check.h>
#include <errno.h>
#include <sys/socket.h>

#include "os/sys.h"
#include "support/run.h"
#include "turn_support.h"

static const uint64_t hour_ns = UINT64_C(3600000000000);

static struct eln_sys sys;
static uint64_t passed_ns; /* beyond the real time */
static unsigned requests;
static unsigned ends;
static unsigned timeouts;
static int close_reason;

static uint64_t
tell_time(void)
{
	return eln_sys_linux.now_coarse() + passed_ns;
}

static void
set_up(void)
{
	test_leaks_begin();
	sys = eln_sys_linux;
	sys.now = tell_time;
	sys.now_coarse = tell_time;
	eln_sys = &sys;
	passed_ns = 0;
	requests = 0;
	ends = 0;
	timeouts = 0;
	close_reason = 1;
}

static void
tear_down(void)
{
	eln_sys = &eln_sys_linux;
	test_leaks_end();
}

/* ---- handlers ---- */

static ptrdiff_t
frame_of_two(const void *data, size_t length, void *context)
{
	(void)data;
	(void)context;
	return length < 2 ? 0 : 2;
}

static ptrdiff_t
frame_of_many(const void *data, size_t length, void *context)
{
	(void)data;
	(void)context;
	return length < MUCH ? 0 : MUCH;
}

static ptrdiff_t
count_request(echelon_conn *c, const void *data, size_t length)
{
	(void)c;
	(void)data;
	requests++;
	return (ptrdiff_t)length;
}

static void
count_end(echelon_conn *c)
{
	ends++;
	echelon_close(c);
}

static int
go_on(echelon_conn *c, enum echelon_deadline which)
{
	(void)c;
	ck_assert_int_eq(which, ECHELON_DEADLINE_REQUEST);
	timeouts++;
	return 0;
}

static void
note_reason(echelon_conn *c, int reason)
{
	(void)c;
	close_reason = reason;
}

static const struct echelon_handler pairs = ECHELON_HANDLER(
	.frame = frame_of_two, .on_data = count_request, .on_end = count_end,
    .on_close = note_reason);

/* ---- what has come is not late ---- */

/** A turn because of a deadline; no event tells of what the socket has. */
static enum eln_turn
expire(void)
{
	struct eln_handle *handle = &conn->handle;

	(void)eln_run_signal(&handle->run, eln_run_generation(&handle->run),
	    ELN_REASON_TIMER);
	return handle->type->turn(handle, thread, true);
}

static void
begin_a_request(const struct echelon_handler *handler)
{
	start(handler, NULL);
	send_bytes(1);
	ck_assert_int_eq(one_turn(), ELN_TURN_DONE);
	ck_assert_uint_ne(conn->request_began, 0);
}

START_TEST(a_request_that_has_come_is_not_late_because_nobody_read_it)
{
	begin_a_request(&pairs);
	send_bytes(1);
	passed_ns += hour_ns;

	ck_assert_int_eq(expire(), ELN_TURN_DONE);

	ck_assert_uint_eq(requests, 1);
	ck_assert_int_eq(close_reason, 1);
	end();
}
END_TEST

/* A part of the next one has come, too. */
START_TEST(the_next_request_has_a_deadline_and_a_reprieve_of_its_own)
{
	begin_a_request(&pairs);
	send_bytes(2);
	passed_ns += hour_ns;
	ck_assert_int_eq(expire(), ELN_TURN_DONE);
	ck_assert_uint_eq(requests, 1);
	send_bytes(1);
	passed_ns += hour_ns;

	ck_assert_int_eq(expire(), ELN_TURN_DONE);

	ck_assert_uint_eq(requests, 2);
	ck_assert_int_eq(close_reason, 1);
	end();
}
END_TEST

START_TEST(a_peer_that_always_sends_a_little_is_late_all_the_same)
{
	static const struct echelon_handler h = ECHELON_HANDLER(
		.frame = frame_of_many, .on_close = note_reason);

	begin_a_request(&h);
	send_bytes(1);
	passed_ns += hour_ns;
	ck_assert_int_eq(expire(), ELN_TURN_DONE);
	ck_assert_int_eq(close_reason, 1);
	send_bytes(1);
	passed_ns += hour_ns;

	(void)expire();

	ck_assert_int_eq(close_reason, -ETIMEDOUT);
	end();
}
END_TEST

START_TEST(a_deadline_that_starts_afresh_has_a_reprieve_of_its_own)
{
	static const struct echelon_handler h = ECHELON_HANDLER(
		.frame = frame_of_many, .on_timeout = go_on);

	begin_a_request(&h);
	send_bytes(1);
	passed_ns += hour_ns;
	ck_assert_int_eq(expire(), ELN_TURN_DONE);
	ck_assert_uint_eq(timeouts, 0);
	passed_ns += hour_ns;
	ck_assert_int_eq(expire(), ELN_TURN_DONE);
	ck_assert_uint_eq(timeouts, 1);
	send_bytes(1);
	passed_ns += hour_ns;

	ck_assert_int_eq(expire(), ELN_TURN_DONE);

	ck_assert_uint_eq(timeouts, 1);
	end();
}
END_TEST

START_TEST(who_has_sent_something_is_not_idle_because_nobody_read_it)
{
	start(&pairs, NULL);
	ck_assert_int_eq(one_turn(), ELN_TURN_DONE);
	send_bytes(2);
	passed_ns += hour_ns;

	ck_assert_int_eq(expire(), ELN_TURN_DONE);

	ck_assert_uint_eq(requests, 1);
	ck_assert_int_eq(close_reason, 1);
	end();
}
END_TEST

/** The turn of a thread that runs no handler, which is the asynchronous
 *  layer's: somebody else is to go on. */
static void
read_only(void)
{
	struct eln_handle *handle = &conn->handle;

	(void)eln_run_signal(&handle->run, eln_run_generation(&handle->run),
	    ELN_REASON_INPUT);
	ck_assert_int_eq(handle->type->turn(handle, thread, false),
	    ELN_TURN_CALL);
}

START_TEST(who_has_sent_something_is_not_idle_because_all_were_busy)
{
	start(&pairs, NULL);
	ck_assert_int_eq(one_turn(), ELN_TURN_DONE);
	send_bytes(2);
	read_only();
	passed_ns += hour_ns;

	ck_assert_int_eq(expire(), ELN_TURN_DONE);

	ck_assert_uint_eq(requests, 1);
	ck_assert_int_eq(close_reason, 1);
	end();
}
END_TEST

START_TEST(who_has_sent_fin_is_not_idle_because_all_were_busy)
{
	start(&pairs, NULL);
	ck_assert_int_eq(one_turn(), ELN_TURN_DONE);
	ck_assert_int_eq(shutdown(client, SHUT_WR), 0);
	read_only();
	passed_ns += hour_ns;

	(void)expire();

	ck_assert_uint_eq(ends, 1);
	ck_assert_int_eq(close_reason, 0);
	end();
}
END_TEST

/* ---- used up turns ---- */

static const char *const small_turns[] = { "limits.turn=1KiB",
	"deadlines.linger=1s", "deadlines.write_stall=1s", NULL };

static ptrdiff_t
close_at_once(echelon_conn *c, const void *data, size_t length)
{
	(void)data;
	echelon_close(c);
	return (ptrdiff_t)length;
}

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

int
main(int argc, char **argv)
{
	Suite *suite = suite_create("turn_deadlines");
	TCase *tc = tcase_create("turn_deadlines");

	tcase_add_checked_fixture(tc, set_up, tear_down);
	tcase_add_test(tc,
	    a_request_that_has_come_is_not_late_because_nobody_read_it);
	tcase_add_test(tc,
	    the_next_request_has_a_deadline_and_a_reprieve_of_its_own);
	tcase_add_test(tc,
	    a_peer_that_always_sends_a_little_is_late_all_the_same);
	tcase_add_test(tc,
	    a_deadline_that_starts_afresh_has_a_reprieve_of_its_own);
	tcase_add_test(tc,
	    who_has_sent_something_is_not_idle_because_nobody_read_it);
	tcase_add_test(tc,
	    who_has_sent_something_is_not_idle_because_all_were_busy);
	tcase_add_test(tc, who_has_sent_fin_is_not_idle_because_all_were_busy);
	tcase_add_test(tc,
	    a_peer_that_keeps_turns_used_up_still_has_the_deadline_of_lingering);
	tcase_add_test(tc,
	    a_peer_that_keeps_turns_used_up_still_has_the_deadline_of_its_output);
	suite_add_tcase(suite, tc);
	return test_run(suite, argc, argv);
}
