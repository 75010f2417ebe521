/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * A desk with a clerk: a server whose answers another thread gives, and which
 * has a mistake. test_desk.c finds it.
 *
 *     on_data     hold; put the question on the desk     the engine's threads
 *     clerk       take it; write the answer on it; post  our own thread
 *     on_message  write; resume                          the engine's threads
 *     on_close    the visitor is gone
 *
 * A question is a line; the n-th answer to a visitor is "answer n". An answer
 * needs no memory of its own: if it did and there were none, nobody would
 * resume the visitor.
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

/* On the desk, and back with its answer. */
struct question {
	echelon_engine *engine;
	echelon_conn_id from;
	struct visitor *visitor;
	unsigned answer;
};

static struct {
	pthread_mutex_t lock; /* guards the rest, but the clerk */
	pthread_cond_t changed;
	struct question *questions[DESK_SIZE];
	size_t count;
	bool closed;
	pthread_t clerk;
} desk = {
	.lock = PTHREAD_MUTEX_INITIALIZER,
	.changed = PTHREAD_COND_INITIALIZER,
};

/* ---- the clerk ---- */

/* Waits for one; NULL: the desk is closed. */
static struct question *
take(void)
{
	struct question *question = NULL;

	pthread_mutex_lock(&desk.lock);
	while (desk.count == 0 && !desk.closed) {
		pthread_cond_wait(&desk.changed, &desk.lock);
	}
	if (desk.count > 0) {
		question = desk.questions[0];
		desk.count--;
		memmove(&desk.questions[0], &desk.questions[1],
		    desk.count * sizeof(desk.questions[0]));
	}
	pthread_mutex_unlock(&desk.lock);
	return question;
}

static void
give_answer(struct question *question)
{
#ifndef REPAIRED
	question->answer = ++question->visitor->answers;
#endif
	/* It frees the question in any case. */
	(void)echelon_post(question->engine, question->from, question, free);
}

static void *
run_clerk(void *unused)
{
	struct question *question;

	while ((question = take()) != NULL) {
		give_answer(question);
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

static bool
put(struct question *question)
{
	bool has_room;

	pthread_mutex_lock(&desk.lock);
	has_room = desk.count < DESK_SIZE;
	if (has_room) {
		desk.questions[desk.count++] = question;
		pthread_cond_signal(&desk.changed);
	}
	pthread_mutex_unlock(&desk.lock);
	return has_room;
}

static ptrdiff_t
on_data(echelon_conn *conn, const void *data, size_t length)
{
	struct question *question = malloc(sizeof(*question));

	(void)data;
	if (question == NULL) {
		return -ENOMEM;
	}
	*question = (struct question){
		.engine = echelon_conn_engine(conn),
		.from = echelon_conn_get_id(conn),
		.visitor = echelon_conn_data(conn),
	};
	echelon_hold(conn);
	if (!put(question)) {
		free(question);
		return -EBUSY;
	}
	return (ptrdiff_t)length;
}

static void
on_message(echelon_conn *conn, void *message)
{
	struct question *question = message;
	char line[32];
#ifdef REPAIRED
	struct visitor *visitor = echelon_conn_data(conn);

	question->answer = ++visitor->answers;
#endif
	(void)snprintf(line, sizeof(line), "answer %u\n", question->answer);
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
