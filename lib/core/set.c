/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/set.h"

#include <errno.h>

#include "base/contract.h"
#include "core/engine.h"
#include "core/thread.h"
#include "core/trace.h"
#include "os/sys.h"
#include "os/wakeup.h"

/* What `waiting` says of the thread with the lead. */
enum {
	AWAKE = 0,
	BLOCKS = 1,
	POKED = 2
};

/* The wake-up descriptor's id; no handle's, as generations start at 1. */
#define WAKEUP_ID UINT64_C(0)

static void
clear_list(struct eln_set *set)
{
	set->list = NULL;
	set->list_end = &set->list;
}

int
eln_set_init(struct eln_set *set, struct echelon_engine *engine,
    const struct eln_demultiplexer *demultiplexer, uint32_t capacity)
{
	int error;

	*set = (struct eln_set){
		.engine = engine,
		.demultiplexer = demultiplexer,
		.wakeup = -1,
	};
	clear_list(set);
	error = eln_timers_init(&set->timers, &engine->memory, capacity);
	if (error == 0) {
		error = demultiplexer->create(&engine->memory, &set->handles);
	}
	if (error == 0) {
		set->wakeup = eln_wakeup_open();
		error = set->wakeup < 0 ? set->wakeup : 0;
	}
	if (error == 0) {
		error = demultiplexer->add(set->handles, set->wakeup,
		    WAKEUP_ID);
	}
	if (error != 0) {
		eln_set_deinit(set);
	}
	return error;
}

void
eln_set_deinit(struct eln_set *set)
{
	if (set->wakeup >= 0) {
		(void)eln_sys->close(set->wakeup);
		set->wakeup = -1;
	}
	if (set->handles != NULL) {
		set->demultiplexer->destroy(set->handles);
		set->handles = NULL;
	}
	if (set->engine != NULL) {
		eln_timers_deinit(&set->timers, &set->engine->memory);
	}
}

/** Wakes the waiting thread if it blocks: the other half of may_block. */
static void
wake_if_blocked(struct eln_set *set)
{
	/* Sequentially consistent, after the put: pairs with may_block. */
	if (eln_load32_sc(&set->waiting) == BLOCKS) {
		eln_set_wake(set);
	}
}

void
eln_set_post(struct eln_set *set, struct eln_handle *handle)
{
	eln_inbox_put(&set->ready, &handle->ready);
	wake_if_blocked(set);
}

void
eln_set_wake(struct eln_set *set)
{
	if (eln_exchange32(&set->waiting, POKED) == BLOCKS) {
		eln_wakeup_set(set->wakeup);
	}
}

static void
ask_rearm(struct eln_handle *handle)
{
	if (eln_exchange32(&handle->rearm_asked, 1) == 0) {
		eln_inbox_put(&handle->set->rearm, &handle->rearm);
		wake_if_blocked(handle->set);
	}
}

void
eln_set_deadline(struct eln_handle *handle, uint64_t deadline)
{
	/* Relaxed: only the runner, who calls this, writes it. */
	uint64_t before = eln_load64_relaxed(&handle->deadline);

	if (deadline < before) {
		/* Pairs with the second load in arm. */
		eln_exchange64(&handle->deadline, deadline);
	} else if (deadline > before) {
		/* Relaxed: armed for an earlier time, the leader finds it
		 * when that comes, or asks for a turn that was not needed. */
		eln_store64_relaxed(&handle->deadline, deadline);
	}
	/* Sequentially consistent: pairs with the exchange in arm. */
	if (deadline < eln_load64_sc(&handle->armed)) {
		ask_rearm(handle);
	}
}

/** Lead: arms the handle's timer for its deadline. */
static void
arm(struct eln_set *set, struct eln_handle *handle)
{
	uint64_t deadline = eln_load64_sc(&handle->deadline);
	uint64_t armed;

	do {
		armed = deadline;
		/* Pairs with the load in eln_set_deadline. */
		eln_exchange64(&handle->armed, armed);
		deadline = eln_load64_sc(&handle->deadline);
	} while (deadline < armed);
	eln_timers_arm(&set->timers, handle, armed);
}

static void
take_rearms(struct eln_set *set)
{
	struct eln_link *link = eln_inbox_take(&set->rearm);

	while (link != NULL) {
		struct eln_handle *handle = ELN_CONTAINER(link,
		    struct eln_handle, rearm);

		link = link->next;
		/* Before the deadline is read: an ask after this is put
		 * again. */
		eln_exchange32(&handle->rearm_asked, 0);
		arm(set, handle);
	}
}

static void
append(struct eln_set *set, struct eln_link *link)
{
	link->next = NULL;
	*set->list_end = link;
	set->list_end = &link->next;
}

static void
trace_ready(struct eln_thread *thread, const struct eln_handle *handle,
    enum echelon_trace_reason why)
{
	eln_trace(thread, ECHELON_TRACE_READY, eln_handle_id(handle), why);
}

/** Records of a batch that has just come what is ready: also what will be
 *  looked at only when others have had their turn. */
static void
trace_batch(const struct eln_set *set, struct eln_thread *thread)
{
	for (unsigned i = 0; i < set->batch_n; i++) {
		uint64_t id = set->batch[i].id;

		if (id != WAKEUP_ID &&
		    id ==
			eln_handle_id(eln_engine_handle(set->engine,
			    eln_id_slot(id)))) {
			eln_trace(thread, ECHELON_TRACE_READY, id,
			    ECHELON_READY_EVENT);
		}
	}
}

static void
take_ready(struct eln_set *set, struct eln_thread *thread)
{
	struct eln_link *link;

	if (eln_inbox_is_empty(&set->ready)) {
		return;
	}
	link = eln_inbox_take(&set->ready);
	while (link != NULL) {
		struct eln_link *next = link->next;

		trace_ready(thread,
		    ELN_CONTAINER(link, struct eln_handle, ready),
		    ECHELON_READY_POST);
		append(set, link);
		link = next;
	}
}

/** Lead: gives handles whose deadline has come the reason to look at it. */
static void
expire_timers(struct eln_set *set, struct eln_thread *thread, uint64_t now)
{
	struct eln_handle *handle;

	while ((handle = eln_timers_pop(&set->timers, now)) != NULL) {
		if (eln_load64_sc(&handle->deadline) > now) {
			arm(set, handle);
			continue;
		}
		/* Before the signal: the turn that it causes must find the
		 * timer gone, and ask for the next. */
		eln_exchange64(&handle->armed, ELN_NEVER);
		/* Before the generation is read: whoever has the slot by now
		 * either finds the timer gone or gets the reason to look,
		 * though the deadline may have been a predecessor's. */
		eln_fence();
		if (eln_run_signal(&handle->run,
			eln_run_generation(&handle->run),
			ELN_REASON_TIMER) == ELN_MADE_READY) {
			trace_ready(thread, handle, ECHELON_READY_TIMER);
			append(set, &handle->ready);
		}
	}
}

static void
clear_wakeup(struct eln_set *set)
{
	int error = 0;

	eln_wakeup_clear(set->wakeup);
	if (set->demultiplexer->rearm != NULL) {
		error = set->demultiplexer->rearm(set->handles, set->wakeup,
		    WAKEUP_ID, ELN_INTEREST_INPUT);
	}
	/* What was registered once can be changed (epoll_ctl(2)). */
	ELN_CONTRACT(error == 0, "the wake-up descriptor cannot be watched");
}

static struct eln_handle *
take_next(struct eln_set *set, struct eln_thread *thread)
{
	while (set->batch_next < set->batch_n) {
		const struct eln_event *event = &set->batch[set->batch_next++];
		struct eln_handle *handle;

		if (event->id == WAKEUP_ID) {
			clear_wakeup(set);
			continue;
		}
		handle = eln_engine_handle(set->engine, eln_id_slot(event->id));
		switch (eln_run_signal(&handle->run,
		    eln_id_generation(event->id), event->reasons)) {
		case ELN_MADE_READY:
			ELN_GHOST_CLAIM(ELN_CLAIM_GENERATION,
			    eln_handle_id(handle) == event->id);
			return handle;
		case ELN_STALE:
			eln_thread_tally(thread, ELN_STALE_EVENTS, 1);
			break;
		case ELN_ADDED:
			break;
		}
	}
	if (set->list != NULL) {
		struct eln_link *link = set->list;

		set->list = link->next;
		if (set->list == NULL) {
			clear_list(set);
		}
		return ELN_CONTAINER(link, struct eln_handle, ready);
	}
	return NULL;
}

struct eln_handle *
eln_set_next(struct eln_set *set, struct eln_thread *thread)
{
	struct eln_handle *handle;

	ELN_GHOST_ENTER(ELN_CLAIM_LEAD, set->inside, thread);
	handle = take_next(set, thread);
	ELN_GHOST_LEAVE(ELN_CLAIM_LEAD, set->inside, thread);
	return handle;
}

bool
eln_set_has_more(const struct eln_set *set)
{
	return set->batch_next < set->batch_n || set->list != NULL ||
	    eln_set_has_posts(set);
}

bool
eln_set_has_posts(const struct eln_set *set)
{
	return !eln_inbox_is_empty(&set->ready);
}

struct eln_link *
eln_set_take_posts(struct eln_set *set)
{
	return eln_inbox_take(&set->ready);
}

/** Whether the wait may block; if so, posters know that it will. */
static bool
may_block(struct eln_set *set)
{
	uint32_t awake = AWAKE;

	if (set->list != NULL || !eln_cas32(&set->waiting, &awake, BLOCKS)) {
		return false;
	}
	/* Sequentially consistent, after the CAS: pairs with the load in
	 * wake_if_blocked. */
	return eln_inbox_is_empty(&set->ready) &&
	    eln_inbox_is_empty(&set->rearm);
}

static uint64_t
time_left(const struct eln_set *set)
{
	uint64_t next = eln_timers_next(&set->timers);
	uint64_t now;

	if (next == ELN_NEVER) {
		return ELN_FOREVER;
	}
	/* Coarse: a deadline may come a few milliseconds late, a wait must
	 * not cost two precise clock reads. */
	now = eln_sys->now_coarse();
	return next > now ? next - now : 0;
}

#ifdef ELN_GHOSTS
static uint64_t
pending(const void *arg)
{
	const struct eln_set *set = arg;

	return eln_inbox_is_empty(&set->ready) &&
		eln_inbox_is_empty(&set->rearm)
	    ? 0
	    : eln_engine_progress(set->engine);
}

/** Sleeps with looks at what was posted; whether it may sleep on. */
static bool
sleep_for_a_while(struct eln_set *set, struct eln_ghost_sleep *sleep)
{
	const struct eln_ghost_watch watch = { pending, set };
	uint64_t began = eln_sys->now();
	uint64_t now;

	set->batch_n = set->demultiplexer->wait(set->handles, set->batch,
	    ELN_BATCH, eln_ghost_patience);
	now = eln_sys->now();
	if (set->batch_n > 0 || now - began < eln_ghost_patience) {
		return false;
	}
	ELN_GHOST_LOOK(&watch, sleep, now);
	return true;
}
#endif

static unsigned
wait_for_events(struct eln_set *set, uint64_t timeout)
{
#ifdef ELN_GHOSTS
	struct eln_ghost_sleep sleep = { 0 };

	while (timeout > eln_ghost_patience) {
		if (!sleep_for_a_while(set, &sleep)) {
			return set->batch_n;
		}
		timeout -= timeout == ELN_FOREVER ? 0 : eln_ghost_patience;
	}
#endif
	return set->demultiplexer->wait(set->handles, set->batch, ELN_BATCH,
	    timeout);
}

void
eln_set_wait(struct eln_set *set, struct eln_thread *thread, uint64_t longest)
{
	uint64_t timeout = 0;

	ELN_GHOST_ENTER(ELN_CLAIM_LEAD, set->inside, thread);
	ELN_CONTRACT(set->batch_next == set->batch_n,
	    "the batch is not used up");
	eln_trace(thread, ECHELON_TRACE_WAIT_BEGIN, 0, 0);
	take_rearms(set);
	take_ready(set, thread);
	if (longest > 0 && may_block(set)) {
		timeout = time_left(set);
		timeout = timeout < longest ? timeout : longest;
	}
	set->batch_next = 0;
	set->batch_n = wait_for_events(set, timeout);
	/* What was put before this is taken below, so a poke is used up. */
	eln_exchange32(&set->waiting, AWAKE);
	eln_thread_tally(thread, ELN_WAITS, 1);
	eln_thread_tally(thread, ELN_EVENTS, set->batch_n);
	if (eln_trace_is_on(set->engine)) {
		trace_batch(set, thread);
	}
	if (set->timers.n != 0) {
		expire_timers(set, thread, eln_sys->now_coarse());
	}
	take_ready(set, thread);
	eln_trace(thread, ECHELON_TRACE_WAIT_END, 0, set->batch_n);
	ELN_GHOST_LEAVE(ELN_CLAIM_LEAD, set->inside, thread);
}
