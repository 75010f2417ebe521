/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the handle set relies on in epoll: which edges come, which do not,
 * and what an event may belong to.
 */
#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "kernel_support.h"
#include "support/run.h"
#include "support/sync.h"

static const uint32_t watched = EPOLLIN | EPOLLRDHUP;

static int set;

static void
set_up(void)
{
	set = make_set();
}

static void
tear_down(void)
{
	close_fd(set);
}

/* Edges. */

START_TEST(every_arrival_gives_an_edge_though_nothing_is_read)
{
	struct pair pair = connect_tcp();

	add(set, pair.ours, watched, 1);
	ck_assert(is_silent(set));
	for (int i = 0; i < 100; i++) {
		send_text(pair.peer, "x");
		ck_assert_uint_eq(next_events(set), EPOLLIN);
	}
	ck_assert(is_silent(set));
	close_pair(pair);
}
END_TEST

START_TEST(fin_after_data_gives_an_edge_though_nothing_is_read)
{
	struct pair pair = connect_tcp();

	add(set, pair.ours, watched, 1);
	send_text(pair.peer, "x");
	ck_assert_uint_eq(next_events(set), EPOLLIN);
	ck_assert_int_eq(shutdown(pair.peer, SHUT_WR), 0);
	ck_assert_uint_eq(next_events(set), watched);
	ck_assert(is_silent(set));
	close_pair(pair);
}
END_TEST

START_TEST(fin_together_with_data_is_one_event)
{
	struct pair pair = connect_tcp();

	add(set, pair.ours, watched, 1);
	send_text(pair.peer, "x");
	ck_assert_int_eq(shutdown(pair.peer, SHUT_WR), 0);
	await(pair.ours, POLLIN | POLLRDHUP);
	ck_assert_uint_eq(next_events(set), watched);
	ck_assert(is_silent(set));
	close_pair(pair);
}
END_TEST

START_TEST(reset_is_reported_as_an_error_without_being_asked_for)
{
	struct pair pair = connect_tcp();
	struct linger now = { .l_onoff = 1 };

	add(set, pair.ours, watched, 1);
	ck_assert_int_eq(setsockopt(pair.peer, SOL_SOCKET, SO_LINGER, &now,
			     sizeof(now)),
	    0);
	close_fd(pair.peer);
	ck_assert_uint_eq(next_events(set), watched | EPOLLERR | EPOLLHUP);
	close_fd(pair.ours);
}
END_TEST

START_TEST(adding_a_readable_descriptor_reports_it_at_once)
{
	struct pair pair = connect_tcp();

	send_text(pair.peer, "x");
	await(pair.ours, POLLIN);
	add(set, pair.ours, watched, 1);
	ck_assert_uint_eq(next_events(set), EPOLLIN);
	ck_assert(is_silent(set));
	close_pair(pair);
}
END_TEST

START_TEST(modifying_reports_anew_what_is_ready)
{
	struct pair pair = connect_tcp();

	send_text(pair.peer, "x");
	add(set, pair.ours, watched, 1);
	ck_assert_uint_eq(next_events(set), EPOLLIN);
	modify(set, pair.ours, watched | EPOLLOUT, 1);
	ck_assert_uint_eq(next_events(set), EPOLLIN | EPOLLOUT);
	ck_assert(is_silent(set));
	modify(set, pair.ours, watched, 1);
	ck_assert_uint_eq(next_events(set), EPOLLIN);
	ck_assert(is_silent(set));
	close_pair(pair);
}
END_TEST

static void
discard_all(int fd)
{
	static char bytes[1 << 20];

	while (recv(fd, bytes, sizeof(bytes), MSG_DONTWAIT) > 0) {
	}
}

START_TEST(room_is_reported_when_it_comes_back)
{
	struct pair pair = connect_tcp();

	add(set, pair.ours, watched, 1);
	(void)send_until_full(pair.ours);
	modify(set, pair.ours, watched | EPOLLOUT, 1);
	ck_assert(is_silent(set));
	do {
		discard_all(pair.peer);
	} while (is_silent(set));
	await(pair.ours, POLLOUT);
	close_pair(pair);
}
END_TEST

START_TEST(room_that_is_there_is_reported_when_it_is_asked_for)
{
	struct pair pair = connect_tcp();

	/* As after a send that took only a part: nobody knows since when
	 * there is room again. */
	add(set, pair.ours, watched, 1);
	(void)send_until_full(pair.ours);
	while (send(pair.ours, "x", 1, MSG_DONTWAIT | MSG_NOSIGNAL) < 0) {
		discard_all(pair.peer);
	}
	await(pair.ours, POLLOUT);
	ck_assert(is_silent(set));
	modify(set, pair.ours, watched | EPOLLOUT, 1);
	ck_assert_uint_eq(next_events(set), EPOLLOUT);
	close_pair(pair);
}
END_TEST

/* Waking. */

START_TEST(each_write_to_an_eventfd_gives_an_edge)
{
	uint64_t one = 1;
	int wakeup = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);

	add(set, wakeup, watched, 1);
	ck_assert(is_silent(set));
	for (int i = 0; i < 100; i++) {
		ck_assert_int_eq(write(wakeup, &one, sizeof(one)), 8);
		ck_assert_uint_eq(next_events(set), EPOLLIN);
		ck_assert(i % 50 != 0 || is_silent(set));
	}
	close_fd(wakeup);
}
END_TEST

static struct test_counter waits;
static struct test_counter wakes;

static void *
wait_often(void *arg)
{
	struct epoll_event event;

	(void)arg;
	for (int i = 0; i < 1000; i++) {
		counter_add(&waits, 1);
		if (epoll_wait(set, &event, 1, -1) == 1) {
			counter_add(&wakes, 1);
		}
	}
	return NULL;
}

START_TEST(write_to_an_eventfd_wakes_who_waits)
{
	uint64_t one = 1;
	int wakeup = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	pthread_t waiter;

	counter_init(&waits);
	counter_init(&wakes);
	add(set, wakeup, watched, 1);
	ck_assert_int_eq(pthread_create(&waiter, NULL, wait_often, NULL), 0);
	for (int i = 1; i <= 1000; i++) {
		ck_assert(counter_wait(&waits, i));
		ck_assert_int_eq(write(wakeup, &one, sizeof(one)), 8);
		ck_assert(counter_wait(&wakes, i));
	}
	ck_assert_int_eq(pthread_join(waiter, NULL), 0);
	close_fd(wakeup);
}
END_TEST

/* Closing. */

START_TEST(close_alone_does_not_deregister_while_a_copy_lives)
{
	struct pair pair = connect_tcp();
	int copy = dup(pair.ours);

	add(set, pair.ours, watched, 1);
	close_fd(pair.ours);
	send_text(pair.peer, "x");
	ck_assert_uint_eq(next_events(set), EPOLLIN);
	close_fd(copy);
	close_fd(pair.peer);
}
END_TEST

START_TEST(deregistered_descriptor_is_silent_though_a_copy_lives)
{
	struct epoll_event unused = { .events = 0 };
	struct pair pair = connect_tcp();
	int copy = dup(pair.ours);

	add(set, pair.ours, watched, 1);
	send_text(pair.peer, "x");
	await(pair.ours, POLLIN);
	ck_assert_int_eq(epoll_ctl(set, EPOLL_CTL_DEL, pair.ours, &unused), 0);
	close_fd(pair.ours);
	send_text(pair.peer, "x");
	await(copy, POLLIN);
	ck_assert(is_silent(set));
	close_fd(copy);
	close_fd(pair.peer);
}
END_TEST

START_TEST(batch_can_hold_an_event_of_a_descriptor_that_is_used_again)
{
	struct epoll_event batch[8];
	struct pair first = connect_tcp();
	struct pair second = connect_tcp();
	struct epoll_event unused = { .events = 0 };
	int reused;

	add(set, first.ours, watched, 111);
	add(set, second.ours, watched, 222);
	send_text(first.peer, "x");
	send_text(second.peer, "x");
	await(first.ours, POLLIN);
	await(second.ours, POLLIN);
	ck_assert_int_eq(epoll_wait(set, batch, 8, 0), 2);
	ck_assert_uint_eq(batch[0].data.u64, 111);

	/* What the handler of the first event may do. */
	ck_assert_int_eq(epoll_ctl(set, EPOLL_CTL_DEL, second.ours, &unused),
	    0);
	close_fd(second.ours);
	reused = fcntl(first.ours, F_DUPFD_CLOEXEC, second.ours);
	ck_assert_int_eq(reused, second.ours);
	add(set, reused, watched, 333);

	/* The second event still names the one that is gone. */
	ck_assert_uint_eq(batch[1].data.u64, 222);
	close_fd(reused);
	close_pair(first);
	close_fd(second.peer);
}
END_TEST

/* Accepting. */

static void
leave_no_descriptor(struct rlimit *before)
{
	struct rlimit none;
	int lowest = dup(set);

	ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, before), 0);
	none = *before;
	none.rlim_cur = (rlim_t)lowest;
	close_fd(lowest);
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &none), 0);
}

START_TEST(accept_without_a_descriptor_leaves_the_client_unannounced)
{
	int listener = listen_tcp();
	struct rlimit before;
	int client;
	int fd;

	add(set, listener, watched, 1);
	client = connect_to(listener);
	ck_assert_uint_eq(next_events(set), EPOLLIN);
	leave_no_descriptor(&before);
	ck_assert_int_eq(accept4(listener, NULL, NULL, SOCK_CLOEXEC), -1);
	ck_assert_int_eq(errno, EMFILE);

	/* It waits in the backlog, and no edge will say so: hence the retry
	 * of the listener. */
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &before), 0);
	ck_assert(is_silent(set));
	await(listener, POLLIN);
	fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
	ck_assert_int_ge(fd, 0);
	send_text(client, "x");
	await(fd, POLLIN);
	close_fd(fd);
	close_fd(client);
	close_fd(listener);
}
END_TEST

START_TEST(listener_reports_each_client_though_none_is_accepted)
{
	int clients[10];
	int listener = listen_tcp();

	add(set, listener, watched, 1);
	for (int i = 0; i < 10; i++) {
		clients[i] = connect_to(listener);
		ck_assert_uint_eq(next_events(set), EPOLLIN);
	}
	ck_assert(is_silent(set));
	for (int i = 0; i < 10; i++) {
		close_fd(clients[i]);
	}
	close_fd(listener);
}
END_TEST

static void
add_edges(Suite *suite)
{
	TCase *tcase = tcase_create("edges");

	tcase_add_checked_fixture(tcase, set_up, tear_down);
	tcase_add_test(tcase,
	    every_arrival_gives_an_edge_though_nothing_is_read);
	tcase_add_test(tcase,
	    fin_after_data_gives_an_edge_though_nothing_is_read);
	tcase_add_test(tcase, fin_together_with_data_is_one_event);
	tcase_add_test(tcase,
	    reset_is_reported_as_an_error_without_being_asked_for);
	tcase_add_test(tcase, adding_a_readable_descriptor_reports_it_at_once);
	tcase_add_test(tcase, modifying_reports_anew_what_is_ready);
	tcase_add_test(tcase, room_is_reported_when_it_comes_back);
	tcase_add_test(tcase,
	    room_that_is_there_is_reported_when_it_is_asked_for);
	tcase_add_test(tcase, each_write_to_an_eventfd_gives_an_edge);
	tcase_add_test(tcase, write_to_an_eventfd_wakes_who_waits);
	suite_add_tcase(suite, tcase);
}

int
main(int argc, char **argv)
{
	Suite *suite = suite_create("epoll");
	TCase *tcase = tcase_create("descriptors");

	add_edges(suite);
	tcase_add_checked_fixture(tcase, set_up, tear_down);
	tcase_add_test(tcase,
	    close_alone_does_not_deregister_while_a_copy_lives);
	tcase_add_test(tcase,
	    deregistered_descriptor_is_silent_though_a_copy_lives);
	tcase_add_test(tcase,
	    batch_can_hold_an_event_of_a_descriptor_that_is_used_again);
	tcase_add_test(tcase,
	    accept_without_a_descriptor_leaves_the_client_unannounced);
	tcase_add_test(tcase,
	    listener_reports_each_client_though_none_is_accepted);
	suite_add_tcase(suite, tcase);
	return test_run(suite, argc, argv);
}
