/* SPDX-License-Identifier: BSD-2-Clause */
#include "rig_handles.h"

#include <stddef.h>

#include "base/memory.h"
#include "core/engine.h"
#include "core/listener.h"
#include "core/watch.h"
#include "rig.h"
#include "schedule/explore.h"
#include "schedule/kernel_small.h"

/* ---- the handle set ---- */

struct eln_handle_set {
	bool one_shot;
	int wakeup;
	bool wakeup_silent;   /* one-shot: reported, not yet rearmed */
	uint64_t wakeup_seen; /* writes to it when it was last reported */
	unsigned n_waiting;   /* threads inside the wait */
};

static int
create_set(const struct echelon_allocator *memory, bool one_shot,
    struct eln_handle_set **result)
{
	*result = eln_allocate(memory, sizeof(**result));
	**result = (struct eln_handle_set){ .one_shot = one_shot };
	return 0;
}

static int
create(const struct echelon_allocator *memory, struct eln_handle_set **result)
{
	return create_set(memory, false, result);
}

static int
create_one_shot(const struct echelon_allocator *memory,
    struct eln_handle_set **result)
{
	return create_set(memory, true, result);
}

static void
destroy(struct eln_handle_set *set)
{
	eln_release(&rig.engine->memory, set);
}

static int
add(struct eln_handle_set *set, int fd, uint64_t id)
{
	if (id == 0) {
		set->wakeup = fd;
	}
	return 0;
}

static int
rearm(struct eln_handle_set *set, int fd, uint64_t id, unsigned interest)
{
	(void)interest;
	explore_point("rearm", NULL);
	explore_system_call();
	if (id == 0) {
		set->wakeup_silent = false;
	} else {
		rig.handles[fd].silent = false;
	}
	return 0;
}

static bool
is_watched(const struct eln_handle_set *set, const struct rig_handle *handle)
{
	return handle->handle != NULL && handle->handle->set->handles == set &&
	    handle->arrived != 0 && !handle->silent;
}

/** As it is registered: by its level, once; or with EPOLLET, after a write
 *  that has not been reported, whether or not it was read since. */
static bool
wakeup_is_due(const struct eln_handle_set *set)
{
	if (!kernel_small_is_set(set->wakeup)) {
		return false;
	}
	return set->one_shot
	    ? !set->wakeup_silent
	    : kernel_small_writes(set->wakeup) != set->wakeup_seen;
}

static bool
has_events(const void *arg)
{
	const struct eln_handle_set *set = arg;

	for (unsigned i = 0; i < RIG_HANDLES; i++) {
		if (is_watched(set, &rig.handles[i])) {
			return true;
		}
	}
	return wakeup_is_due(set);
}

static unsigned
report(struct eln_handle_set *set, struct eln_event *events)
{
	unsigned n = 0;

	for (unsigned i = 0; i < RIG_HANDLES; i++) {
		struct rig_handle *handle = &rig.handles[i];

		if (is_watched(set, handle)) {
			events[n++] = (struct eln_event){
				eln_handle_id(handle->handle), handle->arrived
			};
			handle->arrived = 0;
			handle->silent = set->one_shot;
		}
	}
	if (wakeup_is_due(set)) {
		events[n++] = (struct eln_event){ 0, ELN_REASON_INPUT };
		set->wakeup_silent = set->one_shot;
		set->wakeup_seen = kernel_small_writes(set->wakeup);
	}
	return n;
}

static unsigned
wait_for_events(struct eln_handle_set *set, struct eln_event *events,
    unsigned max, uint64_t timeout_ns)
{
	unsigned n;

	(void)max;
	set->n_waiting++;
	explore_check(set->n_waiting == 1,
	    "two threads wait on one handle set");
	(void)explore_wait("wait", has_events, set, timeout_ns);
	set->n_waiting--;
	n = report(set, events);
	explore_note("%u events", n);
	return n;
}

const struct eln_demultiplexer rig_demultiplexer = {
	.name = "rig",
	.create = create,
	.destroy = destroy,
	.add = add,
	.wait = wait_for_events,
	.one_shot = &rig_demultiplexer_one_shot,
};

const struct eln_demultiplexer rig_demultiplexer_one_shot = {
	.name = "rig, one-shot",
	.create = create_one_shot,
	.destroy = destroy,
	.add = add,
	.rearm = rearm,
	.wait = wait_for_events,
};

/* ---- the world ---- */

void
rig_event(unsigned i)
{
	explore_point("event for handle", rig.handles[i].handle);
	rig.handles[i].sent++;
	rig.handles[i].arrived |= ELN_REASON_INPUT;
}

void
rig_post(unsigned i)
{
	struct eln_handle *handle = rig.handles[i].handle;

	rig.handles[i].sent++;
	explore_note("sends to handle %u", i);
	if (eln_run_signal(&handle->run, 1, ELN_REASON_MESSAGE) ==
	    ELN_MADE_READY) {
		eln_set_post(handle->set, handle);
	}
}

void
rig_set_deadline(unsigned i, uint64_t deadline)
{
	rig.handles[i].deadline = deadline;
	eln_set_deadline(rig.handles[i].handle, deadline);
}

/* ---- turns ---- */

/* More than the points of some turns take, less than between deadlines. */
#define LATE_NS 100000

static struct rig_handle *
rig_handle_of(const struct eln_handle *handle)
{
	return &rig.handles[handle->fd];
}

/** As core/steps.c marks a turn that calls handlers. */
static void
mark(struct eln_thread *thread)
{
	if (rig.options->marks) {
		eln_add64(&thread->turn, 1);
		eln_monitor_notice(thread->engine, ELN_MONITOR_SLOW);
	}
}

static void
unmark(struct eln_thread *thread)
{
	if (rig.options->marks) {
		eln_store64_release(&thread->turn,
		    eln_load64_relaxed(&thread->turn) + 1);
	}
}

/** The handler: sees what was sent; may be the one that never ends. */
static void
call_handler(struct rig_handle *handle)
{
	handle->inside++;
	explore_check(handle->inside == 1,
	    "two threads are in the handler of handle %d", handle->handle->fd);
	explore_check(handle->closed == 0,
	    "the handler of handle %d is called after its end",
	    handle->handle->fd);
	explore_point("handler", handle->handle);
	handle->seen = handle->sent;
	if (rig.options->endless && rig.n_endless == 0 &&
	    explore_random(2) == 1) {
		handle->endless = true;
		rig.n_endless++;
		explore_never("a handler that never ends");
	}
	handle->inside--;
}

/** A deadline that has come is over; another has its time. */
static void
look_at_deadline(struct rig_handle *handle)
{
	if (handle->deadline <= explore_now()) {
		explore_check(!explore_is_patient() ||
			explore_now() - handle->deadline < LATE_NS,
		    "a deadline is noticed late, and nobody was busy");
		rig_set_deadline((unsigned)handle->handle->fd, ELN_NEVER);
	} else {
		/* The timer is gone: ask for the next. */
		eln_set_deadline(handle->handle, handle->deadline);
	}
}

static void
close_handle(struct rig_handle *handle, struct eln_thread *thread)
{
	handle->closed++;
	explore_check(handle->closed == 1, "handle %d is closed twice",
	    handle->handle->fd);
	(void)eln_run_close(&handle->handle->run);
	eln_engine_handle_closed(thread->engine);
}

static enum eln_turn
turn(struct eln_handle *handle, struct eln_thread *thread, bool may_call)
{
	struct rig_handle *self = rig_handle_of(handle);
	uint32_t reasons = eln_run_take(&handle->run);
	enum eln_turn end = ELN_TURN_DONE;

	if (!may_call) {
		eln_run_yield(&handle->run, reasons);
		return ELN_TURN_CALL;
	}
	mark(thread);
	for (;;) {
		if (reasons != 0) {
			call_handler(self);
		}
		if ((reasons & ELN_REASON_TIMER) != 0) {
			look_at_deadline(self);
		}
		if ((reasons & (ELN_REASON_DRAIN | ELN_REASON_CUT_OFF)) != 0) {
			close_handle(self, thread);
			break;
		}
		if (rig.options->again && reasons != 0) {
			eln_run_yield(&handle->run, 0);
			end = ELN_TURN_AGAIN;
			break;
		}
		if (eln_watch_again(handle, ELN_INTEREST_INPUT) == 0 &&
		    eln_run_let_go(&handle->run)) {
			break;
		}
		reasons = eln_run_look(&handle->run);
	}
	unmark(thread);
	return end;
}

static const struct eln_handle_type rig_type = { .turn = turn };

static void
make_handle(unsigned i)
{
	struct eln_listener *listener = &rig.engine->listeners.all[i];
	struct eln_handle *handle = &listener->handle;

	listener->engine = rig.engine;
	handle->set = &rig.engine->sets[i % rig.engine->n_sets];
	handle->slot = ELN_LISTENER_SLOT | i;
	handle->type = &rig_type;
	handle->fd = (int)i;
	eln_store64_relaxed(&handle->deadline, ELN_NEVER);
	eln_store64_relaxed(&handle->armed, ELN_NEVER);
	eln_run_open(&handle->run, ELN_REASON_OPEN);
	(void)eln_run_take(&handle->run);
	(void)eln_run_let_go(&handle->run);
	rig.handles[i].handle = handle;
	rig.handles[i].deadline = ELN_NEVER;
}

void
rig_make_handles(void)
{
	for (unsigned i = 0; i < rig.options->handles; i++) {
		make_handle(i);
	}
	eln_store32_release(&rig.engine->listeners.n, rig.options->handles);
}
