/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * What waits, beside epoll, in the kernel in memory: poll, futexes, eventfds,
 * the clock.
 *
 * A futex has its waiters in the order in which they came, and a wake takes
 * the first of them. The word is compared at the call, and nothing comes
 * between that and the sleep. Both calls are full fences, as Linux's are.
 */

#include "schedule/kernel_file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <string.h>

#include "schedule/explore.h"

#define MS UINT64_C(1000000)
/* How far the coarse clock is behind, at most. */
#define COARSE (4 * MS)

/* ---- poll ---- */

struct watched {
	struct pollfd *fds;
	nfds_t n;
};

static short
events_of(const struct pollfd *fd)
{
	const struct kernel_file *file;
	uint32_t wanted = (uint32_t)(unsigned short)fd->events;

	if (fd->fd < 0) {
		return 0;
	}
	file = fd->fd < KERNEL_DESCRIPTORS ? kernel.descriptors[fd->fd] : NULL;
	if (file == NULL) {
		return POLLNVAL;
	}
	/* The bits of poll(2) and epoll(7) are the same. */
	return (short)(kernel_mask(file) & (wanted | EPOLLERR | EPOLLHUP));
}

static bool
has_event(const void *arg)
{
	const struct watched *watched = arg;

	for (nfds_t i = 0; i < watched->n; i++) {
		if (events_of(&watched->fds[i]) != 0) {
			return true;
		}
	}
	return false;
}

static int
note_events(const struct watched *watched)
{
	int n = 0;

	for (nfds_t i = 0; i < watched->n; i++) {
		struct pollfd *fd = &watched->fds[i];

		fd->revents = events_of(fd);
		n += fd->revents != 0;
		if (fd->revents == POLLNVAL) {
			(void)kernel_misuse("poll", fd->fd, EBADF);
		}
		if (fd->fd >= 0 && fd->revents != POLLNVAL) {
			(void)kernel_ask(kernel.descriptors[fd->fd]);
		}
	}
	return n;
}

int
kernel_poll(struct pollfd *fds, nfds_t n, int timeout_ms)
{
	struct watched watched = { .fds = fds, .n = n };
	int ready;

	kernel_enter("poll", NULL);
	ready = note_events(&watched);
	if (ready > 0 || timeout_ms == 0) {
		return ready;
	}
	if (!explore_wait("poll", has_event, &watched,
		timeout_ms < 0 ? EXPLORE_FOREVER : (uint64_t)timeout_ms * MS)) {
		return 0;
	}
	return note_events(&watched);
}

/* ---- futexes ---- */

struct waiter {
	struct waiter *next;
	const void *word;
	bool is_woken;
};

static struct waiter *first_waiter;

void
kernel_futex_reset(void)
{
	first_waiter = NULL;
}

static void
append_waiter(struct waiter *waiter)
{
	struct waiter **end = &first_waiter;

	while (*end != NULL) {
		end = &(*end)->next;
	}
	*end = waiter;
}

static void
remove_waiter(const struct waiter *waiter)
{
	struct waiter **link = &first_waiter;

	while (*link != NULL && *link != waiter) {
		link = &(*link)->next;
	}
	if (*link != NULL) {
		*link = waiter->next;
	}
}

static bool
is_woken(const void *arg)
{
	return ((const struct waiter *)arg)->is_woken;
}

int
kernel_futex_wait(void *word, uint32_t expected, uint64_t timeout_ns)
{
	struct waiter waiter = { .word = word };
	uint32_t value;

	kernel_enter("futex_wait", word);
	explore_full_fence();
	value = explore_peek32(word);
	if (value != expected) {
		return -EAGAIN;
	}
	if (kernel_is_moody("a futex wait ends without a reason")) {
		return explore_random(2) == 0 ? 0 : -EINTR;
	}
	append_waiter(&waiter);
	(void)explore_wait("futex_wait", is_woken, &waiter, timeout_ns);
	remove_waiter(&waiter);
	return waiter.is_woken ? 0 : -ETIMEDOUT;
}

int
kernel_futex_wake(void *word, int n)
{
	int woken = 0;

	kernel_enter("futex_wake", word);
	explore_full_fence();
	for (struct waiter *waiter = first_waiter; waiter != NULL && woken < n;
	     waiter = waiter->next) {
		if (waiter->word == word && !waiter->is_woken) {
			waiter->is_woken = true;
			woken++;
		}
	}
	return woken;
}

/* ---- eventfds ---- */

int
kernel_eventfd(unsigned initial, int flags)
{
	struct kernel_file *file;

	kernel_enter("eventfd", NULL);
	(void)flags;
	if (!kernel_has_room()) {
		return -EMFILE;
	}
	file = kernel_file_make(KERNEL_EVENTFD);
	file->count = initial;
	return kernel_install(file, true);
}

ssize_t
kernel_read(int fd, void *buffer, size_t length)
{
	struct kernel_file *file;
	int error;

	kernel_enter("read", NULL);
	file = kernel_file_of(fd, KERNEL_EVENTFD, "read", &error);
	if (file == NULL) {
		return error;
	}
	if (length < sizeof(file->count)) {
		return -EINVAL;
	}
	if (file->count == 0) {
		return -EAGAIN;
	}
	memcpy(buffer, &file->count, sizeof(file->count));
	file->count = 0;
	kernel_notify(file, EPOLLOUT);
	return sizeof(file->count);
}

ssize_t
kernel_write(int fd, const void *buffer, size_t length)
{
	struct kernel_file *file;
	uint64_t n;
	int error;

	kernel_enter("write", NULL);
	file = kernel_file_of(fd, KERNEL_EVENTFD, "write", &error);
	if (file == NULL) {
		return error;
	}
	if (length != sizeof(n)) {
		return -EINVAL;
	}
	memcpy(&n, buffer, sizeof(n));
	if (n > UINT64_MAX - 1 - file->count) {
		return -EAGAIN;
	}
	file->count += n;
	kernel_notify(file, EPOLLIN);
	return sizeof(n);
}

/* ---- the clock ---- */

uint64_t
kernel_now(void)
{
	return explore_now();
}

uint64_t
kernel_now_coarse(void)
{
	uint64_t now = explore_now();

	return now - now % COARSE;
}
