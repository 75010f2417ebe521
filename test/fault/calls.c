/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * The faulty system's calls: those of eln_sys_linux, each asked first
 * whether it is the one to fail.
 */

#include <errno.h>
#include <stdatomic.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>

#include "fault/faults.h"
#include "fault/internal.h"
#include "os/sys.h"

static const struct eln_sys *const real = &eln_sys_linux;

/* So that output does not fit, and is waited for. */
static const int small_buffer = 8 * 1024;

/** What a call that fails returns, where all that it can do is fail. */
static int
failure(void)
{
	return -striking()->error;
}

static int
opened(int fd)
{
	if (fd >= 0) {
		descriptor_opened(fd);
	}
	return fd;
}

static int
faulty_socket(int domain, int type, int protocol)
{
	return strikes(CALL_SOCKET, domain)
	    ? failure()
	    : opened(real->socket(domain, type, protocol));
}

static int
faulty_bind(int fd, const struct sockaddr *address, socklen_t size)
{
	descriptor_used(fd, "bind");
	return strikes(CALL_BIND, ANY) ? failure()
				       : real->bind(fd, address, size);
}

static int
faulty_listen(int fd, int backlog)
{
	descriptor_used(fd, "listen");
	return strikes(CALL_LISTEN, ANY) ? failure()
					 : real->listen(fd, backlog);
}

static int
faulty_connect(int fd, const struct sockaddr *address, socklen_t size)
{
	descriptor_used(fd, "connect");
	return strikes(CALL_CONNECT, ANY) ? failure()
					  : real->connect(fd, address, size);
}

static int
fail_accept(int fd)
{
	int client;

	if (striking()->act == ACT_NOT_YET) {
		descriptor_edge(fd);
	} else if (striking()->act == ACT_DROP) {
		client = real->accept4(fd, NULL, NULL, SOCK_CLOEXEC);
		if (client >= 0) {
			(void)real->close(client);
		}
	}
	return failure();
}

static int
faulty_accept4(int fd, struct sockaddr *address, socklen_t *size, int flags)
{
	int client;

	descriptor_used(fd, "accept4");
	if (strikes(CALL_ACCEPT, ANY)) {
		return fail_accept(fd);
	}
	client = opened(real->accept4(fd, address, size, flags));
	if (client >= 0) {
		(void)real->setsockopt(client, SOL_SOCKET, SO_SNDBUF,
		    &small_buffer, sizeof(small_buffer));
	}
	return client;
}

static int
faulty_getsockname(int fd, struct sockaddr *address, socklen_t *size)
{
	descriptor_used(fd, "getsockname");
	return strikes(CALL_GETSOCKNAME, ANY)
	    ? failure()
	    : real->getsockname(fd, address, size);
}

static int
faulty_getpeername(int fd, struct sockaddr *address, socklen_t *size)
{
	descriptor_used(fd, "getpeername");
	return strikes(CALL_GETPEERNAME, ANY)
	    ? failure()
	    : real->getpeername(fd, address, size);
}

static int
faulty_getsockopt(int fd, int level, int option, void *value, socklen_t *size)
{
	descriptor_used(fd, "getsockopt");
	return strikes(CALL_GETSOCKOPT, option)
	    ? failure()
	    : real->getsockopt(fd, level, option, value, size);
}

static int
faulty_setsockopt(int fd, int level, int option, const void *value,
    socklen_t size)
{
	descriptor_used(fd, "setsockopt");
	return strikes(CALL_SETSOCKOPT, option)
	    ? failure()
	    : real->setsockopt(fd, level, option, value, size);
}

static int
faulty_fcntl(int fd, int command, int argument)
{
	descriptor_used(fd, "fcntl");
	return strikes(CALL_FCNTL, command)
	    ? failure()
	    : real->fcntl(fd, command, argument);
}

static int
faulty_ioctl(int fd, unsigned long request, int *argument)
{
	descriptor_used(fd, "ioctl");
	return strikes(CALL_IOCTL, (long)request)
	    ? failure()
	    : real->ioctl(fd, request, argument);
}

static ssize_t
fail_recv(int fd, void *buffer, int flags)
{
	ssize_t n;

	switch (striking()->act) {
	case ACT_NOTHING:
		return 0;
	case ACT_NOT_YET:
		descriptor_edge(fd);
		return failure();
	case ACT_ONE:
		n = real->recv(fd, buffer, 1, flags);
		descriptor_edge(fd);
		return n;
	default:
		return failure();
	}
}

static ssize_t
faulty_recv(int fd, void *buffer, size_t length, int flags)
{
	descriptor_used(fd, "recv");
	return strikes(CALL_RECV, ANY) ? fail_recv(fd, buffer, flags)
				       : real->recv(fd, buffer, length, flags);
}

static ssize_t
send_one(int fd, const struct msghdr *message, int flags)
{
	struct iovec piece = message->msg_iov[0];
	struct msghdr one = { .msg_iov = &piece, .msg_iovlen = 1 };

	piece.iov_len = 1;
	return real->sendmsg(fd, &one, flags);
}

static ssize_t
faulty_sendmsg(int fd, const struct msghdr *message, int flags)
{
	descriptor_used(fd, "sendmsg");
	if (!strikes(CALL_SENDMSG, ANY)) {
		return real->sendmsg(fd, message, flags);
	}
	if (striking()->act == ACT_ONE) {
		return send_one(fd, message, flags);
	}
	if (striking()->act == ACT_NOT_YET) {
		descriptor_edge(fd);
	}
	return failure();
}

static int
faulty_shutdown(int fd, int how)
{
	descriptor_used(fd, "shutdown");
	return strikes(CALL_SHUTDOWN, ANY) ? failure()
					   : real->shutdown(fd, how);
}

static int
faulty_close(int fd)
{
	int result;

	descriptor_closing(fd);
	result = real->close(fd);
	return strikes(CALL_CLOSE, ANY) ? failure() : result;
}

static int
faulty_unlink(const char *path)
{
	return strikes(CALL_UNLINK, ANY) ? failure() : real->unlink(path);
}

static int
faulty_poll(struct pollfd *fds, nfds_t n, int timeout_ms)
{
	for (nfds_t i = 0; i < n; i++) {
		if (fds[i].fd >= 0) {
			descriptor_used(fds[i].fd, "poll");
		}
		fds[i].revents = 0;
	}
	if (strikes(CALL_POLL, ANY)) {
		return striking()->act == ACT_NOTHING ? 0 : failure();
	}
	return real->poll(fds, n,
	    timeout_ms < 0 ? -1 : (timeout_ms + FASTER - 1) / FASTER);
}

static int
faulty_epoll_create1(int flags)
{
	return strikes(CALL_EPOLL_CREATE, ANY)
	    ? failure()
	    : opened(real->epoll_create1(flags));
}

/** A wake-up descriptor's id is 0. That EPOLL_CTL_MOD fails for what is
 *  registered does not happen; what the engine makes of it for a connection
 *  is looked at all the same. */
static bool
is_wakeup(int operation, const struct epoll_event *event)
{
	return operation == EPOLL_CTL_MOD && event->data.u64 == 0;
}

static int
faulty_epoll_ctl(int set, int operation, int fd, struct epoll_event *event)
{
	int error;

	descriptor_used(set, "epoll_ctl");
	descriptor_used(fd, "epoll_ctl");
	if (!is_wakeup(operation, event) &&
	    strikes(CALL_EPOLL_CTL, operation)) {
		return failure();
	}
	error = real->epoll_ctl(set, operation, fd, event);
	if (error == 0) {
		descriptor_watched(fd, operation == EPOLL_CTL_DEL ? 0 : set,
		    event->events, event->data.u64);
	}
	return error;
}

static uint64_t
shorter(uint64_t timeout_ns)
{
	return timeout_ns == ELN_FOREVER ? ELN_FOREVER : timeout_ns / FASTER;
}

static int
faulty_epoll_wait(int set, struct epoll_event *events, int max,
    uint64_t timeout_ns)
{
	descriptor_used(set, "epoll_wait");
	if (strikes(CALL_EPOLL_WAIT, ANY)) {
		switch (striking()->act) {
		case ACT_ONE:
			max = 1;
			break;
		case ACT_NOTHING:
			return 0;
		default:
			return failure();
		}
	}
	return real->epoll_wait(set, events, max, shorter(timeout_ns));
}

static int
faulty_eventfd(unsigned initial, int flags)
{
	return strikes(CALL_EVENTFD, ANY)
	    ? failure()
	    : opened(real->eventfd(initial, flags));
}

static ssize_t
faulty_read(int fd, void *buffer, size_t length)
{
	descriptor_used(fd, "read");
	return strikes(CALL_READ, ANY) ? failure()
				       : real->read(fd, buffer, length);
}

static ssize_t
faulty_write(int fd, const void *buffer, size_t length)
{
	ssize_t n;

	descriptor_used(fd, "write");
	n = real->write(fd, buffer, length);
	return strikes(CALL_WRITE, ANY) ? failure() : n;
}

static int
faulty_futex_wait(void *word, uint32_t expected, uint64_t timeout_ns)
{
	if (strikes(CALL_FUTEX, ANY)) {
		return striking()->act == ACT_NOTHING ? 0 : failure();
	}
	return real->futex_wait(word, expected, shorter(timeout_ns));
}

/* ---- time ---- */

#define HOUR_NS UINT64_C(3600000000000)

static uint64_t began_ns;
static _Atomic uint64_t ahead_ns;
static _Atomic uint64_t last_ns[2]; /* precise, coarse */

static uint64_t
tell(uint64_t real_ns, int coarse)
{
	uint64_t now;

	if (strikes(CALL_CLOCK, ANY)) {
		if (striking()->act == ACT_STOOD_STILL &&
		    atomic_load(&last_ns[coarse]) != 0) {
			return atomic_load(&last_ns[coarse]);
		}
		if (striking()->act == ACT_HOUR) {
			atomic_fetch_add(&ahead_ns, HOUR_NS);
		}
	}
	now = began_ns + (real_ns - began_ns) * FASTER + atomic_load(&ahead_ns);
	atomic_store_explicit(&last_ns[coarse], now, memory_order_relaxed);
	return now;
}

static uint64_t
faulty_now(void)
{
	return tell(real->now(), 0);
}

static uint64_t
faulty_now_coarse(void)
{
	return tell(real->now_coarse(), 1);
}

/* ---- threads ---- */

static int
faulty_thread_create(pthread_t *thread, void *(*run)(void *arg), void *arg)
{
	return strikes(CALL_THREAD, ANY)
	    ? failure()
	    : real->thread_create(thread, run, arg);
}

void
faults_install(void)
{
	static struct eln_sys faulty;

	faulty = (struct eln_sys){
		.socket = faulty_socket,
		.bind = faulty_bind,
		.listen = faulty_listen,
		.connect = faulty_connect,
		.accept4 = faulty_accept4,
		.getsockname = faulty_getsockname,
		.getpeername = faulty_getpeername,
		.getsockopt = faulty_getsockopt,
		.setsockopt = faulty_setsockopt,
		.fcntl = faulty_fcntl,
		.ioctl = faulty_ioctl,
		.recv = faulty_recv,
		.sendmsg = faulty_sendmsg,
		.shutdown = faulty_shutdown,
		.close = faulty_close,
		.unlink = faulty_unlink,
		.poll = faulty_poll,
		.epoll_create1 = faulty_epoll_create1,
		.epoll_ctl = faulty_epoll_ctl,
		.epoll_wait = faulty_epoll_wait,
		.eventfd = faulty_eventfd,
		.read = faulty_read,
		.write = faulty_write,
		.futex_wait = faulty_futex_wait,
		.futex_wake = real->futex_wake,
		.thread_create = faulty_thread_create,
		.now = faulty_now,
		.now_coarse = faulty_now_coarse,
	};
	/* Before the coarse clock's first: it is behind. */
	began_ns = real->now_coarse();
	eln_sys = &faulty;
}
