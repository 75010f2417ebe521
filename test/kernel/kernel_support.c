/* SPDX-License-Identifier: BSD-2-Clause */
#include "kernel_support.h"

#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "support/sync.h"

enum {
	SILENCE_MS = 5
};

int
listen_tcp(void)
{
	struct sockaddr_in address = { .sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(bind(fd, (struct sockaddr *)&address, sizeof(address)),
	    0);
	ck_assert_int_eq(listen(fd, 16), 0);
	return fd;
}

int
connect_to(int listener)
{
	struct sockaddr_in address;
	struct timeval patience = { .tv_sec = test_patience() };
	socklen_t size = sizeof(address);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int on = 1;

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(getsockname(listener, (struct sockaddr *)&address,
			     &size),
	    0);
	ck_assert_int_eq(connect(fd, (struct sockaddr *)&address, size), 0);
	ck_assert_int_eq(setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on,
			     sizeof(on)),
	    0);
	ck_assert_int_eq(setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience,
			     sizeof(patience)),
	    0);
	ck_assert_int_eq(setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience,
			     sizeof(patience)),
	    0);
	return fd;
}

struct pair
connect_tcp(void)
{
	int listener = listen_tcp();
	struct pair pair;

	pair.peer = connect_to(listener);
	await(listener, POLLIN);
	pair.ours = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
	ck_assert_int_ge(pair.ours, 0);
	close_fd(listener);
	return pair;
}

void
close_fd(int fd)
{
	ck_assert_int_eq(close(fd), 0);
}

void
close_pair(struct pair pair)
{
	close_fd(pair.ours);
	close_fd(pair.peer);
}

int
make_set(void)
{
	int set = epoll_create1(EPOLL_CLOEXEC);

	ck_assert_int_ge(set, 0);
	return set;
}

static void
control(int set, int operation, int fd, uint32_t events, uint64_t id)
{
	struct epoll_event event = { .events = events | EPOLLET,
		.data.u64 = id };

	ck_assert_int_eq(epoll_ctl(set, operation, fd, &event), 0);
}

void
add(int set, int fd, uint32_t events, uint64_t id)
{
	control(set, EPOLL_CTL_ADD, fd, events, id);
}

void
modify(int set, int fd, uint32_t events, uint64_t id)
{
	control(set, EPOLL_CTL_MOD, fd, events, id);
}

uint32_t
next_events(int set)
{
	struct epoll_event event;

	ck_assert_msg(epoll_wait(set, &event, 1, test_patience() * 1000) == 1,
	    "no event");
	return event.events;
}

bool
is_silent(int set)
{
	struct epoll_event event;

	return epoll_wait(set, &event, 1, SILENCE_MS) == 0;
}

void
send_text(int fd, const char *text)
{
	ssize_t length = (ssize_t)strlen(text);

	ck_assert_int_eq(send(fd, text, strlen(text), MSG_NOSIGNAL), length);
}

size_t
send_until_full(int fd)
{
	static const char bytes[65536];
	size_t sum = 0;
	ssize_t n;

	while ((n = send(fd, bytes, sizeof(bytes),
		    MSG_DONTWAIT | MSG_NOSIGNAL)) > 0) {
		sum += (size_t)n;
	}
	ck_assert_int_eq(errno, EAGAIN);
	return sum;
}

void
await(int fd, short events)
{
	struct pollfd wanted = { .fd = fd };
	short seen = 0;

	while ((seen & events) != events) {
		wanted.events = (short)(events & ~seen);
		ck_assert_int_eq(poll(&wanted, 1, test_patience() * 1000), 1);
		seen |= wanted.revents;
	}
}

int
ask_ioctl(int fd, unsigned long request)
{
	int value = -1;

	ck_assert_int_eq(ioctl(fd, request, &value), 0);
	return value;
}

struct question {
	int fd;
	int value;
	unsigned long request;
};

static bool
is_answered(void *context)
{
	const struct question *question = context;

	return ask_ioctl(question->fd, question->request) == question->value;
}

void
await_ioctl(int fd, unsigned long request, int value)
{
	struct question question = {
		.fd = fd, .value = value, .request = request
	};

	ck_assert_msg(test_eventually(is_answered, &question),
	    "ioctl %lx is %d, not %d", request, ask_ioctl(fd, request), value);
}
