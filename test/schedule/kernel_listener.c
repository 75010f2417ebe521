/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * Listeners of the kernel in memory. A client is connected as soon as it is
 * in the backlog; one that goes away there is accepted nevertheless. All
 * addresses are ports of 127.0.0.1.
 */

#include "schedule/kernel_file.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

#include "schedule/explore.h"

void
kernel_write_address(struct sockaddr *address, socklen_t *size,
    unsigned short port)
{
	struct sockaddr_in in = { .sin_family = AF_INET,
		.sin_port = htons(port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	size_t n = *size < sizeof(in) ? *size : sizeof(in);

	memcpy(address, &in, n);
	*size = sizeof(in);
}

static unsigned short
read_port(const struct sockaddr *address, socklen_t size)
{
	struct sockaddr_in in;

	if (size < sizeof(in) || address->sa_family != AF_INET) {
		return 0;
	}
	memcpy(&in, address, sizeof(in));
	return ntohs(in.sin_port);
}

static struct kernel_file *
listener_at(unsigned short port)
{
	for (int fd = 0; fd < KERNEL_DESCRIPTORS; fd++) {
		struct kernel_file *file = kernel.descriptors[fd];

		if (file != NULL && file->kind == KERNEL_LISTENER &&
		    file->listener.port == port) {
			return file;
		}
	}
	return NULL;
}

static void
begin_to_listen(struct kernel_file *file, unsigned short port, int backlog)
{
	file->kind = KERNEL_LISTENER;
	file->listener.port = port != 0 ? port : ++kernel.last_port;
	file->listener.most = backlog < 0 || backlog > KERNEL_BACKLOG
	    ? KERNEL_BACKLOG
	    : (unsigned)backlog;
}

int
kernel_listener(unsigned short port)
{
	struct kernel_file *file = kernel_file_make(KERNEL_STREAM);
	int fd = kernel_install(file, true);

	begin_to_listen(file, port, KERNEL_BACKLOG);
	return fd;
}

int
kernel_bind(int fd, const struct sockaddr *address, socklen_t size)
{
	struct kernel_file *file;
	int error;

	kernel_enter("bind", NULL);
	file = kernel_file_of(fd, KERNEL_STREAM, "bind", &error);
	if (file == NULL) {
		return error;
	}
	file->stream.port = read_port(address, size);
	return listener_at(file->stream.port) != NULL ? -EADDRINUSE : 0;
}

int
kernel_listen(int fd, int backlog)
{
	struct kernel_file *file;
	int error;

	kernel_enter("listen", NULL);
	file = kernel_file_of(fd, KERNEL_STREAM, "listen", &error);
	if (file == NULL) {
		return error;
	}
	begin_to_listen(file, file->stream.port, backlog);
	return 0;
}

static bool
may_connect(const void *arg)
{
	const unsigned short *port = arg;
	const struct kernel_file *listener = listener_at(*port);

	return listener == NULL ||
	    listener->listener.n < listener->listener.most;
}

/** Puts `client` into the backlog, or waits until it can. */
static int
connect_file(struct kernel_file *client, unsigned short port)
{
	struct kernel_file *listener;
	struct kernel_file *server;

	if (!may_connect(&port)) {
		(void)explore_wait("connect", may_connect, &port,
		    EXPLORE_FOREVER);
	}
	listener = listener_at(port);
	if (listener == NULL) {
		return -ECONNREFUSED;
	}
	client->stream.port = ++kernel.last_port;
	server = kernel_file_make(KERNEL_STREAM);
	server->stream.port = port;
	kernel_stream_connect(client, server);
	listener->listener.waiting[listener->listener.n++] = server;
	kernel_notify(listener, EPOLLIN | EPOLLPRI | EPOLLRDNORM | EPOLLRDBAND);
	return 0;
}

int
kernel_connect(int fd, const struct sockaddr *address, socklen_t size)
{
	struct kernel_file *file;
	int error;

	kernel_enter("connect", NULL);
	file = kernel_file_of(fd, KERNEL_STREAM, "connect", &error);
	if (file == NULL) {
		return error;
	}
	if (file->stream.peer != NULL) {
		return -EISCONN;
	}
	return connect_file(file, read_port(address, size));
}

struct kernel_file *
kernel_peer_connect(unsigned short port)
{
	struct kernel_file *client = kernel_file_make(KERNEL_STREAM);

	kernel_enter("peer connects", NULL);
	return connect_file(client, port) == 0 ? client : NULL;
}

static bool
has_client(const void *arg)
{
	return ((const struct kernel_file *)arg)->listener.n > 0;
}

static struct kernel_file *
take_first(struct kernel_listener *listener)
{
	struct kernel_file *first = listener->waiting[0];

	listener->n--;
	memmove(&listener->waiting[0], &listener->waiting[1],
	    listener->n * sizeof(listener->waiting[0]));
	return first;
}

int
kernel_accept4(int fd, struct sockaddr *address, socklen_t *size, int flags)
{
	struct kernel_file *listener;
	struct kernel_file *file;
	int error;

	kernel_enter("accept4", NULL);
	listener = kernel_file_of(fd, KERNEL_LISTENER, "accept4", &error);
	if (listener == NULL) {
		return error;
	}
	/* First, whether a client waits or not. */
	if (!kernel_has_room()) {
		return -EMFILE;
	}
	while (listener->listener.n == 0) {
		if ((listener->status & O_NONBLOCK) != 0) {
			return -EAGAIN;
		}
		(void)explore_wait("accept4", has_client, listener,
		    EXPLORE_FOREVER);
	}
	file = take_first(&listener->listener);
	if (address != NULL) {
		kernel_write_address(address, size,
		    file->stream.peer->stream.port);
	}
	return kernel_install(file, (flags & SOCK_NONBLOCK) != 0);
}

void
kernel_listener_close(struct kernel_file *file)
{
	struct kernel_listener *listener = &file->listener;

	while (listener->n > 0) {
		struct kernel_file *client = take_first(listener);

		client->stream.is_orphan = true;
		if (!client->stream.is_over) {
			kernel_stream_reset(client);
		}
	}
}
