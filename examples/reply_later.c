/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * reply-later: answers that another thread gives.
 *
 * A request is a line. The handler holds the connection, puts the line on the
 * desk, and returns, so no thread of the pool waits for the answer. The clerk,
 * a thread of our own and slow (one line every ANSWER_MS), takes one line
 * after the other and posts the answer; on_message writes it and resumes.
 *
 *     on_data   hold; put on the desk          pool
 *     clerk     take; think; post              own thread
 *     on_message  write; resume                pool
 *     on_close  withdraw                       pool
 *
 * A held connection shows no further line, so each has at most one on the
 * desk and its answers keep their order. A full desk answers `busy` at once.
 *
 * The one invariant: the desk names only connections whose on_close has not
 * come. on_close withdraws the line, and the clerk posts under the same lock,
 * so it never posts into an engine that has been destroyed: before that, all
 * connections have closed.
 */
#include <echelon/echelon.h>

#include <ctype.h>
#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define LINE_MAX_BYTES 1000
#define DESK_SIZE 64
#define ANSWER_MS 10

struct line {
	echelon_engine *engine;
	echelon_conn_id from;
	size_t length;
	char text[];
};

struct desk {
	pthread_mutex_t lock;   /* guards all of it but `clerk` */
	pthread_cond_t changed; /* only the clerk waits for it */
	struct line *queue[DESK_SIZE];
	size_t first;
	size_t count;
	echelon_conn_id taken; /* whose line the clerk has; 0: nobody's */
	bool closed;

	pthread_once_t open;
	int opened; /* 0 or -errno, once `open` has run */
	bool has_clerk;
	pthread_t clerk;
};

static struct desk desk = {
	.lock = PTHREAD_MUTEX_INITIALIZER,
	.changed = PTHREAD_COND_INITIALIZER,
	.open = PTHREAD_ONCE_INIT,
};

static struct line *
take_line(void)
{
	struct line *line;

	pthread_mutex_lock(&desk.lock);
	while (desk.count == 0 && !desk.closed) {
		pthread_cond_wait(&desk.changed, &desk.lock);
	}
	line = NULL;
	if (desk.count > 0) {
		line = desk.queue[desk.first];
		desk.first = (desk.first + 1) % DESK_SIZE;
		desk.count--;
		desk.taken = line->from;
	}
	pthread_mutex_unlock(&desk.lock);
	return line;
}

/* Stands for what is really slow: a device, a database, another server. */
static void
think(struct line *line)
{
	const struct timespec pause = { .tv_nsec = ANSWER_MS * 1000000L };

	nanosleep(&pause, NULL);
	for (size_t i = 0; i < line->length; i++) {
		line->text[i] = (char)toupper((unsigned char)line->text[i]);
	}
}

/* The post may fail, -ESTALE and -ESHUTDOWN above all: then nobody wants the
 * answer any more, and the library has released it. */
static void
hand_back(struct line *line)
{
	pthread_mutex_lock(&desk.lock);
	if (desk.taken == line->from) {
		(void)echelon_post(line->engine, line->from, line, free);
	} else {
		free(line);
	}
	desk.taken = 0;
	pthread_mutex_unlock(&desk.lock);
}

static void *
run_clerk(void *argument)
{
	struct line *line = take_line();

	(void)argument;
	while (line != NULL) {
		think(line);
		hand_back(line);
		line = take_line();
	}
	return NULL;
}

static void
open_desk(void)
{
	desk.opened = -pthread_create(&desk.clerk, NULL, run_clerk, NULL);
	desk.has_clerk = desk.opened == 0;
}

/* Takes the line and returns true, or leaves it where there is no room. */
static bool
put_line(struct line *line)
{
	bool has_room;

	pthread_mutex_lock(&desk.lock);
	has_room = desk.count < DESK_SIZE;
	if (has_room) {
		desk.queue[(desk.first + desk.count) % DESK_SIZE] = line;
		desk.count++;
		pthread_cond_signal(&desk.changed);
	}
	pthread_mutex_unlock(&desk.lock);
	return has_room;
}

static void
withdraw_line(echelon_conn_id from)
{
	size_t kept = 0;

	pthread_mutex_lock(&desk.lock);
	if (desk.taken == from) {
		desk.taken = 0;
	}
	for (size_t i = 0; i < desk.count; i++) {
		struct line *line = desk.queue[(desk.first + i) % DESK_SIZE];

		if (line->from == from) {
			free(line);
		} else {
			desk.queue[(desk.first + kept++) % DESK_SIZE] = line;
		}
	}
	desk.count = kept;
	pthread_mutex_unlock(&desk.lock);
}

/* After the engine: every connection has closed, so the desk is empty. */
static void
close_desk(void)
{
	pthread_mutex_lock(&desk.lock);
	desk.closed = true;
	pthread_cond_signal(&desk.changed);
	pthread_mutex_unlock(&desk.lock);
	if (desk.has_clerk) {
		pthread_join(desk.clerk, NULL);
	}
}

static ptrdiff_t
frame(const void *data, size_t length, void *context)
{
	const char *end = memchr(data, '\n', length);

	(void)context;
	if (end != NULL) {
		ptrdiff_t whole = end - (const char *)data + 1;

		return whole <= LINE_MAX_BYTES ? whole : -EMSGSIZE;
	}
	return length < LINE_MAX_BYTES ? 0 : -EMSGSIZE;
}

/* The clerk starts with the first connection: a thread made by a thread of
 * the engine has all signals blocked, as echelon_main wants it. */
static int
on_open(echelon_conn *conn)
{
	(void)conn;
	pthread_once(&desk.open, open_desk);
	return desk.opened;
}

static ptrdiff_t
refuse(echelon_conn *conn, size_t length)
{
	static const char busy[] = "busy\n";
	int result = echelon_write(conn, busy, sizeof(busy) - 1);

	return result < 0 ? result : (ptrdiff_t)length;
}

static ptrdiff_t
on_data(echelon_conn *conn, const void *data, size_t length)
{
	struct line *line = malloc(sizeof(*line) + length);

	if (line == NULL) {
		return -ENOMEM;
	}
	line->engine = echelon_conn_engine(conn);
	line->from = echelon_conn_get_id(conn);
	line->length = length;
	memcpy(line->text, data, length);
	if (!put_line(line)) {
		free(line);
		return refuse(conn, length);
	}
	echelon_hold(conn);
	return (ptrdiff_t)length;
}

/* The library releases the line afterwards. A peer that has let this much
 * output pile up that one more answer finds no room has stopped reading. */
static void
on_message(echelon_conn *conn, void *message)
{
	const struct line *line = message;

	if (echelon_write(conn, line->text, line->length) == 0) {
		echelon_resume(conn);
	} else {
		echelon_abort(conn);
	}
}

static void
on_close(echelon_conn *conn, int reason)
{
	(void)reason;
	withdraw_line(echelon_conn_get_id(conn));
}

static const struct echelon_handler handler = ECHELON_HANDLER(.frame = frame,
    .on_open = on_open, .on_data = on_data, .on_message = on_message,
    .on_close = on_close);

int
main(int argc, char **argv)
{
	int status = echelon_main(argc, argv, &handler, NULL);

	close_desk();
	return status;
}
