/* SPDX-License-Identifier: BSD-2-Clause */
#include "kernel_small.h"

#include <errno.h>
#include <stddef.h>

#include "schedule/explore.h"

enum {
	WAKEUPS = 8,
	FIRST_WAKEUP = 1000
};

/* A fibre in futex_wait; on its stack. */
struct sleeper {
	const void *word;
	struct sleeper *next;
	bool woken;
};

static struct sleeper *sleepers; /* the longest first */
static uint64_t wakeups[WAKEUPS];
static int n_wakeups;

/* ---- futex ---- */

static bool
is_woken(const void *arg)
{
	return ((const struct sleeper *)arg)->woken;
}

static void
add(struct sleeper *sleeper)
{
	struct sleeper **end = &sleepers;

	while (*end != NULL) {
		end = &(*end)->next;
	}
	*end = sleeper;
}

static void
take_out(const struct sleeper *sleeper)
{
	struct sleeper **at = &sleepers;

	while (*at != NULL && *at != sleeper) {
		at = &(*at)->next;
	}
	if (*at != NULL) {
		*at = sleeper->next;
	}
}

static int
futex_wait(void *word, uint32_t expected, uint64_t timeout_ns)
{
	struct sleeper self = { .word = word };

	explore_point("futex wait", word);
	explore_full_fence();
	if (explore_peek32(word) != expected) {
		return -EAGAIN;
	}
	if (explore_rarely("the wait is interrupted")) {
		return -EINTR;
	}
	add(&self);
	(void)explore_wait("futex", is_woken, &self, timeout_ns);
	take_out(&self);
	return self.woken ? 0 : -ETIMEDOUT;
}

static int
futex_wake(void *word, int n)
{
	int woken = 0;

	explore_point("futex wake", word);
	explore_full_fence();
	for (struct sleeper *sleeper = sleepers; sleeper != NULL && woken < n;
	     sleeper = sleeper->next) {
		if (sleeper->word == word && !sleeper->woken) {
			sleeper->woken = true;
			woken++;
		}
	}
	return woken;
}

/* ---- wake-up descriptors ---- */

static int
make_wakeup(unsigned initial, int flags)
{
	(void)flags;
	explore_check(n_wakeups < WAKEUPS, "too many wake-up descriptors");
	wakeups[n_wakeups] = initial;
	return FIRST_WAKEUP + n_wakeups++;
}

static ssize_t
write_wakeup(int fd, const void *buffer, size_t length)
{
	(void)buffer;
	explore_point("write to wake-up", NULL);
	explore_full_fence();
	wakeups[fd - FIRST_WAKEUP]++;
	return (ssize_t)length;
}

static ssize_t
read_wakeup(int fd, void *buffer, size_t length)
{
	explore_point("read wake-up", NULL);
	explore_full_fence();
	if (wakeups[fd - FIRST_WAKEUP] == 0) {
		return -EAGAIN;
	}
	*(uint64_t *)buffer = wakeups[fd - FIRST_WAKEUP];
	wakeups[fd - FIRST_WAKEUP] = 0;
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
	return wakeups[wakeup - FIRST_WAKEUP] != 0;
}

const struct eln_sys kernel_small = {
	.close = close_wakeup,
	.eventfd = make_wakeup,
	.read = read_wakeup,
	.write = write_wakeup,
	.futex_wait = futex_wait,
	.futex_wake = futex_wake,
	.now = explore_now,
	.now_coarse = explore_now,
};

void
kernel_small_begin(void)
{
	sleepers = NULL;
	n_wakeups = 0;
	eln_sys = &kernel_small;
}
