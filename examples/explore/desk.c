/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * A desk with a clerk: a server whose answers another thread gives, and which
 * has a mistake. test_desk.c finds it.
 *
 *     on_data     hold; put the question on the desk     the engine's threads
 *     clerk       take it; count the answer; post        our own thread
 *     on_message  write; resume                          the engine's threads
 *     on_close    the visitor is gone
 *
 * A question is a line; the n-th answer to a visitor is "answer n".
 *
 * The clerk counts the answers in the visitor, which on_close frees; and that
 * may come while the clerk has one of his questions, as holding a connection
 * stops its input, not its end. Everything else is as it should be: the lock,
 * the post by id, which gets -ESTALE then.
 *
 * Repaired, the visitor is touched in the connection's own calls only. Of
 * these there is one at a time and none after on_close (G1, G3).
 */

#include "desk.h"

#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DESK_SIZE 16
#define LINE_MAX_BYTES 64

/* The state of a connection. */
struct visitor {
	unsigned answers;
};

struct question {
	echelon_engine *engine;
	echelon_conn_id from;
	struct visitor *visitor;
};

/* What is posted. */
struct answer {
	unsigned number;
};

static struct {
	pthread_mutex_t lock; /* guards the rest, but the clerk */
	pthread_cond_t changed;
	struct question questions[DESK_SIZE];
	size_t count;
	bool closed;
	pthread_t clerk;
} desk = {
	.lock = PTHREAD_MUTEX_INITIALIZER,
	.changed = PTHREAD_COND_INITIALIZER,
};

/* ---- the clerk ---- */

/* Waits for one; false: the desk is closed. */
static bool
take(struct question *question)
{
	bool taken;

	pthread_mutex_lock(&desk.lock);
	while (desk.count == 0 && !desk.closed) {
		pthread_cond_wait(&desk.changed, &desk.lock);
	}
	taken = desk.count > 0;
	if (taken) {
		*question = desk.questions[0];
		desk.count--;
		memmove(&desk.questions[0], &desk.questions[1],
		    desk.count * sizeof(desk.questions[0]));
	}
	pthread_mutex_unlock(&desk.lock);
	return taken;
}

static void
give_answer(const struct question *question)
{
	struct answer *answer = malloc(sizeof(*answer));

	if (answer == NULL) {
		return;
	}
#ifdef REPAIRED
	answer->number = 0; /* on_message counts */
#else
	answer->number = ++question->visitor->answers;
#endif
	/* It releases the answer in any case. */
	(void)echelon_post(question->engine, question->from, answer, free);
}

static void *
run_clerk(void *unused)
{
	struct question question;

	while (take(&question)) {
		give_answer(&question);
	}
	return unused;
}

void
desk_open(void)
{
	desk.count = 0;
	desk.closed = false;
	if (pthread_create(&desk.clerk, NULL, run_clerk, NULL) != 0) {
		abort();
	}
}

void
desk_close(void)
{
	pthread_mutex_lock(&desk.lock);
	desk.closed = true;
	pthread_cond_signal(&desk.changed);
	pthread_mutex_unlock(&desk.lock);
	pthread_join(desk.clerk, NULL);
}

/* ---- the handler ---- */

static ptrdiff_t
frame(const void *data, size_t length, void *context)
{
	const char *end = memchr(data, '\n', length);

	(void)context;
	if (end != NULL) {
		return end - (const char *)data + 1;
	}
	return length < LINE_MAX_BYTES ? 0 : -EMSGSIZE;
}

static int
on_open(echelon_conn *conn)
{
	struct visitor *visitor = calloc(1, sizeof(*visitor));

	if (visitor == NULL) {
		return -ENOMEM;
	}
	echelon_conn_set_data(conn, visitor);
	return 0;
}

static ptrdiff_t
on_data(echelon_conn *conn, const void *data, size_t length)
{
	bool has_room;

	(void)data;
	echelon_hold(conn);
	pthread_mutex_lock(&desk.lock);
	has_room = desk.count < DESK_SIZE;
	if (has_room) {
		desk.questions[desk.count++] = (struct question){
			.engine = echelon_conn_engine(conn),
			.from = echelon_conn_get_id(conn),
			.visitor = echelon_conn_data(conn),
		};
		pthread_cond_signal(&desk.changed);
	}
	pthread_mutex_unlock(&desk.lock);
	return has_room ? (ptrdiff_t)length : -EBUSY;
}

static void
on_message(echelon_conn *conn, void *message)
{
	char line[32];
#ifdef REPAIRED
	struct visitor *visitor = echelon_conn_data(conn);
	unsigned number = ++visitor->answers;

	(void)message;
#else
	const struct answer *answer = message;
	unsigned number = answer->number;

#endif
	(void)snprintf(line, sizeof(line), "answer %u\n", number);
	(void)echelon_write(conn, line, strlen(line));
	echelon_resume(conn);
}

static void
on_close(echelon_conn *conn, int reason)
{
	(void)reason;
	free(echelon_conn_data(conn));
}

const struct echelon_handler desk_handler = ECHELON_HANDLER(.frame = frame,
    .on_open = on_open, .on_data = on_data, .on_message = on_message,
    .on_close = on_close);
