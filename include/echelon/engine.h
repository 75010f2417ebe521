/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ECHELON_ENGINE_H
#define ECHELON_ENGINE_H

/**
 * @file
 * An engine inside a program that owns its main().
 *
 *     create -> listen, adopt -> start -> stop -> wait -> destroy
 *
 * All functions return 0 or -errno. No environment or command line is read,
 * nothing is printed, no signal disposition changes: engine threads run with
 * all signals blocked. After fork(2) the child may call no function of it; its
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

/** How much a log line matters. */
enum echelon_log_level {
	ECHELON_LOG_ERROR = 1,
	ECHELON_LOG_WARNING = 2,
	ECHELON_LOG_INFO = 3,
	ECHELON_LOG_DEBUG = 4
};

/**
 * Receives one line of text, without newline and control characters. Any
 * thread, several at once; must not call the engine, nor block: the threads
 * that wait for events call it, too.
 */
typedef void echelon_log_fn(void *context, enum echelon_log_level level,
    const char *text);

/** Where an engine's memory comes from, but for the texts of its settings.
 *  Both NULL: malloc and free. */
struct echelon_allocator {
	/** As malloc: memory for any object, or NULL. Any thread. */
	void *(*allocate)(void *context, size_t bytes);
	/** As free. Any thread. */
	void (*release)(void *context, void *memory);
	void *context;
};

/** How an engine shall be; 0 or NULL means the default everywhere. */
struct echelon_options {
	/** sizeof(struct echelon_options); ECHELON_OPTIONS_INIT sets it. */
	size_t size;

	/**
	 * As --pattern: "leader-followers", "lf:promote=always", ...
	 * The same as the setting engine.pattern, and stronger.
	 */
	const char *pattern;

	/** An INI file to read settings from. */
	const char *config_file;

	/**
	 * Settings "section.key=value", the last one NULL; stronger than the
	 * file. docs/configuration.md has the list.
	 */
	const char *const *settings;

	/** Receives reports, and why create or listen failed. */
	echelon_log_fn *log;
	void *log_context;

	struct echelon_allocator allocator;

	/**
	 * Runs first on every thread of the engine, also on those that never
	 * run a handler. What it stores in `*thread_data` is
	 * echelon_thread_data() there. -errno fails echelon_engine_start, or,
	 * on the thread that a connection has for itself, closes that one.
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
 *         -EINVAL  an unknown or malformed setting: the log says which, where;
 *                  or `size` is not set, or only one function of the
 *                  allocator is: there is no log then
 *         -E2BIG   `options` has members this version does not know, set
 *         -EMFILE, -ENFILE, -ENOMEM
 *         -errno   from reading the file: -ENOENT, -EACCES, ...
 */
ECHELON_API int echelon_engine_create(const struct echelon_options *options,
    echelon_engine **engine);

/**
 * Listens on an address, for connections served by `handler`.
 *
 * @param address  "HOST:PORT", "[IPV6]:PORT" (port 0: any free one), or
 *                 "unix:PATH" (a socket file that nobody serves is replaced,
 *                 and removed again when the listener closes)
 * @param handler  borrowed until destroy
 * @param context  for echelon_conn_context, and for `frame`
 *
 * @return 0, or
 *         -EINVAL      malformed address, or a handler without a `size`
 *         -EADDRINUSE, -EADDRNOTAVAIL, -EACCES, -EMFILE, -ENOMEM, ...
 *         -EHOSTUNREACH  the name of the host is not known
 *         -ESHUTDOWN   the engine has been stopped
 *         -ENOSPC      it has 64 listeners already
 *
 * @par Threads  not with itself or adopt
 * @par Blocks   while a host name is looked up
 */
ECHELON_API int echelon_engine_listen(echelon_engine *engine,
    const char *address, const struct echelon_handler *handler, void *context);

/**
 * Writes the address that the n-th listener is bound to, n counted from 0 in
 * the order of successful listen and adopt calls.
 *
 * @return 0, or
 *         -ENOENT  there is no n-th listener
 *         -ENOSPC  `size` is too small
 */
ECHELON_API int echelon_engine_address(echelon_engine *engine, unsigned n,
    char *buffer, size_t size);

/**
 * Serves a stream socket that somebody else opened, listening or connected.
 * Takes it on success, and makes it non-blocking and close-on-exec; on failure
 * it stays the caller's.
 *
 * @return 0, or
 *         -EINVAL     not a stream socket, or not connected, or as listen
 *         -EBADF      not a descriptor
 *         -EEXIST     it is served already
 *         -EAGAIN     limits.connections are open
 *         -ESHUTDOWN, -ENOSPC as listen
 *         -ENOMEM, -EMFILE, -ENFILE
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
 *         No thread is left then, and it can only be destroyed.
 *
 * @par Threads  any, on the engine's it returns -EALREADY; not with itself or
 *               wait
 */
ECHELON_API int echelon_engine_start(echelon_engine *engine);

/**
 * Begins the end: no more is accepted, what has arrived is answered, every
 * connection is closed in order. Returns at once; stopping again changes
 * nothing.
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
 * @par Blocks   until echelon_engine_stop was called, and then until
 *               deadlines.drain at most
 */
ECHELON_API int echelon_engine_wait(echelon_engine *engine);

/**
 * Writes the ids of connections whose handler has not returned after
 * echelon_engine_wait gave -ETIMEDOUT.
 *
 * @return how many there are, which may be more than the `n` written
 */
ECHELON_API size_t echelon_engine_stuck(echelon_engine *engine,
    echelon_conn_id *ids, size_t n);

/**
 * Reads the settings of create again, the file anew. Limits, deadlines and
 * the log level apply at once; every other changed key is named in the log
 * as waiting for the next start.
 *
 * @return 0, or as create; then nothing has changed
 *
 * @par Threads  not with itself
 * @par Blocks   while it reads the file
 */
ECHELON_API int echelon_engine_reload(echelon_engine *engine);

/**
 * Frees an engine that was never started, or whose wait returned 0. NULL is
 * allowed. Destroying a running one is misuse and aborts.
 *
 * @par Threads  any, on the engine's it aborts; not with anything else on
 *               this engine
 */
ECHELON_API void echelon_engine_destroy(echelon_engine *engine);

#ifdef __cplusplus
}
#endif

#endif
