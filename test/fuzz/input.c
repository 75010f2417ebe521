/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Any bytes as what a client sends: what the handler sees, and what the client
 * gets, does not depend on how the bytes are cut.
 *
 * The first byte says which handler, the others are sent three times: whole,
 * byte by byte, and in pieces that follow from the bytes. An engine that is
 * never started is driven by hand, on this one thread, as the reactor would:
 *
 *   client: send a piece ──▶ drive: wait, next, turn, until nothing is ready
 *
 * The handlers are pure in what they take: with `frame`, the kinds of lengths
 * that there are (known at once, known later, said as a lower bound, too
 * long, broken); without, lines. Both write, hold and resume, close, and
 * refuse, as the bytes say.
 */

#include <echelon/echelon.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "core/crew.h"
#include "core/engine.h"
#include "fuzz.h"

enum {
	LONGEST = 1400, /* of what is sent, beyond limits.input */
	NOTES = 64 * 1024
};

/* What happened in one of the three runs. */
struct notes {
	size_t length;
	unsigned char bytes[NOTES];
};

static struct {
	echelon_engine *engine;
	struct eln_thread *thread;
	struct eln_set *set;
	struct notes *now;
	bool is_closed;
} run;

static void
note(const char *what, const void *data, size_t length)
{
	struct notes *notes = run.now;
	size_t name = strlen(what);

	fuzz_claim(notes->length + name + length + sizeof(length) <= NOTES,
	    "the notes have room");
	memcpy(notes->bytes + notes->length, what, name);
	notes->length += name;
	memcpy(notes->bytes + notes->length, &length, sizeof(length));
	notes->length += sizeof(length);
	if (length > 0) {
		memcpy(notes->bytes + notes->length, data, length);
		notes->length += length;
	}
}

/* ---- the handlers ---- */

/** A request up to and with the first newline; 0: it is not there. */
static ptrdiff_t
line_length(const unsigned char *data, size_t length)
{
	const unsigned char *end = memchr(data, '\n', length);

	return end == NULL ? 0 : end - data + 1;
}

static ptrdiff_t
frame(const void *data, size_t length, void *context)
{
	const unsigned char *bytes = data;
	ptrdiff_t line;

	(void)context;
	switch (bytes[0] >> 5) {
	case 0: /* known from the first byte on */
	case 1:
		return 2 + bytes[0];
	case 2: /* from the second; up to 8 KiB */
		return length < 2 ? 0 : 2 + ((bytes[0] & 31) << 8 | bytes[1]);
	case 3: /* only when all of it is there */
		return length < 2u + (bytes[0] & 31) ? 0 : 2 + (bytes[0] & 31);
	case 4: /* a line, of which a lower bound is said */
	case 5:
		line = line_length(bytes, length);
		return line > 0 ? line : (ptrdiff_t)length + 1;
	case 6: /* a line */
		return line_length(bytes, length);
	default:
		return bytes[0] == 0xff ? -EBADMSG : 1;
	}
}

/** What a request asks for besides a reply. */
static int
obey(echelon_conn *conn, unsigned char what)
{
	switch (what & 15) {
	case 1:
		echelon_close(conn);
		break;
	case 2:
		echelon_hold(conn);
		return echelon_post(run.engine, echelon_conn_get_id(conn), NULL,
		    NULL);
	case 3:
		echelon_flush(conn);
		break;
	case 4:
		return what == 0x74 ? -ECANCELED : 0;
	case 5:
		echelon_hold(conn);
		echelon_resume(conn);
		break;
	default:
		break;
	}
	return 0;
}

/** Takes one request. */
static int
serve(echelon_conn *conn, const void *data, size_t length)
{
	const unsigned char *bytes = data;
	int error;

	note("data", data, length);
	error = echelon_write(conn, data, length);
	fuzz_claim(error == 0, "there is room for a reply");
	return obey(conn,
	    bytes[length - 1] == '\n' && length > 1 ? bytes[length - 2]
						    : bytes[length - 1]);
}

static ptrdiff_t
on_data_framed(echelon_conn *conn, const void *data, size_t length)
{
	int error = serve(conn, data, length);

	return error == 0 ? (ptrdiff_t)length : error;
}

/** Takes one line; the rest is presented again. */
static ptrdiff_t
on_data_lines(echelon_conn *conn, const void *data, size_t length)
{
	ptrdiff_t line = line_length(data, length);
	int error;

	if (line == 0) {
		return 0;
	}
	error = serve(conn, data, (size_t)line);
	return error == 0 ? line : error;
}

static void
on_message(echelon_conn *conn, void *message)
{
	(void)message;
	note("message", NULL, 0);
	fuzz_claim(echelon_write(conn, "!", 1) == 0, "there is room");
	echelon_resume(conn);
}

static void
on_end(echelon_conn *conn)
{
	note("end", NULL, 0);
	echelon_close(conn);
}

static void
on_close(echelon_conn *conn, int reason)
{
	(void)conn;
	note("close", &reason, sizeof(reason));
	fuzz_claim(!run.is_closed, "on_close comes once");
	run.is_closed = true;
}

static const struct echelon_handler handlers[] = {
	ECHELON_HANDLER(.frame = frame, .on_data = on_data_framed,
	    .on_message = on_message, .on_end = on_end, .on_close = on_close),
	ECHELON_HANDLER(.on_data = on_data_lines, .on_message = on_message,
	    .on_end = on_end, .on_close = on_close),
};

/* ---- the engine, by hand ---- */

static void
create_engine(void)
{
	static const char *const settings[] = { "limits.input=1KiB",
		"limits.output=64KiB", "limits.turn=1KiB",
		"limits.connections=4", "engine.threads=1", NULL };
	struct echelon_options options = ECHELON_OPTIONS_INIT;

	options.pattern = "reactor";
	options.settings = settings;
	fuzz_claim(echelon_engine_create(&options, &run.engine) == 0,
	    "an engine can be made");
	run.thread = eln_crew_at(&run.engine->crew, 0);
	run.thread->self = eln_os_thread_self();
	run.set = &run.engine->sets[0];
}

/** Whatever is ready has its turns, until nothing is. */
static void
drive(void)
{
	do {
		struct eln_handle *handle;

		while ((handle = eln_set_next(run.set, run.thread)) != NULL) {
			if (handle->type->turn(handle, run.thread, true) ==
			    ELN_TURN_AGAIN) {
				eln_set_post(run.set, handle);
			}
		}
		eln_set_wait(run.set, run.thread, 0);
	} while (eln_set_has_more(run.set));
}

/* ---- the client ---- */

/** Notes all that the server has sent. Whether it has ended. */
static bool
read_replies(int fd, struct notes *replies)
{
	ssize_t n;

	do {
		n = recv(fd, replies->bytes + replies->length,
		    NOTES - replies->length, MSG_DONTWAIT);
		if (n > 0) {
			replies->length += (size_t)n;
		}
	} while (n > 0);
	return n == 0 || errno != EAGAIN;
}

static size_t
next_piece(unsigned way, const uint8_t *data, size_t left)
{
	size_t piece = 1;

	switch (way) {
	case 0:
		piece = left;
		break;
	case 1:
		break;
	default:
		piece = 1 + data[0] % 97;
		break;
	}
	return piece < left ? piece : left;
}

static void
send_all(int fd, unsigned way, const uint8_t *data, size_t size,
    struct notes *replies)
{
	while (size > 0) {
		size_t piece = next_piece(way, data, size);

		if (send(fd, data, piece, MSG_NOSIGNAL) != (ssize_t)piece) {
			return; /* the server has closed */
		}
		data += piece;
		size -= piece;
		drive();
		(void)read_replies(fd, replies);
	}
}

static void
converse(unsigned way, const struct echelon_handler *handler,
    const uint8_t *data, size_t size, struct notes *seen, struct notes *replies)
{
	struct echelon_stats stats = { .size = sizeof(stats) };
	int ends[2];

	seen->length = 0;
	replies->length = 0;
	run.now = seen;
	run.is_closed = false;
	fuzz_claim(socketpair(AF_UNIX, SOCK_STREAM, 0, ends) == 0 &&
		echelon_engine_adopt(run.engine, ends[1], handler, NULL) == 0,
	    "a connection can be made");
	drive();
	send_all(ends[0], way, data, size, replies);
	(void)shutdown(ends[0], SHUT_WR);
	drive();
	fuzz_claim(read_replies(ends[0], replies),
	    "the client is told the end");
	(void)close(ends[0]);
	drive();
	fuzz_claim(run.is_closed, "on_close comes");
	fuzz_claim(echelon_engine_stats(run.engine, &stats) == 0 &&
		stats.connections == 0,
	    "no connection is left");
}

static bool
are_equal(const struct notes *a, const struct notes *b)
{
	return a->length == b->length &&
	    memcmp(a->bytes, b->bytes, a->length) == 0;
}

void
fuzz_one(const uint8_t *data, size_t size)
{
	static struct notes seen[3];
	static struct notes replies[3];

	if (size < 2 || size > LONGEST) {
		return;
	}
	if (run.engine == NULL) {
		create_engine();
	}
	for (unsigned way = 0; way < 3; way++) {
		converse(way, &handlers[data[0] % 2], data + 1, size - 1,
		    &seen[way], &replies[way]);
	}
	for (unsigned way = 1; way < 3; way++) {
		fuzz_claim(are_equal(&seen[0], &seen[way]),
		    "the handler sees the same, however the bytes are cut");
		fuzz_claim(are_equal(&replies[0], &replies[way]),
		    "the client gets the same");
	}
}
