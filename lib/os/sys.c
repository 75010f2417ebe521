/* SPDX-License-Identifier: BSD-2-Clause */
#include "os/sys.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/futex.h>
#include <pthread.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define NS_PER_S UINT64_C(1000000000)

static int
result(int value)
{
	return value < 0 ? -errno : value;
}

static ssize_t
size_result(ssize_t value)
{
	return value < 0 ? -errno : value;
}

static int
sys_socket(int domain, int type, int protocol)
{
	return result(socket(domain, type, protocol));
}

static int
sys_bind(int fd, const struct sockaddr *address, socklen_t size)
{
	return result(bind(fd, address, size));
}

static int
sys_listen(int fd, int backlog)
{
	return result(listen(fd, backlog));
}

static int
sys_connect(int fd, const struct sockaddr *address, socklen_t size)
{
	return result(connect(fd, address, size));
}

static int
sys_accept4(int fd, struct sockaddr *address, socklen_t *size, int flags)
{
	return result(accept4(fd, address, size, flags));
}

static int
sys_getsockname(int fd, struct sockaddr *address, socklen_t *size)
{
	return result(getsockname(fd, address, size));
}

static int
sys_getpeername(int fd, struct sockaddr *address, socklen_t *size)
{
	return result(getpeername(fd, address, size));
}

static int
sys_getsockopt(int fd, int level, int option, void *value, socklen_t *size)
{
	return result(getsockopt(fd, level, option, value, size));
}

static int
sys_setsockopt(int fd, int level, int option, const void *value, socklen_t size)
{
	return result(setsockopt(fd, level, option, value, size));
}

static int
sys_fcntl(int fd, int command, int argument)
{
	return result(fcntl(fd, command, argument));
}

static int
sys_ioctl(int fd, unsigned long request, int *argument)
{
	return result(ioctl(fd, request, argument));
}

static ssize_t
sys_recv(int fd, void *buffer, size_t length, int flags)
{
	return size_result(recv(fd, buffer, length, flags));
}

static ssize_t
sys_sendmsg(int fd, const struct msghdr *message, int flags)
{
	return size_result(sendmsg(fd, message, flags));
}

static int
sys_shutdown(int fd, int how)
{
	return result(shutdown(fd, how));
}

static int
sys_close(int fd)
{
	return result(close(fd));
}

static int
sys_unlink(const char *path)
{
	return result(unlink(path));
}

static int
sys_poll(struct pollfd *fds, nfds_t n, int timeout_ms)
{
	return result(poll(fds, n, timeout_ms));
}

static int
sys_epoll_create1(int flags)
{
	return result(epoll_create1(flags));
}

static int
sys_epoll_ctl(int set, int operation, int fd, struct epoll_event *event)
{
	return result(epoll_ctl(set, operation, fd, event));
}

/** Rounds up: a deadline must have passed when the wait returns. */
static int
milliseconds(uint64_t timeout_ns)
{
	uint64_t ms = timeout_ns / 1000000 + (timeout_ns % 1000000 != 0);

	if (timeout_ns == ELN_FOREVER) {
		return -1;
	}
	return ms > INT_MAX ? INT_MAX : (int)ms;
}

static int
sys_epoll_wait(int set, struct epoll_event *events, int max,
    uint64_t timeout_ns)
{
	return result(epoll_wait(set, events, max, milliseconds(timeout_ns)));
}

static int
sys_eventfd(unsigned initial, int flags)
{
	return result(eventfd(initial, flags));
}

static ssize_t
sys_read(int fd, void *buffer, size_t length)
{
	return size_result(read(fd, buffer, length));
}

static ssize_t
sys_write(int fd, const void *buffer, size_t length)
{
	return size_result(write(fd, buffer, length));
}

static int
sys_futex_wait(void *word, uint32_t expected, uint64_t timeout_ns)
{
	struct timespec timeout = {
		.tv_sec = (time_t)(timeout_ns / NS_PER_S),
		.tv_nsec = (long)(timeout_ns % NS_PER_S),
	};

	return result((int)syscall(SYS_futex, word, FUTEX_WAIT_PRIVATE,
	    expected, timeout_ns == ELN_FOREVER ? NULL : &timeout, NULL, 0));
}

static int
sys_futex_wake(void *word, int n)
{
	return result((int)syscall(SYS_futex, word, FUTEX_WAKE_PRIVATE, n, NULL,
	    NULL, 0));
}

static int
sys_thread_create(pthread_t *thread, void *(*run)(void *arg), void *arg)
{
	return -pthread_create(thread, NULL, run, arg);
}

static uint64_t
read_clock(clockid_t clock)
{
	struct timespec time;

	/* Cannot fail: both clocks exist, the pointer is good. */
	(void)clock_gettime(clock, &time);
	return (uint64_t)time.tv_sec * NS_PER_S + (uint64_t)time.tv_nsec;
}

static uint64_t
sys_now(void)
{
	return read_clock(CLOCK_MONOTONIC);
}

static uint64_t
sys_now_coarse(void)
{
	return read_clock(CLOCK_MONOTONIC_COARSE);
}

const struct eln_sys eln_sys_linux = {
	.socket = sys_socket,
	.bind = sys_bind,
	.listen = sys_listen,
	.connect = sys_connect,
	.accept4 = sys_accept4,
	.getsockname = sys_getsockname,
	.getpeername = sys_getpeername,
	.getsockopt = sys_getsockopt,
	.setsockopt = sys_setsockopt,
	.fcntl = sys_fcntl,
	.ioctl = sys_ioctl,
	.recv = sys_recv,
	.sendmsg = sys_sendmsg,
	.shutdown = sys_shutdown,
	.close = sys_close,
	.unlink = sys_unlink,
	.poll = sys_poll,
	.epoll_create1 = sys_epoll_create1,
	.epoll_ctl = sys_epoll_ctl,
	.epoll_wait = sys_epoll_wait,
	.eventfd = sys_eventfd,
	.read = sys_read,
	.write = sys_write,
	.futex_wait = sys_futex_wait,
	.futex_wake = sys_futex_wake,
	.thread_create = sys_thread_create,
	.now = sys_now,
	.now_coarse = sys_now_coarse,
};

const struct eln_sys *eln_sys = &eln_sys_linux;
