/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ECHELON_TRACE_H
#define ECHELON_TRACE_H

/**
 * @file
 * What each thread of an engine did, and when: a record, and three ways to
 * draw it. echelon_main does all of it for `--trace FILE`.
 *
 *     start -> (the engine works) -> stop -> read -> write
 *
 * Each thread keeps its newest events, so memory is bounded and nobody waits.
 * One request, in the order of time (without a queue, no second TAKEN):
 *
 *     READY, TAKEN ... TURN_END, QUEUED, TAKEN, CALL_BEGIN, CALL_END,
 *     WRITE_BEGIN, WRITE_END, TURN_END
 */

#include <stddef.h>
#include <stdint.h>

#include "connection.h"
#include "engine.h"
#include "export.h"

#ifdef __cplusplus
extern "C" {
#endif

/** What a thread is there for just now. */
enum echelon_trace_role {
	ECHELON_ROLE_NONE = 0,         /**< not in the pool, or not yet */
	ECHELON_ROLE_LEADER = 1,       /**< has the lead: it may wait */
	ECHELON_ROLE_FOLLOWER = 2,     /**< may become the leader */
	ECHELON_ROLE_PROCESSING = 3,   /**< serves a handle, without the lead */
	ECHELON_ROLE_ASYNCHRONOUS = 4, /**< the asynchronous layer: waits */
	ECHELON_ROLE_WORKER = 5,       /**< the synchronous layer */
	ECHELON_ROLE_DISPATCHER = 6    /**< waits, and runs what is ready */
};

/** What happened. Kinds may be added: skip those you do not know. */
enum echelon_trace_kind {
	ECHELON_TRACE_ROLE = 1,    /**< is now what `role` says */
	ECHELON_TRACE_WAIT_BEGIN,  /**< waits for events of a handle set */
	ECHELON_TRACE_WAIT_END,    /**< `detail`: how many came */
	ECHELON_TRACE_PARKED,      /**< sleeps until another wakes it */
	ECHELON_TRACE_WOKEN,       /**< and is awake again */
	ECHELON_TRACE_PROMOTED,    /**< passes the lead on; `detail`: 1 to one
				    *   follower, 0 to whoever is first */
	ECHELON_TRACE_TAKEN_OVER,  /**< takes the lead from a thread that
				    *   blocks: `detail` */
	ECHELON_TRACE_POSTED,      /**< echelon_post put a message */
	ECHELON_TRACE_READY,       /**< `conn` is ready; `detail`: why, enum
				    *   echelon_trace_reason */
	ECHELON_TRACE_QUEUED,      /**< `conn` was put into the queue */
	ECHELON_TRACE_TAKEN,       /**< takes `conn`: a turn begins */
	ECHELON_TRACE_TURN_END,    /**< `detail`: enum echelon_trace_end */
	ECHELON_TRACE_CALL_BEGIN,  /**< `detail`: enum echelon_trace_call */
	ECHELON_TRACE_CALL_END,    /**< likewise */
	ECHELON_TRACE_WRITE_BEGIN, /**< gives output to the kernel */
	ECHELON_TRACE_WRITE_END    /**< `detail`: bytes that it took */
};

/** Why a connection, or a listener, is ready. */
enum echelon_trace_reason {
	ECHELON_READY_EVENT = 1, /**< the demultiplexer has said so */
	ECHELON_READY_TIMER = 2, /**< a deadline may have passed */
	ECHELON_READY_POST = 3   /**< another thread: new, a message, or the
				  *   rest of a turn */
};

/** How a turn ended. */
enum echelon_trace_end {
	ECHELON_TURN_DONE = 0,  /**< nothing is left to do */
	ECHELON_TURN_AGAIN = 1, /**< used up; the rest is for another turn */
	ECHELON_TURN_CALL = 2   /**< a handler function is due, elsewhere */
};

/** Which function of the handler. */
enum echelon_trace_call {
	ECHELON_CALL_ON_OPEN = 1,
	ECHELON_CALL_ON_DATA = 2,
	ECHELON_CALL_ON_END = 3,
	ECHELON_CALL_ON_WRITABLE = 4,
	ECHELON_CALL_ON_MESSAGE = 5,
	ECHELON_CALL_ON_TIMEOUT = 6,
	ECHELON_CALL_ON_CLOSE = 7
};

/** The `thread` of the monitor, and of echelon_post. */
#define ECHELON_TRACE_OUTSIDE UINT32_MAX

/** Events that a thread keeps: by default, and at most. */
#define ECHELON_TRACE_EVENTS ((size_t)4096)
#define ECHELON_TRACE_MOST_EVENTS ((size_t)1048576)

struct echelon_trace_event {
	uint64_t time_ns; /**< CLOCK_MONOTONIC; rises within a thread */
	/** The connection, or the listener; 0 where it is about a thread. */
	echelon_conn_id conn;
	uint32_t thread; /**< 0 to stats.threads and beyond, or OUTSIDE */
	uint32_t kind;   /**< enum echelon_trace_kind */
	uint32_t role;   /**< enum echelon_trace_role, with this event */
	uint32_t detail; /**< as the kind says, else 0 */
};

/**
 * Begins to record, and forgets what was recorded before.
 *
 * A thread takes memory, 24 bytes an event, with its first; without memory,
 * and beyond 1024 threads, its events are lost.
 *
 * @param events  for each thread, rounded up to a power of two; 0 for
 *                ECHELON_TRACE_EVENTS
 *
 * @return 0, or
 *         -EALREADY  it records
 *         -EINVAL    more than ECHELON_TRACE_MOST_EVENTS
 *         -ENOMEM
 *
 * @par Threads  any, also before echelon_engine_start; not with itself or
 *               echelon_trace_stop
 * @since 0.1
 */
ECHELON_API int echelon_trace_start(echelon_engine *engine, size_t events);

/**
 * Ends the recording; what was recorded stays until the next start. Events
 * just being recorded may still come. May be repeated.
 *
 * @since 0.1
 */
ECHELON_API void echelon_trace_stop(echelon_engine *engine);

/**
 * Copies the newest `n` events, in the order of time, but for those that are
 * overwritten meanwhile.
 *
 * @return how many were copied; if `n` is 0, how many there are
 *
 * @par Threads  any but handlers' (they would wait for the copy)
 * @par Blocks   while another thread reads, starts or records its first
 * @since 0.1
 */
ECHELON_API size_t echelon_trace_read(echelon_engine *engine,
    struct echelon_trace_event *events, size_t n);

/** What echelon_trace_write makes of events. */
enum echelon_trace_format {
	/** A line an event, a column a thread; to be read. */
	ECHELON_TRACE_TEXT = 1,
	/** A picture: a row a thread, in the colours of the roles. */
	ECHELON_TRACE_SVG = 2,
	/** Chrome's trace event format, for https://ui.perfetto.dev. */
	ECHELON_TRACE_JSON = 3
};

/** What part of the events to draw; all 0: everything. */
struct echelon_trace_view {
	/** sizeof(struct echelon_trace_view); ECHELON_TRACE_VIEW_INIT. */
	size_t size;
	/** Only this connection and the threads that serve it, from its
	 *  first event to its last. 0: all. */
	echelon_conn_id conn;
	/** In ns since the first event of all. An end of 0: no end. */
	uint64_t from_ns;
	uint64_t until_ns;
	/** Or NULL. */
	const char *title;
};

#define ECHELON_TRACE_VIEW_INIT                           \
	{                                                 \
		.size = sizeof(struct echelon_trace_view) \
	}

/** Receives a piece of the text. 0, or -errno, which ends the writing. */
typedef int echelon_trace_sink(void *context, const char *text, size_t length);

/**
 * Draws events. Connections are called c0, c1, ... by their slot, their
 * successors in the same slot c0.2, c0.3, ...; listeners l0, l1, ...
 *
 * @param events  as echelon_trace_read gives them
 * @param view    NULL: everything, without a title
 *
 * @return 0, or
 *         -EINVAL  no such format, or no such `size`
 *         -ENOMEM
 *         -errno   what the sink returned
 *
 * @par Threads  any; it needs no engine
 * @since 0.1
 */
ECHELON_API int echelon_trace_write(const struct echelon_trace_event *events,
    size_t n, enum echelon_trace_format format,
    const struct echelon_trace_view *view, echelon_trace_sink *sink,
    void *context);

#ifdef __cplusplus
}
#endif

#endif
