/* SPDX-License-Identifier: BSD-2-Clause */
#include "kernel_small.h"

#include <errno.h>
#include <stddef.h>

#include "schedule/explore.h"
#include "schedule/kernel_file.h"

enum {
	WAKEUPS = 8,
	FIRST_WAKEUP = 1000
};

struct wakeup {
	uint64_t value;
	uint64_t writes;
};

static struct wakeup wakeups[WAKEUPS];
static int n_wakeups;

/* ---- wake-up descriptors ---- */

static int
make_wakeup(unsigned initial, int flags)
{
	(void)flags;
	explore_check(n_wakeups < WAKEUPS, "too many wake-up descriptors");
	wakeups[n_wakeups] = (struct wakeup){ .value = initial };
	return FIRST_WAKEUP + n_wakeups++;
}

static ssize_t
write_wakeup(int fd, const void *buffer, size_t length)
{
	(void)buffer;
	explore_point("write to wake-up", NULL);
	explore_system_call();
	wakeups[fd - FIRST_WAKEUP].value++;
	wakeups[fd - FIRST_WAKEUP].writes++;
	return (ssize_t)length;
}

static ssize_t
read_wakeup(int fd, void *buffer, size_t length)
{
	explore_point("read wake-up", NULL);
	explore_system_call();
	if (wakeups[fd - FIRST_WAKEUP].value == 0) {
		return -EAGAIN;
	}
	*(uint64_t *)buffer = wakeups[fd - FIRST_WAKEUP].value;
	wakeups[fd - FIRST_WAKEUP].value = 0;
	return (ssize_t)length;
}

static int
close_wakeup(int fd)
{
	(void)fd;
	return 0;
}

bool
kernel_small_is_set(int wakeup)
{
	return wakeups[wakeup - FIRST_WAKEUP].value != 0;
}

uint64_t
kernel_small_writes(int wakeup)
{
	return wakeups[wakeup - FIRST_WAKEUP].writes;
}

const struct eln_sys kernel_small = {
	.close = close_wakeup,
	.eventfd = make_wakeup,
	.read = read_wakeup,
	.write = write_wakeup,
	.futex_wait = kernel_futex_wait,
	.futex_wake = kernel_futex_wake,
	.now = explore_now,
	.now_coarse = explore_now,
};

void
kernel_small_begin(void)
{
	struct kernel_options options = { .moody = true };

	kernel_reset(&options);
	n_wakeups = 0;
	eln_sys = &kernel_small;
}
