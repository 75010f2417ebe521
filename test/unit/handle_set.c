/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The handle set over epoll in both forms: registered once, and one event at
 * a time.
 */
#include <check.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/memory.h"
#include "demux/handle_set_epoll.h"
#include "support/run.h"
#include "sync/run_word.h"

#define ID UINT64_C(77)

static struct echelon_allocator memory;
static const struct eln_demultiplexer *demux;
static struct eln_handle_set *set;
static int ours;
static int peer;

static void
set_up_form(const struct eln_demultiplexer *form)
{
	int pair[2];

	memory = eln_memory_of(memory);
	demux = form;
	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0,
			     pair),
	    0);
	ours = pair[0];
	peer = pair[1];
	ck_assert_int_eq(demux->create(&memory, &set), 0);
	ck_assert_int_eq(demux->add(set, ours, ID), 0);
}

static void
set_up(void)
{
	set_up_form(&eln_demultiplexer_epoll);
}

static void
set_up_one_shot(void)
{
	set_up_form(eln_demultiplexer_epoll.one_shot);
}

static void
tear_down(void)
{
	demux->remove(set, ours);
	demux->destroy(set);
	close(ours);
	close(peer);
}

static void
say(const char *text)
{
	ck_assert_int_eq(write(peer, text, 1), 1);
}

/** What is reported now; 0: nothing. */
static uint32_t
reported(void)
{
	struct eln_event events[4];
	unsigned n = demux->wait(set, events, 4, 0);

	ck_assert_uint_le(n, 1);
	if (n == 0) {
		return 0;
	}
	ck_assert_uint_eq(events[0].id, ID);
	return events[0].reasons;
}

static void
rearm(unsigned interest)
{
	ck_assert_int_eq(demux->rearm(set, ours, ID, interest), 0);
}

/** Until no more is taken. */
static void
fill(void)
{
	char bytes[4096] = "";

	while (write(ours, bytes, sizeof(bytes)) > 0) {
	}
}

static void
drain(void)
{
	char bytes[4096];

	while (read(peer, bytes, sizeof(bytes)) > 0) {
	}
}

START_TEST(every_arrival_is_reported_without_another_call)
{
	ck_assert(demux->rearm == NULL);
	say("a");
	ck_assert_uint_eq(reported(), ELN_REASON_INPUT);
	say("b");
	ck_assert_uint_eq(reported(), ELN_REASON_INPUT);
	ck_assert_uint_eq(reported(), 0);
}
END_TEST

START_TEST(room_is_reported_only_while_it_is_watched)
{
	fill();
	ck_assert_uint_eq(reported(), 0);
	ck_assert_int_eq(demux->watch_output(set, ours, ID, true), 0);
	ck_assert_uint_eq(reported(), 0);
	drain();
	ck_assert_uint_eq(reported(), ELN_REASON_OUTPUT);
	ck_assert_int_eq(demux->watch_output(set, ours, ID, false), 0);
	fill();
	drain();
	ck_assert_uint_eq(reported(), 0);
}
END_TEST

START_TEST(handle_is_silent_after_its_event_until_it_is_rearmed)
{
	say("a");
	ck_assert_uint_eq(reported(), ELN_REASON_INPUT);
	say("b");
	ck_assert_uint_eq(reported(), 0);
	rearm(ELN_INTEREST_INPUT);
	ck_assert_uint_eq(reported(), ELN_REASON_INPUT);
	ck_assert_uint_eq(reported(), 0);
}
END_TEST

START_TEST(rearmed_for_nothing_it_still_reports_an_end)
{
	say("a");
	ck_assert_uint_eq(reported(), ELN_REASON_INPUT);
	rearm(0);
	ck_assert_uint_eq(reported(), 0);
	close(peer);
	ck_assert_uint_eq(reported() & ~(uint32_t)ELN_REASON_ERROR,
	    ELN_REASON_PEER_CLOSED | ELN_REASON_HANGUP);
	ck_assert_uint_eq(reported(), 0);
	peer = dup(ours);
}
END_TEST

START_TEST(rearmed_for_room_it_does_not_report_input)
{
	fill();
	say("a");
	ck_assert_uint_eq(reported(), ELN_REASON_INPUT);
	rearm(ELN_INTEREST_OUTPUT);
	ck_assert_uint_eq(reported(), 0);
	drain();
	ck_assert_uint_eq(reported(), ELN_REASON_OUTPUT);
}
END_TEST

START_TEST(rearmed_for_both_it_reports_both_at_once)
{
	say("a");
	ck_assert_uint_eq(reported(), ELN_REASON_INPUT);
	rearm(ELN_INTEREST_INPUT | ELN_INTEREST_OUTPUT);
	ck_assert_uint_eq(reported(), ELN_REASON_INPUT | ELN_REASON_OUTPUT);
}
END_TEST

int
main(int argc, char **argv)
{
	Suite *suite = suite_create("handle set");
	TCase *once = tcase_create("registered once");
	TCase *one_shot = tcase_create("one event at a time");

	tcase_add_checked_fixture(once, set_up, tear_down);
	tcase_add_test(once, every_arrival_is_reported_without_another_call);
	tcase_add_test(once, room_is_reported_only_while_it_is_watched);
	suite_add_tcase(suite, once);
	tcase_add_checked_fixture(one_shot, set_up_one_shot, tear_down);
	tcase_add_test(one_shot,
	    handle_is_silent_after_its_event_until_it_is_rearmed);
	tcase_add_test(one_shot, rearmed_for_nothing_it_still_reports_an_end);
	tcase_add_test(one_shot, rearmed_for_room_it_does_not_report_input);
	tcase_add_test(one_shot, rearmed_for_both_it_reports_both_at_once);
	suite_add_tcase(suite, one_shot);
	return test_run(suite, argc, argv);
}
