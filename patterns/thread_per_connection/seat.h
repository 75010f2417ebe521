/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef THREAD_PER_CONNECTION_SEAT_H
#define THREAD_PER_CONNECTION_SEAT_H

/*
 * A seat: what the thread of a connection has beside the crew's record of it.
 * The connection that it serves, by generation, and a descriptor to be woken
 * by. The model is in thread_per_connection.c.
 */

#include <stdbool.h>
#include <stdint.h>

#include "core/handle.h"
#include "core/thread.h"
#include "sync/atomic.h"

struct echelon_allocator;

struct seat {
	struct eln_thread *thread;  /* [service thread] NULL; [const] then */
	struct eln_handle *handle;  /* [const] the connection's */
	uint32_t generation;        /* [const] of the connection */
	int wakeup;                 /* [const] */
	struct eln_atomic32 handed; /* [atomic] the handle is ready, ours */
	bool watches;               /* [its thread] the socket */
	short events;               /* [its thread] of poll(2), if it does */
};

/** A seat for a connection that is being opened, without a thread. 0,
 *  -ENOMEM, -EMFILE, -ENFILE. */
int eln_tpc_seat_make(const struct echelon_allocator *memory,
    struct eln_handle *handle, struct seat **seat);

/** Frees it; its thread was joined, or never ran. */
void eln_tpc_seat_free(const struct echelon_allocator *memory,
    struct seat *seat);

/** The life of the seat's thread. */
void eln_tpc_seat_run(struct seat *seat);

/** Its thread: watches the socket from now on, until its next event. */
void eln_tpc_seat_watch(struct seat *seat, unsigned interest);

/** The service thread: hands over the connection, which is ready. */
void eln_tpc_seat_hand(struct seat *seat);

#endif
