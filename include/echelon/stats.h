/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ECHELON_STATS_H
#define ECHELON_STATS_H

/**
 * @file
 * What an engine counted since it was created.
 *
 * Each thread counts for itself and reading stops nobody, so numbers of one
 * reading may be a few events apart.
 */

#include <stddef.h>
#include <stdint.h>

#include "connection.h"
#include "export.h"

#ifdef __cplusplus
extern "C" {
#endif

struct echelon_stats {
	/** sizeof(struct echelon_stats), set by the caller. */
	size_t size;

	/* Threads. */
	/** That may run handlers; thread-per-connection: connections' now. */
	uint64_t threads;
	uint64_t threads_busy; /**< inside a handler just now */

	/* Connections. */
	uint64_t connections; /**< open just now */
	uint64_t accepted;    /**< accepted or adopted */
	uint64_t closed;      /**< closed, for whatever reason */
	uint64_t timed_out;   /**< closed by a deadline */
	uint64_t refused;     /**< closed for overload or want of a thread */
	/** Times a client had to wait for a descriptor, memory or thread. */
	uint64_t accept_failures;

	/* Work. */
	uint64_t waits;        /**< times a thread waited for events */
	uint64_t events;       /**< events that it got then */
	uint64_t stale_events; /**< of connections closed meanwhile */
	uint64_t turns;        /**< stays of a thread in a connection */
	uint64_t requests;     /**< calls of on_data that consumed bytes */
	uint64_t messages;     /**< calls of on_message */
	uint64_t bytes_in;     /**< received */
	uint64_t bytes_out;    /**< sent */
	uint64_t incomplete;   /**< requests dropped half-received at drain */

	/* Who ran it. */
	/** Turns run by a thread that waits, while nobody does instead. */
	uint64_t run_inline;
	uint64_t queued;     /**< turns that passed the queueing layer */
	uint64_t promoted;   /**< times the lead was passed on or offered */
	uint64_t taken_over; /**< times the stall tick took the lead away */

	/* Backpressure. */
	uint64_t paused;     /**< connections paused for unsent output */
	uint64_t overloaded; /**< times the queueing layer was full */

	/* Sleeping and waking. */
	uint64_t parks; /**< times a thread slept until it is woken */
	/** Times one was; thread-per-connection: connections handed over. */
	uint64_t wakes;
	uint64_t wakes_for_nothing; /**< woken, and the work was gone */

	/* Handlers that block. */
	uint64_t blocked;   /**< handlers inside above deadlines.report */
	uint64_t exhausted; /**< times no thread was left free */
};

/**
 * Fills `*stats`, whose member `size` the caller has set.
 *
 * @return 0, or
 *         -EINVAL  `size` is none that any version of this struct had
 *
 * @par Threads  any, also handlers; safe with everything but destroy
 */
ECHELON_API int echelon_engine_stats(echelon_engine *engine,
    struct echelon_stats *stats);

#ifdef __cplusplus
}
#endif

#endif
