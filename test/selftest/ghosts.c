/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * Plants a defect for each claim of lib/base/ghost.h; the claim must end the
 * process. fails-with runs it, once for each: see CMakeLists.txt.
 *
 *     selftest_ghosts CLAIM
 */
#include <echelon/echelon.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/compiler.h"
#include "core/connection.h"
#include "core/engine.h"
#include "core/message.h"
#include "core/turn.h"
#include "os/sys.h"
#include "os/wakeup.h"
#include "sync/condition.h"
#include "sync/lead.h"
#include "sync/lot.h"
#include "sync/ring.h"

enum {
	PATIENCE_S = 60,
	PATIENCE_NS = 20000000,
	TOO_MUCH = 2 * 1024 * 1024,
	RING_BYTES = 4096
};

static const char *const settings[] = { "engine.threads=2", NULL };
static const char *planted;
static atomic_int service_wakeup;
static atomic_ullong posted_to; /* a connection's id */

static bool
is_planted(const char *claim)
{
	return strcmp(planted, claim) == 0;
}

static bool
begins(const char *prefix)
{
	return strncmp(planted, prefix, strlen(prefix)) == 0;
}

/* ---- defects in the library's own functions (--wrap) ---- */

bool __real_eln_lead_try(struct eln_lead *lead);
bool __wrap_eln_lead_try(struct eln_lead *lead);
bool __real_eln_lead_leave(struct eln_lead *lead, uint64_t epoch);
bool __wrap_eln_lead_leave(struct eln_lead *lead, uint64_t epoch);
bool __real_eln_lot_notify(struct eln_lot *lot);
bool __wrap_eln_lot_notify(struct eln_lot *lot);
bool __real_eln_lot_hand_over(struct eln_lot *lot);
bool __wrap_eln_lot_hand_over(struct eln_lot *lot);
bool __real_eln_condition_signal(struct eln_condition *condition);
bool __wrap_eln_condition_signal(struct eln_condition *condition);
void __real_eln_wakeup_set(int fd);
void __wrap_eln_wakeup_set(int fd);

/** Everybody gets the lead. */
bool
__wrap_eln_lead_try(struct eln_lead *lead)
{
	return __real_eln_lead_try(lead) || is_planted("lead");
}

/** The word stays *in handler*, and its thread goes on leading. */
bool
__wrap_eln_lead_leave(struct eln_lead *lead, uint64_t epoch)
{
	return is_planted("lead_left") || __real_eln_lead_leave(lead, epoch);
}

/* Wakes that are forgotten. */
bool
__wrap_eln_lot_notify(struct eln_lot *lot)
{
	return !begins("parked_") && __real_eln_lot_notify(lot);
}

bool
__wrap_eln_lot_hand_over(struct eln_lot *lot)
{
	return !begins("parked_") && __real_eln_lot_hand_over(lot);
}

bool
__wrap_eln_condition_signal(struct eln_condition *condition)
{
	return !begins("parked_") && __real_eln_condition_signal(condition);
}

void
__wrap_eln_wakeup_set(int fd)
{
	/* A seat's wake comes by the service thread, which is woken. */
	if (!is_planted("parked_set") &&
	    (!is_planted("parked_seat") || fd == service_wakeup)) {
		__real_eln_wakeup_set(fd);
	}
}

/* ---- defects in a handler ---- */

/** A step of a turn that is not the one which runs. */
static void
step_again(echelon_conn *conn, echelon_conn_id id, enum eln_step step)
{
	struct eln_turn_state turn = { .conn = conn,
		.thread = eln_load_ptr_relaxed(&conn->thread),
		.id = id };

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
	} else if (is_planted("parked_lead")) {
		for (;;) {
			(void)pause();
		}
	} else if (begins("parked_")) {
		atomic_store(&posted_to, id);
		return (ptrdiff_t)length;
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
	} else if (is_planted("freed")) {
		eln_connection_free(conn, eln_load_ptr_relaxed(&conn->thread));
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

static const char *
choose_pattern(void)
{
	static const char *const patterns[][2] = {
		{ "lead", "leader-followers" },
		{ "lead_left", "leader-followers:promote=stall" },
		{ "parked_rings", "half-sync-half-async" },
		{ "parked_locked", "half-sync-half-async:queue_kind=locked" },
		{ "parked_lead", "leader-followers:promote=always" },
		{ "parked_seat", "thread-per-connection" },
	};

	for (size_t i = 0; i < sizeof(patterns) / sizeof(patterns[0]); i++) {
		if (is_planted(patterns[i][0])) {
			return patterns[i][1];
		}
	}
	return "reactor";
}

/** Waits until those sleep who will not be woken. */
static void
await_sleepers(const echelon_engine *engine)
{
	uint64_t wanted = 0;
	uint64_t parks;

	if (is_planted("parked_lead")) {
		wanted = 1;
	} else if (is_planted("parked_rings") || is_planted("parked_locked")) {
		wanted = 2;
	}
	do {
		(void)sched_yield();
		parks = 0;
		for (uint32_t i = 0; i < eln_crew_made(&engine->crew); i++) {
			parks +=
			    eln_load64_relaxed(&eln_crew_at(&engine->crew, i)
						    ->counters.n[ELN_PARKS]);
		}
	} while (parks < wanted);
}

/** Posts to the connection when it has been served and is quiet. */
static void
post(echelon_engine *engine)
{
	echelon_conn_id id;

	while ((id = atomic_load(&posted_to)) == 0) {
		(void)sched_yield();
	}
	while (eln_run_state(&eln_engine_handle(engine, eln_id_slot(id))
				  ->run) != ELN_IDLE) {
		(void)sched_yield();
	}
	for (;;) {
		(void)echelon_post(engine, id, NULL, NULL);
	}
}

/** Serves one request, and waits for the end of its connection. */
static void
serve(void)
{
	struct echelon_options options = ECHELON_OPTIONS_INIT;
	echelon_engine *engine;
	char byte;
	int ends[2];

	options.pattern = choose_pattern();
	options.settings = settings;
	options.allocator.allocate = allocate;
	options.allocator.release = keep;
	if (echelon_engine_create(&options, &engine) != 0 ||
	    socketpair(AF_UNIX, SOCK_STREAM, 0, ends) != 0 ||
	    echelon_engine_adopt(engine, ends[0], &handler, NULL) != 0 ||
	    echelon_engine_start(engine) != 0) {
		perror("the engine");
		return;
	}
	service_wakeup = engine->sets[0].wakeup;
	if (begins("parked_")) {
		await_sleepers(engine);
	}
	(void)!write(ends[1], "x", 1);
	if (is_planted("parked_set") || is_planted("parked_seat")) {
		post(engine);
	}
	(void)!read(ends[1], &byte, 1);
	(void)close(ends[1]);
	echelon_engine_stop(engine);
	(void)echelon_engine_wait(engine);
}

/* ---- two producers ---- */

static void *
produce(void *ring)
{
	while (is_planted("bound_ring")) {
		/* Both take in any case: two who put at once can leave a ring
		 * that is full for ever. */
		(void)eln_ring_put(ring, ring);
		(void)eln_ring_take(ring);
	}
	return NULL;
}

/** A ring for one, and both of them see it empty sooner or later. */
static void
produce_twice(void)
{
	struct eln_ring *ring = aligned_alloc(ELN_CACHELINE, RING_BYTES);
	pthread_t other;

	if (ring == NULL || eln_ring_bytes(1) > RING_BYTES ||
	    pthread_create(&other, NULL, produce, eln_ring_init(ring, 1)) !=
		0) {
		perror("the ring");
		return;
	}
	(void)produce(ring);
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
	if (begins("parked")) {
		eln_ghost_patience = PATIENCE_NS;
	}
	if (is_planted("bound_ring")) {
		produce_twice();
	} else {
		serve();
	}
	return EXIT_SUCCESS;
}
