/* SPDX-License-Identifier: BSD-2-Clause */
#include "support/client.h"

#include <arpa/inet.h>
#include <check.h>
#include <errno.h>
#include <linux/sockios.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "support/sync.h"

static void
set_option(int fd, int level, int option, const void *value, size_t size)
{
	ck_assert_int_eq(setsockopt(fd, level, option, value, (socklen_t)size),
	    0);
}

int
client_connect(int port)
{
	struct sockaddr_in address = { .sin_family = AF_INET,
		.sin_port = htons((uint16_t)port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	struct timeval patience = { .tv_sec = test_patience() };
	int on = 1;
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	ck_assert_int_ge(fd, 0);
	set_option(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	set_option(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	set_option(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience));
	ck_assert_msg(connect(fd, (struct sockaddr *)&address,
			  sizeof(address)) == 0,
	    "cannot connect to port %d: %s", port, strerror(errno));
	return fd;
}

void
client_send(int fd, const void *data, size_t length)
{
	const char *rest = data;

	while (length > 0) {
		ssize_t n = send(fd, rest, length, MSG_NOSIGNAL);

		if (n < 0 && errno == EINTR) {
			continue;
		}
		ck_assert_msg(n > 0, "cannot send: %s", strerror(errno));
		rest += n;
		length -= (size_t)n;
	}
}

static ssize_t
receive_some(int fd, void *buffer, size_t size)
{
	ssize_t n;

	do {
		n = recv(fd, buffer, size, 0);
	} while (n < 0 && errno == EINTR);

	return n;
}

size_t
client_receive(int fd, void *buffer, size_t length)
{
	size_t have = 0;

	while (have < length) {
		ssize_t n = receive_some(fd, (char *)buffer + have,
		    length - have);

		ck_assert_msg(n != 0, "FIN after %zu of %zu bytes", have,
		    length);
		ck_assert_msg(n > 0, "%s after %zu of %zu bytes",
		    strerror(errno), have, length);
		have += (size_t)n;
	}
	return have;
}

size_t
client_receive_until_fin(int fd, void *buffer, size_t size)
{
	size_t have = 0;

	for (;;) {
		char sink;
		ssize_t n = have < size
		    ? receive_some(fd, (char *)buffer + have, size - have)
		    : receive_some(fd, &sink, 1);

		ck_assert_msg(n >= 0, "%s after %zu bytes, where a FIN was due",
		    strerror(errno), have);
		if (n == 0) {
			return have;
		}
		ck_assert_msg(have < size, "more than %zu bytes before FIN",
		    size);
		have += (size_t)n;
	}
}

void
client_say(int fd, const char *text)
{
	client_send(fd, text, strlen(text));
}

void
client_expect(int fd, const char *text)
{
	size_t length = strlen(text);
	char answer[4096];

	ck_assert_uint_lt(length, sizeof(answer));
	client_receive(fd, answer, length);
	answer[length] = '\0';
	ck_assert_str_eq(answer, text);
}

bool
client_sees_fin(int fd)
{
	char byte;

	return receive_some(fd, &byte, 1) == 0;
}

bool
client_sees_reset(int fd)
{
	char byte;

	return receive_some(fd, &byte, 1) < 0 && errno == ECONNRESET;
}

static bool
is_all_sent(void *context)
{
	const int *fd = context;
	int unsent = 0;

	return ioctl(*fd, SIOCOUTQ, &unsent) == 0 && unsent == 0;
}

void
client_wait_sent(int fd)
{
	ck_assert_msg(test_eventually(is_all_sent, &fd),
	    "the peer's kernel does not take what was sent");
}

void
client_reset(int fd)
{
	struct linger now = { .l_onoff = 1, .l_linger = 0 };

	set_option(fd, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
	close(fd);
}
