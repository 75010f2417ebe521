/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/listener.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/contract.h"
#include "base/ghost.h"
#include "base/memory.h"
#include "core/address.h"
#include "core/connection.h"
#include "core/engine.h"
#include "core/trace.h"
#include "core/watch.h"
#include "os/sys.h"

enum {
	MOST_ACCEPTS = 64
};

/* How long to leave the kernel alone after it had no descriptor for us. */
#define RETRY_NS UINT64_C(100000000)

static const struct eln_handle_type listener_type;

static struct eln_listener *
listener_of(struct eln_handle *handle)
{
	return ELN_CONTAINER(handle, struct eln_listener, handle);
}

int
eln_listeners_init(struct echelon_engine *engine)
{
	struct eln_listeners *listeners = &engine->listeners;

	listeners->all = eln_allocate(&engine->memory,
	    ELN_MOST_LISTENERS * sizeof(*listeners->all));
	return listeners->all == NULL ? -ENOMEM : 0;
}

static void
close_descriptor(struct eln_listener *listener)
{
	struct eln_handle *handle = &listener->handle;

	if (handle->fd < 0) {
		return;
	}
	if (listener->accepted >= 0) {
		(void)eln_sys->close(listener->accepted);
		listener->accepted = -1;
	}
	eln_unwatch(handle);
	ELN_GHOST_GIVE(handle->fd, handle);
	(void)eln_sys->close(handle->fd);
	handle->fd = -1;
	if (listener->unlink_path != NULL) {
		(void)eln_sys->unlink(listener->unlink_path);
	}
}

void
eln_listeners_deinit(struct echelon_engine *engine)
{
	struct eln_listeners *listeners = &engine->listeners;
	uint32_t n = eln_load32_acquire(&listeners->n);

	for (uint32_t i = 0; i < n; i++) {
		close_descriptor(&listeners->all[i]);
		eln_release_raw(&engine->memory, listeners->all[i].unlink_path);
	}
	eln_release(&engine->memory, listeners->all);
	listeners->all = NULL;
}

static int
note_address(struct eln_listener *listener, const char *unlink_path)
{
	struct sockaddr_storage address;
	socklen_t size = sizeof(address);
	int error;

	if (unlink_path != NULL) {
		(void)snprintf(listener->address, sizeof(listener->address),
		    "unix:%s", unlink_path);
		return 0;
	}
	memset(&address, 0, sizeof(address));
	error = eln_sys->getsockname(listener->handle.fd,
	    (struct sockaddr *)&address, &size);
	if (error == 0) {
		eln_address_format((struct sockaddr *)&address,
		    listener->address, sizeof(listener->address));
	}
	return error;
}

static void
prepare(struct eln_listener *listener, struct echelon_engine *engine,
    uint32_t n)
{
	memset(listener, 0, sizeof(*listener));
	listener->engine = engine;
	listener->accepted = -1;
	listener->handle.type = &listener_type;
	listener->handle.set = &engine->sets[n % engine->n_sets];
	listener->handle.slot = ELN_LISTENER_SLOT | n;
	eln_store64_relaxed(&listener->handle.deadline, ELN_NEVER);
	eln_store64_relaxed(&listener->handle.armed, ELN_NEVER);
}

/** Registers the listener, ready to look at its backlog. */
static int
open_listener(struct eln_listener *listener)
{
	struct eln_handle *handle = &listener->handle;
	int error;

	eln_run_open(&handle->run, ELN_REASON_INPUT);
	error = eln_watch(handle);
	if (error != 0) {
		(void)eln_run_take(&handle->run);
		(void)eln_run_close(&handle->run);
		return error;
	}
	eln_engine_handle_opened(listener->engine);
	return 0;
}

int
eln_listener_add(struct echelon_engine *engine, int fd,
    const struct echelon_handler *handler, void *context, char *unlink_path)
{
	struct eln_listeners *listeners = &engine->listeners;
	uint32_t n = eln_load32_relaxed(&listeners->n);
	struct eln_listener *listener;
	uint32_t end_reasons;
	int error;

	if (n >= ELN_MOST_LISTENERS) {
		return -ENOSPC;
	}
	listener = &listeners->all[n];
	prepare(listener, engine, n);
	listener->handler = handler;
	listener->context = context;
	listener->handle.fd = fd;
	/* First: nobody could be told where a port of 0 has led to. */
	error = note_address(listener, unlink_path);
	if (error != 0) {
		return error;
	}
	error = open_listener(listener);
	if (error != 0) {
		return error;
	}
	ELN_GHOST_TAKE(fd, &listener->handle);
	listener->unlink_path = unlink_path;
	/* Release: pairs with the acquires of those who walk. */
	eln_store32_release(&listeners->n, n + 1);
	eln_fence();
	end_reasons = eln_engine_end_reasons(engine);
	if (end_reasons != 0) {
		(void)eln_run_signal(&listener->handle.run,
		    eln_run_generation(&listener->handle.run), end_reasons);
	}
	eln_set_post(listener->handle.set, &listener->handle);
	return 0;
}

static void
signal_listener(struct eln_listener *listener, uint32_t reasons)
{
	struct eln_handle *handle = &listener->handle;

	if (eln_run_signal(&handle->run, eln_run_generation(&handle->run),
		reasons) == ELN_MADE_READY) {
		eln_set_post(handle->set, handle);
	}
}

void
eln_listeners_look_again(struct echelon_engine *engine)
{
	struct eln_listeners *listeners = &engine->listeners;
	uint32_t n = eln_load32_acquire(&listeners->n);

	for (uint32_t i = 0; i < n; i++) {
		struct eln_listener *listener = &listeners->all[i];

		/* Sequentially consistent, after the slot was given back:
		 * pairs with the listener's second look. */
		if (eln_load32_sc(&listener->starved) != 0 &&
		    eln_exchange32(&listener->starved, 0) != 0) {
			signal_listener(listener, ELN_REASON_INPUT);
		}
	}
}

void
eln_listeners_signal(struct echelon_engine *engine, uint32_t reasons)
{
	struct eln_listeners *listeners = &engine->listeners;
	uint32_t n = eln_load32_acquire(&listeners->n);

	for (uint32_t i = 0; i < n; i++) {
		signal_listener(&listeners->all[i], reasons);
	}
}

/** Nothing can be accepted until a connection closes. Whether one has
 *  meanwhile. */
static bool
starve(struct eln_listener *listener)
{
	struct echelon_engine *engine = listener->engine;

	/* Sequentially consistent, before the look at the table; pairs with
	 * eln_listeners_look_again. */
	eln_exchange32(&listener->starved, 1);
	return eln_table_used(&engine->table) <
	    eln_live(engine, ELN_LIVE_CONNECTIONS);
}

/** The kernel, or we, lack a descriptor or memory: later. */
static void
postpone(struct eln_listener *listener, struct eln_thread *thread, int error)
{
	eln_thread_tally(thread, ELN_ACCEPT_FAILURES, 1);
	(void)starve(listener);
	eln_set_deadline(&listener->handle, eln_sys->now() + RETRY_NS);
	if (!listener->exhausted) {
		listener->exhausted = true;
		eln_log(listener->engine, ECHELON_LOG_WARNING,
		    "%s: cannot accept (%s); trying again", listener->address,
		    strerror(-error));
	}
}

enum accepted {
	ACCEPTED,
	EMPTY,
	POSTPONED
};

/** Somebody who has the socket too has shut it down. */
static void
say_deaf(struct eln_listener *listener)
{
	if (!listener->deaf) {
		listener->deaf = true;
		eln_log(listener->engine, ECHELON_LOG_WARNING,
		    "%s: does not listen any more", listener->address);
	}
}

static enum accepted
classify(struct eln_listener *listener, struct eln_thread *thread, int error)
{
	switch (error) {
	case -EAGAIN:
		return EMPTY;
	case -EINVAL:
		say_deaf(listener);
		return EMPTY;
	case -EMFILE:
	case -ENFILE:
	case -ENOBUFS:
	case -ENOMEM:
	case -ENOSPC:
		postpone(listener, thread, error);
		return POSTPONED;
	default:
		/* This client is gone (accept(2), "Error handling"); the
		 * next may be well. */
		return ACCEPTED;
	}
}

/** Opens a connection for an accepted client. */
static enum accepted
open_connection(struct eln_listener *listener, struct eln_thread *thread,
    int fd)
{
	int error;

	error = eln_connection_open(listener->engine, fd, listener->handler,
	    listener->context, (struct sockaddr *)&listener->peer,
	    listener->peer_size);
	if (error != 0) {
		/* This client waits. */
		listener->accepted = fd;
	}
	if (error == -EAGAIN) {
		/* Another listener took the last slot. */
		return starve(listener) ? ACCEPTED : POSTPONED;
	}
	if (error != 0) {
		postpone(listener, thread, error);
		return POSTPONED;
	}
	listener->exhausted = false;
	eln_thread_tally(thread, ELN_ACCEPTED, 1);
	return ACCEPTED;
}

static enum accepted
accept_one(struct eln_listener *listener, struct eln_thread *thread)
{
	struct echelon_engine *engine = listener->engine;
	int fd = listener->accepted;

	if (eln_table_used(&engine->table) >=
		eln_live(engine, ELN_LIVE_CONNECTIONS) &&
	    !starve(listener)) {
		return POSTPONED;
	}
	/* Whoever finds no room below asks anew to be told. */
	eln_exchange32(&listener->starved, 0);
	listener->accepted = -1;
	if (fd < 0) {
		ELN_GHOST_USE(listener->handle.fd, &listener->handle);
		listener->peer_size = sizeof(listener->peer);
		fd = eln_sys->accept4(listener->handle.fd,
		    (struct sockaddr *)&listener->peer, &listener->peer_size,
		    SOCK_NONBLOCK | SOCK_CLOEXEC);
	}
	if (fd < 0) {
		return classify(listener, thread, fd);
	}
	return open_connection(listener, thread, fd);
}

/** Accepts what is there. Whether the turn is used up. */
static bool
accept_some(struct eln_listener *listener, struct eln_thread *thread)
{
	for (unsigned i = 0; i < MOST_ACCEPTS; i++) {
		switch (accept_one(listener, thread)) {
		case ACCEPTED:
			break;
		case EMPTY:
			listener->more = false;
			return false;
		case POSTPONED:
			return false;
		}
	}
	return true;
}

static void
close_listener(struct eln_listener *listener)
{
	close_descriptor(listener);
	eln_set_deadline(&listener->handle, ELN_NEVER);
	(void)eln_run_close(&listener->handle.run);
	eln_engine_handle_closed(listener->engine);
}

static void
absorb(struct eln_listener *listener, uint32_t reasons)
{
	if ((reasons & ELN_REASON_TIMER) != 0) {
		eln_set_deadline(&listener->handle, ELN_NEVER);
		/* For those who found no slot because a client of ours, who
		 * could not be opened after all, had the last one. */
		eln_exchange32(&listener->starved, 0);
		eln_listeners_look_again(listener->engine);
	}
	if ((reasons & ELN_REASON_DRAIN) != 0) {
		listener->draining = true;
	}
	if ((reasons & ELN_REASON_CUT_OFF) != 0) {
		listener->cut_off = true;
	}
	/* Whatever the reason was, the backlog is looked at. */
	listener->more = listener->more || reasons != 0;
}

/** Watches for the next client, unless some wait already and cannot come. */
static void
watch_again(struct eln_listener *listener, struct eln_thread *thread)
{
	unsigned interest = listener->more ? 0 : ELN_INTEREST_INPUT;
	int error;

	if (listener->deaf) {
		return;
	}
	error = eln_watch_again(&listener->handle, interest);
	if (error != 0) {
		postpone(listener, thread, error);
	}
}

static enum eln_turn
listener_turn(struct eln_handle *handle, struct eln_thread *thread,
    bool may_call)
{
	struct eln_listener *listener = listener_of(handle);
	uint64_t id = eln_handle_id(handle);
	uint32_t reasons = eln_run_take(&handle->run);
	uint64_t time;

	(void)may_call; /* nothing here blocks */
	eln_thread_tally(thread, ELN_TURNS, 1);
	eln_trace(thread, ECHELON_TRACE_TAKEN, id, 0);
	do {
		absorb(listener, reasons);
		if (!listener->cut_off && listener->more &&
		    accept_some(listener, thread)) {
			time = eln_trace_time(listener->engine);
			eln_run_yield(&handle->run, ELN_REASON_INPUT);
			eln_trace_at(thread, time, ECHELON_TRACE_TURN_END, id,
			    ECHELON_TURN_AGAIN);
			return ELN_TURN_AGAIN;
		}
		if (listener->cut_off ||
		    (listener->draining && !listener->more)) {
			time = eln_trace_time(listener->engine);
			close_listener(listener);
			break;
		}
		watch_again(listener, thread);
		reasons = eln_run_look(&handle->run);
		time = eln_trace_time(listener->engine);
	} while (reasons != 0 || !eln_run_let_go(&handle->run));

	eln_trace_at(thread, time, ECHELON_TRACE_TURN_END, id,
	    ECHELON_TURN_DONE);
	return ELN_TURN_DONE;
}

static const struct eln_handle_type listener_type = {
	.turn = listener_turn,
};
