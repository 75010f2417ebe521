/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ELN_SYS_H
#define ELN_SYS_H

/*
 * The system calls of an engine at work, in one table. (What happens once, at
 * the start or for a report, is beside it: the rest of os/thread.c, the
 * settings' file, host names.)
 *
 * The calls differ from libc's in one thing: a failure is returned as -errno.
 * A test points `eln_sys` to a table of its own before it creates an engine,
 * to make the n-th call of a kind fail.
 */

#include <poll.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/types.h>
#include <sys/uio.h>

struct epoll_event;

/** No time limit. */
#define ELN_FOREVER UINT64_MAX

struct eln_sys {
	int (*socket)(int domain, int type, int protocol);
	int (*bind)(int fd, const struct sockaddr *address, socklen_t size);
	int (*listen)(int fd, int backlog);
	int (*connect)(int fd, const struct sockaddr *address, socklen_t size);
	int (*accept4)(int fd, struct sockaddr *address, socklen_t *size,
	    int flags);
	int (*getsockname)(int fd, struct sockaddr *address, socklen_t *size);
	int (*getpeername)(int fd, struct sockaddr *address, socklen_t *size);
	int (*getsockopt)(int fd, int level, int option, void *value,
	    socklen_t *size);
	int (*setsockopt)(int fd, int level, int option, const void *value,
	    socklen_t size);
	int (*fcntl)(int fd, int command, int argument);
	int (*ioctl)(int fd, unsigned long request, int *argument);
	ssize_t (*recv)(int fd, void *buffer, size_t length, int flags);
	ssize_t (*sendmsg)(int fd, const struct msghdr *message, int flags);
	int (*shutdown)(int fd, int how);
	int (*close)(int fd);
	int (*unlink)(const char *path);
	int (*poll)(struct pollfd *fds, nfds_t n, int timeout_ms);

	int (*epoll_create1)(int flags);
	int (*epoll_ctl)(int set, int operation, int fd,
	    struct epoll_event *event);
	/** Waits at most `timeout_ns`; ELN_FOREVER: without limit. */
	int (*epoll_wait)(int set, struct epoll_event *events, int max,
	    uint64_t timeout_ns);

	int (*eventfd)(unsigned initial, int flags);
	ssize_t (*read)(int fd, void *buffer, size_t length);
	ssize_t (*write)(int fd, const void *buffer, size_t length);

	/** Returns 0, or -EAGAIN, -EINTR, -ETIMEDOUT; see futex(2). */
	int (*futex_wait)(void *word, uint32_t expected, uint64_t timeout_ns);
	int (*futex_wake)(void *word, int n);

	/** A thread with the caller's signal mask. 0, -EAGAIN, -ENOMEM. */
	int (*thread_create)(pthread_t *thread, void *(*run)(void *arg),
	    void *arg);

	/** CLOCK_MONOTONIC, and its coarse form (a few ms behind), in ns. */
	uint64_t (*now)(void);
	uint64_t (*now_coarse)(void);
};

extern const struct eln_sys *eln_sys; /* [const] while an engine lives */

/** The calls of this system. */
extern const struct eln_sys eln_sys_linux;

#endif
