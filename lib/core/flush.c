/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/flush.h"

#include <errno.h>

#include "core/connection.h"
#include "core/engine.h"
#include "core/trace.h"
#include "core/watch.h"
#include "os/sys.h"

/** Whether so little is unsent that what was stopped for it goes on. */
static bool
is_low(const struct echelon_conn *conn)
{
	return conn->output.unsent <=
	    eln_live(conn->engine, ELN_LIVE_OUTPUT) / 4;
}

bool
eln_connection_has_room(const struct echelon_conn *conn)
{
	uint64_t limit = eln_live(conn->engine, ELN_LIVE_OUTPUT);

	return conn->output.unsent == 0 ||
	    (is_low(conn) && conn->room_wanted <= limit &&
		conn->output.unsent <= limit - conn->room_wanted);
}

bool
eln_connection_flush_is_due(const struct echelon_conn *conn,
    const struct eln_thread *thread)
{
	return thread->scratch_used > 0 ||
	    (conn->output.first != NULL && !conn->output_watched);
}

void
eln_connection_set_pause(struct echelon_conn *conn, struct eln_thread *thread)
{
	struct eln_run_word *run = &conn->handle.run;
	bool paused = (eln_run_flags(run) & ELN_PAUSED) != 0;

	if (conn->phase != ELN_PHASE_OPEN) {
		return;
	}
	if (!paused &&
	    conn->output.unsent > eln_live(conn->engine, ELN_LIVE_OUTPUT) / 2) {
		eln_run_hide(run, ELN_PAUSED);
		eln_thread_tally(thread, ELN_PAUSES, 1);
	} else if (paused && is_low(conn)) {
		eln_run_show(run, ELN_PAUSED);
		/* The clock of a partial request stood still meanwhile. */
		eln_connection_restart_request(conn, eln_sys->now_coarse());
	}
}

/** Has room reported exactly while something waits for it. */
static int
watch_output(struct echelon_conn *conn, bool watch)
{
	int error;

	if (conn->output_watched == watch) {
		return 0;
	}
	error = eln_watch_output(&conn->handle, watch);
	if (error == 0) {
		conn->output_watched = watch;
	}
	return error;
}

void
eln_connection_drop_output(struct echelon_conn *conn, struct eln_thread *thread)
{
	eln_output_drop(&conn->output, &conn->engine->memory);
	thread->scratch_used = 0;
}

/** Gives the socket what it takes, and records it. */
static int
send_output(struct echelon_conn *conn, struct eln_thread *thread)
{
	size_t before = conn->output.unsent;
	/* Before: with the last byte the peer may go on. */
	uint64_t began = eln_trace_time(conn->engine);
	int error;

	ELN_GHOST_USE(conn->handle.fd, &conn->handle);
	error = eln_output_flush(&conn->output, thread, conn->handle.fd);

	if (began != 0 && conn->output.unsent < before) {
		uint64_t id = eln_handle_id(&conn->handle);

		eln_trace_at(thread, began, ECHELON_TRACE_WRITE_BEGIN, id, 0);
		eln_trace(thread, ECHELON_TRACE_WRITE_END, id,
		    (uint32_t)(before - conn->output.unsent));
	}
	return error;
}

int
eln_connection_flush(struct echelon_conn *conn, struct eln_thread *thread)
{
	int error;

	if (conn->phase == ELN_PHASE_DEAD ||
	    conn->phase == ELN_PHASE_LINGERING) {
		eln_connection_drop_output(conn, thread);
		return 0;
	}
	error = send_output(conn, thread);
	if (error == 0 || error == -EAGAIN) {
		int watch_error = watch_output(conn, error == -EAGAIN);

		error = watch_error != 0 ? watch_error : error;
	}
	if (error != 0 && error != -EAGAIN) {
		eln_connection_drop_output(conn, thread);
		eln_connection_kill(conn, error, false);
		return error;
	}
	eln_connection_set_pause(conn, thread);
	return error;
}
