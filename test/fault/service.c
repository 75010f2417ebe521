/* SPDX-License-Identifier: BSD-2-Clause */
#include "fault/service.h"

#include <errno.h>
#include <inttypes.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "fault/faults.h"
#include "fault/internal.h"

enum {
	MOST_SESSIONS = 128,
	MOST_MESSAGES = 64,
	LINE = 64,
	PIECE = 4096
};

/* A connection, from on_open to on_close. [run] but for the counts. */
struct session {
	_Atomic int opened;
	_Atomic int closed;
	_Atomic int inside;
	bool wants_timeout;
	bool holds;         /* for the message from outside */
	bool has_message;   /* it came first */
	char message[LINE]; /* then this is it */
	unsigned sent;      /* of BULK */
	bool streams;
};

struct message {
	_Atomic int posted;
	_Atomic int released;
	bool own;
	char line[LINE];
};

static struct {
	struct session sessions[MOST_SESSIONS];
	struct message messages[MOST_MESSAGES];
	_Atomic unsigned n_sessions;
	_Atomic unsigned n_messages;
	_Atomic int lent;
	_Atomic int returned;
	_Atomic int threads_started;
	_Atomic int threads_stopped;
	_Atomic uint64_t id; /* of the last 'i' */
} world;

static char bulk[BULK];

void
service_begin(void)
{
	memset(&world, 0, sizeof(world));
	for (unsigned i = 0; i < BULK; i++) {
		bulk[i] = (char)('a' + i % 23);
	}
}

char
service_byte(unsigned i)
{
	return bulk[i];
}

/* ---- bookkeeping ---- */

static struct session *
enter(echelon_conn *conn)
{
	struct session *session = echelon_conn_data(conn);

	if (atomic_fetch_add(&session->inside, 1) != 0) {
		problem("two handlers inside one connection");
	}
	if (atomic_load(&session->closed) != 0) {
		problem("a call after on_close");
	}
	return session;
}

static void
leave(struct session *session)
{
	atomic_fetch_sub(&session->inside, 1);
}

static void
release_message(void *arg)
{
	struct message *message = arg;

	atomic_fetch_add(&message->released, 1);
}

static void
take_back_bulk(void *arg)
{
	(void)arg;
	atomic_fetch_add(&world.returned, 1);
}

static int
post(echelon_engine *engine, echelon_conn_id id, const char *line, bool own)
{
	unsigned i = atomic_fetch_add(&world.n_messages, 1);
	struct message *message = &world.messages[i % MOST_MESSAGES];

	(void)snprintf(message->line, sizeof(message->line), "%s", line);
	message->own = own;
	atomic_fetch_add(&message->posted, 1);
	return echelon_post(engine, id, message, release_message);
}

int
service_post(echelon_engine *engine, const char *line)
{
	return post(engine, atomic_load(&world.id), line, false);
}

int
service_thread_start(void *context, void **data)
{
	int error = faults_thread_start();

	(void)context;
	*data = &world;
	if (error == 0) {
		atomic_fetch_add(&world.threads_started, 1);
	}
	return error;
}

void
service_thread_stop(void *context, void *data)
{
	(void)context;
	if (data != &world) {
		problem("another thread's data");
	}
	atomic_fetch_add(&world.threads_stopped, 1);
}

static void
check_sessions(void)
{
	for (unsigned i = 0; i < atomic_load(&world.n_sessions); i++) {
		struct session *session = &world.sessions[i];
		int closed = atomic_load(&session->closed);

		if (closed != atomic_load(&session->opened)) {
			problem("on_close came %d times", closed);
		}
	}
}

static void
check_messages(void)
{
	for (unsigned i = 0; i < atomic_load(&world.n_messages); i++) {
		struct message *message = &world.messages[i];
		int released = atomic_load(&message->released);

		if (released != atomic_load(&message->posted)) {
			problem("a message was released %d times", released);
		}
	}
}

void
service_check(void)
{
	check_sessions();
	check_messages();
	if (atomic_load(&world.lent) != atomic_load(&world.returned)) {
		problem("%d loans, %d returned", atomic_load(&world.lent),
		    atomic_load(&world.returned));
	}
	if (atomic_load(&world.threads_started) !=
	    atomic_load(&world.threads_stopped)) {
		problem("%d threads began, %d ended",
		    atomic_load(&world.threads_started),
		    atomic_load(&world.threads_stopped));
	}
}

/* ---- the handler ---- */

static ptrdiff_t
frame(const void *data, size_t length, void *context)
{
	const char *end = memchr(data, '\n', length);

	(void)context;
	return end == NULL ? 0 : end - (const char *)data + 1;
}

/** What on_data returns for a reply of the request's length. */
static ptrdiff_t
reply(echelon_conn *conn, const void *data, size_t length)
{
	int error = echelon_write(conn, data, length);

	return error == 0 || error == -EPIPE ? (ptrdiff_t)length : error;
}

static int
on_open(echelon_conn *conn)
{
	unsigned i = atomic_fetch_add(&world.n_sessions, 1);
	struct session *session = &world.sessions[i % MOST_SESSIONS];

	echelon_conn_set_data(conn, session);
	atomic_fetch_add(&session->opened, 1);
	return 0;
}

static void
stream(echelon_conn *conn, struct session *session)
{
	while (session->streams && session->sent < BULK) {
		int error = echelon_write_ref(conn, bulk + session->sent, PIECE,
		    take_back_bulk, NULL);

		atomic_fetch_add(&world.lent, 1);
		if (error == -ENOBUFS) {
			return; /* on_writable will tell */
		}
		if (error != 0) {
			session->streams = false;
			echelon_close(conn);
			return;
		}
		session->sent += PIECE;
	}
	session->streams = false;
}

static void
write_patiently(echelon_conn *conn)
{
	int error = 0;

	for (unsigned i = 0; i < BULK && error == 0;) {
		error = echelon_write(conn, bulk + i, PIECE);
		if (error == -ENOBUFS) {
			error = echelon_write_wait(conn, 3600 * 1000);
		} else {
			i += PIECE;
		}
	}
	if (error == 0) {
		error = echelon_write_wait(conn, 3600 * 1000);
	}
	if (error != 0) {
		echelon_close(conn);
	}
}

static ptrdiff_t
say_id(echelon_conn *conn, size_t length)
{
	uint64_t id = echelon_conn_get_id(conn);
	char text[32];
	int n = snprintf(text, sizeof(text), "%016" PRIx64 "\n", id);
	ptrdiff_t result = reply(conn, text, (size_t)n);

	atomic_store(&world.id, id);
	return result < 0 ? result : (ptrdiff_t)length;
}

/** Holds, and has the line come back as a message. */
static ptrdiff_t
post_to_self(echelon_conn *conn, const void *data, size_t length)
{
	char line[LINE];

	(void)snprintf(line, sizeof(line), "%.*s", (int)length,
	    (const char *)data);
	echelon_hold(conn);
	return post(echelon_conn_engine(conn), echelon_conn_get_id(conn), line,
		   true) == 0
	    ? (ptrdiff_t)length
	    : -ENOMEM;
}

static ptrdiff_t
await_message(echelon_conn *conn, struct session *session, size_t length)
{
	if (session->has_message) {
		ptrdiff_t result = reply(conn, session->message,
		    strlen(session->message));

		return result < 0 ? result : (ptrdiff_t)length;
	}
	session->holds = true;
	echelon_hold(conn);
	return (ptrdiff_t)length;
}

static ptrdiff_t
serve(echelon_conn *conn, struct session *session, const char *data,
    size_t length)
{
	ptrdiff_t result;

	switch (data[0]) {
	case 'h':
		return post_to_self(conn, data, length);
	case 'i':
		return say_id(conn, length);
	case 'H':
		return await_message(conn, session, length);
	case 'B':
		session->streams = true;
		stream(conn, session);
		break;
	case 'W':
		write_patiently(conn);
		break;
	case 'T':
		session->wants_timeout = true;
		break;
	case 'c':
		result = reply(conn, data, length);
		echelon_close(conn);
		return result;
	case 'a':
		echelon_abort(conn);
		break;
	default:
		return reply(conn, data, length);
	}
	return (ptrdiff_t)length;
}

static ptrdiff_t
on_data(echelon_conn *conn, const void *data, size_t length)
{
	struct session *session = enter(conn);
	ptrdiff_t result = serve(conn, session, data, length);

	leave(session);
	return result;
}

static void
on_end(echelon_conn *conn)
{
	struct session *session = enter(conn);

	(void)echelon_write(conn, "bye\n", 4);
	echelon_close(conn);
	leave(session);
}

static void
on_writable(echelon_conn *conn)
{
	struct session *session = enter(conn);

	stream(conn, session);
	leave(session);
}

static void
on_message(echelon_conn *conn, void *arg)
{
	struct session *session = enter(conn);
	struct message *message = arg;

	if (atomic_load(&message->released) != 0) {
		problem("a message was released before it came");
	}
	if (message->own || session->holds) {
		if (echelon_write(conn, message->line, strlen(message->line)) !=
		    0) {
			echelon_close(conn);
		}
		echelon_resume(conn);
	} else {
		memcpy(session->message, message->line, LINE);
		session->has_message = true;
	}
	leave(session);
}

static int
on_timeout(echelon_conn *conn, enum echelon_deadline which)
{
	struct session *session = enter(conn);

	if (which == ECHELON_DEADLINE_IDLE && session->wants_timeout) {
		session->wants_timeout = false;
		if (echelon_write(conn, "timeout\n", 8) != 0) {
			echelon_close(conn);
		}
	}
	leave(session);
	return 0;
}

/** Why a connection may have ended in this run. */
static bool
is_explained(int reason)
{
	const struct kind *kind = striking();

	switch (reason) {
	case 0:
	case -ECONNABORTED: /* 'a' */
	case -ECONNRESET:   /* a client resets, */
	case -EPIPE:        /* which a write sees so */
		return true;
	case -ESHUTDOWN: /* a drain */
		return faults_met() != 0 && kind->act == ACT_HOUR;
	default:
		return faults_met() != 0 &&
		    (reason == -kind->error || reason == -kind->also);
	}
}

static void
on_close(echelon_conn *conn, int reason)
{
	struct session *session = enter(conn);

	if (!is_explained(reason)) {
		problem("a connection was closed: %s", strerror(-reason));
	}
	if (echelon_write(conn, "x", 1) != -EPIPE) {
		problem("on_close could write");
	}
	atomic_fetch_add(&session->closed, 1);
	leave(session);
}

const struct echelon_handler service = ECHELON_HANDLER(.frame = frame,
    .on_open = on_open, .on_data = on_data, .on_end = on_end,
    .on_writable = on_writable, .on_message = on_message,
    .on_timeout = on_timeout, .on_close = on_close);
