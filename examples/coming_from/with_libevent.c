/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The line server with libevent: a loop that reads and writes, threads of our
 * own that run the service, and two queues between them.
 *
 *     loop                                   pool
 *     read_lines: one line ──── todo ──────▶ service_answer
 *     write_answers ◀────────── done ─────── event_active wakes the loop
 *
 * A session has one line with the pool at most, and gives it the next when
 * the answer has been sent: so answers keep their order, a peer that reads
 * nothing is not served on, and the session itself can be what is queued.
 * While `busy`, line and length belong to the pool, the rest to the loop.
 *
 * The end: SIGTERM stops listening and shuts every session for reading. What
 * had arrived is still read and answered, then comes the end of the stream.
 */
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <event2/listener.h>
#include <event2/thread.h>

#include <arpa/inet.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include <sys/socket.h>

#include "service.h"

enum {
	THREADS = 16
};

struct session {
	LIST_ENTRY(session) link;
	STAILQ_ENTRY(session) queued;
	struct server *server;
	struct bufferevent *stream;
	bool busy;  /* the pool has its line, or the answer is being sent */
	bool ended; /* the peer sends no more */
	bool gone;  /* the peer is lost */
	size_t length;
	char line[SERVICE_LINE];
};

LIST_HEAD(sessions, session);
STAILQ_HEAD(queue, session);

struct pool {
	pthread_mutex_t lock; /* guards the queues and `stopping` */
	pthread_cond_t changed;
	struct queue todo;
	struct queue done;
	bool stopping;
	struct event *is_done;
	pthread_t threads[THREADS];
};

struct server {
	struct event_base *base;
	struct evconnlistener *listener;
	struct event *terminated;
	struct sessions sessions;
	bool draining;
	struct pool pool;
};

/* ---- the pool ---- */

static struct session *
take_todo(struct pool *pool)
{
	struct session *session;

	pthread_mutex_lock(&pool->lock);
	while (STAILQ_EMPTY(&pool->todo) && !pool->stopping) {
		pthread_cond_wait(&pool->changed, &pool->lock);
	}
	session = STAILQ_FIRST(&pool->todo);
	if (session != NULL) {
		STAILQ_REMOVE_HEAD(&pool->todo, queued);
	}
	pthread_mutex_unlock(&pool->lock);
	return session;
}

static void
put_todo(struct pool *pool, struct session *session)
{
	pthread_mutex_lock(&pool->lock);
	STAILQ_INSERT_TAIL(&pool->todo, session, queued);
	pthread_cond_signal(&pool->changed);
	pthread_mutex_unlock(&pool->lock);
}

static void
put_done(struct pool *pool, struct session *session)
{
	pthread_mutex_lock(&pool->lock);
	STAILQ_INSERT_TAIL(&pool->done, session, queued);
	pthread_mutex_unlock(&pool->lock);
	event_active(pool->is_done, EV_READ, 0);
}

static void *
run_worker(void *argument)
{
	struct pool *pool = argument;
	struct session *session;

	while ((session = take_todo(pool)) != NULL) {
		service_answer(session->line, session->length);
		put_done(pool, session);
	}
	return NULL;
}

static bool
start_pool(struct pool *pool)
{
	pthread_mutex_init(&pool->lock, NULL);
	pthread_cond_init(&pool->changed, NULL);
	STAILQ_INIT(&pool->todo);
	STAILQ_INIT(&pool->done);
	for (int i = 0; i < THREADS; i++) {
		if (pthread_create(&pool->threads[i], NULL, run_worker, pool) !=
		    0) {
			return false;
		}
	}
	return true;
}

static void
stop_pool(struct pool *pool)
{
	pthread_mutex_lock(&pool->lock);
	pool->stopping = true;
	pthread_cond_broadcast(&pool->changed);
	pthread_mutex_unlock(&pool->lock);
	for (int i = 0; i < THREADS; i++) {
		pthread_join(pool->threads[i], NULL);
	}
	pthread_cond_destroy(&pool->changed);
	pthread_mutex_destroy(&pool->lock);
}

/* ---- the sessions ---- */

static void
end_session(struct session *session)
{
	struct server *server = session->server;

	LIST_REMOVE(session, link);
	bufferevent_free(session->stream);
	free(session);
	if (server->draining && LIST_EMPTY(&server->sessions)) {
		event_base_loopbreak(server->base);
	}
}

/* Moves the first line of the input to the session. */
static bool
take_line(struct session *session)
{
	struct evbuffer *input = bufferevent_get_input(session->stream);
	struct evbuffer_ptr end = evbuffer_search(input, "\n", 1, NULL);

	if (end.pos < 0 || end.pos >= SERVICE_LINE) {
		return false;
	}
	session->length = (size_t)end.pos + 1;
	evbuffer_remove(input, session->line, session->length);
	return true;
}

static void
serve_next(struct session *session)
{
	if (take_line(session)) {
		session->busy = true;
		put_todo(&session->server->pool, session);
	} else if (session->ended ||
	    evbuffer_get_length(bufferevent_get_input(session->stream)) >=
		SERVICE_LINE) {
		end_session(session);
	}
}

static void
read_lines(struct bufferevent *stream, void *argument)
{
	struct session *session = argument;

	(void)stream;
	if (!session->busy) {
		serve_next(session);
	}
}

/* All that was written is with the kernel. */
static void
note_sent(struct bufferevent *stream, void *argument)
{
	struct session *session = argument;

	(void)stream;
	session->busy = false;
	serve_next(session);
}

static void
note_end(struct bufferevent *stream, short what, void *argument)
{
	struct session *session = argument;
	bool is_sending = evbuffer_get_length(bufferevent_get_output(stream)) >
	    0;

	session->ended = true;
	session->gone = (what & BEV_EVENT_EOF) == 0;
	if (session->gone && (!session->busy || is_sending)) {
		end_session(session);
	} else if (!session->busy) {
		serve_next(session);
	}
}

static void
write_answers(evutil_socket_t fd, short what, void *argument)
{
	struct pool *pool = &((struct server *)argument)->pool;
	struct queue done = STAILQ_HEAD_INITIALIZER(done);

	(void)fd;
	(void)what;
	pthread_mutex_lock(&pool->lock);
	STAILQ_CONCAT(&done, &pool->done);
	pthread_mutex_unlock(&pool->lock);
	while (!STAILQ_EMPTY(&done)) {
		struct session *session = STAILQ_FIRST(&done);

		STAILQ_REMOVE_HEAD(&done, queued);
		if (session->gone) {
			end_session(session);
		} else {
			bufferevent_write(session->stream, session->line,
			    session->length);
		}
	}
}

static void
accept_session(struct evconnlistener *listener, evutil_socket_t fd,
    struct sockaddr *address, int length, void *argument)
{
	struct server *server = argument;
	struct session *session = calloc(1, sizeof(*session));

	(void)listener;
	(void)address;
	(void)length;
	if (session == NULL) {
		evutil_closesocket(fd);
		return;
	}
	session->server = server;
	session->stream = bufferevent_socket_new(server->base, fd,
	    BEV_OPT_CLOSE_ON_FREE);
	if (session->stream == NULL) {
		evutil_closesocket(fd);
		free(session);
		return;
	}
	LIST_INSERT_HEAD(&server->sessions, session, link);
	bufferevent_setcb(session->stream, read_lines, note_sent, note_end,
	    session);
	bufferevent_setwatermark(session->stream, EV_READ, 0, SERVICE_LINE);
	bufferevent_enable(session->stream, EV_READ | EV_WRITE);
}

/* ---- the server ---- */

static void
drain(evutil_socket_t signal_number, short what, void *argument)
{
	struct server *server = argument;
	struct session *session;

	(void)signal_number;
	(void)what;
	if (server->draining) {
		return;
	}
	server->draining = true;
	evconnlistener_disable(server->listener);
	LIST_FOREACH(session, &server->sessions, link)
	{
		shutdown(bufferevent_getfd(session->stream), SHUT_RD);
	}
	if (LIST_EMPTY(&server->sessions)) {
		event_base_loopbreak(server->base);
	}
}

static bool
listen_on(struct server *server, unsigned port)
{
	struct sockaddr_in address = { .sin_family = AF_INET,
		.sin_port = htons((uint16_t)port),
		.sin_addr = { htonl(INADDR_LOOPBACK) } };
	socklen_t length = sizeof(address);

	server->listener = evconnlistener_new_bind(server->base, accept_session,
	    server,
	    LEV_OPT_CLOSE_ON_FREE | LEV_OPT_CLOSE_ON_EXEC | LEV_OPT_REUSEABLE,
	    -1, (struct sockaddr *)&address, sizeof(address));
	if (server->listener == NULL) {
		return false;
	}
	getsockname(evconnlistener_get_fd(server->listener),
	    (struct sockaddr *)&address, &length);
	printf("listening on 127.0.0.1:%u\n", ntohs(address.sin_port));
	fflush(stdout);
	return true;
}

int
main(int argc, char **argv)
{
	static struct server server;

	signal(SIGPIPE, SIG_IGN);
	evthread_use_pthreads();
	LIST_INIT(&server.sessions);
	server.base = event_base_new();
	server.pool.is_done = event_new(server.base, -1, EV_PERSIST,
	    write_answers, &server);
	server.terminated = evsignal_new(server.base, SIGTERM, drain, &server);
	evsignal_add(server.terminated, NULL);
	if (!start_pool(&server.pool) ||
	    !listen_on(&server,
		argc > 1 ? (unsigned)strtoul(argv[1], NULL, 10) : 7000)) {
		perror(argv[0]);
		return 1;
	}

	event_base_dispatch(server.base);

	stop_pool(&server.pool);
	evconnlistener_free(server.listener);
	event_free(server.terminated);
	event_free(server.pool.is_done);
	event_base_free(server.base);
	return 0;
}
