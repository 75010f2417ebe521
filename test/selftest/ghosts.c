/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * Plants a defect for each claim of lib/base/ghost.h; the claim must end the
 * process. fails-with runs it, once for each: see CMakeLists.txt.
 *
 *     selftest_ghosts CLAIM
 */
#include <echelon/echelon.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "core/connection.h"
#include "core/engine.h"
#include "core/message.h"
#include "core/turn.h"
#include "os/sys.h"
#include "sync/lot.h"

enum {
	PATIENCE_S = 60,
	TOO_MUCH = 2 * 1024 * 1024
};

static const char *planted;

static bool
is_planted(const char *claim)
{
	return strcmp(planted, claim) == 0;
}

/** A step of a turn that is not the one which runs. */
static void
step_again(echelon_conn *conn, echelon_conn_id id, enum eln_step step)
{
	struct eln_turn_state turn = {
		.conn = conn, .thread = conn->thread, .id = id
	};

	eln_turn_step(&turn, step);
}

/** The slot is given on while a turn is in it. */
static void
change_generation(struct eln_run_word *run)
{
	(void)eln_run_close(run);
	eln_run_open(run, ELN_REASON_OPEN);
	(void)eln_run_take(run);
}

static void
write_elsewhere(echelon_conn *conn)
{
	conn->handle.fd = STDIN_FILENO;
	(void)echelon_write(conn, "x", 1);
	echelon_flush(conn);
}

static void
release_twice(echelon_conn *conn)
{
	static struct eln_message message;

	eln_message_release(conn->engine, &message);
	eln_message_release(conn->engine, &message);
}

static ptrdiff_t
on_data(echelon_conn *conn, const void *data, size_t length)
{
	echelon_conn_id id = echelon_conn_get_id(conn);

	(void)data;
	if (is_planted("exclusive")) {
		step_again(conn, id, ELN_STEP_DATA);
	} else if (is_planted("generation")) {
		change_generation(&conn->handle.run);
		step_again(conn, id, ELN_STEP_DEADLINES);
	} else if (is_planted("descriptor")) {
		write_elsewhere(conn);
	} else if (is_planted("message")) {
		release_twice(conn);
	}
	echelon_close(conn);
	return (ptrdiff_t)length;
}

static void
on_close(echelon_conn *conn, int reason)
{
	(void)reason;
	if (is_planted("closed")) {
		step_again(conn, echelon_conn_get_id(conn), ELN_STEP_END);
	}
}

static const struct echelon_handler handler = ECHELON_HANDLER(
	.on_data = on_data, .on_close = on_close);

/** A kernel that gives more than it was asked for. */
static ssize_t
receive_too_much(int fd, void *buffer, size_t length, int flags)
{
	(void)eln_sys_linux.recv(fd, buffer, length, flags);
	return TOO_MUCH;
}

static void *
allocate(void *context, size_t bytes)
{
	(void)context;
	return malloc(bytes);
}

/** What was released can still be looked at. */
static void
keep(void *context, void *memory)
{
	(void)context;
	(void)memory;
}

/** Serves one request, and waits for the end of its connection. */
static void
serve(void)
{
	struct echelon_options options = ECHELON_OPTIONS_INIT;
	echelon_engine *engine;
	char byte;
	int ends[2];

	options.pattern = "reactor";
	options.allocator.allocate = allocate;
	options.allocator.release = keep;
	if (echelon_engine_create(&options, &engine) != 0 ||
	    socketpair(AF_UNIX, SOCK_STREAM, 0, ends) != 0 ||
	    echelon_engine_adopt(engine, ends[0], &handler, NULL) != 0 ||
	    echelon_engine_start(engine) != 0 || write(ends[1], "x", 1) != 1) {
		perror("the engine");
		return;
	}
	while (is_planted("lead")) {
		/* Its thread waits in there, sooner or later. */
		(void)eln_set_next(&engine->sets[0],
		    eln_crew_at(&engine->crew, 0));
	}
	(void)!read(ends[1], &byte, 1);
	(void)close(ends[1]);
	echelon_engine_stop(engine);
	(void)echelon_engine_wait(engine);
}

static uint64_t
always(const void *core)
{
	(void)core;
	return 1;
}

static void
sleep_on(void)
{
	static struct eln_place place;
	static struct eln_lot lot;

	eln_lot_init(&lot, &place, 1);
	lot.pending = always;
	eln_ghost_patience = 1000000;
	eln_lot_announce(&lot, 0);
	(void)eln_lot_sleep(&lot, 0);
}

int
main(int argc, char **argv)
{
	static struct eln_sys sys;

	planted = argc > 1 ? argv[1] : "nothing";
	(void)alarm(PATIENCE_S);
	sys = eln_sys_linux;
	if (is_planted("bound")) {
		sys.recv = receive_too_much;
	}
	eln_sys = &sys;
	if (is_planted("parked")) {
		sleep_on();
	} else {
		serve();
	}
	return EXIT_SUCCESS;
}
