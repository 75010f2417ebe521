/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The inbox: oldest first, each producer's in its order, none lost.
 */
#include "sync/inbox.h"

#include <check.h>
#include <sched.h>

#include "base/compiler.h"
#include "support/run.h"
#include "unit_support.h"

enum {
	PRODUCERS = 4,
	EACH = 50000
};

struct letter {
	unsigned from;
	unsigned number;
	struct eln_link link;
};

static struct eln_inbox inbox;
static struct letter letters[PRODUCERS][EACH];

static const struct letter *
letter_of(struct eln_link *link)
{
	return ELN_CONTAINER(link, struct letter, link);
}

START_TEST(new_inbox_is_empty)
{
	ck_assert(eln_inbox_is_empty(&inbox));
	ck_assert_ptr_null(eln_inbox_take(&inbox));
}
END_TEST

START_TEST(all_is_taken_at_once_oldest_first)
{
	struct eln_link *link;

	for (unsigned i = 0; i < 100; i++) {
		letters[0][i].number = i;
		eln_inbox_put(&inbox, &letters[0][i].link);
		ck_assert(!eln_inbox_is_empty(&inbox));
	}
	link = eln_inbox_take(&inbox);
	ck_assert(eln_inbox_is_empty(&inbox));
	ck_assert_ptr_null(eln_inbox_take(&inbox));
	for (unsigned i = 0; i < 100; i++) {
		ck_assert_ptr_nonnull(link);
		ck_assert_uint_eq(letter_of(link)->number, i);
		link = link->next;
	}
	ck_assert_ptr_null(link);
}
END_TEST

START_TEST(taken_link_can_be_put_again)
{
	for (int i = 0; i < 3; i++) {
		eln_inbox_put(&inbox, &letters[0][1].link);
		eln_inbox_put(&inbox, &letters[0][0].link);
		ck_assert_ptr_eq(eln_inbox_take(&inbox), &letters[0][1].link);
		ck_assert_ptr_eq(letters[0][1].link.next, &letters[0][0].link);
		ck_assert_ptr_null(letters[0][0].link.next);
	}
}
END_TEST

static struct {
	unsigned next[PRODUCERS];
	unsigned out_of_order;
	unsigned n;
} received;

static void
receive(struct eln_link *link)
{
	for (; link != NULL; link = link->next) {
		const struct letter *letter = letter_of(link);

		received.out_of_order += letter->number !=
		    received.next[letter->from];
		received.next[letter->from]++;
		received.n++;
	}
}

static void
put_or_take(void *arg, unsigned index)
{
	(void)arg;
	if (index == PRODUCERS) {
		while (received.n < PRODUCERS * EACH) {
			if (eln_inbox_is_empty(&inbox)) {
				(void)sched_yield();
			}
			receive(eln_inbox_take(&inbox));
		}
		return;
	}
	for (unsigned i = 0; i < EACH; i++) {
		letters[index][i].from = index;
		letters[index][i].number = i;
		eln_inbox_put(&inbox, &letters[index][i].link);
	}
}

START_TEST(each_producer_s_letters_arrive_once_and_in_order)
{
	run_together(PRODUCERS + 1, put_or_take, NULL);
	ck_assert_uint_eq(received.n, PRODUCERS * EACH);
	ck_assert_uint_eq(received.out_of_order, 0);
	ck_assert(eln_inbox_is_empty(&inbox));
}
END_TEST

int
main(int argc, char **argv)
{
	Suite *suite = suite_create("inbox");
	TCase *tcase = tcase_create("inbox");

	tcase_add_test(tcase, new_inbox_is_empty);
	tcase_add_test(tcase, all_is_taken_at_once_oldest_first);
	tcase_add_test(tcase, taken_link_can_be_put_again);
	tcase_add_test(tcase, each_producer_s_letters_arrive_once_and_in_order);
	suite_add_tcase(suite, tcase);
	return test_run(suite, argc, argv);
}
