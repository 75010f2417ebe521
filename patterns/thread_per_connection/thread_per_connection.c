/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * Thread per connection: the baseline that everybody starts with. Each
 * connection has a thread of its own, which blocks until there is something
 * to do for it.
 *
 *   service thread                     the thread of a connection (a seat)
 *   listeners, timers, the set's
 *   inbox: wait, next ready handle
 *     ├─ listener: accept ─┐
 *     │                    ▼ new: start a thread
 *     └─ connection: hand it over ───▶ handed? ──▶ its turn ──┐ closed: leave
 *                                      poll(2): socket, wake-up ◀─ else
 *
 * Who waits: each thread for its connection; the service thread for everything
 * else. Who runs: the connection's thread. Who accepts: the service thread.
 *
 * A *seat* is what a thread has beside the crew's record of it: the connection
 * that it serves, by generation, and a wake-up descriptor. So posts, deadlines
 * and the drain reach a thread that waits, at the price of two descriptors
 * per connection; it is made when the connection is opened, by whoever opens
 * it, or the connection cannot be opened. The connection's own thread polls
 * its socket, for what the last turn said and only until the first event
 * (`watch`): what is known already would be reported for ever.
 *
 * Invariant: a connection that is ready is the service thread's until it says
 * `handed`, then its seat's. The seat cannot leave meanwhile, as only its own
 * turn closes a connection; and its descriptor is closed by the service
 * thread, after it was joined, so nobody writes into a stranger's.
 *
 *   service thread            seat
 *   handed = 1                empty the wake-up descriptor
 *   write to the descriptor   handed? then it is ours: a turn
 *
 * When no thread can be had (EAGAIN, no memory), a new connection waits, and
 * the service thread tries again after a while. At a drain it is closed
 * unopened. `limits.connections` is the only bound; engine.threads means
 * nothing here.
 *
 * (Schmidt, "Thread-per-Session"; POSA2 calls the strategy
 * thread-per-connection, p. 448.)
 */

#include <errno.h>
#include <string.h>

#include "base/memory.h"
#include "core/engine.h"
#include "core/listener.h"
#include "core/pattern.h"
#include "core/trace.h"
#include "os/sys.h"
#include "thread_per_connection/seat.h"

extern const struct eln_pattern eln_pattern_thread_per_connection;

/* How long a connection waits for a thread that could not be had. */
#define RETRY_NS UINT64_C(100000000)
#define RETRY_AT_END_NS UINT64_C(5000000)
/* How often at most to say that there are none. */
#define SAY_AGAIN_NS UINT64_C(1000000000)

struct eln_core {
	struct echelon_engine *engine; /* [const] */
	struct eln_atomic32 stopping;  /* [atomic] 1: leave */
	/* The seat of the connection in each slot, or of its last one.
	 * [atomic] */
	struct eln_atomic_ptr *seats;
	struct eln_link *waiting;      /* [service thread] without a thread */
	struct eln_link **waiting_end; /* [service thread] */
	uint64_t retry_at;             /* [service thread] ns, for them */
	uint64_t quiet_until;          /* [service thread] ns, of the log */
};

/* ---- life ---- */

static unsigned
one_thread(const uint64_t *values, unsigned threads)
{
	(void)values;
	(void)threads;
	return 1;
}

static unsigned
one_waiter(const uint64_t *values)
{
	(void)values;
	return 1;
}

static int
create(struct echelon_engine *engine, const uint64_t *values,
    struct eln_core **result)
{
	struct eln_core *core = eln_allocate(&engine->memory, sizeof(*core));

	(void)values;
	if (core == NULL) {
		return -ENOMEM;
	}
	core->engine = engine;
	core->waiting_end = &core->waiting;
	core->seats = eln_allocate(&engine->memory,
	    engine->table.capacity * sizeof(*core->seats));
	if (core->seats == NULL) {
		eln_release(&engine->memory, core);
		return -ENOMEM;
	}
	*result = core;
	return 0;
}

/* ---- seats ---- */

/** The seat of the connection that a slot has now; its owner asks. */
static struct seat *
seat_of(const struct eln_core *core, const struct eln_handle *handle)
{
	/* Acquire: pairs with the release in prepare. */
	return eln_load_ptr_acquire(&core->seats[handle->slot]);
}

static int
prepare(struct eln_core *core, struct eln_handle *handle)
{
	struct seat *seat;
	int error = eln_tpc_seat_make(&core->engine->memory, handle, &seat);

	if (error == 0) {
		/* Release: pairs with the acquire in seat_of. */
		eln_store_ptr_release(&core->seats[handle->slot], seat);
	}
	return error;
}

static void
discard(struct eln_core *core, struct seat *seat)
{
	void *expected = seat;

	/* A successor in the slot may have one of its own. */
	(void)eln_cas_ptr(&core->seats[seat->handle->slot], &expected, NULL);
	eln_tpc_seat_free(&core->engine->memory, seat);
}

static void
destroy(struct eln_core *core)
{
	struct echelon_engine *engine = core->engine;
	uint32_t made = eln_crew_made(&engine->crew);

	/* Those of threads that were not reaped, then those without one. */
	for (uint32_t i = engine->crew.n_pool; i < made; i++) {
		struct eln_thread *thread = eln_crew_at(&engine->crew, i);

		if (thread->task != NULL) {
			discard(core, thread->task);
		}
	}
	for (uint32_t slot = 0; slot < engine->table.capacity; slot++) {
		struct seat *seat = eln_load_ptr_relaxed(&core->seats[slot]);

		if (seat != NULL) {
			discard(core, seat);
		}
	}
	eln_release(&engine->memory, core->seats);
	eln_release(&engine->memory, core);
}

/** Frees the seats of threads that have left. Whether there were any. */
static bool
reap(struct eln_core *core)
{
	struct eln_crew *crew = &core->engine->crew;
	struct eln_thread *thread;
	bool any = false;

	while ((thread = eln_crew_reap(crew)) != NULL) {
		discard(core, thread->task);
		thread->task = NULL;
		eln_crew_give(crew, thread);
		any = true;
	}
	if (any) {
		/* Their descriptors are free. */
		eln_listeners_look_again(core->engine);
	}
	return any;
}

static void
watch(struct eln_core *core, struct eln_handle *handle, unsigned interest)
{
	eln_tpc_seat_watch(seat_of(core, handle), interest);
}

/* ---- the service thread ---- */

/** Gives a seat a thread, and the connection, which is ready, with it. */
static int
start(struct eln_core *core, struct seat *seat)
{
	struct eln_crew *crew = &core->engine->crew;
	struct eln_thread *thread;
	int error;

	(void)reap(core);
	error = eln_crew_take(crew, &thread);
	if (error != 0) {
		return error;
	}
	seat->thread = thread;
	thread->task = seat;
	error = eln_engine_add_thread(thread);
	if (error != 0) {
		seat->thread = NULL;
		thread->task = NULL;
		eln_crew_give(crew, thread);
	}
	return error;
}

static void
log_shortage(struct eln_core *core, int error)
{
	uint64_t now = eln_sys->now();

	if (now < core->quiet_until) {
		return;
	}
	core->quiet_until = now + SAY_AGAIN_NS;
	eln_log(core->engine, ECHELON_LOG_WARNING,
	    "no thread for a new connection (%s); trying again",
	    strerror(-error));
}

static void
append_waiting(struct eln_core *core, struct eln_handle *handle)
{
	handle->ready.next = NULL;
	*core->waiting_end = &handle->ready;
	core->waiting_end = &handle->ready.next;
}

/** Whether a seat got its thread; else it waits, or the end has come. */
static bool
try_to_start(struct eln_core *core, struct seat *seat)
{
	int error = start(core, seat);

	/* Records that are on their way back are no shortage. */
	if (error != 0 && error != -EBUSY) {
		log_shortage(core, error);
	}
	return error == 0;
}

/** Gives a ready connection to its thread; a new one gets one, or waits. */
static void
hand_over(struct eln_core *core, struct eln_thread *thread,
    struct eln_handle *handle)
{
	struct seat *seat = seat_of(core, handle);

	if (seat->thread != NULL) {
		eln_tpc_seat_hand(seat);
		eln_thread_tally(thread, ELN_WAKES, 1);
	} else if (core->waiting != NULL || !try_to_start(core, seat)) {
		eln_thread_tally(thread, ELN_ACCEPT_FAILURES, 1);
		append_waiting(core, handle);
	}
}

static struct eln_handle *
first_waiting(const struct eln_core *core)
{
	return core->waiting == NULL
	    ? NULL
	    : ELN_CONTAINER(core->waiting, struct eln_handle, ready);
}

/** `next` is the one behind it. */
static void
remove_first_waiting(struct eln_core *core, struct eln_link *next)
{
	core->waiting = next;
	if (core->waiting == NULL) {
		core->waiting_end = &core->waiting;
	}
}

/** Those that wait for a thread, oldest first, until there is none again. At
 *  the drain deadline they are closed. */
static void
retry(struct eln_core *core, struct eln_thread *thread)
{
	bool cut_off = eln_engine_is_cut_off(core->engine);
	struct eln_handle *handle;

	while ((handle = first_waiting(core)) != NULL) {
		struct seat *seat = seat_of(core, handle);
		/* Before the start: then the handle is its thread's, and may
		 * be closed and somebody else's at once. */
		struct eln_link *next = handle->ready.next;

		if (cut_off) {
			remove_first_waiting(core, next);
			handle->type->drop(handle, thread);
			discard(core, seat);
		} else if (try_to_start(core, seat)) {
			remove_first_waiting(core, next);
		} else {
			core->retry_at = eln_sys->now() + RETRY_NS;
			return;
		}
	}
}

static void
dispose(struct eln_core *core, struct eln_thread *thread,
    struct eln_handle *handle)
{
	if ((handle->slot & ELN_LISTENER_SLOT) == 0) {
		hand_over(core, thread, handle);
	} else if (handle->type->turn(handle, thread, true) == ELN_TURN_AGAIN) {
		eln_set_post(handle->set, handle);
	}
}

/** Whether to try again for those that wait. */
static bool
is_retry_due(const struct eln_core *core, bool reaped)
{
	return core->waiting != NULL &&
	    (reaped || eln_engine_is_stopping(core->engine) ||
		eln_sys->now() >= core->retry_at);
}

/** Whether this is the end: nobody is left who could need us. */
static bool
is_over(const struct eln_core *core)
{
	return eln_load32_sc(&core->stopping) != 0 &&
	    eln_load32_sc(&core->engine->crew.n_added) == 0 &&
	    core->waiting == NULL;
}

static uint64_t
longest_wait(const struct eln_core *core, bool over)
{
	if (over) {
		return 0;
	}
	if (core->waiting == NULL) {
		return ELN_FOREVER;
	}
	return eln_engine_is_stopping(core->engine) ? RETRY_AT_END_NS
						    : RETRY_NS;
}

static void
run_service(struct eln_core *core, struct eln_thread *thread)
{
	struct eln_set *set = &core->engine->sets[0];
	bool over;

	do {
		struct eln_handle *handle;
		bool reaped;

		while ((handle = eln_set_next(set, thread)) != NULL) {
			dispose(core, thread, handle);
		}
		reaped = reap(core);
		if (is_retry_due(core, reaped)) {
			retry(core, thread);
		}
		over = is_over(core);
		eln_set_wait(set, thread, longest_wait(core, over));
	} while (!over || eln_set_has_more(set));
}

static void
run(struct eln_core *core, struct eln_thread *thread)
{
	eln_trace_role(thread, ECHELON_ROLE_DISPATCHER);
	if (thread->task == NULL) {
		run_service(core, thread);
	} else {
		eln_tpc_seat_run(thread->task);
	}
}

static void
stop(struct eln_core *core)
{
	eln_exchange32(&core->stopping, 1);
	eln_set_wake(&core->engine->sets[0]);
}

static void
left(struct eln_core *core)
{
	eln_set_wake(&core->engine->sets[0]);
}

const struct eln_pattern eln_pattern_thread_per_connection = {
	.name = "thread-per-connection",
	.alias = "tpc",
	.summary = "each connection has a thread that blocks for it",
	.n_threads = one_thread,
	.n_waiters = one_waiter,
	.thread_each = true,
	.create = create,
	.destroy = destroy,
	.run = run,
	.stop = stop,
	.prepare = prepare,
	.watch = watch,
	.left = left,
};
