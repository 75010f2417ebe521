/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ECHELON_CONNECTION_H
#define ECHELON_CONNECTION_H

/**
 * @file
 * What a handler can do with its connection.
 *
 * What takes an `echelon_conn` may be called only from inside a handler
 * function, on its thread, for its connection; all else is misuse and aborts
 * with a sentence. Only echelon_write_wait blocks.
 *
 * Elsewhere a connection is named by its id.
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

/** Releases what was lent or sent. Any thread; must neither block nor use the
 *  connection. */
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
 * Writes the peer's address as text, "127.0.0.1:7000", "[::1]:7000", "unix:",
 * cut to `size` and always terminated.
 */
ECHELON_API void echelon_conn_peer(const echelon_conn *conn, char *buffer,
    size_t size);

/** Returns what on_thread_start (engine.h) gave for this thread, or NULL. */
ECHELON_API void *echelon_thread_data(const echelon_conn *conn);

/**
 * Writes `length` bytes to the peer, all or nothing; copies what the kernel
 * does not take at once.
 *
 * Unsent output above half of limits.output pauses the connection's input
 * until it is below a quarter.
 *
 * @return 0, or
 *         -ENOBUFS   no room below limits.output now; on_writable will tell
 *         -EMSGSIZE  more than limits.output: there will never be room
 *         -EPIPE     closed or aborted, in on_close, or the peer is gone
 *         -ENOMEM    nothing was taken
 */
ECHELON_API int echelon_write(echelon_conn *conn, const void *data,
    size_t length);

/**
 * As echelon_write, but lends `data` until `release(arg)` is called: once, on
 * failure too, perhaps before this returns and perhaps on another thread.
 * `release` may be NULL.
 */
ECHELON_API int echelon_write_ref(echelon_conn *conn, const void *data,
    size_t length, echelon_release_fn *release, void *arg);

/** Gives what was written to the kernel now, as far as it takes it. */
ECHELON_API void echelon_flush(echelon_conn *conn);

/**
 * Blocks until all that was written is with the kernel, at most so many
 * milliseconds. For handlers that stream more than limits.output.
 *
 * @return 0, or
 *         -ETIMEDOUT  some of it is still unsent
 *         -EPIPE      as echelon_write
 */
ECHELON_API int echelon_write_wait(echelon_conn *conn, unsigned timeout_ms);

/**
 * Closes in order: what was written is sent, the peer sees FIN, on_close(0)
 * follows. No more input is presented.
 */
ECHELON_API void echelon_close(echelon_conn *conn);

/**
 * Resets: unsent output is dropped, the peer sees RST, on_close(-ECONNABORTED)
 * follows.
 */
ECHELON_API void echelon_abort(echelon_conn *conn);

/**
 * Presents no input (on_data, on_end) until echelon_resume, so that a reply
 * given later keeps its place. Holding what is held changes nothing. The
 * deadlines `request` and `idle` rest; a drain waits, up to its deadline.
 */
ECHELON_API void echelon_hold(echelon_conn *conn);

/** Ends echelon_hold; input at hand is presented after it has returned. */
ECHELON_API void echelon_resume(echelon_conn *conn);

/**
 * Sends a message to a connection's on_message, in the order of posts from one
 * thread.
 *
 * `release(message)`, unless NULL, is called once on every outcome: after
 * on_message, when the connection closes first, or before this fails.
 *
 * @return 0, or
 *         -ESTALE     the connection has closed
 *         -EAGAIN     limits.messages wait there already
 *         -ESHUTDOWN  the engine has stopped
 *         -ENOMEM
 *
 * @par Threads  any, at any time before destroy
 */
ECHELON_API int echelon_post(echelon_engine *engine, echelon_conn_id id,
    void *message, echelon_release_fn *release);

#ifdef __cplusplus
}
#endif

#endif
