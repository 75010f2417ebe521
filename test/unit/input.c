/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Input: the bytes of a stream, however they come and however they are
 * consumed, within the limit.
 */
#include "core/input.h"

#include <check.h>
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/memory.h"
#include "support/run.h"
#include "unit_support.h"

enum {
	FIRST = 4096,
	LIMIT = 20000, /* no power of two times FIRST */
	WHOLE = 100000
};

static struct grants grants;
static struct echelon_allocator memory;
static struct eln_input input;
static int peer;
static int fd;
static char sent[WHOLE];

static void
set_up(void)
{
	int pair[2];
	struct numbers numbers = numbers_from(1);

	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0,
			     pair),
	    0);
	peer = pair[0];
	fd = pair[1];
	grants = (struct grants){ .left = UINT32_MAX };
	memory = allocator_with(&grants);
	input = (struct eln_input){ .buffer = NULL };
	for (size_t i = 0; i < sizeof(sent); i++) {
		sent[i] = (char)numbers_next(&numbers);
	}
}

static void
tear_down(void)
{
	eln_input_clear(&input, &memory);
	ck_assert_uint_eq(grants.live, 0);
	ck_assert_int_eq(close(fd), 0);
	if (peer >= 0) {
		ck_assert_int_eq(close(peer), 0);
	}
}

static void
send_bytes(size_t from, size_t n)
{
	ck_assert_int_eq(send(peer, sent + from, n, 0), (ssize_t)n);
}

static ssize_t
receive(size_t most)
{
	size_t room;

	return eln_input_receive(&input, &memory, fd, most, LIMIT, &room);
}

/** That what is unconsumed is sent[from] to sent[to - 1]. */
static void
assert_holds(size_t from, size_t to)
{
	ck_assert_uint_eq(eln_input_length(&input), to - from);
	ck_assert(to == from ||
	    memcmp(eln_input_data(&input), sent + from, to - from) == 0);
}

START_TEST(nothing_there_is_eagain)
{
	ck_assert_int_eq(receive(100), -EAGAIN);
	assert_holds(0, 0);
	send_bytes(0, 10);
	ck_assert_int_eq(receive(100), 10);
	ck_assert_int_eq(receive(100), -EAGAIN);
	assert_holds(0, 10);
}
END_TEST

START_TEST(fin_is_0_after_the_last_byte)
{
	send_bytes(0, 10);
	ck_assert_int_eq(close(peer), 0);
	peer = -1;
	ck_assert_int_eq(receive(100), 10);
	ck_assert_int_eq(receive(100), 0);
	assert_holds(0, 10);
}
END_TEST

START_TEST(at_most_as_much_as_asked_is_received)
{
	size_t room = 0;

	send_bytes(0, 100);
	ck_assert_int_eq(eln_input_receive(&input, &memory, fd, 30, LIMIT,
			     &room),
	    30);
	ck_assert_uint_eq(room, 30);
	ck_assert_int_eq(eln_input_receive(&input, &memory, fd, 200, LIMIT,
			     &room),
	    70);
	ck_assert_uint_gt(room, 70); /* fewer: the socket had no more */
	assert_holds(0, 100);
}
END_TEST

START_TEST(unconsumed_input_never_exceeds_the_limit)
{
	size_t length = 0;

	send_bytes(0, WHOLE);
	while (length < LIMIT) {
		ssize_t n = receive(WHOLE);

		ck_assert_int_gt(n, 0);
		length += (size_t)n;
		ck_assert_uint_le(length, LIMIT);
		ck_assert_uint_le(input.capacity, LIMIT);
		assert_holds(0, length);
	}
	/* One consumed, one more fits, and costs no memory. */
	grants.left = 0;
	eln_input_consume(&input, 1);
	ck_assert_int_eq(receive(WHOLE), 1);
	assert_holds(1, LIMIT + 1);
}
END_TEST

START_TEST(receiving_into_full_input_aborts)
{
	send_bytes(0, WHOLE);
	while (eln_input_length(&input) < LIMIT) {
		(void)receive(WHOLE);
	}
	(void)receive(1);
}
END_TEST

START_TEST(limit_below_the_first_capacity_is_kept)
{
	size_t room = 0;

	send_bytes(0, 100);
	ck_assert_int_eq(eln_input_receive(&input, &memory, fd, 100, 7, &room),
	    7);
	ck_assert_uint_eq(room, 7);
	assert_holds(0, 7);
}
END_TEST

START_TEST(lowered_limit_keeps_what_is_there)
{
	size_t room = 0;

	send_bytes(0, WHOLE);
	while (eln_input_length(&input) < LIMIT) {
		(void)receive(WHOLE);
	}
	eln_input_consume(&input, LIMIT - 10);
	ck_assert_int_eq(eln_input_receive(&input, &memory, fd, WHOLE, 100,
			     &room),
	    90);
	assert_holds(LIMIT - 10, LIMIT + 90);
}
END_TEST

START_TEST(large_buffer_is_given_back_when_trimmed_empty)
{
	send_bytes(0, WHOLE);
	while (eln_input_length(&input) < LIMIT) {
		(void)receive(WHOLE);
	}
	eln_input_consume(&input, LIMIT - 1);
	eln_input_trim(&input, &memory);
	assert_holds(LIMIT - 1, LIMIT);
	eln_input_consume(&input, 1);
	ck_assert_uint_eq(grants.live, 1);
	eln_input_trim(&input, &memory);
	ck_assert_uint_eq(grants.live, 0);
	assert_holds(0, 0);
	ck_assert_int_gt(receive(WHOLE), 0);
}
END_TEST

START_TEST(what_is_expected_is_made_room_for_at_once)
{
	send_bytes(0, WHOLE);
	grants.left = 2;
	ck_assert_int_eq(receive(10), 10);
	eln_input_consume(&input, 3);
	input.expected = 3 * FIRST;
	ck_assert_int_eq(receive(WHOLE), 3 * FIRST - 7);
	assert_holds(3, 3 + 3 * FIRST);
	ck_assert_uint_eq(grants.left, 0);
}
END_TEST

START_TEST(room_for_what_is_expected_stays_within_the_limit)
{
	send_bytes(0, WHOLE);
	input.expected = SIZE_MAX;
	ck_assert_int_eq(receive(WHOLE), LIMIT);
	ck_assert_uint_eq(input.capacity, LIMIT);
	assert_holds(0, LIMIT);
}
END_TEST

START_TEST(small_buffer_is_kept_and_not_allocated_again)
{
	grants.left = 1;
	for (size_t i = 0; i < 10; i++) {
		send_bytes(i * 100, 100);
		ck_assert_int_eq(receive(FIRST), 100);
		assert_holds(i * 100, i * 100 + 100);
		eln_input_consume(&input, 100);
		eln_input_trim(&input, &memory);
	}
	ck_assert_uint_eq(grants.live, 1);
}
END_TEST

START_TEST(want_of_memory_loses_nothing)
{
	grants.left = 0;
	send_bytes(0, FIRST + 100);
	ck_assert_int_eq(receive(WHOLE), -ENOMEM);
	grants.left = 1;
	ck_assert_int_eq(receive(WHOLE), FIRST);
	ck_assert_int_eq(receive(WHOLE), -ENOMEM);
	assert_holds(0, FIRST);
	grants.left = 1;
	ck_assert_int_eq(receive(WHOLE), 100);
	assert_holds(0, FIRST + 100);
}
END_TEST

START_TEST(one_byte_at_a_time_is_the_same_as_whole)
{
	send_bytes(0, LIMIT);
	for (size_t i = 0; i < LIMIT; i++) {
		ck_assert_int_eq(receive(1), 1);
		ck_assert_uint_eq(eln_input_length(&input), i + 1);
	}
	assert_holds(0, LIMIT);
}
END_TEST

START_TEST(any_pieces_make_the_same_stream)
{
	struct numbers numbers = numbers_begin();
	size_t gone = 0; /* sent */
	size_t got = 0;  /* received */
	size_t used = 0; /* consumed */

	while (used < WHOLE) {
		if (gone < WHOLE && gone - got < LIMIT) {
			size_t n = 1 + numbers_below(&numbers, 3 * FIRST);

			n = n < WHOLE - gone ? n : WHOLE - gone;
			send_bytes(gone, n);
			gone += n;
		}
		if (got - used < LIMIT && got < gone) {
			ssize_t n = receive(1 +
			    numbers_below(&numbers, 2 * FIRST));

			ck_assert_int_gt(n, 0);
			got += (size_t)n;
		}
		assert_holds(used, got);
		if (numbers_below(&numbers, 3) == 0 || got == WHOLE) {
			size_t n = numbers_below(&numbers, got - used + 1);

			eln_input_consume(&input, n);
			used += n;
			eln_input_trim(&input, &memory);
			assert_holds(used, got);
		}
	}
}
END_TEST

int
main(int argc, char **argv)
{
	Suite *suite = suite_create("input");
	TCase *tcase = tcase_create("input");

	tcase_add_checked_fixture(tcase, set_up, tear_down);
	tcase_add_test(tcase, nothing_there_is_eagain);
	tcase_add_test(tcase, fin_is_0_after_the_last_byte);
	tcase_add_test(tcase, at_most_as_much_as_asked_is_received);
	tcase_add_test(tcase, unconsumed_input_never_exceeds_the_limit);
	tcase_add_test_raise_signal(tcase, receiving_into_full_input_aborts,
	    SIGABRT);
	tcase_add_test(tcase, limit_below_the_first_capacity_is_kept);
	tcase_add_test(tcase, lowered_limit_keeps_what_is_there);
	tcase_add_test(tcase, large_buffer_is_given_back_when_trimmed_empty);
	tcase_add_test(tcase, what_is_expected_is_made_room_for_at_once);
	tcase_add_test(tcase, room_for_what_is_expected_stays_within_the_limit);
	tcase_add_test(tcase, small_buffer_is_kept_and_not_allocated_again);
	tcase_add_test(tcase, want_of_memory_loses_nothing);
	tcase_add_test(tcase, one_byte_at_a_time_is_the_same_as_whole);
	tcase_add_test(tcase, any_pieces_make_the_same_stream);
	suite_add_tcase(suite, tcase);
	return test_run(suite, argc, argv);
}
