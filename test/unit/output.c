/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Output under a socket that takes what the test says: the bytes leave in
 * the order written, none twice, and each loan is given back once.
 */
#include "core/output.h"

#include <check.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/engine.h"
#include "core/thread.h"
#include "os/sys.h"
#include "support/run.h"
#include "unit_support.h"

enum {
	FD = 1234, /* no descriptor: nothing but sendmsg may touch it */
	WHOLE = 1000000,
	MOST_LOANS = 4096
};

static struct grants grants;
static struct echelon_engine engine;
static struct eln_thread thread;
static struct eln_output output;
static struct eln_sys sys;
static uint64_t clock_ns;
static char source[WHOLE];

static char wire[WHOLE]; /* what the socket has taken */
static size_t wired;
static size_t written; /* what was given to the output */

static unsigned n_lent;
static unsigned n_released[MOST_LOANS];

static enum {
	TAKES_ALL,
	TAKES_ONE_BYTE,
	TAKES_TEN_BYTES, /* then none until the next flush */
	TAKES_NOTHING,
	TAKES_SOMETHING,
	IS_INTERRUPTED, /* twice, then takes all */
	IS_BROKEN
} sink;

static struct numbers numbers; /* what TAKES_SOMETHING takes */
static unsigned n_calls;       /* of this flush */

static ssize_t
at_most(size_t offered, size_t most)
{
	return (ssize_t)(offered < most ? offered : most);
}

static ssize_t
take_something(size_t offered)
{
	switch (numbers_below(&numbers, 3)) {
	case 0:
		return -EAGAIN;
	case 1:
		return (ssize_t)offered;
	default:
		return (ssize_t)numbers_below(&numbers, offered + 1);
	}
}

static ssize_t
take(size_t offered)
{
	switch (sink) {
	case TAKES_ONE_BYTE:
		return at_most(offered, 1);
	case TAKES_TEN_BYTES:
		return n_calls > 1 ? -EAGAIN : at_most(offered, 10);
	case TAKES_NOTHING:
		return -EAGAIN;
	case TAKES_SOMETHING:
		return take_something(offered);
	case IS_INTERRUPTED:
		return n_calls < 3 ? -EINTR : (ssize_t)offered;
	case IS_BROKEN:
		return -EPIPE;
	case TAKES_ALL:
		break;
	}
	return (ssize_t)offered;
}

static uint64_t
tell_time(void)
{
	return clock_ns;
}

static ssize_t
fake_sendmsg(int fd, const struct msghdr *message, int flags)
{
	size_t offered = 0;
	size_t left;
	ssize_t result;

	ck_assert_int_eq(fd, FD);
	ck_assert_int_eq(flags & MSG_NOSIGNAL, MSG_NOSIGNAL);
	for (size_t i = 0; i < message->msg_iovlen; i++) {
		offered += message->msg_iov[i].iov_len;
	}
	n_calls++;
	result = take(offered);
	left = result > 0 ? (size_t)result : 0;
	for (size_t i = 0; left > 0; i++) {
		size_t n = message->msg_iov[i].iov_len;

		n = n < left ? n : left;
		ck_assert_uint_le(wired + n, sizeof(wire));
		memcpy(wire + wired, message->msg_iov[i].iov_base, n);
		wired += n;
		left -= n;
	}
	return result;
}

static uint64_t
fake_now(void)
{
	return clock_ns;
}

static void
set_up(void)
{
	struct numbers bytes = numbers_from(2);

	for (size_t i = 0; i < sizeof(source); i++) {
		source[i] = (char)numbers_next(&bytes);
	}
	grants = (struct grants){ .left = UINT32_MAX };
	engine.memory = allocator_with(&grants);
	thread.engine = &engine;
	thread.scratch = malloc(ELN_SCRATCH_BYTES);
	ck_assert_ptr_nonnull(thread.scratch);
	sys = eln_sys_linux;
	sys.sendmsg = fake_sendmsg;
	sys.now_coarse = fake_now;
	sys.now = tell_time;
	sys.now_coarse = tell_time;
	eln_sys = &sys;
	sink = TAKES_ALL;
}

/** As a connection that ends. */
static void
drop(void)
{
	eln_output_drop(&output, &engine.memory);
	thread.scratch_used = 0;
}

/** Nothing is left behind, whatever the test did. */
static void
tear_down(void)
{
	drop();
	ck_assert_uint_eq(grants.live, 0);
	for (unsigned i = 0; i < n_lent; i++) {
		ck_assert_uint_eq(n_released[i], 1);
	}
	free(thread.scratch);
	eln_sys = &eln_sys_linux;
}

static void
give_back(void *arg)
{
	(*(unsigned *)arg)++;
}

static int
copy(size_t n)
{
	int error = eln_output_copy(&output, &thread, source + written, n);

	written += error == 0 ? n : 0;
	return error;
}

static int
lend(size_t n)
{
	int error;

	ck_assert_uint_lt(n_lent, MOST_LOANS);
	error = eln_output_lend(&output, &thread, source + written, n,
	    give_back, &n_released[n_lent]);
	if (error == 0) {
		written += n;
		n_lent++;
	}
	return error;
}

static int
flush(void)
{
	n_calls = 0;
	return eln_output_flush(&output, &thread, FD);
}

/** That the socket has the first bytes written, and the rest is unsent. */
static void
assert_prefix(void)
{
	ck_assert_uint_le(wired, written);
	ck_assert(memcmp(wire, source, wired) == 0);
	ck_assert_uint_eq(output.unsent, written - wired);
}

static void
assert_all_sent(void)
{
	ck_assert_uint_eq(wired, written);
	assert_prefix();
	ck_assert_ptr_null(output.first);
	ck_assert_uint_eq(thread.scratch_used, 0);
}

START_TEST(many_small_copies_leave_in_one_call)
{
	for (int i = 0; i < 100; i++) {
		ck_assert_int_eq(copy(50), 0);
	}
	ck_assert_uint_eq(wired, 0);
	ck_assert_uint_eq(grants.live, 0);
	ck_assert_int_eq(flush(), 0);
	ck_assert_uint_eq(n_calls, 1);
	assert_all_sent();
	ck_assert_int_eq(flush(), 0);
	ck_assert_uint_eq(n_calls, 0);
	ck_assert_uint_eq(eln_load64_relaxed(&thread.counters.n[ELN_BYTES_OUT]),
	    5000);
}
END_TEST

START_TEST(copies_larger_than_the_scratch_leave_in_order)
{
	sink = IS_INTERRUPTED;
	ck_assert_int_eq(copy(10), 0);
	ck_assert_int_eq(copy(ELN_SCRATCH_BYTES), 0);
	ck_assert_int_eq(copy(2 * ELN_SCRATCH_BYTES), 0);
	ck_assert_int_eq(copy(10), 0);
	ck_assert_int_eq(flush(), 0);
	assert_all_sent();
}
END_TEST

START_TEST(loans_and_copies_leave_in_the_order_written)
{
	ck_assert_int_eq(copy(100), 0);
	ck_assert_int_eq(lend(1000), 0);
	ck_assert_int_eq(copy(100), 0);
	ck_assert_int_eq(lend(1), 0);
	ck_assert_int_eq(lend(5000), 0);
	ck_assert_int_eq(copy(1), 0);
	ck_assert_uint_eq(n_released[0], 0);
	ck_assert_int_eq(flush(), 0);
	assert_all_sent();

	/* More pieces than one call takes. */
	for (int i = 0; i < 100; i++) {
		ck_assert_int_eq(lend(600), 0);
	}
	ck_assert_int_eq(flush(), 0);
	ck_assert_uint_gt(n_calls, 1);
	assert_all_sent();
}
END_TEST

START_TEST(socket_that_takes_one_byte_at_a_time_gets_all)
{
	sink = TAKES_ONE_BYTE;
	ck_assert_int_eq(copy(2000), 0);
	ck_assert_int_eq(lend(2000), 0);
	ck_assert_int_eq(copy(2000), 0);
	while (output.unsent > 0) {
		int result = flush();

		ck_assert(result == 0 || result == -EAGAIN);
		assert_prefix();
	}
	assert_all_sent();
}
END_TEST

START_TEST(what_a_full_socket_does_not_take_is_kept)
{
	sink = TAKES_NOTHING;
	ck_assert_int_eq(copy(100), 0);
	ck_assert_int_eq(flush(), -EAGAIN);
	ck_assert_uint_eq(thread.scratch_used, 0);
	memset(thread.scratch, 0, ELN_SCRATCH_BYTES);
	assert_prefix();
	ck_assert_int_eq(copy(100), 0);
	ck_assert_uint_eq(thread.scratch_used, 0);
	ck_assert_int_eq(flush(), -EAGAIN);
	sink = TAKES_ALL;
	ck_assert_int_eq(flush(), 0);
	assert_all_sent();
}
END_TEST

static void
flush_again(void *arg)
{
	give_back(arg);
	ck_assert_int_eq(flush(), 0);
}

START_TEST(who_is_given_a_loan_back_may_flush)
{
	sink = TAKES_TEN_BYTES;
	ck_assert_int_eq(eln_output_lend(&output, &thread, source, 5,
			     flush_again, &n_released[n_lent++]),
	    0);
	written += 5;
	ck_assert_int_eq(copy(10), 0);

	ck_assert_int_eq(flush(), 0);

	assert_all_sent();
}
END_TEST

START_TEST(loan_ends_with_its_last_byte)
{
	sink = TAKES_TEN_BYTES;
	ck_assert_int_eq(lend(15), 0);
	ck_assert_int_eq(lend(15), 0);
	ck_assert_int_eq(flush(), -EAGAIN);
	ck_assert_uint_eq(n_released[0], 0);
	ck_assert_int_eq(flush(), -EAGAIN);
	ck_assert_uint_eq(n_released[0], 1);
	ck_assert_uint_eq(n_released[1], 0);
	ck_assert_int_eq(flush(), 0);
	ck_assert_uint_eq(n_released[1], 1);
	assert_all_sent();
}
END_TEST

START_TEST(error_is_told_and_loses_no_loan)
{
	sink = TAKES_NOTHING;
	ck_assert_int_eq(copy(100), 0);
	grants.left = 0;
	ck_assert_int_eq(flush(), -ENOMEM);
	grants.left = 1;
	drop();
	sink = IS_BROKEN;
	ck_assert_int_eq(copy(100), 0);
	ck_assert_int_eq(flush(), -EPIPE);
	drop();
	ck_assert_int_eq(lend(100), 0);
	ck_assert_int_eq(flush(), -EPIPE);
	ck_assert_uint_eq(n_released[0], 0);
}
END_TEST

START_TEST(drop_forgets_all_and_releases_each_loan_once)
{
	sink = TAKES_TEN_BYTES;
	ck_assert_int_eq(copy(5), 0);
	ck_assert_int_eq(lend(600), 0);
	ck_assert_int_eq(lend(600), 0);
	ck_assert_int_eq(flush(), -EAGAIN);
	drop();
	ck_assert_uint_eq(n_released[0], 1);
	ck_assert_uint_eq(n_released[1], 1);
	ck_assert_uint_eq(output.unsent, 0);
}
END_TEST

START_TEST(want_of_memory_takes_nothing)
{
	grants.left = 0;
	ck_assert_int_eq(lend(1000), -ENOMEM);
	ck_assert_int_eq(copy(ELN_SCRATCH_BYTES + 1), -ENOMEM);
	ck_assert_int_eq(copy(100), 0); /* the scratch is there */
	ck_assert_int_eq(lend(1000), -ENOMEM);
	grants.left = 1;
	ck_assert_int_eq(lend(1000), -ENOMEM); /* the scratch's chunk */
	ck_assert_uint_eq(grants.live, 0);
	ck_assert_uint_eq(output.unsent, 100);
	sink = TAKES_ALL;
	ck_assert_int_eq(flush(), 0);
	assert_all_sent();
}
END_TEST

START_TEST(progress_is_when_the_socket_took_some)
{
	clock_ns = 7;
	sink = TAKES_NOTHING;
	ck_assert_int_eq(copy(100), 0);
	ck_assert_int_eq(flush(), -EAGAIN);
	ck_assert_uint_eq(output.progress, 7);
	clock_ns = 8;
	ck_assert_int_eq(copy(100), 0);
	ck_assert_int_eq(flush(), -EAGAIN);
	ck_assert_uint_eq(output.progress, 7);
	clock_ns = 9;
	sink = TAKES_TEN_BYTES;
	ck_assert_int_eq(flush(), -EAGAIN);
	ck_assert_uint_eq(output.progress, 9);
}
END_TEST

static void
write_some(void)
{
	size_t n = 1 +
	    numbers_below(&numbers, 1u << numbers_below(&numbers, 17));

	n = n < WHOLE - written ? n : WHOLE - written;
	if (n == 0) {
		return;
	}
	if (numbers_below(&numbers, 3) == 0 && n_lent < MOST_LOANS) {
		ck_assert_int_eq(lend(n), 0);
	} else {
		ck_assert_int_eq(copy(n), 0);
	}
}

START_TEST(any_sequence_over_any_socket_keeps_the_order)
{
	numbers = numbers_begin();
	sink = TAKES_SOMETHING;
	while (written < WHOLE || output.unsent > 0) {
		if (numbers_below(&numbers, 2) == 0) {
			write_some();
		} else {
			int result = flush();

			ck_assert_int_eq(result,
			    output.unsent == 0 ? 0 : -EAGAIN);
			ck_assert_uint_eq(thread.scratch_used, 0);
		}
		assert_prefix();
	}
	assert_all_sent();
}
END_TEST

int
main(int argc, char **argv)
{
	Suite *suite = suite_create("output");
	TCase *tcase = tcase_create("output");

	tcase_add_checked_fixture(tcase, set_up, tear_down);
	tcase_add_test(tcase, many_small_copies_leave_in_one_call);
	tcase_add_test(tcase, copies_larger_than_the_scratch_leave_in_order);
	tcase_add_test(tcase, loans_and_copies_leave_in_the_order_written);
	tcase_add_test(tcase, socket_that_takes_one_byte_at_a_time_gets_all);
	tcase_add_test(tcase, what_a_full_socket_does_not_take_is_kept);
	tcase_add_test(tcase, who_is_given_a_loan_back_may_flush);
	tcase_add_test(tcase, loan_ends_with_its_last_byte);
	tcase_add_test(tcase, error_is_told_and_loses_no_loan);
	tcase_add_test(tcase, drop_forgets_all_and_releases_each_loan_once);
	tcase_add_test(tcase, want_of_memory_takes_nothing);
	tcase_add_test(tcase, progress_is_when_the_socket_took_some);
	tcase_add_test(tcase, any_sequence_over_any_socket_keeps_the_order);
	suite_add_tcase(suite, tcase);
	return test_run(suite, argc, argv);
}
