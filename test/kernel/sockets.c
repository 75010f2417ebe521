/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What connections rely on in stream sockets: what a short read means, what
 * closing does to bytes on their way, how bytes are counted.
 */
#include <check.h>
#include <errno.h>
#include <linux/sockios.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "kernel_support.h"
#include "support/run.h"

enum {
	SENDS = 10000,
	REPLY = 1 << 20
};

/* Short reads. */

static size_t
size_of_send(int i)
{
	return 1 + (size_t)i * 7919 % 2000;
}

/** Races with who receives. */
static void *
send_pieces(void *arg)
{
	static const char bytes[2000];
	const int *fd = arg;

	for (int i = 0; i < SENDS; i++) {
		size_t n = size_of_send(i);

		if (send(*fd, bytes, n, MSG_NOSIGNAL) != (ssize_t)n) {
			break;
		}
	}
	return NULL;
}

START_TEST(after_a_short_read_from_tcp_the_next_byte_gives_an_edge)
{
	static char buffer[4096];
	struct pair pair = connect_tcp();
	int set = make_set();
	pthread_t sender;
	size_t left = 0;

	for (int i = 0; i < SENDS; i++) {
		left += size_of_send(i);
	}
	add(set, pair.ours, EPOLLIN | EPOLLRDHUP, 1);
	ck_assert_int_eq(pthread_create(&sender, NULL, send_pieces, &pair.peer),
	    0);
	while (left > 0) {
		ssize_t n = sizeof(buffer);

		ck_assert_uint_eq(next_events(set), EPOLLIN);
		/* No further read after a short one. */
		while (left > 0 && n == sizeof(buffer)) {
			n = recv(pair.ours, buffer, sizeof(buffer), 0);
			ck_assert(n > 0 || errno == EAGAIN);
			left -= n > 0 ? (size_t)n : 0;
		}
	}
	ck_assert_int_eq(pthread_join(sender, NULL), 0);
	close_fd(set);
	close_pair(pair);
}
END_TEST

static void
send_with_descriptor(int fd, int passed)
{
	union {
		struct cmsghdr header;
		char space[CMSG_SPACE(sizeof(int))];
	} control;
	struct iovec piece = { .iov_base = (char[]){ 'a', 'b', 'c' },
		.iov_len = 3 };
	struct msghdr message = { .msg_iov = &piece,
		.msg_iovlen = 1,
		.msg_control = &control,
		.msg_controllen = sizeof(control) };
	struct cmsghdr *rights;

	memset(&control, 0, sizeof(control));
	rights = CMSG_FIRSTHDR(&message);
	rights->cmsg_level = SOL_SOCKET;
	rights->cmsg_type = SCM_RIGHTS;
	rights->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(rights), &passed, sizeof(passed));
	ck_assert_int_eq(sendmsg(fd, &message, 0), 3);
}

START_TEST(short_read_from_a_unix_socket_does_not_mean_empty)
{
	char buffer[100];
	int pair[2];

	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0,
			     pair),
	    0);
	send_with_descriptor(pair[0], pair[0]);
	send_text(pair[0], "def");
	ck_assert_int_eq(recv(pair[1], buffer, sizeof(buffer), 0), 3);
	ck_assert_int_eq(recv(pair[1], buffer, sizeof(buffer), 0), 3);
	ck_assert(memcmp(buffer, "def", 3) == 0);
	close_fd(pair[0]);
	close_fd(pair[1]);
}
END_TEST

/* Closing. */

/** Receives until the end. Returns how many bytes, or -errno at the end. */
static ssize_t
receive_to_end(int fd, size_t *sum)
{
	static char buffer[65536];
	ssize_t n;

	while ((n = recv(fd, buffer, sizeof(buffer), 0)) > 0) {
		*sum += (size_t)n;
	}
	return n < 0 ? -errno : 0;
}

START_TEST(close_with_unread_input_destroys_the_reply)
{
	struct pair pair = connect_tcp();
	size_t received = 0;
	size_t sent;

	send_text(pair.peer, "unread");
	await(pair.ours, POLLIN);
	sent = send_until_full(pair.ours);
	close_fd(pair.ours);
	ck_assert_int_eq(receive_to_end(pair.peer, &received), -ECONNRESET);
	ck_assert_uint_lt(received, sent);
	close_fd(pair.peer);
}
END_TEST

struct reader {
	int fd;
	size_t received;
	ssize_t end;
};

/** A client that goes on sending while it reads its reply. */
static void *
send_and_receive(void *arg)
{
	struct reader *reader = arg;
	char byte;

	while (recv(reader->fd, &byte, 1, 0) == 1) {
		reader->received++;
		if (reader->received % 1000 == 0) {
			(void)send(reader->fd, "more", 4, MSG_NOSIGNAL);
		}
		if (reader->received == REPLY / 4) {
			break;
		}
	}
	reader->end = receive_to_end(reader->fd, &reader->received);
	(void)shutdown(reader->fd, SHUT_WR);
	return NULL;
}

static void
send_reply(int fd)
{
	static const char reply[REPLY];
	size_t sent = 0;

	while (sent < REPLY) {
		ssize_t n = send(fd, reply + sent, REPLY - sent, MSG_NOSIGNAL);

		ck_assert(n > 0 || errno == EAGAIN);
		if (n > 0) {
			sent += (size_t)n;
		} else {
			await(fd, POLLOUT);
		}
	}
}

static void
discard_until_fin(int fd)
{
	char buffer[4096];
	ssize_t n = -1;

	while (n != 0) {
		n = recv(fd, buffer, sizeof(buffer), 0);
		ck_assert(n >= 0 || errno == EAGAIN);
		if (n < 0) {
			await(fd, POLLIN);
		}
	}
}

START_TEST(shutdown_and_discard_bring_the_reply_whole)
{
	struct pair pair = connect_tcp();
	struct reader reader = { .fd = pair.peer };
	pthread_t client;

	send_text(pair.peer, "unread");
	ck_assert_int_eq(pthread_create(&client, NULL, send_and_receive,
			     &reader),
	    0);
	send_reply(pair.ours);
	ck_assert_int_eq(shutdown(pair.ours, SHUT_WR), 0);
	discard_until_fin(pair.ours);
	close_fd(pair.ours);
	ck_assert_int_eq(pthread_join(client, NULL), 0);
	ck_assert_uint_eq(reader.received, REPLY);
	ck_assert_int_eq(reader.end, 0);
	close_fd(pair.peer);
}
END_TEST

START_TEST(close_with_linger_0_resets)
{
	struct pair pair = connect_tcp();
	struct linger now = { .l_onoff = 1, .l_linger = 0 };
	size_t received = 0;

	ck_assert_int_eq(setsockopt(pair.ours, SOL_SOCKET, SO_LINGER, &now,
			     sizeof(now)),
	    0);
	close_fd(pair.ours);
	ck_assert_int_eq(receive_to_end(pair.peer, &received), -ECONNRESET);
	close_fd(pair.peer);
}
END_TEST

/** Sends to a peer that is gone until the kernel says so. */
static int
send_to_nobody(int flags)
{
	struct iovec piece = { .iov_base = (char[]){ 'x' }, .iov_len = 1 };
	struct msghdr message = { .msg_iov = &piece, .msg_iovlen = 1 };
	struct pair pair = connect_tcp();
	ssize_t n;

	ck_assert(signal(SIGPIPE, SIG_DFL) != SIG_ERR);
	close_fd(pair.peer);
	ck_assert_int_eq(sendmsg(pair.ours, &message, flags), 1);
	await(pair.ours, POLLHUP);
	/* The first names the reset. */
	(void)sendmsg(pair.ours, &message, flags);
	n = sendmsg(pair.ours, &message, flags);
	return n < 0 ? errno : 0;
}

START_TEST(nosignal_makes_sendmsg_say_epipe)
{
	ck_assert_int_eq(send_to_nobody(MSG_NOSIGNAL), EPIPE);
}
END_TEST

START_TEST(sendmsg_without_nosignal_kills)
{
	(void)send_to_nobody(0);
}
END_TEST

/* Counting. */

START_TEST(siocoutq_counts_what_the_peer_s_kernel_has_not_got)
{
	struct pair pair = connect_tcp();
	size_t sent;
	size_t received = 0;

	ck_assert_int_eq(ask_ioctl(pair.ours, SIOCOUTQ), 0);
	send_text(pair.ours, "hello");
	await_ioctl(pair.ours, SIOCOUTQ, 0);
	ck_assert_int_eq(ask_ioctl(pair.peer, FIONREAD), 5);

	sent = 5 + send_until_full(pair.ours);
	ck_assert_int_gt(ask_ioctl(pair.ours, SIOCOUTQ), 0);
	ck_assert_int_eq(shutdown(pair.ours, SHUT_WR), 0);
	ck_assert_int_eq(receive_to_end(pair.peer, &received), 0);
	ck_assert_uint_eq(received, sent);
	await_ioctl(pair.ours, SIOCOUTQ, 0);
	close_pair(pair);
}
END_TEST

START_TEST(fionread_counts_the_bytes_at_hand)
{
	struct pair pair = connect_tcp();
	char buffer[4];

	ck_assert_int_eq(ask_ioctl(pair.ours, FIONREAD), 0);
	send_text(pair.peer, "hello");
	await_ioctl(pair.ours, FIONREAD, 5);
	send_text(pair.peer, "world");
	await_ioctl(pair.ours, FIONREAD, 10);
	ck_assert_int_eq(recv(pair.ours, buffer, sizeof(buffer), 0), 4);
	ck_assert_int_eq(ask_ioctl(pair.ours, FIONREAD), 6);
	ck_assert_int_eq(shutdown(pair.peer, SHUT_WR), 0);
	await(pair.ours, POLLRDHUP);
	ck_assert_int_eq(ask_ioctl(pair.ours, FIONREAD), 6);
	close_pair(pair);
}
END_TEST

int
main(int argc, char **argv)
{
	Suite *suite = suite_create("sockets");
	TCase *tcase = tcase_create("sockets");

	tcase_add_test(tcase,
	    after_a_short_read_from_tcp_the_next_byte_gives_an_edge);
	tcase_add_test(tcase,
	    short_read_from_a_unix_socket_does_not_mean_empty);
	tcase_add_test(tcase, close_with_unread_input_destroys_the_reply);
	tcase_add_test(tcase, shutdown_and_discard_bring_the_reply_whole);
	tcase_add_test(tcase, close_with_linger_0_resets);
	tcase_add_test(tcase, nosignal_makes_sendmsg_say_epipe);
	tcase_add_test_raise_signal(tcase, sendmsg_without_nosignal_kills,
	    SIGPIPE);
	tcase_add_test(tcase,
	    siocoutq_counts_what_the_peer_s_kernel_has_not_got);
	tcase_add_test(tcase, fionread_counts_the_bytes_at_hand);
	suite_add_tcase(suite, tcase);
	return test_run(suite, argc, argv);
}
