/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * All that a program may call in a run, in a scene where nothing is wrong:
 * each does what its manual says, in every order. Where somebody must be late
 * the other waits for it.
 */

#include "uses.h"

#include <echelon/explore.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

static echelon_conn_id asker;
static unsigned messages;
static unsigned ends;

/* ---- the handler: an echo, which posts to itself ---- */

static ptrdiff_t
on_data(echelon_conn *conn, const void *data, size_t length)
{
	char *message = strndup(data, length);

	asker = echelon_conn_get_id(conn);
	/* A user's point: the word is shared without a lock. */
	echelon_explore_point();
	uses_check(message != NULL &&
		echelon_post(echelon_explore_engine(), asker, message, free) ==
		    0,
	    "echelon_post");
	return (ptrdiff_t)length;
}

static void
on_message(echelon_conn *conn, void *message)
{
	messages++;
	(void)echelon_write(conn, message, strlen(message));
}

static void
on_end(echelon_conn *conn)
{
	ends++;
	echelon_close(conn);
}

static const struct echelon_handler handler = ECHELON_HANDLER(
	.on_data = on_data, .on_message = on_message, .on_end = on_end);

/* ---- the client ---- */

static void
client(void *context)
{
	static const char sent[] = "ping";
	echelon_explore_peer *peer = echelon_explore_connect();
	char got[8];
	size_t length = 0;

	(void)context;
	uses_check(echelon_explore_send(peer, sent, 4), "echelon_explore_send");
	while (length < 4) {
		ptrdiff_t n = echelon_explore_receive(peer, got + length,
		    echelon_explore_random(3) + 1);

		uses_check(n > 0, "echelon_explore_receive");
		length += (size_t)n;
	}
	uses_check(memcmp(got, sent, 4) == 0, "what was received");
	uses_check(echelon_explore_random(20) < 20, "echelon_explore_random");
	echelon_explore_finish(peer);
	uses_check(echelon_explore_receive(peer, got, 1) == 0, "FIN for FIN");
	echelon_explore_close(peer);
}

/* Sends nothing, until a deadline of minutes has passed. */
static void
be_silent(void *context)
{
	echelon_explore_peer *peer = echelon_explore_connect();
	char got;

	(void)context;
	uses_check(echelon_explore_receive(peer, &got, 1) <= 0, "a deadline");
	echelon_explore_close(peer);
}

/* ---- the scene ---- */

static void
prepare(void *context)
{
	(void)context;
	messages = 0;
	ends = 0;
	uses_threads_begin();
	uses_locks_begin();
}

static void
finish(void *context)
{
	(void)context;
	uses_check(messages > 0 && ends == 1, "echelon_explore_finish");
	uses_threads_end();
}

int
main(int argc, char **argv)
{
	static const struct echelon_explore_thread threads[] = {
		{ "client", client }, { "threads", uses_threads },
		{ "locks", uses_locks }, { "blocks", uses_blocks },
		{ "silent", be_silent }, { NULL, NULL }
	};
	static const struct echelon_explore_scene scene = ECHELON_EXPLORE_SCENE(
		.handler = &handler, .prepare = prepare, .threads = threads,
	    .finish = finish);

	return echelon_explore_main(argc, argv, &scene);
}
