/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * The thread of a connection: polls its socket and its wake-up descriptor,
 * and runs the connection whenever it is ready.
 */

#include "thread_per_connection/seat.h"

#include <errno.h>
#include <poll.h>
#include <string.h>

#include "base/memory.h"
#include "core/engine.h"
#include "core/trace.h"
#include "os/sys.h"
#include "os/wakeup.h"

int
eln_tpc_seat_make(const struct echelon_allocator *memory,
    struct eln_handle *handle, struct seat **result)
{
	struct seat *seat = eln_allocate(memory, sizeof(*seat));

	if (seat == NULL) {
		return -ENOMEM;
	}
	seat->handle = handle;
	seat->generation = eln_run_generation(&handle->run);
	eln_store32_relaxed(&seat->handed, 1);
	seat->wakeup = eln_wakeup_open();
	if (seat->wakeup < 0) {
		int error = seat->wakeup;

		eln_release(memory, seat);
		return error;
	}
	*result = seat;
	return 0;
}

void
eln_tpc_seat_free(const struct echelon_allocator *memory, struct seat *seat)
{
	(void)eln_sys->close(seat->wakeup);
	eln_release(memory, seat);
}

void
eln_tpc_seat_watch(struct seat *seat, unsigned interest)
{
	seat->watches = true;
	seat->events = 0;
	if ((interest & ELN_INTEREST_INPUT) != 0) {
		seat->events |= POLLIN | POLLPRI | POLLRDHUP;
	}
	if ((interest & ELN_INTEREST_OUTPUT) != 0) {
		seat->events |= POLLOUT;
	}
}

void
eln_tpc_seat_hand(struct seat *seat)
{
	/* Before the write: pairs with the exchange in eln_tpc_seat_run. */
	eln_exchange32(&seat->handed, 1);
	eln_wakeup_set(seat->wakeup);
}

/** Whether the seat's connection is still open. */
static bool
is_taken(const struct seat *seat)
{
	return eln_run_generation(&seat->handle->run) == seat->generation;
}

/** Runs the connection, which is ready and ours, until nothing is left. */
static void
serve(struct seat *seat)
{
	struct eln_handle *handle = seat->handle;
	enum eln_turn end;

	do {
		eln_thread_tally(seat->thread, ELN_RUN_INLINE, 1);
		end = handle->type->turn(handle, seat->thread, true);
	} while (end == ELN_TURN_AGAIN);
}

static uint32_t
reasons_of(short events)
{
	uint32_t reasons = 0;

	if ((events & POLLIN) != 0) {
		reasons |= ELN_REASON_INPUT;
	}
	if ((events & POLLOUT) != 0) {
		reasons |= ELN_REASON_OUTPUT;
	}
	if ((events & (POLLRDHUP | POLLHUP | POLLPRI)) != 0) {
		reasons |= ELN_REASON_PEER_CLOSED;
	}
	if ((events & POLLHUP) != 0) {
		reasons |= ELN_REASON_HANGUP;
	}
	if ((events & (POLLERR | POLLNVAL)) != 0) {
		reasons |= ELN_REASON_ERROR;
	}
	return reasons;
}

/** The socket has had its event. Whether that made the connection ready, and
 *  it is ours; otherwise somebody else did, and it will be handed over. */
static bool
take_event(struct seat *seat, short events)
{
	struct eln_thread *thread = seat->thread;
	struct eln_handle *handle = seat->handle;

	seat->watches = false;
	eln_thread_tally(thread, ELN_EVENTS, 1);
	eln_trace(thread, ECHELON_TRACE_READY, eln_handle_id(handle),
	    ECHELON_READY_EVENT);
	return eln_run_signal(&handle->run, seat->generation,
		   reasons_of(events)) == ELN_MADE_READY;
}

#ifdef ELN_GHOSTS
static uint64_t
pending(const void *arg)
{
	const struct seat *seat = arg;

	/* Relaxed: a ghost orders nothing, and looks again. */
	return eln_load32_relaxed(&seat->handed) != 0
	    ? eln_engine_progress(seat->thread->engine)
	    : 0;
}

static int
wait_for_either(const struct seat *seat, struct pollfd fds[2])
{
	const struct eln_ghost_watch watch = { pending, seat };
	struct eln_ghost_sleep sleep = { 0 };
	uint64_t began;
	int n;

	do {
		began = eln_sys->now();
		ELN_GHOST_LOOK(&watch, &sleep, began);
		n = eln_sys->poll(fds, 2, (int)(eln_ghost_patience / 1000000));
	} while (n == 0 && eln_sys->now() - began >= eln_ghost_patience);
	return n;
}
#else
static int
wait_for_either(const struct seat *seat, struct pollfd fds[2])
{
	(void)seat;
	return eln_sys->poll(fds, 2, -1);
}
#endif

/** Waits for the socket or a wake. Whether the connection is ready and ours
 *  by an event. */
static bool
wait_for_event(struct seat *seat)
{
	struct eln_thread *thread = seat->thread;
	struct pollfd fds[2] = {
		{ .fd = seat->wakeup, .events = POLLIN },
		{ .fd = seat->watches ? seat->handle->fd : -1,
		    .events = seat->events },
	};
	int n;

	eln_trace(thread, ECHELON_TRACE_WAIT_BEGIN, 0, 0);
	n = wait_for_either(seat, fds);
	eln_thread_tally(thread, ELN_WAITS, 1);
	eln_trace(thread, ECHELON_TRACE_WAIT_END, 0, n > 0 ? (uint32_t)n : 0);
	if (n <= 0) {
		return false;
	}
	if (fds[0].revents != 0) {
		eln_wakeup_clear(seat->wakeup);
	}
	return fds[1].revents != 0 && take_event(seat, fds[1].revents);
}

void
eln_tpc_seat_run(struct seat *seat)
{
	struct eln_thread *thread = seat->thread;

	if (thread->start_result != 0) {
		eln_log(thread->engine, ECHELON_LOG_ERROR,
		    "on_thread_start failed (%s): a connection is refused",
		    strerror(-thread->start_result));
		seat->handle->type->drop(seat->handle, thread);
		return;
	}
	while (is_taken(seat)) {
		if (eln_exchange32(&seat->handed, 0) != 0 ||
		    wait_for_event(seat)) {
			serve(seat);
		}
	}
}
