/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * What a handler calls on its connection: include/echelon/connection.h.
 */

#include <echelon/connection.h>
#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <string.h>

#include "base/contract.h"
#include "core/address.h"
#include "core/connection.h"
#include "core/engine.h"
#include "core/flush.h"
#include "os/sys.h"

/** The thread of the handler's call, which must be the calling one.
 *  `function` is what the user called. */
static struct eln_thread *
thread_of(const struct echelon_conn *conn, const char *function)
{
	/* Acquire: pairs with the release in enter. Whoever misuses the
	 * connection may come at any time, and must find a whole record. */
	struct eln_thread *thread = conn == NULL
	    ? NULL
	    : eln_load_ptr_acquire(&conn->thread);

	if (thread == NULL || !eln_os_thread_is_self(&thread->self)) {
		eln_contract_broken(function,
		    "a connection may be used only inside a call of its "
		    "handler and on that thread; elsewhere use its id and "
		    "echelon_post");
	}
	return thread;
}

#define CALLER(conn) thread_of((conn), __func__)

echelon_conn_id
echelon_conn_get_id(const echelon_conn *conn)
{
	(void)CALLER(conn);
	return eln_handle_id(&conn->handle);
}

void
echelon_conn_set_data(echelon_conn *conn, void *data)
{
	(void)CALLER(conn);
	conn->data = data;
}

void *
echelon_conn_data(const echelon_conn *conn)
{
	(void)CALLER(conn);
	return conn->data;
}

void *
echelon_conn_context(const echelon_conn *conn)
{
	(void)CALLER(conn);
	return conn->context;
}

echelon_engine *
echelon_conn_engine(const echelon_conn *conn)
{
	(void)CALLER(conn);
	return conn->engine;
}

void
echelon_conn_peer(const echelon_conn *conn, char *buffer, size_t size)
{
	(void)CALLER(conn);
	eln_address_format(&conn->peer.any, buffer, size);
}

void *
echelon_thread_data(const echelon_conn *conn)
{
	return CALLER(conn)->user;
}

/** Whether `length` bytes can be taken now: 0, -EPIPE, -EMSGSIZE, -ENOBUFS. */
static int
check_room(struct echelon_conn *conn, struct eln_thread *thread, size_t length)
{
	uint64_t limit = eln_live(conn->engine, ELN_LIVE_OUTPUT);

	if (conn->phase != ELN_PHASE_NEW && conn->phase != ELN_PHASE_OPEN) {
		return -EPIPE;
	}
	if (length > limit) {
		return -EMSGSIZE;
	}
	if (conn->output.unsent > limit - length ||
	    thread->scratch_used + length > ELN_SCRATCH_BYTES) {
		(void)eln_connection_flush(conn, thread);
	}
	if (conn->phase == ELN_PHASE_DEAD) {
		return -EPIPE;
	}
	if (conn->output.unsent > 0 && conn->output.unsent > limit - length) {
		conn->refused_write = true;
		conn->wants_room = true;
		conn->room_wanted = length;
		return -ENOBUFS;
	}
	return 0;
}

int
echelon_write(echelon_conn *conn, const void *data, size_t length)
{
	struct eln_thread *thread = CALLER(conn);
	int error = check_room(conn, thread, length);

	if (error != 0 || length == 0) {
		return error;
	}
	return eln_output_copy(&conn->output, thread, data, length);
}

/* Below this, copying is cheaper than keeping account of a loan. */
enum {
	WORTH_LENDING = 512
};

int
echelon_write_ref(echelon_conn *conn, const void *data, size_t length,
    echelon_release_fn *release, void *arg)
{
	struct eln_thread *thread = CALLER(conn);
	int error = check_room(conn, thread, length);

	if (error == 0 && length >= WORTH_LENDING) {
		error = eln_output_lend(&conn->output, thread, data, length,
		    release, arg);
		if (error == 0) {
			return 0;
		}
	} else if (error == 0 && length > 0) {
		error = eln_output_copy(&conn->output, thread, data, length);
	}
	if (release != NULL) {
		release(arg);
	}
	return error;
}

void
echelon_flush(echelon_conn *conn)
{
	(void)eln_connection_flush(conn, CALLER(conn));
}

/** Waits for room on the connection's own descriptor. */
static void
wait_for_room(const struct echelon_conn *conn, uint64_t timeout_ns)
{
	struct pollfd wanted = { .fd = conn->handle.fd, .events = POLLOUT };
	uint64_t timeout_ms = (timeout_ns + 999999) / 1000000;

	ELN_GHOST_USE(conn->handle.fd, &conn->handle);
	(void)eln_sys->poll(&wanted, 1,
	    timeout_ms < INT_MAX ? (int)timeout_ms : INT_MAX);
}

int
echelon_write_wait(echelon_conn *conn, unsigned timeout_ms)
{
	uint64_t deadline = eln_sys->now() +
	    (uint64_t)timeout_ms * UINT64_C(1000000);
	struct eln_thread *thread = CALLER(conn);

	for (;;) {
		uint64_t now;

		(void)eln_connection_flush(conn, thread);
		if (conn->phase != ELN_PHASE_NEW &&
		    conn->phase != ELN_PHASE_OPEN) {
			return -EPIPE;
		}
		if (conn->output.unsent == 0) {
			return 0;
		}
		now = eln_sys->now();
		if (now >= deadline) {
			return -ETIMEDOUT;
		}
		wait_for_room(conn, deadline - now);
	}
}

void
echelon_close(echelon_conn *conn)
{
	(void)CALLER(conn);
	eln_connection_close(conn, 0);
}

void
echelon_abort(echelon_conn *conn)
{
	(void)CALLER(conn);
	if (conn->phase != ELN_PHASE_DEAD) {
		eln_connection_kill(conn, -ECONNABORTED, true);
	}
}

void
echelon_hold(echelon_conn *conn)
{
	(void)CALLER(conn);
	if (conn->phase == ELN_PHASE_NEW || conn->phase == ELN_PHASE_OPEN) {
		eln_run_hide(&conn->handle.run, ELN_HELD);
	}
}

void
echelon_resume(echelon_conn *conn)
{
	(void)CALLER(conn);
	if ((eln_run_flags(&conn->handle.run) & ELN_HELD) == 0) {
		return;
	}
	eln_run_show(&conn->handle.run, ELN_HELD);
	/* The handler may have left bytes for later: look at them again. */
	conn->incomplete = false;
	conn->active = eln_sys->now_coarse();
	eln_connection_restart_request(conn, conn->active);
}
