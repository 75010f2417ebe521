/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * idle: connections that do nothing cost nothing.
 *
 *   stress_idle --pattern P [--connections N] [--seconds N]
 *
 * Opens connections, makes one round trip on each, waits until the server
 * has come to rest, and then leaves it alone. The processor time that it
 * used meanwhile is reported; asserted is that no thread of it woke up, and
 * that every connection still answers afterwards. The long run is
 * --connections 5000 --seconds 10.
 */

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "child.h"

enum {
	PATIENCE_MS = 20000,
	SPARE_DESCRIPTORS = 64
};

static ptrdiff_t
on_data(echelon_conn *conn, const void *data, size_t length)
{
	return echelon_write(conn, data, length) == 0 ? (ptrdiff_t)length : 0;
}

static const struct echelon_handler handler = ECHELON_HANDLER(
	.on_data = on_data);

static void
sleep_ms(uint64_t ms)
{
	struct timespec left = { .tv_sec = (time_t)(ms / 1000),
		.tv_nsec = (long)(ms % 1000) * 1000000 };

	while (nanosleep(&left, &left) != 0 && errno == EINTR) {
	}
}

static void
make_trip(int fd)
{
	struct pollfd polled = { .fd = fd, .events = POLLIN };
	char byte = '.';

	if (send(fd, &byte, 1, MSG_NOSIGNAL) != 1 ||
	    poll(&polled, 1, PATIENCE_MS) != 1 || recv(fd, &byte, 1, 0) != 1 ||
	    byte != '.') {
		fail("a connection does not answer");
	}
}

static bool
is_same(const struct echelon_stats *a, const struct echelon_stats *b)
{
	return a->waits == b->waits && a->parks == b->parks &&
	    a->wakes == b->wakes && a->turns == b->turns;
}

/** Waits until the server's threads have stayed asleep for a while. */
static void
wait_for_rest(const struct child *child, struct echelon_stats *stats)
{
	for (int i = 0; i < 100; i++) {
		struct echelon_stats before = *stats;

		sleep_ms(200);
		child_stats(child, stats);
		if (is_same(&before, stats)) {
			return;
		}
	}
	errno = 0;
	fail("the server does not come to rest");
}

/** Returns the processor time that the server used meanwhile. */
static uint64_t
leave_alone(const struct child *child, uint64_t seconds)
{
	struct echelon_stats before;
	struct echelon_stats after;
	uint64_t used;

	child_stats(child, &before);
	wait_for_rest(child, &before);
	used = child_cpu_us(child);
	sleep_ms(seconds * 1000);
	used = child_cpu_us(child) - used;
	child_stats(child, &after);
	if (!is_same(&before, &after)) {
		errno = 0;
		fail("somebody woke up: waits +%" PRIu64 ", parks +%" PRIu64
		     ", wakes +%" PRIu64 ", turns +%" PRIu64,
		    after.waits - before.waits, after.parks - before.parks,
		    after.wakes - before.wakes, after.turns - before.turns);
	}
	return used;
}

static uint64_t
possible(uint64_t wanted)
{
	uint64_t limit = raise_descriptor_limit();

	if (limit >= wanted + SPARE_DESCRIPTORS) {
		return wanted;
	}
	(void)printf("idle: only %" PRIu64 " connections: RLIMIT_NOFILE\n",
	    limit - SPARE_DESCRIPTORS);
	return limit - SPARE_DESCRIPTORS;
}

static void
run(const struct child *child, const char *pattern, uint64_t n,
    uint64_t seconds)
{
	int *fds = calloc(n, sizeof(*fds));
	uint64_t used;

	if (fds == NULL) {
		fail("memory for %" PRIu64 " connections", n);
	}
	for (uint64_t i = 0; i < n; i++) {
		fds[i] = child_connect(child);
		make_trip(fds[i]);
	}
	used = leave_alone(child, seconds);
	(void)printf("idle: pattern %s, %" PRIu64 " connections for %" PRIu64
		     " s: %.1f ms of processor time\n",
	    pattern, n, seconds, (double)used / 1000);
	for (uint64_t i = 0; i < n; i++) {
		make_trip(fds[i]);
		(void)close(fds[i]);
	}
	free(fds);
}

int
main(int argc, char **argv)
{
	const char *pattern = "half-sync-half-async";
	uint64_t connections = 5000;
	uint64_t seconds = 10;
	struct child child;
	const struct flag flags[] = {
		{ "--connections", &connections },
		{ "--seconds", &seconds },
		{ NULL, NULL },
	};

	read_flags(argc, argv, &pattern, flags);
	connections = possible(connections);
	child_start(&child,
	    &(struct child_server){ .pattern = pattern, .handler = &handler });
	run(&child, pattern, connections, seconds);
	child_end(&child);
	return 0;
}
