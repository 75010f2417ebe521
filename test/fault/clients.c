/* SPDX-License-Identifier: BSD-2-Clause */
#include "fault/clients.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "fault/faults.h"
#include "fault/internal.h"
#include "fault/service.h"
#include "support/sync.h"

enum where {
	TCP,
	UNIX,
	ADOPTED
};

enum end {
	STAYS, /* until the drain */
	ENDS,  /* by the server, after what was expected */
	LASTS, /* likewise, but the client stays: the server must not */
	RESETS /* by whoever: nothing is expected */
};

struct script {
	const char *says;
	const char *hears; /* after the bulk */
	enum where where;
	enum end end;
	unsigned bulk; /* bytes */
	bool fin;      /* after it has spoken */
	bool junk;     /* speaks on, and nobody listens */
	bool reset;    /* leaves without a word */
};

/* The first asks for its id, and is sent a message; the second is read first:
 * its handler blocks until that. */
static const struct script scripts[] = {
	{ .says = "H outside\ne 1\n", .hears = "H outside\ne 1\n" },
	{ .says = "W\n", .hears = "", .bulk = BULK },
	{ .says = "e 1\ne 2\ne 3\n", .hears = "e 1\ne 2\ne 3\n" },
	{ .says = "h self\ne 4\n", .hears = "h self\ne 4\n" },
	{ .says = "B\n", .hears = "", .bulk = BULK },
	{ .says = "T\n", .hears = "timeout\n" },
	{ .says = "c close\n", .hears = "c close\n", .end = ENDS },
	{ .says = "c stay\n", .hears = "c stay\n", .end = LASTS },
	{ .says = "c junk\n", .hears = "c junk\n", .end = ENDS, .junk = true },
	{ .says = "a\n", .hears = "", .end = RESETS },
	{ .says = "e 5\n", .hears = "e 5\nbye\n", .end = ENDS, .fin = true },
	{ .says = "e par", .hears = "", .end = RESETS, .reset = true },
	{ .says = "e 6\n", .hears = "e 6\n", .where = UNIX },
	{ .says = "e 7\n", .hears = "e 7\n", .where = ADOPTED },
};

enum {
	CLIENTS = sizeof(scripts) / sizeof(scripts[0]),
	JUNK = 8 * 1024
};

static int sockets[CLIENTS + 1];

/* ---- sockets ---- */

static int
prepare(int fd)
{
	struct timeval patience = { .tv_sec = test_patience() };
	int small = 4096;

	(void)setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience,
	    sizeof(patience));
	(void)setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience,
	    sizeof(patience));
	(void)setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &small, sizeof(small));
	return fd;
}

static int
connect_tcp(int port)
{
	struct sockaddr_in address = { .sin_family = AF_INET,
		.sin_port = htons((uint16_t)port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int fd = prepare(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));

	if (connect(fd, (struct sockaddr *)&address, sizeof(address)) != 0) {
		problem("connect: %s", strerror(errno));
	}
	return fd;
}

static int
connect_unix(const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = prepare(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));

	(void)snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
	if (connect(fd, (struct sockaddr *)&address, sizeof(address)) != 0) {
		problem("connect %s: %s", path, strerror(errno));
	}
	return fd;
}

static int
open_socket(const struct door *door, enum where where)
{
	switch (where) {
	case TCP:
		return connect_tcp(door->port);
	case UNIX:
		return connect_unix(door->path);
	case ADOPTED:
		return prepare(door->adopted);
	}
	return -1;
}

/** What the peer has ended takes nothing more; then it is seen at reading. */
static void
say(int fd, const char *text, size_t length)
{
	(void)!send(fd, text, length, MSG_NOSIGNAL);
}

static void
leave(int i)
{
	if (sockets[i] >= 0) {
		(void)close(sockets[i]);
		sockets[i] = -1;
	}
}

static void
leave_by_reset(int i)
{
	struct linger now = { .l_onoff = 1 };

	(void)setsockopt(sockets[i], SOL_SOCKET, SO_LINGER, &now, sizeof(now));
	leave(i);
}

void
clients_leave(void)
{
	for (int i = 0; i <= CLIENTS; i++) {
		leave(i);
	}
}

/* ---- reading ---- */

/** Receives `length` bytes, or fewer at the end of the stream. */
static size_t
hear(int fd, char *buffer, size_t length)
{
	size_t heard = 0;

	/* After the first problem nobody waits for the next. */
	while (heard < length && problems() == 0) {
		ssize_t n = recv(fd, buffer + heard, length - heard, 0);

		if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR)) {
			break;
		}
		if (n < 0 && errno == EAGAIN) {
			problem("the server is silent");
			break;
		}
		heard += n > 0 ? (size_t)n : 0;
	}
	return heard;
}

/** Whether it is the fault that ends the stream: the server says good-bye. */
static bool
is_farewell(const char *text, size_t length)
{
	return faults_met() != 0 && striking()->call == CALL_RECV &&
	    striking()->act == ACT_NOTHING && length >= 4 &&
	    memcmp(text + length - 4, "bye\n", 4) == 0;
}

/** Whether all that was expected came; what came must be right. */
static bool
hear_exactly(int fd, const char *expected, size_t length)
{
	static char buffer[BULK];
	size_t n = hear(fd, buffer, length);

	if (is_farewell(buffer, n) && memcmp(buffer, expected, n) != 0) {
		n -= 4;
	}
	if (memcmp(buffer, expected, n) != 0) {
		problem("\"%.*s\" instead of \"%.*s\"", (int)(n < 32 ? n : 32),
		    buffer, (int)(length < 32 ? length : 32), expected);
	}
	return n == length;
}

static void
hear_end(int fd)
{
	char more[4];
	size_t n = hear(fd, more, sizeof(more));

	if (n != 0 && !is_farewell(more, n)) {
		problem("\"%.*s\" after the end", (int)n, more);
	}
}

static bool
hear_script(int fd, const struct script *script)
{
	char expected[BULK];

	for (unsigned i = 0; i < script->bulk; i++) {
		expected[i] = service_byte(i);
	}
	return hear_exactly(fd, expected, script->bulk) &&
	    hear_exactly(fd, script->hears, strlen(script->hears));
}

/* ---- the conversation ---- */

static void
speak(int i, const struct script *script)
{
	static char bytes[JUNK];
	size_t length = strlen(script->says);

	/* At once: a close in order reads what has arrived. */
	memcpy(bytes, script->says, length);
	say(sockets[i], bytes, script->junk ? sizeof(bytes) : length);
	if (script->fin) {
		(void)shutdown(sockets[i], SHUT_WR);
	}
	if (script->reset) {
		leave_by_reset(i);
	}
}

/** The first client learns its id, and is sent a message by that. */
static bool
introduce(echelon_engine *engine)
{
	char id[17];
	int error;

	say(sockets[0], "i\n", 2);
	if (hear(sockets[0], id, sizeof(id)) != sizeof(id)) {
		return false;
	}
	error = service_post(engine, "H outside\n");
	if (error != 0 && faults_met() == 0) {
		problem("post: %s", strerror(-error));
	}
	return error == 0;
}

unsigned
clients_converse(const struct door *door, echelon_engine *engine)
{
	unsigned broken = 0;

	for (int i = 0; i < CLIENTS; i++) {
		sockets[i] = open_socket(door, scripts[i].where);
	}
	sockets[CLIENTS] = -1;
	if (!introduce(engine)) {
		leave(0);
		broken++;
	}
	for (int i = 0; i < CLIENTS; i++) {
		if (sockets[i] >= 0) {
			speak(i, &scripts[i]);
		}
	}
	for (int i = 1; i <= CLIENTS; i++) {
		int c = i % CLIENTS;

		if (sockets[c] < 0) {
			continue;
		}
		if (!hear_script(sockets[c], &scripts[c])) {
			broken++;
			leave(c);
		} else if (scripts[c].end != STAYS) {
			hear_end(sockets[c]);
			if (scripts[c].end != LASTS) {
				leave(c);
			}
		}
	}
	return broken;
}

bool
clients_next(const struct door *door)
{
	static const char line[] = "e next\n";
	int fd = connect_tcp(door->port);
	bool served;

	say(fd, line, strlen(line));
	served = hear_exactly(fd, line, strlen(line));
	(void)close(fd);
	return served;
}

unsigned
clients_drain(const struct door *door, echelon_engine *engine)
{
	static const char line[] = "e last\n";
	unsigned broken = 0;

	sockets[CLIENTS] = connect_tcp(door->port);
	say(sockets[CLIENTS], line, strlen(line));
	echelon_engine_stop(engine);
	if (!hear_exactly(sockets[CLIENTS], line, strlen(line))) {
		broken++;
	}
	for (int i = 0; i <= CLIENTS; i++) {
		if (sockets[i] >= 0) {
			hear_end(sockets[i]);
		}
	}
	clients_leave();
	return broken;
}
