/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ECHELON_ENGINE_H
#define ECHELON_ENGINE_H

/**
 * @file
 * An engine inside a program that owns its main().
 *
 *     create -> listen, adopt -> start -> stop -> wait -> destroy
 *
 * It reads no environment and no command line, prints nothing, and blocks all
 * signals in its threads. After fork(2) the child may call no function of it;
 * descriptors are close-on-exec.
 *
 * Unless a function says otherwise it may be called from any thread, also from
 * handlers, at any time before destroy.
 */

#include <stddef.h>

#include "connection.h"
#include "export.h"
#include "handler.h"

#ifdef __cplusplus
extern "C" {
#endif

enum echelon_log_level {
	ECHELON_LOG_ERROR = 1,
	ECHELON_LOG_WARNING = 2,
	ECHELON_LOG_INFO = 3,
	ECHELON_LOG_DEBUG = 4
};

/**
 * Receives one line, without newline and control characters. Any thread,
 * several at once; must neither block nor call the engine.
 */
typedef void echelon_log_fn(void *context, enum echelon_log_level level,
    const char *text);

/** Where memory comes from, but for the texts of settings; as malloc and free,
 *  on any thread. Both NULL: malloc and free. */
struct echelon_allocator {
	void *(*allocate)(void *context, size_t bytes);
	void (*release)(void *context, void *memory);
	void *context;
};

/** How an engine shall be; 0 or NULL means the default everywhere. */
struct echelon_options {
	/** sizeof(struct echelon_options); ECHELON_OPTIONS_INIT sets it. */
	size_t size;

	/** "leader-followers", "lf:promote=always", ...: stronger than the
	 *  setting engine.pattern. */
	const char *pattern;

	/** An INI file with settings; docs/configuration.md lists them. */
	const char *config_file;

	/** "section.key=value", the last one NULL; stronger than the file. */
	const char *const *settings;

	/** Receives reports, and why create or listen failed. */
	echelon_log_fn *log;
	void *log_context;

	struct echelon_allocator allocator;

	/**
	 * Runs first on every thread, also those that run no handler; what
	 * it stores in `*thread_data` is echelon_thread_data() there. -errno
	 * fails echelon_engine_start, or closes the connection whose own
	 * thread it is.
	 */
	int (*on_thread_start)(void *context, void **thread_data);
	/** Runs last on every thread whose on_thread_start returned 0. */
	void (*on_thread_stop)(void *context, void *thread_data);
	void *thread_context;
};

#define ECHELON_OPTIONS_INIT                           \
	{                                              \
		.size = sizeof(struct echelon_options) \
	}

/**
 * Makes an engine; nothing runs yet.
 *
 * @param options  copied, with its strings; NULL for all defaults
 * @param engine   written only on success
 *
 * @return 0, or
 *         -EINVAL  a bad setting: the log says which, where; or, without a
 *                  log, `size` or one function of the allocator is missing
 *         -E2BIG   members that this version does not know are set
 *         -EMFILE, -ENFILE, -ENOMEM
 *         -errno   from reading the file: -ENOENT, -EACCES, ...
 */
ECHELON_API int echelon_engine_create(const struct echelon_options *options,
    echelon_engine **engine);

/**
 * Listens for connections that `handler` serves.
 *
 * @param address  "HOST:PORT", "[IPV6]:PORT" (port 0: any free one), or
 *                 "unix:PATH" (a socket file nobody serves is replaced, and
 *                 removed when the listener closes)
 * @param handler  borrowed until destroy
 * @param context  for echelon_conn_context, and for `frame`
 *
 * @return 0, or
 *         -EINVAL      malformed address, or a handler without a `size`
 *         -EADDRINUSE, -EADDRNOTAVAIL, -EACCES, -EMFILE, -ENOMEM, ...
 *         -EHOSTUNREACH  unknown host name
 *         -ESHUTDOWN   the engine was stopped
 *         -ENOSPC      it has 64 listeners already
 *
 * @par Threads  not with itself or adopt
 * @par Blocks   while a host name is looked up
 */
ECHELON_API int echelon_engine_listen(echelon_engine *engine,
    const char *address, const struct echelon_handler *handler, void *context);

/**
 * Writes the address of the n-th listener, counted from 0 in the order of
 * successful listen and adopt calls.
 *
 * @return 0, or
 *         -ENOENT  there is none
 *         -ENOSPC  `size` is too small
 */
ECHELON_API int echelon_engine_address(echelon_engine *engine, unsigned n,
    char *buffer, size_t size);

/**
 * Serves a stream socket that somebody else opened, listening or connected.
 * Takes it, and makes it non-blocking and close-on-exec; on failure it stays
 * the caller's.
 *
 * @return 0, or
 *         -EINVAL  not a stream socket, or not connected, or as listen
 *         -EEXIST  it is served already, where the kernel notices that
 *         -EAGAIN  limits.connections are open
 *         -EBADF, -ENOMEM, -EMFILE, -ENFILE; -ESHUTDOWN, -ENOSPC as listen
 *
 * @par Threads  listening sockets: not with listen or each other
 */
ECHELON_API int echelon_engine_adopt(echelon_engine *engine, int descriptor,
    const struct echelon_handler *handler, void *context);

/**
 * Starts the threads and returns when all are running.
 *
 * @return 0, or
 *         -EALREADY   it was started before
 *         -ESHUTDOWN  it was stopped before
 *         -EAGAIN, -ENOMEM  no thread could be made
 *         -errno      what on_thread_start returned
 *         After the last two no thread is left: destroy it.
 *
 * @par Threads  not with itself or wait; on the engine's own, where it only
 *               returns -EALREADY, with any
 */
ECHELON_API int echelon_engine_start(echelon_engine *engine);

/**
 * Begins the end: no more is accepted, what has arrived is answered, every
 * connection closes in order. Returns at once; may be repeated.
 */
ECHELON_API void echelon_engine_stop(echelon_engine *engine);

/**
 * Waits until the engine has stopped and all its threads are gone.
 *
 * @return 0, or
 *         -EDEADLK    called from a handler or a thread of the engine
 *         -EINVAL     it was never started
 *         -ETIMEDOUT  deadlines.drain has passed and handlers have not
 *                     returned: echelon_engine_stuck names them. They get no
 *                     on_close, and the engine cannot be destroyed. May be
 *                     called again, to look again at once.
 *
 * @par Threads  any but the engine's; one at a time
 * @par Blocks   until stopped, and then for deadlines.drain at most
 */
ECHELON_API int echelon_engine_wait(echelon_engine *engine);

/**
 * Writes the ids of connections whose handlers had not returned when
 * echelon_engine_wait gave -ETIMEDOUT, `n` at most; returns how many they are.
 */
ECHELON_API size_t echelon_engine_stuck(echelon_engine *engine,
    echelon_conn_id *ids, size_t n);

/**
 * Reads the settings of create again, the file anew. Limits, deadlines and
 * the log level apply at once; the log names other changed keys.
 *
 * @return 0, or as create; then nothing has changed
 *
 * @par Threads  not with itself
 * @par Blocks   while it reads the file
 */
ECHELON_API int echelon_engine_reload(echelon_engine *engine);

/**
 * Frees an engine that was never started, or whose wait returned 0; NULL does
 * nothing. Destroying a running one aborts.
 *
 * @par Threads  any, on the engine's it aborts; not with anything else on
 *               this engine
 */
ECHELON_API void echelon_engine_destroy(echelon_engine *engine);

#ifdef __cplusplus
}
#endif

#endif
