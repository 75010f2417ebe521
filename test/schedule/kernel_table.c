/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * The kernel in memory: descriptors, and the table of its calls.
 */

#include "schedule/kernel_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "schedule/explore.h"

enum {
	DEFAULT_BYTES = 64
};

struct kernel kernel;

static struct kernel_file files[KERNEL_FILES];

/* What a run has taken; one run needs little, and the next takes it again. */
static char memory[8 << 20];
static size_t memory_taken;

void
kernel_reset(const struct kernel_options *options)
{
	memset(files, 0, kernel.n_files * sizeof(files[0]));
	memset(&kernel, 0, sizeof(kernel));
	kernel.options = *options;
	if (kernel.options.sending == 0) {
		kernel.options.sending = DEFAULT_BYTES;
	}
	if (kernel.options.receiving == 0) {
		kernel.options.receiving = DEFAULT_BYTES;
	}
	kernel.last_port = 40000;
	memory_taken = 0;
	kernel_futex_reset();
}

void *
kernel_memory(size_t bytes)
{
	void *taken = memory + memory_taken;

	bytes = (bytes + 15) / 16 * 16;
	if (bytes > sizeof(memory) - memory_taken) {
		explore_fail("the run needs too much of the kernel's memory");
	}
	memory_taken += bytes;
	memset(taken, 0, bytes);
	return taken;
}

void
kernel_enter(const char *call, const void *where)
{
	explore_point(call, where);
	explore_system_call();
}

struct kernel_file *
kernel_file_make(enum kernel_kind kind)
{
	struct kernel_file *file;

	if (kernel.n_files == KERNEL_FILES) {
		explore_fail("the run opens too many files");
	}
	file = &files[kernel.n_files++];
	file->kind = kind;
	file->status = O_RDWR;
	return file;
}

/* ---- descriptors ---- */

static int
lowest_free(void)
{
	uint32_t most = kernel.options.most_descriptors;

	if (most == 0 || most > KERNEL_DESCRIPTORS) {
		most = KERNEL_DESCRIPTORS;
	}
	for (uint32_t fd = 0; fd < most; fd++) {
		if (kernel.descriptors[fd] == NULL) {
			return (int)fd;
		}
	}
	return -EMFILE;
}

bool
kernel_has_room(void)
{
	return lowest_free() >= 0;
}

int
kernel_install(struct kernel_file *file, bool non_blocking)
{
	int fd = lowest_free();

	if (fd >= 0) {
		kernel.descriptors[fd] = file;
		file->status = O_RDWR | (non_blocking ? O_NONBLOCK : 0);
		file->descriptor = FD_CLOEXEC;
	}
	return fd;
}

unsigned
kernel_open_descriptors(void)
{
	unsigned n = 0;

	for (int fd = 0; fd < KERNEL_DESCRIPTORS; fd++) {
		n += kernel.descriptors[fd] != NULL;
	}
	return n;
}

void
kernel_limit_descriptors(uint32_t most)
{
	kernel.options.most_descriptors = most;
}

bool
kernel_is_moody(const char *what)
{
	return kernel.options.moody && explore_rarely(what);
}

int
kernel_misuse(const char *call, int fd, int error)
{
	if (!kernel.options.lenient) {
		explore_fail("%s of descriptor %d: %s", call, fd,
		    strerror(error));
	}
	return -error;
}

struct kernel_file *
kernel_file_of(int fd, enum kernel_kind kind, const char *call, int *error)
{
	struct kernel_file *file = NULL;

	if (fd >= 0 && fd < KERNEL_DESCRIPTORS) {
		file = kernel.descriptors[fd];
	}
	if (file == NULL) {
		*error = kernel_misuse(call, fd, EBADF);
		return NULL;
	}
	if (kind != KERNEL_NONE && file->kind != kind) {
		*error = kernel_misuse(call, fd, EINVAL);
		return NULL;
	}
	return file;
}

static void
release(struct kernel_file *file)
{
	kernel_forget(file);
	switch (file->kind) {
	case KERNEL_STREAM:
		kernel_stream_close(file);
		break;
	case KERNEL_LISTENER:
		kernel_listener_close(file);
		break;
	case KERNEL_NONE:
	case KERNEL_EVENTFD:
	case KERNEL_EPOLL:
		break;
	}
}

static int
kernel_close(int fd)
{
	struct kernel_file *file;
	int error;

	kernel_enter("close", NULL);
	file = kernel_file_of(fd, KERNEL_NONE, "close", &error);
	if (file == NULL) {
		return error;
	}
	kernel.descriptors[fd] = NULL;
	release(file);
	return 0;
}

static int
kernel_fcntl(int fd, int command, int argument)
{
	struct kernel_file *file;
	int error;

	kernel_enter("fcntl", NULL);
	file = kernel_file_of(fd, KERNEL_NONE, "fcntl", &error);
	if (file == NULL) {
		return error;
	}
	switch (command) {
	case F_GETFL:
		return file->status;
	case F_SETFL:
		file->status = argument;
		return 0;
	case F_GETFD:
		return file->descriptor;
	case F_SETFD:
		file->descriptor = argument;
		return 0;
	default:
		return kernel_misuse("fcntl", fd, EINVAL);
	}
}

static int
kernel_unlink(const char *path)
{
	(void)path;
	return -ENOENT;
}

/* ---- what a file is ready for ---- */

static uint32_t
eventfd_mask(const struct kernel_file *file)
{
	return (file->count > 0 ? (uint32_t)EPOLLIN : 0) |
	    (file->count < UINT64_MAX - 1 ? (uint32_t)EPOLLOUT : 0);
}

uint32_t
kernel_mask(const struct kernel_file *file)
{
	switch (file->kind) {
	case KERNEL_STREAM:
		return kernel_stream_mask(file);
	case KERNEL_LISTENER:
		return file->listener.n > 0 ? EPOLLIN : 0;
	case KERNEL_EVENTFD:
		return eventfd_mask(file);
	case KERNEL_EPOLL:
		return file->epoll->n_ready > 0 ? EPOLLIN : 0;
	case KERNEL_NONE:
		break;
	}
	return 0;
}

uint32_t
kernel_ask(struct kernel_file *file)
{
	uint32_t mask = kernel_mask(file);

	if (file->kind == KERNEL_STREAM && (mask & EPOLLOUT) == 0) {
		file->stream.wants_room = true;
	}
	return mask;
}

/* ---- the table ---- */

const struct eln_sys kernel_sys = {
	.socket = kernel_socket,
	.bind = kernel_bind,
	.listen = kernel_listen,
	.connect = kernel_connect,
	.accept4 = kernel_accept4,
	.getsockname = kernel_getsockname,
	.getpeername = kernel_getpeername,
	.getsockopt = kernel_getsockopt,
	.setsockopt = kernel_setsockopt,
	.fcntl = kernel_fcntl,
	.ioctl = kernel_ioctl,
	.recv = kernel_recv,
	.sendmsg = kernel_sendmsg,
	.shutdown = kernel_shutdown,
	.close = kernel_close,
	.unlink = kernel_unlink,
	.poll = kernel_poll,
	.epoll_create1 = kernel_epoll_create,
	.epoll_ctl = kernel_epoll_ctl,
	.epoll_wait = kernel_epoll_wait,
	.eventfd = kernel_eventfd,
	.read = kernel_read,
	.write = kernel_write,
	.futex_wait = kernel_futex_wait,
	.futex_wake = kernel_futex_wake,
	.now = kernel_now,
	.now_coarse = kernel_now_coarse,
};
