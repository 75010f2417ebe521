/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TEST_FAULT_KINDS_H
#define TEST_FAULT_KINDS_H

/*
 * The kinds of faults: which call fails, how, and what that may cost.
 */

#include <stddef.h>

/* What can fail: the members of eln_sys, memory, and a function of the user
 * that may. */
enum call {
	CALL_SOCKET,
	CALL_BIND,
	CALL_LISTEN,
	CALL_CONNECT,
	CALL_ACCEPT,
	CALL_GETSOCKNAME,
	CALL_GETPEERNAME,
	CALL_GETSOCKOPT,
	CALL_SETSOCKOPT,
	CALL_FCNTL,
	CALL_IOCTL,
	CALL_RECV,
	CALL_SENDMSG,
	CALL_SHUTDOWN,
	CALL_CLOSE,
	CALL_UNLINK,
	CALL_POLL,
	CALL_EPOLL_CREATE,
	CALL_EPOLL_CTL,
	CALL_EPOLL_WAIT,
	CALL_EVENTFD,
	CALL_READ,
	CALL_WRITE,
	CALL_FUTEX,
	CALL_CLOCK,
	CALL_THREAD,
	CALL_ALLOCATE,    /* the allocator of the options */
	CALL_MALLOC,      /* and libc's, for settings and drawings */
	CALL_THREAD_START /* on_thread_start */
};

/* How. What a kernel does not do, no kind does: a stream that was not read
 * empty and says EAGAIN, or gives less than was asked for, has an edge yet to
 * come, so these two bring it. */
enum act {
	ACT_FAIL,        /* not done, -errno */
	ACT_DO_AND_FAIL, /* done, and -errno all the same */
	ACT_DROP,        /* accept4: this client is gone, -errno */
	ACT_NOT_YET,     /* -EAGAIN, and what it was for comes just then */
	ACT_ONE,         /* one byte, one event; the rest comes just then */
	ACT_NOTHING,     /* returns 0: end of stream, no event, spurious */
	ACT_HOUR,        /* the clock is an hour ahead from now on */
	ACT_STOOD_STILL  /* the clock says what it said before */
};

enum {
	ANY = -1,          /* of `which` */
	ALL_OF_THEM = 1000 /* of `breaks` */
};

struct kind {
	const char *name;
	enum call call;
	long which; /* operation, option, request; ANY */
	enum act act;
	int error; /* errno */
	int also;  /* errno: what create, listen, adopt, start may make of it */
	unsigned breaks; /* connections that it may close, or cut short */
	unsigned breaks_at_end; /* more of them once the engine stops */
};

extern const struct kind kinds[];
extern const size_t n_kinds;

#endif
