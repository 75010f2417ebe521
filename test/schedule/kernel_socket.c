/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * The calls on sockets of the kernel in memory: checks, waiting, options.
 */

#include "schedule/kernel_file.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/sockios.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include "schedule/explore.h"

static struct kernel_file *
stream_of(int fd, const char *call, int *error)
{
	kernel_enter(call, NULL);
	return kernel_file_of(fd, KERNEL_STREAM, call, error);
}

int
kernel_socket(int domain, int type, int protocol)
{
	struct kernel_file *file;

	kernel_enter("socket", NULL);
	(void)domain;
	(void)protocol;
	if (!kernel_has_room()) {
		return -EMFILE;
	}
	file = kernel_file_make(KERNEL_STREAM);
	return kernel_install(file, (type & SOCK_NONBLOCK) != 0);
}

/* ---- names ---- */

static unsigned short
port_of(const struct kernel_file *file)
{
	return file->kind == KERNEL_LISTENER ? file->listener.port
					     : file->stream.port;
}

int
kernel_getsockname(int fd, struct sockaddr *address, socklen_t *size)
{
	struct kernel_file *file;
	int error;

	kernel_enter("getsockname", NULL);
	file = kernel_file_of(fd, KERNEL_NONE, "getsockname", &error);
	if (file == NULL) {
		return error;
	}
	kernel_write_address(address, size, port_of(file));
	return 0;
}

int
kernel_getpeername(int fd, struct sockaddr *address, socklen_t *size)
{
	int error;
	struct kernel_file *file = stream_of(fd, "getpeername", &error);

	if (file == NULL) {
		return error;
	}
	if (file->stream.peer == NULL || file->stream.is_over) {
		return -ENOTCONN;
	}
	kernel_write_address(address, size, file->stream.peer->stream.port);
	return 0;
}

/* ---- options ---- */

int
kernel_getsockopt(int fd, int level, int option, void *value, socklen_t *size)
{
	struct kernel_file *file;
	int answer = 0;
	int error;

	kernel_enter("getsockopt", NULL);
	file = kernel_file_of(fd, KERNEL_NONE, "getsockopt", &error);
	if (file == NULL) {
		return error;
	}
	if (level != SOL_SOCKET || *size < sizeof(answer)) {
		return -ENOPROTOOPT;
	}
	switch (option) {
	case SO_ERROR:
		answer = file->stream.error;
		file->stream.error = 0;
		break;
	case SO_TYPE:
		answer = SOCK_STREAM;
		break;
	case SO_ACCEPTCONN:
		answer = file->kind == KERNEL_LISTENER;
		break;
	default:
		return -ENOPROTOOPT;
	}
	memcpy(value, &answer, sizeof(answer));
	*size = sizeof(answer);
	return 0;
}

int
kernel_setsockopt(int fd, int level, int option, const void *value,
    socklen_t size)
{
	struct linger linger;
	struct kernel_file *file;
	int error;

	kernel_enter("setsockopt", NULL);
	file = kernel_file_of(fd, KERNEL_NONE, "setsockopt", &error);
	if (file == NULL) {
		return error;
	}
	if (level == SOL_SOCKET && option == SO_LINGER &&
	    size == sizeof(linger)) {
		memcpy(&linger, value, sizeof(linger));
		file->stream.resets = linger.l_onoff != 0 &&
		    linger.l_linger == 0;
		return 0;
	}
	if ((level == IPPROTO_TCP && option == TCP_NODELAY) ||
	    (level == SOL_SOCKET && option == SO_REUSEADDR)) {
		return 0;
	}
	return -ENOPROTOOPT;
}

int
kernel_ioctl(int fd, unsigned long request, int *argument)
{
	int error;
	struct kernel_file *file = stream_of(fd, "ioctl", &error);
	const struct kernel_stream *stream;

	if (file == NULL) {
		return error;
	}
	stream = &file->stream;
	switch (request) {
	case FIONREAD:
		*argument = (int)stream->arrived.n;
		return 0;
	case SIOCOUTQ:
		*argument = (int)stream->unsent.n +
		    (stream->fin_wanted && !stream->fin_sent ? 1 : 0);
		return 0;
	default:
		return kernel_misuse("ioctl", fd, EINVAL);
	}
}

/* ---- bytes ---- */

static bool
waits(const struct kernel_file *file, int flags)
{
	return (file->status & O_NONBLOCK) == 0 && (flags & MSG_DONTWAIT) == 0;
}

static bool
has_input(const void *arg)
{
	return (kernel_mask(arg) & (EPOLLIN | EPOLLERR | EPOLLHUP)) != 0;
}

static bool
has_room(const void *arg)
{
	return (kernel_mask(arg) & (EPOLLOUT | EPOLLERR | EPOLLHUP)) != 0;
}

ssize_t
kernel_recv(int fd, void *buffer, size_t length, int flags)
{
	int error;
	struct kernel_file *file = stream_of(fd, "recv", &error);

	if (file == NULL) {
		return error;
	}
	for (;;) {
		ssize_t n = kernel_stream_receive(file, buffer, length,
		    (flags & MSG_PEEK) != 0);

		if (n != -EAGAIN || !waits(file, flags)) {
			return n;
		}
		(void)explore_wait("recv", has_input, file, EXPLORE_FOREVER);
	}
}

/** Sends one piece, or as much of it as is taken. */
static ssize_t
send_piece(struct kernel_file *file, const struct iovec *piece, int flags)
{
	const char *bytes = piece->iov_base;
	size_t sent = 0;

	for (;;) {
		ssize_t n = kernel_stream_send(file, bytes + sent,
		    piece->iov_len - sent);

		if (n < 0 && !(n == -EAGAIN && waits(file, flags))) {
			return sent > 0 ? (ssize_t)sent : n;
		}
		sent += n > 0 ? (size_t)n : 0;
		if (sent == piece->iov_len || !waits(file, flags)) {
			return (ssize_t)sent;
		}
		(void)explore_wait("sendmsg", has_room, file, EXPLORE_FOREVER);
	}
}

static ssize_t
send_pieces(struct kernel_file *file, const struct msghdr *message, int flags)
{
	size_t sent = 0;

	for (size_t i = 0; i < message->msg_iovlen; i++) {
		const struct iovec *piece = &message->msg_iov[i];
		ssize_t n = send_piece(file, piece, flags);

		if (n < 0) {
			return sent > 0 ? (ssize_t)sent : n;
		}
		sent += (size_t)n;
		if ((size_t)n < piece->iov_len) {
			break;
		}
	}
	return (ssize_t)sent;
}

ssize_t
kernel_sendmsg(int fd, const struct msghdr *message, int flags)
{
	int error;
	struct kernel_file *file = stream_of(fd, "sendmsg", &error);
	ssize_t n;

	if (file == NULL) {
		return error;
	}
	n = send_pieces(file, message, flags);
	if (n == -EPIPE && (flags & MSG_NOSIGNAL) == 0) {
		return kernel_misuse("SIGPIPE by sendmsg", fd, EPIPE);
	}
	return n;
}

int
kernel_shutdown(int fd, int how)
{
	int error;
	struct kernel_file *file = stream_of(fd, "shutdown", &error);

	if (file == NULL) {
		return error;
	}
	if (how != SHUT_WR) {
		return kernel_misuse("shutdown of input", fd, EINVAL);
	}
	return kernel_stream_finish(file);
}
