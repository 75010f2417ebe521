/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * One engine with one connection, which passes through the place; there the
 * function is called, once. Then everything ends as it should:
 *
 *   start ─▶ connect, speak ─▶ called ─▶ FIN ─▶ stop, end of stream ─▶ wait
 *
 * on_thread_stop is passed after stop: there the FIN follows it.
 */
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "calls/calls.h"
#include "support/sync.h"

const char *const place_names[PLACES] = { "frame", "on_open", "on_data",
	"on_end", "on_writable", "on_message", "on_timeout", "on_close",
	"on_thread_start", "on_thread_stop", "release", "another thread",
	"after on_close", "after wait" };

/* Nothing here waits for the drain deadline, however busy the machine. Where
 * the client's thread is in echelon_engine_wait, its FIN would come too late
 * for any linger deadline. */
static const char *const settings[] = { "engine.threads=2",
	"limits.output=64KiB", "deadlines.idle=20ms", "deadlines.drain=60s",
	"deadlines.linger=20ms", NULL };

static struct {
	const struct function *function;
	enum place place;
	enum caller caller;
	char *result;
	pthread_t beside;
	bool is_beside;   /* it is still to be joined */
	atomic_int calls; /* of the function: the first counts */
	struct there there;
	struct test_counter seen;   /* on_data has been called */
	struct test_counter closed; /* on_close */
	struct test_counter called;
	atomic_int opens;
} cell;

static void
fail(const char *what)
{
	(void)fprintf(stderr, "%s in %s: %s\n", cell.function->name,
	    place_names[cell.place], what);
	exit(EXIT_FAILURE);
}

static bool
is_wait(void)
{
	return strcmp(cell.function->name, "echelon_engine_wait") == 0;
}

static void *
call(void *unused)
{
	(void)unused;
	cell.function->call(&cell.there, cell.result);
	counter_add(&cell.called, 1);
	return NULL;
}

/** Another thread calls, while this one is in its function; but the end of an
 *  engine waits for this one. */
static void
call_beside(void)
{
	if (is_wait()) {
		echelon_engine_stop(cell.there.engine);
	}
	if (pthread_create(&cell.beside, NULL, call, NULL) != 0) {
		fail("no thread");
	}
	if (is_wait()) {
		cell.is_beside = true;
	} else {
		(void)pthread_join(cell.beside, NULL);
	}
}

/** Calls the function if this is the place and the first time. */
static void
pass(enum place place)
{
	if (place != cell.place || atomic_fetch_add(&cell.calls, 1) != 0) {
		return;
	}
	if (cell.caller == CALLER_BESIDE) {
		call_beside();
	} else {
		(void)call(NULL);
	}
}

/* ---- the handler ---- */

static ptrdiff_t
frame(const void *data, size_t length, void *context)
{
	(void)data;
	(void)context;
	pass(IN_FRAME);
	return length > 0 ? 1 : 0;
}

static int
on_open(echelon_conn *conn)
{
	atomic_fetch_add(&cell.opens, 1);
	cell.there.conn = conn;
	cell.there.id = echelon_conn_get_id(conn);
	pass(IN_ON_OPEN);
	return 0;
}

static void
release(void *message)
{
	(void)message;
	pass(IN_RELEASE);
}

/** Writes more than the socket takes, so that on_writable is due. */
static void
fill(echelon_conn *conn)
{
	static const char bytes[16 * 1024];

	while (echelon_write(conn, bytes, sizeof(bytes)) == 0) {
	}
}

static ptrdiff_t
on_data(echelon_conn *conn, const void *data, size_t length)
{
	switch (*(const char *)data) {
	case 'c':
		echelon_close(conn);
		break;
	case 'm':
		(void)echelon_post(cell.there.engine, cell.there.id, NULL,
		    release);
		break;
	case 'w':
		fill(conn);
		break;
	default:
		break;
	}
	pass(IN_ON_DATA);
	counter_add(&cell.seen, 1);
	return (ptrdiff_t)length;
}

static void
on_end(echelon_conn *conn)
{
	pass(IN_ON_END);
	echelon_close(conn);
}

static void
on_writable(echelon_conn *conn)
{
	(void)conn;
	pass(IN_ON_WRITABLE);
}

static void
on_message(echelon_conn *conn, void *message)
{
	(void)conn;
	(void)message;
	pass(IN_ON_MESSAGE);
}

static int
on_timeout(echelon_conn *conn, enum echelon_deadline which)
{
	(void)conn;
	(void)which;
	pass(IN_ON_TIMEOUT);
	return 0;
}

static void
on_close(echelon_conn *conn, int reason)
{
	(void)conn;
	(void)reason;
	pass(IN_ON_CLOSE);
	counter_add(&cell.closed, 1);
}

static const struct echelon_handler handler = ECHELON_HANDLER(.frame = frame,
    .on_open = on_open, .on_data = on_data, .on_end = on_end,
    .on_writable = on_writable, .on_message = on_message,
    .on_timeout = on_timeout, .on_close = on_close);

static int
on_thread_start(void *context, void **data)
{
	(void)context;
	*data = &cell;
	pass(IN_THREAD_START);
	return 0;
}

static void
on_thread_stop(void *context, void *data)
{
	(void)context;
	(void)data;
	pass(IN_THREAD_STOP);
}

/* ---- the engine and its client ---- */

static void
start(const char *pattern)
{
	struct echelon_options options = ECHELON_OPTIONS_INIT;

	options.pattern = pattern;
	options.settings = settings;
	options.on_thread_start = on_thread_start;
	options.on_thread_stop = on_thread_stop;
	if (echelon_engine_create(&options, &cell.there.engine) != 0 ||
	    echelon_engine_listen(cell.there.engine, "127.0.0.1:0", &handler,
		NULL) != 0 ||
	    echelon_engine_start(cell.there.engine) != 0) {
		fail("the engine does not start");
	}
}

static int
connect_client(void)
{
	struct sockaddr_in address = { .sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	int bytes = 4096;
	char text[64];

	(void)echelon_engine_address(cell.there.engine, 0, text, sizeof(text));
	/* So that little fills the way to it, faster than it reads. */
	(void)setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof(bytes));
	address.sin_port = htons((uint16_t)atoi(strrchr(text, ':') + 1));
	/* A function that stops the engine may have been called already. */
	(void)connect(fd, (struct sockaddr *)&address, sizeof(address));
	return fd;
}

/** What brings the connection to the place. */
static void
speak(int fd)
{
	const char *word = "d";

	switch (cell.place) {
	case IN_ON_CLOSE:
	case AFTER_ON_CLOSE:
		word = "c";
		break;
	case IN_ON_MESSAGE:
	case IN_RELEASE:
		word = "m";
		break;
	case IN_ON_WRITABLE:
		word = "w";
		break;
	default:
		break;
	}
	(void)!send(fd, word, 1, MSG_NOSIGNAL);
	if (cell.place == IN_ON_END) {
		(void)shutdown(fd, SHUT_WR);
	}
}

static void
read_to_end(int fd)
{
	static char bytes[64 * 1024];
	ssize_t n;

	do {
		n = recv(fd, bytes, sizeof(bytes), 0);
	} while (n > 0 || (n < 0 && errno == EINTR));
}

/** What ends a connection that is held, and has nobody to resume it. */
static void
reset(int fd)
{
	const struct linger now = { .l_onoff = 1, .l_linger = 0 };

	(void)setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
	(void)close(fd);
}

/** Reads until the function was called. */
static void
read_until_called(int fd)
{
	static char bytes[64 * 1024];

	while (counter_get(&cell.called) == 0) {
		struct pollfd input = { .fd = fd, .events = POLLIN };

		if (poll(&input, 1, 10) > 0 &&
		    recv(fd, bytes, sizeof(bytes), 0) <= 0) {
			return;
		}
	}
}

/** The places of the test's own thread, but the last. */
static void
pass_here(void)
{
	if (cell.place == ON_OTHER_THREAD) {
		if (!counter_wait(&cell.seen, 1)) {
			fail("no on_data");
		}
		if (is_wait()) {
			echelon_engine_stop(cell.there.engine);
		}
		pass(ON_OTHER_THREAD);
	} else if (cell.place == AFTER_ON_CLOSE) {
		if (!counter_wait(&cell.closed, 1)) {
			fail("no on_close");
		}
		if (is_wait()) {
			echelon_engine_stop(cell.there.engine);
		}
		pass(AFTER_ON_CLOSE);
	}
}

static void
converse(void)
{
	int fd = connect_client();

	speak(fd);
	pass_here();
	if (cell.place == IN_ON_WRITABLE) {
		read_until_called(fd);
	}
	if (cell.place < ON_OTHER_THREAD && cell.place != IN_THREAD_STOP &&
	    !counter_wait(&cell.called, 1)) {
		fail("the place was not passed");
	}
	if (strcmp(cell.function->name, "echelon_hold") == 0) {
		reset(fd);
		echelon_engine_stop(cell.there.engine);
		return;
	}
	if (cell.place == IN_THREAD_STOP) {
		/* The FIN may end the thread of the connection. */
		echelon_engine_stop(cell.there.engine);
	}
	(void)shutdown(fd, SHUT_WR);
	echelon_engine_stop(cell.there.engine);
	read_to_end(fd);
	(void)close(fd);
}

/** G3, and G8: whatever was called. */
static void
check_end(void)
{
	if (counter_get(&cell.closed) != atomic_load(&cell.opens)) {
		fail("on_close has not come once");
	}
	if (atomic_load(&cell.calls) == 0) {
		fail("the place was not passed");
	}
}

void
run_cell(const char *pattern, const struct function *function, enum place place,
    enum caller caller, char *result)
{
	int error;

	cell.function = function;
	cell.place = place;
	cell.caller = caller;
	cell.result = result;
	counter_init(&cell.seen);
	counter_init(&cell.closed);
	counter_init(&cell.called);
	start(pattern);
	converse();
	if (cell.is_beside) {
		(void)pthread_join(cell.beside, NULL);
	}
	error = echelon_engine_wait(cell.there.engine);
	if (error != 0) {
		fail(strerror(-error));
	}
	pass(AFTER_WAIT);
	if (!cell.there.destroyed) {
		echelon_engine_destroy(cell.there.engine);
	}
	check_end();
}
