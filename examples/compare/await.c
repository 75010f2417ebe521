/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * poll in slices. A process descriptor is readable when its process has ended,
 * so that a child's end is waited for as its words are.
 */
#include "await.h"

#include <errno.h>
#include <poll.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/pidfd.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define SLICE_MS 100

static int64_t
now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

int
await_readable(int descriptor, int patience_ms,
    const volatile sig_atomic_t *interrupted)
{
	struct pollfd ready = { .fd = descriptor, .events = POLLIN };
	int64_t end = now_ms() + patience_ms;

	for (;;) {
		int64_t left = end - now_ms();
		int slice = patience_ms == AWAIT_FOR_EVER || left > SLICE_MS
		    ? SLICE_MS
		    : (int)(left > 0 ? left : 0);
		int n;

		if (interrupted != NULL && *interrupted) {
			return -EINTR;
		}
		n = poll(&ready, 1, slice);
		if (n == 1) {
			return 0;
		}
		if (n == -1 && errno != EINTR) {
			return -errno;
		}
		if (patience_ms != AWAIT_FOR_EVER && now_ms() >= end) {
			return -ETIMEDOUT;
		}
	}
}

static void
collect(pid_t child, int *status)
{
	while (waitpid(child, status, 0) == -1 && errno == EINTR) {
	}
}

int
await_end(pid_t child, int patience_ms,
    const volatile sig_atomic_t *interrupted, int *status)
{
	int descriptor = pidfd_open(child, 0);
	int result;

	if (descriptor == -1) {
		return -errno;
	}
	result = await_readable(descriptor, patience_ms, interrupted);
	close(descriptor);
	if (result == 0) {
		collect(child, status);
	}
	return result;
}

void
await_kill(pid_t child)
{
	kill(child, SIGKILL);
	collect(child, NULL);
}
