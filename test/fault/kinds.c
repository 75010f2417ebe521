/* SPDX-License-Identifier: BSD-2-Clause */
#include "fault/kinds.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/sockios.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

/* clang-format off */
#define KIND(call_, which_, act_, error_, ...) { .call = CALL_##call_, \
	.which = (which_), .act = ACT_##act_, .error = (error_), __VA_ARGS__ }

const struct kind kinds[] = {
	/* Nobody to be told: the client waits. */
	KIND(ACCEPT, ANY, FAIL, EMFILE, .name = "accept4 EMFILE"),
	KIND(ACCEPT, ANY, FAIL, ENFILE, .name = "accept4 ENFILE"),
	KIND(ACCEPT, ANY, FAIL, ENOBUFS, .name = "accept4 ENOBUFS"),
	KIND(ACCEPT, ANY, FAIL, ENOMEM, .name = "accept4 ENOMEM"),
	KIND(ACCEPT, ANY, FAIL, EINTR, .name = "accept4 EINTR"),
	/* A listener that drains takes it for the end of its backlog. */
	KIND(ACCEPT, ANY, NOT_YET, EAGAIN, .name = "accept4 EAGAIN",
	    .breaks_at_end = 1),
	/* This client is lost; not the next. */
	KIND(ACCEPT, ANY, DROP, ECONNABORTED, .name = "accept4 ECONNABORTED",
	    .breaks = 1),
	KIND(ACCEPT, ANY, DROP, EPROTO, .name = "accept4 EPROTO",
	    .breaks = 1),
	KIND(ACCEPT, ANY, DROP, EPERM, .name = "accept4 EPERM",
	    .breaks = 1),

	KIND(RECV, ANY, FAIL, EINTR, .name = "recv EINTR"),
	/* A connection that drains takes it for the end of what has come. */
	KIND(RECV, ANY, NOT_YET, EAGAIN, .name = "recv EAGAIN",
	    .breaks_at_end = 1),
	KIND(RECV, ANY, ONE, 0, .name = "recv one byte", .breaks_at_end = 1),
	KIND(RECV, ANY, NOTHING, 0, .name = "recv end", .breaks = 1),
	KIND(RECV, ANY, FAIL, ECONNRESET, .name = "recv ECONNRESET",
	    .breaks = 1),
	KIND(RECV, ANY, FAIL, ETIMEDOUT, .name = "recv ETIMEDOUT",
	    .breaks = 1),
	KIND(RECV, ANY, FAIL, ENOMEM, .name = "recv ENOMEM", .breaks = 1),

	KIND(SENDMSG, ANY, FAIL, EINTR, .name = "sendmsg EINTR"),
	KIND(SENDMSG, ANY, NOT_YET, EAGAIN, .name = "sendmsg EAGAIN"),
	KIND(SENDMSG, ANY, ONE, 0, .name = "sendmsg one byte"),
	KIND(SENDMSG, ANY, FAIL, EPIPE, .name = "sendmsg EPIPE",
	    .breaks = 1),
	KIND(SENDMSG, ANY, FAIL, ECONNRESET, .name = "sendmsg ECONNRESET",
	    .breaks = 1),
	KIND(SENDMSG, ANY, FAIL, ENOBUFS, .name = "sendmsg ENOBUFS",
	    .breaks = 1),
	KIND(SENDMSG, ANY, FAIL, ENOMEM, .name = "sendmsg ENOMEM",
	    .breaks = 1),

	KIND(EPOLL_CREATE, ANY, FAIL, EMFILE, .name = "epoll_create1 EMFILE"),
	KIND(EPOLL_CREATE, ANY, FAIL, ENFILE, .name = "epoll_create1 ENFILE"),
	KIND(EPOLL_CREATE, ANY, FAIL, ENOMEM, .name = "epoll_create1 ENOMEM"),
	KIND(EPOLL_CTL, EPOLL_CTL_ADD, FAIL, ENOSPC,
	    .name = "epoll_ctl ADD ENOSPC"),
	KIND(EPOLL_CTL, EPOLL_CTL_ADD, FAIL, ENOMEM,
	    .name = "epoll_ctl ADD ENOMEM"),
	KIND(EPOLL_CTL, EPOLL_CTL_ADD, FAIL, EEXIST,
	    .name = "epoll_ctl ADD EEXIST"),
	KIND(EPOLL_CTL, EPOLL_CTL_MOD, FAIL, ENOMEM,
	    .name = "epoll_ctl MOD ENOMEM", .breaks = 1),
	KIND(EPOLL_CTL, EPOLL_CTL_MOD, FAIL, ENOENT,
	    .name = "epoll_ctl MOD ENOENT", .breaks = 1),
	KIND(EPOLL_CTL, EPOLL_CTL_DEL, FAIL, ENOENT,
	    .name = "epoll_ctl DEL ENOENT"),
	KIND(EPOLL_CTL, EPOLL_CTL_DEL, FAIL, EBADF,
	    .name = "epoll_ctl DEL EBADF"),
	KIND(EPOLL_WAIT, ANY, FAIL, EINTR, .name = "epoll_wait EINTR"),
	KIND(EPOLL_WAIT, ANY, NOTHING, 0, .name = "epoll_wait no event"),
	KIND(EPOLL_WAIT, ANY, ONE, 0, .name = "epoll_wait one event"),

	KIND(POLL, ANY, FAIL, EINTR, .name = "poll EINTR"),
	KIND(POLL, ANY, FAIL, ENOMEM, .name = "poll ENOMEM"),
	KIND(POLL, ANY, NOTHING, 0, .name = "poll no event"),

	KIND(EVENTFD, ANY, FAIL, EMFILE, .name = "eventfd EMFILE"),
	KIND(EVENTFD, ANY, FAIL, ENFILE, .name = "eventfd ENFILE"),
	KIND(EVENTFD, ANY, FAIL, ENOMEM, .name = "eventfd ENOMEM"),
	/* The counter is full: readable. */
	KIND(WRITE, ANY, DO_AND_FAIL, EAGAIN, .name = "eventfd write EAGAIN"),
	KIND(READ, ANY, FAIL, EAGAIN, .name = "eventfd read EAGAIN"),
	KIND(READ, ANY, FAIL, EINTR, .name = "eventfd read EINTR"),

	KIND(SOCKET, ANY, FAIL, EMFILE, .name = "socket EMFILE"),
	KIND(SOCKET, ANY, FAIL, ENFILE, .name = "socket ENFILE"),
	KIND(SOCKET, ANY, FAIL, ENOBUFS, .name = "socket ENOBUFS"),
	KIND(SOCKET, ANY, FAIL, EAFNOSUPPORT, .name = "socket EAFNOSUPPORT"),
	KIND(BIND, ANY, FAIL, EADDRINUSE, .name = "bind EADDRINUSE"),
	KIND(BIND, ANY, FAIL, EACCES, .name = "bind EACCES"),
	KIND(LISTEN, ANY, FAIL, EADDRINUSE, .name = "listen EADDRINUSE"),
	KIND(LISTEN, ANY, FAIL, ENOMEM, .name = "listen ENOMEM"),
	/* Whether somebody serves the socket file: then it is in use. */
	KIND(CONNECT, ANY, FAIL, EAGAIN, .name = "connect EAGAIN",
	    .also = EADDRINUSE),
	KIND(CONNECT, ANY, FAIL, EINTR, .name = "connect EINTR",
	    .also = EADDRINUSE),
	KIND(UNLINK, ANY, FAIL, EACCES, .name = "unlink EACCES",
	    .also = EADDRINUSE),
	KIND(GETSOCKNAME, ANY, FAIL, ENOBUFS, .name = "getsockname ENOBUFS"),
	KIND(GETPEERNAME, ANY, FAIL, ENOTCONN, .name = "getpeername ENOTCONN",
	    .also = EINVAL),
	KIND(GETPEERNAME, ANY, FAIL, ENOBUFS, .name = "getpeername ENOBUFS"),
	KIND(GETSOCKOPT, SO_TYPE, FAIL, ENOTSOCK,
	    .name = "getsockopt SO_TYPE ENOTSOCK", .also = EINVAL),
	KIND(GETSOCKOPT, SO_ACCEPTCONN, FAIL, ENOPROTOOPT,
	    .name = "getsockopt SO_ACCEPTCONN ENOPROTOOPT"),
	KIND(GETSOCKOPT, SO_ERROR, FAIL, ENOBUFS,
	    .name = "getsockopt SO_ERROR ENOBUFS"),
	KIND(SETSOCKOPT, SO_REUSEADDR, FAIL, ENOPROTOOPT,
	    .name = "setsockopt SO_REUSEADDR ENOPROTOOPT"),
	KIND(SETSOCKOPT, TCP_NODELAY, FAIL, ENOPROTOOPT,
	    .name = "setsockopt TCP_NODELAY ENOPROTOOPT"),
	KIND(SETSOCKOPT, SO_LINGER, FAIL, ENOMEM,
	    .name = "setsockopt SO_LINGER ENOMEM"),
	KIND(FCNTL, F_GETFL, FAIL, ENOMEM, .name = "fcntl F_GETFL ENOMEM"),
	KIND(FCNTL, F_GETFD, FAIL, ENOMEM, .name = "fcntl F_GETFD ENOMEM"),
	KIND(FCNTL, F_SETFL, FAIL, EPERM, .name = "fcntl F_SETFL EPERM"),
	KIND(FCNTL, F_SETFD, FAIL, ENOMEM, .name = "fcntl F_SETFD ENOMEM"),
	/* What a drain would have read is not known. */
	KIND(IOCTL, FIONREAD, FAIL, ENOMEM, .name = "ioctl FIONREAD ENOMEM",
	    .breaks = 1),
	KIND(IOCTL, SIOCOUTQ, FAIL, ENOMEM, .name = "ioctl SIOCOUTQ ENOMEM",
	    .breaks = 1),
	KIND(SHUTDOWN, ANY, FAIL, ENOTCONN, .name = "shutdown ENOTCONN",
	    .breaks = 1),
	KIND(CLOSE, ANY, DO_AND_FAIL, EINTR, .name = "close EINTR"),
	KIND(CLOSE, ANY, DO_AND_FAIL, EIO, .name = "close EIO"),

	KIND(FUTEX, ANY, NOTHING, 0, .name = "futex spurious wake"),
	KIND(FUTEX, ANY, FAIL, EINTR, .name = "futex EINTR"),
	KIND(FUTEX, ANY, FAIL, EAGAIN, .name = "futex EAGAIN"),
	KIND(FUTEX, ANY, FAIL, ETIMEDOUT, .name = "futex ETIMEDOUT"),
	KIND(CLOCK, ANY, HOUR, 0, .name = "clock an hour ahead",
	    .breaks = ALL_OF_THEM),
	KIND(CLOCK, ANY, STOOD_STILL, 0, .name = "clock stood still"),

	KIND(THREAD, ANY, FAIL, EAGAIN, .name = "pthread_create EAGAIN"),
	KIND(THREAD, ANY, FAIL, ENOMEM, .name = "pthread_create ENOMEM"),
	KIND(THREAD_START, ANY, FAIL, EIO, .name = "on_thread_start EIO",
	    .breaks = 1),
	KIND(ALLOCATE, ANY, FAIL, ENOMEM, .name = "allocator NULL",
	    .breaks = 1),
	KIND(MALLOC, ANY, FAIL, ENOMEM, .name = "malloc NULL"),
};
/* clang-format on */

const size_t n_kinds = sizeof(kinds) / sizeof(kinds[0]);
