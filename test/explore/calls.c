/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * What a handler is called for, and what it and others call: a line in the
 * column of the thread, before and after. The linker puts the second half
 * between the program and the library (--wrap).
 */

#include <stdio.h>
#include <string.h>

#include "scene.h"
#include "schedule/arena.h"
#include "schedule/explore.h"
#include "text.h"

static const struct echelon_handler *
theirs(void)
{
	return scene_run.scene->handler;
}

/** The n-th connection of the run, from 1; 0: of too many. */
static unsigned
number_of(echelon_conn_id id)
{
	for (unsigned i = 0; i < scene_run.n_connections; i++) {
		if (scene_run.ids[i] == id) {
			return i + 1;
		}
	}
	if (scene_run.n_connections == SCENE_CONNECTIONS) {
		return 0;
	}
	scene_run.ids[scene_run.n_connections++] = id;
	return scene_run.n_connections;
}

static unsigned
number(echelon_conn *conn)
{
	return number_of(echelon_conn_get_id(conn));
}

/** The handler is called: others may go on before it begins. */
static void
enter(echelon_conn *conn, const char *what)
{
	explore_point("handler", conn);
	explore_say("%s, connection %u", what, number(conn));
}

/** And before the thread gets on. */
static void
leave(echelon_conn *conn, const char *what)
{
	explore_arena_check();
	explore_say("%s returns", what);
	explore_point("handler", conn);
}

static void
leave_with(echelon_conn *conn, const char *what, ptrdiff_t result)
{
	explore_arena_check();
	if (result < 0) {
		explore_say("%s returns -%s", what,
		    strerrorname_np(-(int)result));
	} else {
		explore_say("%s returns %td", what, result);
	}
	explore_point("handler", conn);
}

/* ---- the handler ---- */

static int
on_open(echelon_conn *conn)
{
	int result;

	enter(conn, "on_open");
	result = theirs()->on_open(conn);
	leave_with(conn, "on_open", result);
	return result;
}

static ptrdiff_t
on_data(echelon_conn *conn, const void *data, size_t length)
{
	char text[TEXT_BYTES];
	ptrdiff_t result;

	explore_point("handler", conn);
	explore_say("on_data, connection %u: %s", number(conn),
	    text_of(text, data, length));
	result = theirs()->on_data(conn, data, length);
	leave_with(conn, "on_data", result);
	return result;
}

static void
on_end(echelon_conn *conn)
{
	enter(conn, "on_end");
	theirs()->on_end(conn);
	leave(conn, "on_end");
}

static void
on_writable(echelon_conn *conn)
{
	enter(conn, "on_writable");
	theirs()->on_writable(conn);
	leave(conn, "on_writable");
}

static void
on_message(echelon_conn *conn, void *message)
{
	enter(conn, "on_message");
	theirs()->on_message(conn, message);
	leave(conn, "on_message");
}

static int
on_timeout(echelon_conn *conn, enum echelon_deadline which)
{
	int result;

	enter(conn, "on_timeout");
	result = theirs()->on_timeout(conn, which);
	leave_with(conn, "on_timeout", result);
	return result;
}

static void
on_close(echelon_conn *conn, int reason)
{
	explore_point("handler", conn);
	explore_say("on_close, connection %u, %s", number(conn),
	    reason == 0 ? "in order" : strerrorname_np(-reason));
	theirs()->on_close(conn, reason);
	leave(conn, "on_close");
}

const struct echelon_handler *
scene_handler(void)
{
	static struct echelon_handler ours;
	const struct echelon_handler *their = theirs();

	/* What theirs leaves out means something, its size too. */
	ours = (struct echelon_handler){
		.size = their->size,
		.frame = their->frame,
		.on_open = their->on_open == NULL ? NULL : on_open,
		.on_data = their->on_data == NULL ? NULL : on_data,
		.on_end = their->on_end == NULL ? NULL : on_end,
		.on_writable = their->on_writable == NULL ? NULL : on_writable,
		.on_message = their->on_message == NULL ? NULL : on_message,
		.on_timeout = their->on_timeout == NULL ? NULL : on_timeout,
		.on_close = their->on_close == NULL ? NULL : on_close,
	};
	return &ours;
}

/* ---- what is called of the library ---- */

int __real_echelon_write(echelon_conn *conn, const void *data, size_t length);
int __wrap_echelon_write(echelon_conn *conn, const void *data, size_t length);
void __real_echelon_close(echelon_conn *conn);
void __wrap_echelon_close(echelon_conn *conn);
void __real_echelon_abort(echelon_conn *conn);
void __wrap_echelon_abort(echelon_conn *conn);
void __real_echelon_hold(echelon_conn *conn);
void __wrap_echelon_hold(echelon_conn *conn);
void __real_echelon_resume(echelon_conn *conn);
void __wrap_echelon_resume(echelon_conn *conn);
int __real_echelon_post(echelon_engine *engine, echelon_conn_id id,
    void *message, void (*release)(void *message));
int __wrap_echelon_post(echelon_engine *engine, echelon_conn_id id,
    void *message, void (*release)(void *message));
void __wrap_echelon_engine_stop(echelon_engine *engine);

static int
say_result(const char *what, int result)
{
	if (result != 0) {
		explore_say("%s gave -%s", what, strerrorname_np(-result));
	}
	return result;
}

int
__wrap_echelon_write(echelon_conn *conn, const void *data, size_t length)
{
	char text[TEXT_BYTES];

	explore_say("echelon_write %s", text_of(text, data, length));
	return say_result("echelon_write",
	    __real_echelon_write(conn, data, length));
}

void
__wrap_echelon_close(echelon_conn *conn)
{
	explore_say("echelon_close");
	__real_echelon_close(conn);
}

void
__wrap_echelon_abort(echelon_conn *conn)
{
	explore_say("echelon_abort");
	__real_echelon_abort(conn);
}

void
__wrap_echelon_hold(echelon_conn *conn)
{
	explore_say("echelon_hold");
	__real_echelon_hold(conn);
}

void
__wrap_echelon_resume(echelon_conn *conn)
{
	explore_say("echelon_resume");
	__real_echelon_resume(conn);
}

int
__wrap_echelon_post(echelon_engine *engine, echelon_conn_id id, void *message,
    void (*release)(void *message))
{
	explore_arena_check();
	explore_say("echelon_post, connection %u", number_of(id));
	return say_result("echelon_post",
	    __real_echelon_post(engine, id, message, release));
}

void
__wrap_echelon_engine_stop(echelon_engine *engine)
{
	scene_stop(engine);
}
