/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ECHELON_CONNECTION_H
#define ECHELON_CONNECTION_H

/**
 * @file
 * What a handler can do with its connection.
 *
 * Every function that takes an `echelon_conn` may be called only from inside
 * a handler function, on that function's thread, for the connection it was
 * given; anything else is misuse and aborts with a sentence. None of them
 * blocks but echelon_write_wait; none calls a handler function (G4).
 *
 * Elsewhere a connection is named by its id, which never names a successor.
 */

#include <stddef.h>
#include <stdint.h>

#include "export.h"
#include "handler.h"

#ifdef __cplusplus
extern "C" {
#endif

/** An engine; see engine.h. */
typedef struct echelon_engine echelon_engine;

/** Names a connection for ever; never 0, never used again. */
typedef uint64_t echelon_conn_id;

/** Releases what was lent or sent. Any thread; must not block. */
typedef void echelon_release_fn(void *arg);

/** Returns the connection's id, for echelon_post; logs show it as hex. */
ECHELON_API echelon_conn_id echelon_conn_get_id(const echelon_conn *conn);

/** Keeps a pointer with the connection. It belongs to the caller. */
ECHELON_API void echelon_conn_set_data(echelon_conn *conn, void *data);

/** Returns the pointer last set, NULL at first. */
ECHELON_API void *echelon_conn_data(const echelon_conn *conn);

/** Returns the context that was given to listen or adopt. */
ECHELON_API void *echelon_conn_context(const echelon_conn *conn);

/** Returns the engine that serves this connection. */
ECHELON_API echelon_engine *echelon_conn_engine(const echelon_conn *conn);

/**
 * Writes the peer's address as text: "127.0.0.1:7000", "[::1]:7000",
 * "unix:". The result is cut to `size` and always terminated.
 */
ECHELON_API void echelon_conn_peer(const echelon_conn *conn, char *buffer,
    size_t size);

/**
 * Returns the pointer that on_thread_start gave for the calling thread
 * (engine.h); NULL without one.
 */
ECHELON_API void *echelon_thread_data(const echelon_conn *conn);

/**
 * Writes `length` bytes to the peer, all or nothing. The bytes are copied,
 * or already with the kernel, when it returns.
 *
 * Unsent output above half of limits.output pauses the connection's input
 * until it is below a quarter.
 *
 * @return 0, or
 *         -ENOBUFS   no room below limits.output now; on_writable will tell.
 *                    A write into an empty output always has room
 *         -EMSGSIZE  more than limits.output: there will never be room
 *         -EPIPE     after echelon_close or echelon_abort, in on_close, or
 *                    the peer is gone
 *         -ENOMEM    out of memory; nothing was taken
 */
ECHELON_API int echelon_write(echelon_conn *conn, const void *data,
    size_t length);

/**
 * As echelon_write, but does not copy: lends `data` until `release(arg)` is
 * called, which happens exactly once, on failure too, perhaps before this
 * returns and perhaps on another thread. `release` may be NULL.
 */
ECHELON_API int echelon_write_ref(echelon_conn *conn, const void *data,
    size_t length, echelon_release_fn *release, void *arg);

/** Gives what was written to the kernel now, as far as it takes it. */
ECHELON_API void echelon_flush(echelon_conn *conn);

/**
 * Blocks the calling thread until all that was written is with the kernel.
 * For handlers that stream more than limits.output.
 *
 * @param timeout_ms  how long at most, in milliseconds
 *
 * @return 0, or
 *         -ETIMEDOUT  some of it is still unsent
 *         -EPIPE      as for echelon_write
 */
ECHELON_API int echelon_write_wait(echelon_conn *conn, unsigned timeout_ms);

/**
 * Closes the connection in order: what was written is sent, the peer sees
 * FIN, and on_close(0) follows. No more input is presented.
 */
ECHELON_API void echelon_close(echelon_conn *conn);

/**
 * Resets the connection: unsent output is dropped, the peer sees RST, and
 * on_close(-ECONNABORTED) follows.
 */
ECHELON_API void echelon_abort(echelon_conn *conn);

/**
 * Stops presenting input (on_data, on_end) until echelon_resume, so that a
 * reply can be given later without losing its place in the order. Holding
 * what is held changes nothing. The deadlines `request` and `idle` do not
 * run meanwhile. A drain waits for held connections up to its deadline.
 */
ECHELON_API void echelon_hold(echelon_conn *conn);

/** Ends echelon_hold. Input at hand is presented after this call returns. */
ECHELON_API void echelon_resume(echelon_conn *conn);

/**
 * Sends a message to a connection: its on_message is called with it, in the
 * order of posts from one thread.
 *
 * `release(message)` is called exactly once on every outcome: after
 * on_message, when the connection closes first, and when this fails (then
 * before it returns). NULL: nothing to release.
 *
 * @return 0, or
 *         -ESTALE     the connection has closed
 *         -EAGAIN     limits.messages wait there already
 *         -ESHUTDOWN  the engine has stopped
 *         -ENOMEM     out of memory
 *
 * @par Threads  any, at any time before destroy
 */
ECHELON_API int echelon_post(echelon_engine *engine, echelon_conn_id id,
    void *message, echelon_release_fn *release);

#ifdef __cplusplus
}
#endif

#endif
