/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * sparse: the first event after a pause is served at once.
 *
 *   stress_sparse --pattern P [--trips N] [--seed S]
 *
 * Round trips on one connection, each after a random pause of 0 to 3 ms:
 * every thread of the server has time to fall asleep, and is caught at every
 * stage of it. A lost wake-up shows as a trip that takes until the next
 * timer, or for ever. That none is lost is asserted; how long they took is
 * reported. The long run is --trips 20000.
 */

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "child.h"

enum {
	LONGEST_PAUSE_US = 3000,
	SLOW_US = 50000,
	PATIENCE_MS = 20000
};

static ptrdiff_t
on_data(echelon_conn *conn, const void *data, size_t length)
{
	return echelon_write(conn, data, length) == 0 ? (ptrdiff_t)length : 0;
}

static const struct echelon_handler handler = ECHELON_HANDLER(
	.on_data = on_data);

static void
pause_for(uint64_t us)
{
	struct timespec left = { .tv_nsec = (long)us * 1000 };

	while (nanosleep(&left, &left) != 0 && errno == EINTR) {
	}
}

/** Sends one byte and waits for it; returns how long that took. */
static uint64_t
make_trip(int fd, uint64_t trip)
{
	struct pollfd polled = { .fd = fd, .events = POLLIN };
	char sent = (char)trip;
	char received;
	uint64_t began = now_us();

	if (send(fd, &sent, 1, MSG_NOSIGNAL) != 1) {
		fail("trip %" PRIu64 ": sending", trip);
	}
	if (poll(&polled, 1, PATIENCE_MS) != 1) {
		errno = 0;
		fail("trip %" PRIu64 " is lost: no reply in %d ms", trip,
		    PATIENCE_MS);
	}
	if (recv(fd, &received, 1, 0) != 1 || received != sent) {
		fail("trip %" PRIu64 ": not the reply", trip);
	}
	return now_us() - began;
}

static int
compare(const void *a, const void *b)
{
	uint64_t left;
	uint64_t right;

	memcpy(&left, a, sizeof(left));
	memcpy(&right, b, sizeof(right));
	return (left > right) - (left < right);
}

static void
report(const char *pattern, uint64_t *took, uint64_t n)
{
	uint64_t slow = 0;

	for (uint64_t i = 0; i < n; i++) {
		slow += took[i] > SLOW_US;
	}
	qsort(took, n, sizeof(*took), compare);
	(void)printf("sparse: pattern %s, %" PRIu64 " trips: p50 %" PRIu64
		     " us, p99 %" PRIu64 " us, max %" PRIu64
		     " us, above 50 ms %" PRIu64 "\n",
	    pattern, n, took[n / 2], took[n - 1 - n / 100], took[n - 1], slow);
}

static void
make_trips(const struct child *child, uint64_t *took, uint64_t n,
    uint64_t random)
{
	int fd = child_connect(child);

	for (uint64_t i = 0; i < n; i++) {
		pause_for(next_random(&random) % (LONGEST_PAUSE_US + 1));
		took[i] = make_trip(fd, i);
	}
	(void)close(fd);
}

int
main(int argc, char **argv)
{
	const char *pattern = "half-sync-half-async";
	uint64_t trips = 20000;
	uint64_t seed = now_us();
	struct child child;
	uint64_t *took;
	const struct flag flags[] = {
		{ "--trips", &trips },
		{ "--seed", &seed },
		{ NULL, NULL },
	};

	read_flags(argc, argv, &pattern, flags);
	took = calloc(trips, sizeof(*took));
	if (took == NULL) {
		fail("memory for %" PRIu64 " trips", trips);
	}
	(void)printf("sparse: seed %" PRIu64 "\n", seed);
	child_start(&child,
	    &(struct child_server){ .pattern = pattern, .handler = &handler });
	make_trips(&child, took, trips, seed);
	report(pattern, took, trips);
	free(took);
	child_end(&child);
	return 0;
}
