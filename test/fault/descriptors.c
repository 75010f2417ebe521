/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * The books about descriptors: whose they are, and how epoll watches them.
 *
 * A descriptor is the engine's from the call that made it, or from adopt, to
 * its close. Whatever the engine calls on another one is a problem: it would
 * hit a stranger's. Its entry belongs to whoever runs the handle; atomic, as
 * a number is used again by another thread.
 */

#include <stdatomic.h>
#include <stddef.h>
#include <sys/epoll.h>

#include "fault/faults.h"
#include "fault/internal.h"

enum {
	MOST = 4096
};

static struct {
	_Atomic bool ours;
	_Atomic int set; /* that watches it, 0 none */
	_Atomic uint32_t events;
	_Atomic uint64_t data;
} books[MOST];

void
descriptors_forget(void)
{
	for (int fd = 0; fd < MOST; fd++) {
		atomic_store(&books[fd].ours, false);
		atomic_store(&books[fd].set, 0);
	}
}

void
descriptor_opened(int fd)
{
	if (fd < 0 || fd >= MOST) {
		return;
	}
	atomic_store(&books[fd].set, 0);
	if (atomic_exchange(&books[fd].ours, true)) {
		problem("descriptor %d was closed behind our back", fd);
	}
}

void
descriptor_closing(int fd)
{
	if (fd < 0 || fd >= MOST || !atomic_exchange(&books[fd].ours, false)) {
		problem("close of descriptor %d, which is not the engine's",
		    fd);
	}
}

void
descriptor_used(int fd, const char *by)
{
	if (fd < 0 || fd >= MOST || !atomic_load(&books[fd].ours)) {
		problem("%s on descriptor %d, which is not the engine's", by,
		    fd);
	}
}

void
descriptor_watched(int fd, int set, uint32_t events, uint64_t data)
{
	if (fd < 0 || fd >= MOST) {
		return;
	}
	atomic_store(&books[fd].events, events);
	atomic_store(&books[fd].data, data);
	atomic_store(&books[fd].set, set);
}

void
descriptor_edge(int fd)
{
	struct epoll_event event = {
		.events = atomic_load(&books[fd].events),
		.data.u64 = atomic_load(&books[fd].data),
	};

	/* One-shot and poll(2) report what is there when asked again. */
	if (atomic_load(&books[fd].set) != 0 &&
	    (event.events & EPOLLONESHOT) == 0) {
		(void)epoll_ctl(atomic_load(&books[fd].set), EPOLL_CTL_MOD, fd,
		    &event);
	}
}

void
faults_lend(int fd)
{
	descriptor_opened(fd);
}

void
faults_take_back(int fd)
{
	descriptor_closing(fd);
}

unsigned
faults_open_descriptors(void)
{
	unsigned n = 0;

	for (int fd = 0; fd < MOST; fd++) {
		n += atomic_load(&books[fd].ours);
	}
	return n;
}
