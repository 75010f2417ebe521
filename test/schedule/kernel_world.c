/* SPDX-License-Identifier: BSD-2-Clause */
#include "schedule/kernel_world.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>

#include "support/sync.h"

static int
demand(int result, const char *what)
{
	if (result < 0) {
		fprintf(stderr, "%s: %s\n", what, strerror(-result));
		exit(1);
	}
	return result;
}

void
world_open(struct world *world, const struct eln_sys *sys)
{
	socklen_t size = sizeof(world->address);
	int fd;

	*world = (struct world){ .sys = sys };
	memset(world->slots, 0xff, sizeof(world->slots));
	world->set = demand(sys->epoll_create1(EPOLL_CLOEXEC), "epoll_create1");
	fd = demand(sys->socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0),
	    "socket");
	world->address.sin_family = AF_INET;
	world->address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	demand(sys->bind(fd, (struct sockaddr *)&world->address, size), "bind");
	demand(sys->listen(fd, 16), "listen");
	demand(sys->getsockname(fd, (struct sockaddr *)&world->address, &size),
	    "getsockname");
	world->slots[LISTENER] = fd;
	world->slots[WAKEUP] = demand(sys->eventfd(0, O_NONBLOCK), "eventfd");
}

void
world_close(struct world *world)
{
	for (int slot = 0; slot < SLOTS; slot++) {
		if (world->slots[slot] >= 0) {
			(void)world->sys->close(world->slots[slot]);
		}
	}
	(void)world->sys->close(world->set);
}

long
world_look(const struct world *world, int slot)
{
	struct pollfd fd = { .fd = world->slots[slot],
		.events = POLLIN | POLLOUT | POLLPRI | POLLRDHUP };
	int bytes = 0;

	if (fd.fd < 0) {
		return -1;
	}
	(void)world->sys->poll(&fd, 1, 0);
	if (slot < LISTENER) {
		(void)world->sys->ioctl(fd.fd, FIONREAD, &bytes);
	}
	return (long)bytes << 16 | fd.revents;
}

/* ---- operations ---- */

static void
connect_slot(struct world *world, int slot, struct outcome *outcome)
{
	int on = 1;
	int fd = demand(world->sys->socket(AF_INET, SOCK_STREAM, 0), "socket");

	demand(world->sys->setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on,
		   sizeof(on)),
	    "setsockopt");
	outcome->result = world->sys->connect(fd,
	    (struct sockaddr *)&world->address, sizeof(world->address));
	demand(world->sys->fcntl(fd, F_SETFL, O_RDWR | O_NONBLOCK), "fcntl");
	world->slots[slot] = fd;
}

static void
accept_slot(struct world *world, int slot, struct outcome *outcome)
{
	int on = 1;
	int fd = world->sys->accept4(world->slots[LISTENER], NULL, NULL,
	    SOCK_NONBLOCK | SOCK_CLOEXEC);

	outcome->result = fd < 0 ? fd : 0;
	if (fd >= 0) {
		demand(world->sys->setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on,
			   sizeof(on)),
		    "setsockopt");
		world->slots[slot] = fd;
	}
}

static long
send_bytes(const struct world *world, int slot, size_t length)
{
	static char bytes[65536];
	struct iovec piece = { .iov_base = bytes, .iov_len = length };
	struct msghdr message = { .msg_iov = &piece, .msg_iovlen = 1 };

	for (size_t i = 0; i < BYTES; i++) {
		bytes[i] = (char)('a' + (length + i) % 26);
	}
	return world->sys->sendmsg(world->slots[slot], &message, MSG_NOSIGNAL);
}

static void
control(struct world *world, int operation, const struct operation *op,
    struct outcome *outcome)
{
	struct epoll_event event = { .events = op->events,
		.data.u64 = (uint64_t)op->slot };

	outcome->result = world->sys->epoll_ctl(world->set, operation,
	    world->slots[op->slot], &event);
}

static void
close_slot(struct world *world, int slot)
{
	demand(world->sys->close(world->slots[slot]), "close");
	world->slots[slot] = -1;
}

static void
reset_slot(struct world *world, int slot)
{
	struct linger now = { .l_onoff = 1 };

	demand(world->sys->setsockopt(world->slots[slot], SOL_SOCKET, SO_LINGER,
		   &now, sizeof(now)),
	    "SO_LINGER");
	close_slot(world, slot);
}

static long
take_error(const struct world *world, int slot)
{
	int error = 0;
	socklen_t size = sizeof(error);

	demand(world->sys->getsockopt(world->slots[slot], SOL_SOCKET, SO_ERROR,
		   &error, &size),
	    "SO_ERROR");
	return error;
}

void
world_perform(struct world *world, const struct operation *op,
    struct outcome *outcome)
{
	const struct eln_sys *sys = world->sys;
	int fd = world->slots[op->slot];
	uint64_t count = op->length;

	memset(outcome, 0, sizeof(*outcome));
	switch (op->kind) {
	case CONNECT:
		connect_slot(world, op->slot, outcome);
		break;
	case ACCEPT:
		accept_slot(world, op->slot, outcome);
		break;
	case SEND:
		outcome->result = send_bytes(world, op->slot, op->length);
		break;
	case RECEIVE:
		outcome->result = sys->recv(fd, outcome->bytes, op->length, 0);
		break;
	case PEEK:
		outcome->result = sys->recv(fd, outcome->bytes, op->length,
		    MSG_PEEK);
		break;
	case FINISH:
		outcome->result = sys->shutdown(fd, SHUT_WR);
		break;
	case CLOSE:
		close_slot(world, op->slot);
		break;
	case RESET:
		reset_slot(world, op->slot);
		break;
	case ADD:
		control(world, EPOLL_CTL_ADD, op, outcome);
		break;
	case CHANGE:
		control(world, EPOLL_CTL_MOD, op, outcome);
		break;
	case REMOVE:
		control(world, EPOLL_CTL_DEL, op, outcome);
		break;
	case WAIT:
		outcome->n = sys->epoll_wait(world->set, outcome->events,
		    (int)op->length, 0);
		break;
	case WRITE_WAKEUP:
		outcome->result = sys->write(fd, &count, sizeof(count));
		break;
	case READ_WAKEUP:
		outcome->result = sys->read(fd, &count, sizeof(count));
		memcpy(outcome->bytes, &count, sizeof(count));
		break;
	case TAKE_ERROR:
		outcome->result = take_error(world, op->slot);
		break;
	case KINDS:
		break;
	}
}

/* ---- room ---- */

/** Sends until there is no room. */
static void
fill(const struct world *world, int slot)
{
	while (send_bytes(world, slot, 65536) > 0) {
	}
}

static void
drain(const struct world *world, int slot)
{
	static char bytes[65536];

	while (world->sys->recv(world->slots[slot], bytes, sizeof(bytes), 0) >
	    0) {
	}
}

struct room {
	struct world world;
	uint32_t events; /* reported for the sender */
};

/** The sender's events so far, while the receiver takes what comes. */
static bool
has_told_of_room(void *context)
{
	struct room *room = context;
	struct epoll_event event;

	drain(&room->world, 1);
	if (room->world.sys->epoll_wait(room->world.set, &event, 1, 0) == 1) {
		room->events |= event.events;
	}
	return (room->events & EPOLLOUT) != 0;
}

bool
world_tells_of_room(const struct eln_sys *sys)
{
	struct room room = { .events = 0 };
	struct operation sender = { .events = EPOLLET | EPOLLOUT };
	struct outcome outcome;
	bool told;

	world_open(&room.world, sys);
	connect_slot(&room.world, 0, &outcome);
	accept_slot(&room.world, 1, &outcome);
	control(&room.world, EPOLL_CTL_ADD, &sender, &outcome);
	fill(&room.world, 0);
	(void)sys->epoll_wait(room.world.set, outcome.events, MOST_EVENTS, 0);
	told = test_eventually(has_told_of_room, &room);
	world_close(&room.world);
	return told;
}
