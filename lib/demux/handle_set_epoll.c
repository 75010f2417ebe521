/* SPDX-License-Identifier: BSD-2-Clause */
#include "demux/handle_set_epoll.h"

#include <errno.h>
#include <stddef.h>
#include <sys/epoll.h>

#include "base/contract.h"
#include "base/memory.h"
#include "os/sys.h"
#include "sync/run_word.h"

/*
 * The handle set over epoll: each handle registered once, edge-triggered, so
 * that an event costs no epoll_ctl. EPOLLOUT is added only while output
 * waits: always on it would report every acknowledgement.
 *
 * The one-shot form is level-triggered with EPOLLONESHOT: the kernel silences
 * a handle at its event, and an EPOLL_CTL_MOD watches it again.
 *
 * Relied on, and tested in test/kernel/: an edge is reported after every
 * arrival, also of a FIN; EPOLL_CTL_ADD and EPOLL_CTL_MOD report what is
 * ready already. (One-shot too: test/unit/handle_set.c.)
 */

enum {
	BATCH = 64
};

struct eln_handle_set {
	const struct echelon_allocator *memory; /* [const] */
	int fd;                                 /* [const] the epoll set */
	struct epoll_event events[BATCH];       /* [who waits] */
};

static const uint32_t input_events = EPOLLIN | EPOLLPRI | EPOLLRDHUP;

static int
create_set(const struct echelon_allocator *memory,
    struct eln_handle_set **result)
{
	struct eln_handle_set *set = eln_allocate(memory, sizeof(*set));

	if (set == NULL) {
		return -ENOMEM;
	}
	set->memory = memory;
	set->fd = eln_sys->epoll_create1(EPOLL_CLOEXEC);
	if (set->fd < 0) {
		int error = set->fd;

		eln_release(memory, set);
		return error;
	}
	*result = set;
	return 0;
}

static void
destroy_set(struct eln_handle_set *set)
{
	(void)eln_sys->close(set->fd);
	eln_release(set->memory, set);
}

static int
control(struct eln_handle_set *set, int operation, int fd, uint64_t id,
    uint32_t events)
{
	struct epoll_event event = { .events = events, .data.u64 = id };

	return eln_sys->epoll_ctl(set->fd, operation, fd, &event);
}

static int
add_handle(struct eln_handle_set *set, int fd, uint64_t id)
{
	return control(set, EPOLL_CTL_ADD, fd, id, input_events | EPOLLET);
}

static int
add_one_shot(struct eln_handle_set *set, int fd, uint64_t id)
{
	return control(set, EPOLL_CTL_ADD, fd, id, input_events | EPOLLONESHOT);
}

static int
watch_output(struct eln_handle_set *set, int fd, uint64_t id, bool output)
{
	uint32_t room = output ? (uint32_t)EPOLLOUT : 0;

	return control(set, EPOLL_CTL_MOD, fd, id,
	    input_events | EPOLLET | room);
}

/** One-shot: the rearm at the end of the turn says it. */
static int
leave_output_to_rearm(struct eln_handle_set *set, int fd, uint64_t id,
    bool output)
{
	(void)set;
	(void)fd;
	(void)id;
	(void)output;
	return 0;
}

static int
rearm(struct eln_handle_set *set, int fd, uint64_t id, unsigned interest)
{
	uint32_t events = EPOLLONESHOT;

	if ((interest & ELN_INTEREST_INPUT) != 0) {
		events |= input_events;
	}
	if ((interest & ELN_INTEREST_OUTPUT) != 0) {
		events |= EPOLLOUT;
	}
	return control(set, EPOLL_CTL_MOD, fd, id, events);
}

static void
remove_handle(struct eln_handle_set *set, int fd)
{
	struct epoll_event unused = { .events = 0 };

	/* A copy of the descriptor elsewhere (a fork) would keep the
	 * registration alive beyond close: hence not left to close. */
	(void)eln_sys->epoll_ctl(set->fd, EPOLL_CTL_DEL, fd, &unused);
}

static uint32_t
reasons_of(uint32_t events)
{
	uint32_t reasons = 0;

	if ((events & EPOLLIN) != 0) {
		reasons |= ELN_REASON_INPUT;
	}
	if ((events & EPOLLOUT) != 0) {
		reasons |= ELN_REASON_OUTPUT;
	}
	/* Urgent data, like a FIN, lets recv(2) return before the end. */
	if ((events & (EPOLLRDHUP | EPOLLHUP | EPOLLPRI)) != 0) {
		reasons |= ELN_REASON_PEER_CLOSED;
	}
	if ((events & EPOLLHUP) != 0) {
		reasons |= ELN_REASON_HANGUP;
	}
	if ((events & EPOLLERR) != 0) {
		reasons |= ELN_REASON_ERROR;
	}
	return reasons;
}

static unsigned
wait_events(struct eln_handle_set *set, struct eln_event *events, unsigned max,
    uint64_t timeout_ns)
{
	int n = eln_sys->epoll_wait(set->fd, set->events,
	    (int)(max < BATCH ? max : BATCH), timeout_ns);

	/* All else would mean that the set itself is broken. */
	ELN_CONTRACT(n >= 0 || n == -EINTR, "epoll_wait failed");
	for (int i = 0; i < n; i++) {
		events[i].id = set->events[i].data.u64;
		events[i].reasons = reasons_of(set->events[i].events);
	}
	return n < 0 ? 0 : (unsigned)n;
}

static const struct eln_demultiplexer one_shot = {
	.name = "epoll",
	.create = create_set,
	.destroy = destroy_set,
	.add = add_one_shot,
	.watch_output = leave_output_to_rearm,
	.remove = remove_handle,
	.wait = wait_events,
	.rearm = rearm,
};

const struct eln_demultiplexer eln_demultiplexer_epoll = {
	.name = "epoll",
	.one_shot = &one_shot,
	.create = create_set,
	.destroy = destroy_set,
	.add = add_handle,
	.watch_output = watch_output,
	.remove = remove_handle,
	.wait = wait_events,
};
