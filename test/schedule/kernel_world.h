/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TEST_SCHEDULE_KERNEL_WORLD_H
#define TEST_SCHEDULE_KERNEL_WORLD_H

/*
 * A kernel, in memory or at hand, with sockets, an epoll set and an eventfd,
 * and operations on them: for kernel_compare.c, which does the same in both.
 */

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/epoll.h>

#include "os/sys.h"

enum {
	PAIRS = 3,
	SLOTS = 2 * PAIRS + 2, /* ours and peers, the listener, an eventfd */
	LISTENER = 2 * PAIRS,
	WAKEUP = 2 * PAIRS + 1,
	MOST_EVENTS = SLOTS,
	BYTES = 64
};

enum kind {
	CONNECT,
	ACCEPT,
	SEND,
	RECEIVE,
	PEEK,
	FINISH,
	CLOSE,
	RESET,
	ADD,
	CHANGE,
	REMOVE,
	WAIT,
	WRITE_WAKEUP,
	READ_WAKEUP,
	TAKE_ERROR,
	KINDS
};

struct operation {
	enum kind kind;
	int slot;
	uint32_t events;
	size_t length;
};

/* What an operation gave. */
struct outcome {
	long result;
	int n; /* of the events */
	struct epoll_event events[MOST_EVENTS];
	char bytes[BYTES];
};

/* One of the kernels, with what the script has opened there. */
struct world {
	const struct eln_sys *sys;
	int set;
	int slots[SLOTS]; /* -1: closed */
	struct sockaddr_in address;
};

/** Opens the set, a listener and an eventfd, there. */
void world_open(struct world *world, const struct eln_sys *sys);
void world_close(struct world *world);

/** What can be seen of a slot without changing it: poll(2)'s mask, and how
 *  many bytes are at hand. */
long world_look(const struct world *world, int slot);

/** Does an operation, and says what it gave. */
void world_perform(struct world *world, const struct operation *op,
    struct outcome *outcome);

/** Whether a sender without room, which is watched, is told when its peer has
 *  received: how much fits is no kernel's promise, so no script does it. */
bool world_tells_of_room(const struct eln_sys *sys);

#endif
