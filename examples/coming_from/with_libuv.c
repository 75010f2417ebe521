/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The line server with libuv: a loop that reads and writes, and its thread
 * pool for the service.
 *
 *     on_read ─▶ serve_next ─▶ uv_queue_work ─▶ run_service    (pool)
 *     on_sent ◀─ uv_write ◀─── on_served
 *
 * A session has one line in work at most, and begins the next when the answer
 * has been sent: so answers keep their order, and a peer that reads nothing
 * is not served on. While `busy`, line and length are not the loop's.
 *
 * The end: SIGTERM stops listening and shuts every session for reading. What
 * had arrived is still read and answered, then comes the end of the stream;
 * the loop ends when nothing is left in it.
 */
#include <uv.h>

#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "service.h"

struct session {
	uv_tcp_t stream;
	uv_work_t work;
	uv_write_t write;
	bool busy;  /* its line is with the pool, or its answer is on its way */
	bool ended; /* the peer sends no more, or is lost */
	size_t used;
	char input[SERVICE_LINE];
	size_t length;
	char line[SERVICE_LINE];
};

static uv_tcp_t listener;
static uv_signal_t terminated;

static void serve_next(struct session *session);

/* ---- the sessions ---- */

static void
on_closed(uv_handle_t *handle)
{
	free(handle->data);
}

static void
end_session(struct session *session)
{
	uv_close((uv_handle_t *)&session->stream, on_closed);
}

static void
on_sent(uv_write_t *write, int status)
{
	struct session *session = write->data;

	session->busy = false;
	if (status < 0) {
		end_session(session);
	} else {
		serve_next(session);
	}
}

/* On a thread of the pool. */
static void
run_service(uv_work_t *work)
{
	struct session *session = work->data;

	service_answer(session->line, session->length);
}

static void
on_served(uv_work_t *work, int status)
{
	struct session *session = work->data;
	uv_buf_t answer = uv_buf_init(session->line, (unsigned)session->length);

	(void)status;
	if (uv_write(&session->write, (uv_stream_t *)&session->stream, &answer,
		1, on_sent) != 0) {
		end_session(session);
	}
}

static void
give_room(uv_handle_t *handle, size_t suggested, uv_buf_t *room)
{
	struct session *session = handle->data;

	(void)suggested;
	*room = uv_buf_init(session->input + session->used,
	    (unsigned)(sizeof(session->input) - session->used));
}

static void
on_read(uv_stream_t *stream, ssize_t n, const uv_buf_t *room)
{
	struct session *session = stream->data;

	(void)room;
	if (n < 0) {
		session->ended = true;
		uv_read_stop(stream);
		if (n != UV_EOF) {
			session->used = 0;
		}
	} else {
		session->used += (size_t)n;
	}
	if (!session->busy) {
		serve_next(session);
	} else if (session->used == sizeof(session->input)) {
		uv_read_stop(stream);
	}
}

/* Moves the first line of the input to `line`. */
static bool
take_line(struct session *session)
{
	const char *end = memchr(session->input, '\n', session->used);

	if (end == NULL) {
		return false;
	}
	session->length = (size_t)(end - session->input) + 1;
	memcpy(session->line, session->input, session->length);
	session->used -= session->length;
	memmove(session->input, session->input + session->length,
	    session->used);
	return true;
}

static void
serve_next(struct session *session)
{
	uv_stream_t *stream = (uv_stream_t *)&session->stream;

	if (take_line(session)) {
		session->busy = true;
		uv_queue_work(stream->loop, &session->work, run_service,
		    on_served);
	} else if (session->ended || session->used == sizeof(session->input)) {
		end_session(session);
		return;
	}
	if (!session->ended && session->used < sizeof(session->input)) {
		uv_read_start(stream, give_room, on_read);
	}
}

static void
on_connection(uv_stream_t *stream, int status)
{
	struct session *session;

	if (status < 0 || (session = calloc(1, sizeof(*session))) == NULL) {
		return;
	}
	session->work.data = session;
	session->write.data = session;
	uv_tcp_init(stream->loop, &session->stream);
	session->stream.data = session;
	if (uv_accept(stream, (uv_stream_t *)&session->stream) == 0) {
		serve_next(session);
	} else {
		end_session(session);
	}
}

/* ---- the server ---- */

static void
shut_for_reading(uv_handle_t *handle, void *argument)
{
	uv_os_fd_t fd;

	(void)argument;
	if (handle->type == UV_TCP && !uv_is_closing(handle) &&
	    uv_fileno(handle, &fd) == 0) {
		shutdown(fd, SHUT_RD);
	}
}

static void
drain(uv_signal_t *handle, int number)
{
	(void)number;
	uv_close((uv_handle_t *)&listener, NULL);
	uv_close((uv_handle_t *)handle, NULL);
	uv_walk(handle->loop, shut_for_reading, NULL);
}

static int
listen_on(uv_loop_t *loop, int port)
{
	struct sockaddr_in address;
	int length = sizeof(address);
	int result;

	uv_ip4_addr("127.0.0.1", port, &address);
	uv_tcp_init(loop, &listener);
	result = uv_tcp_bind(&listener, (struct sockaddr *)&address, 0);
	if (result == 0) {
		result = uv_listen((uv_stream_t *)&listener, SOMAXCONN,
		    on_connection);
	}
	if (result == 0) {
		result = uv_tcp_getsockname(&listener,
		    (struct sockaddr *)&address, &length);
		printf("listening on 127.0.0.1:%d\n", ntohs(address.sin_port));
		fflush(stdout);
	}
	return result;
}

int
main(int argc, char **argv)
{
	uv_loop_t *loop = uv_default_loop();
	int result;

	signal(SIGPIPE, SIG_IGN);
	setenv("UV_THREADPOOL_SIZE", "16", 0); /* instead of 4 */
	uv_signal_init(loop, &terminated);
	uv_signal_start(&terminated, drain, SIGTERM);
	result = listen_on(loop,
	    argc > 1 ? (int)strtol(argv[1], NULL, 10) : 7000);
	if (result != 0) {
		fprintf(stderr, "%s: %s\n", argv[0], uv_strerror(result));
		return 1;
	}

	uv_run(loop, UV_RUN_DEFAULT);

	uv_loop_close(loop);
	uv_library_shutdown();
	return 0;
}
