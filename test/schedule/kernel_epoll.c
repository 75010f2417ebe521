/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * epoll sets of the kernel in memory.
 *
 * A change of a file tells every item that is registered for it, as a wake-up
 * of the file's wait queue does: one that is interested goes to the end of its
 * set's ready list, once. So a change that comes to nothing (the bytes were
 * read meanwhile) leaves an item there, which the next wait looks at and
 * drops. A wait goes through the list: an item that is ready is reported; then
 * an edge-triggered one is off the list, a one-shot one is silent too, others
 * go to its end.
 */

#include "schedule/kernel_file.h"

#include <errno.h>
#include <limits.h>
#include <string.h>

#include "schedule/explore.h"

/* What is no event. */
static const uint32_t modes = EPOLLET | EPOLLONESHOT | EPOLLWAKEUP |
    EPOLLEXCLUSIVE;

static void
make_ready(struct kernel_epoll *set, unsigned i)
{
	if (!set->items[i].is_ready) {
		set->items[i].is_ready = true;
		set->ready[set->n_ready++] = i;
	}
}

static void
remove_ready(struct kernel_epoll *set, unsigned place)
{
	set->items[set->ready[place]].is_ready = false;
	set->n_ready--;
	memmove(&set->ready[place], &set->ready[place + 1],
	    (set->n_ready - place) * sizeof(set->ready[0]));
}

static void
notify_set(struct kernel_epoll *set, const struct kernel_file *file,
    uint32_t what)
{
	for (unsigned i = 0; i < KERNEL_ITEMS; i++) {
		const struct kernel_item *item = &set->items[i];

		if (item->file == file && (item->events & ~modes) != 0 &&
		    (what == 0 || (what & item->events) != 0)) {
			make_ready(set, i);
		}
	}
}

void
kernel_notify(const struct kernel_file *file, uint32_t what)
{
	for (int fd = 0; fd < KERNEL_DESCRIPTORS; fd++) {
		const struct kernel_file *set = kernel.descriptors[fd];

		if (set != NULL && set->kind == KERNEL_EPOLL) {
			notify_set(set->epoll, file, what);
		}
	}
}

static void
remove_item(struct kernel_epoll *set, unsigned i)
{
	for (unsigned place = 0; place < set->n_ready; place++) {
		if (set->ready[place] == i) {
			remove_ready(set, place);
			break;
		}
	}
	memset(&set->items[i], 0, sizeof(set->items[i]));
}

void
kernel_forget(const struct kernel_file *file)
{
	for (int fd = 0; fd < KERNEL_DESCRIPTORS; fd++) {
		const struct kernel_file *set = kernel.descriptors[fd];

		for (unsigned i = 0; set != NULL && set->kind == KERNEL_EPOLL &&
		     i < KERNEL_ITEMS;
		     i++) {
			if (set->epoll->items[i].file == file) {
				remove_item(set->epoll, i);
			}
		}
	}
}

int
kernel_epoll_create(int flags)
{
	struct kernel_file *file;

	kernel_enter("epoll_create1", NULL);
	if (!kernel_has_room()) {
		return -EMFILE;
	}
	(void)flags;
	file = kernel_file_make(KERNEL_EPOLL);
	file->epoll = kernel_memory(sizeof(*file->epoll));
	return kernel_install(file, false);
}

/** The item of a descriptor, or a free one; -1: there is none. */
static int
find_item(const struct kernel_epoll *set, const struct kernel_file *file)
{
	for (int i = 0; i < KERNEL_ITEMS; i++) {
		if (set->items[i].file == file) {
			return i;
		}
	}
	return -1;
}

/** What ADD and MOD have in common: what is ready already is reported. */
static void
set_item(struct kernel_epoll *set, unsigned i, struct kernel_file *file,
    const struct epoll_event *event)
{
	struct kernel_item *item = &set->items[i];

	item->file = file;
	item->events = event->events | EPOLLERR | EPOLLHUP;
	item->data = event->data.u64;
	if ((kernel_ask(file) & item->events) != 0) {
		make_ready(set, i);
	}
}

static int
control(struct kernel_epoll *set, int operation, int fd,
    struct kernel_file *file, const struct epoll_event *event)
{
	int i = find_item(set, file);
	int unused = find_item(set, NULL);

	switch (operation) {
	case EPOLL_CTL_ADD:
		if (i >= 0) {
			return kernel_misuse("EPOLL_CTL_ADD", fd, EEXIST);
		}
		if (unused < 0) {
			return -ENOSPC;
		}
		set_item(set, (unsigned)unused, file, event);
		return 0;
	case EPOLL_CTL_MOD:
		if (i < 0) {
			return kernel_misuse("EPOLL_CTL_MOD", fd, ENOENT);
		}
		set_item(set, (unsigned)i, file, event);
		return 0;
	case EPOLL_CTL_DEL:
		if (i < 0) {
			return kernel_misuse("EPOLL_CTL_DEL", fd, ENOENT);
		}
		remove_item(set, (unsigned)i);
		return 0;
	default:
		return -EINVAL;
	}
}

int
kernel_epoll_ctl(int set, int operation, int fd, struct epoll_event *event)
{
	struct kernel_file *sets;
	struct kernel_file *file;
	int error;

	kernel_enter("epoll_ctl", NULL);
	sets = kernel_file_of(set, KERNEL_EPOLL, "epoll_ctl", &error);
	if (sets == NULL) {
		return error;
	}
	file = kernel_file_of(fd, KERNEL_NONE, "epoll_ctl", &error);
	if (file == NULL) {
		return error;
	}
	return control(sets->epoll, operation, fd, file, event);
}

/** Reports the first item of the list; whether there was an event. */
static bool
report_first(struct kernel_epoll *set, struct epoll_event *event)
{
	unsigned i = set->ready[0];
	struct kernel_item *item = &set->items[i];
	uint32_t events;

	remove_ready(set, 0);
	events = kernel_ask(item->file) & item->events;
	if (events == 0) {
		return false;
	}
	event->events = events;
	event->data.u64 = item->data;
	if ((item->events & EPOLLONESHOT) != 0) {
		item->events &= modes;
	} else if ((item->events & EPOLLET) == 0) {
		make_ready(set, i);
	}
	return true;
}

static int
report(struct kernel_epoll *set, struct epoll_event *events, int max)
{
	unsigned n = set->n_ready; /* level-triggered ones go round once */
	int reported = 0;

	while (n > 0 && reported < max) {
		reported += report_first(set, &events[reported]) ? 1 : 0;
		n--;
	}
	return reported;
}

static bool
has_ready(const void *arg)
{
	return ((const struct kernel_epoll *)arg)->n_ready > 0;
}

/** The timeout as lib/os/sys.c gives it to the kernel: whole milliseconds. */
static uint64_t
round_up(uint64_t timeout_ns)
{
	uint64_t ms = timeout_ns / 1000000 + (timeout_ns % 1000000 != 0);

	if (timeout_ns == ELN_FOREVER) {
		return EXPLORE_FOREVER;
	}
	return (ms > INT_MAX ? INT_MAX : ms) * 1000000;
}

int
kernel_epoll_wait(int set, struct epoll_event *events, int max,
    uint64_t timeout_ns)
{
	uint64_t timeout = round_up(timeout_ns);
	uint64_t began = explore_now();
	struct kernel_file *file;
	int error;

	kernel_enter("epoll_wait", NULL);
	file = kernel_file_of(set, KERNEL_EPOLL, "epoll_wait", &error);
	if (file == NULL) {
		return error;
	}
	if (timeout != 0 && kernel_is_moody("epoll_wait is interrupted")) {
		return -EINTR;
	}
	for (;;) {
		int n = report(file->epoll, events, max);
		uint64_t passed = explore_now() - began;

		if (n > 0 || timeout == 0) {
			return n;
		}
		if (timeout != EXPLORE_FOREVER && passed >= timeout) {
			return 0;
		}
		(void)explore_wait("epoll_wait", has_ready, file->epoll,
		    timeout == EXPLORE_FOREVER ? timeout : timeout - passed);
	}
}
