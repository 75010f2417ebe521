/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * kv: a key-value server that redis-cli, redis-benchmark and the clients of
 * several languages work with, unmodified: strings, lists, sets, hashes and
 * sorted sets, transactions, in RESP2 and RESP3.
 *
 *     bytes -> find_command (frame) -> answer_command (on_data) -> echelon
 *              resp.h                  request.h  words
 *                                      command.h  checks; locks and runs,
 *                                                 or queues behind MULTI
 *                                      reply.h    one write
 *
 * This file is all that knows of echelon. The rest is buffers in, buffers
 * out, and data that any number of threads may share (store.h); so the
 * pattern that runs the threads is nobody's business here.
 *
 * A command runs exactly once. If its reply finds no room, the reply stays
 * in the session and the command is presented again, which then only sends.
 *
 * A connection says what it speaks by HELLO and is answered in that from
 * then on. It prepares a transaction alone (transaction.h); EXEC runs it with
 * the locks of all of its keys held, so threads that serve other connections
 * see all of it or nothing. What one of them has changed since it was watched
 * (watch.h) is marked under the same locks, and there is no transaction.
 *
 * Not there: what outlives the process, publishing, scripts, and commands
 * that wait for others, such as BLPOP.
 */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <echelon/echelon.h>

#include "command.h"
#include "request.h"
#include "resp.h"

struct server {
	struct store *store;
	struct session_list sessions;
};

/*
 * A stream that is broken is passed on whole, as one last command: only
 * on_data can say what is wrong with it.
 */
static ptrdiff_t
find_command(const void *data, size_t length, void *context)
{
	struct resp_scan scan = resp_scan(data, length);

	(void)context;
	if (scan.kind == RESP_UNFINISHED) {
		bool is_bound_known = scan.length > length + 1;

		return is_bound_known ? (ptrdiff_t)scan.length : 0;
	}
	return (ptrdiff_t)scan.length;
}

static int
open_session(echelon_conn *conn)
{
	struct server *server = echelon_conn_context(conn);
	char peer[SESSION_PEER_ROOM];

	echelon_conn_peer(conn, peer, sizeof(peer));
	echelon_conn_set_data(conn, session_create(&server->sessions, peer));
	return 0;
}

static void
execute(struct server *server, struct session *session, struct slice bytes,
    struct reply *reply)
{
	char error[REQUEST_ERROR_ROOM];
	struct request request;

	if (request_parse(&request, session->reader, bytes.data, bytes.length,
		error) != 0) {
		reply_error(reply, "ERR %s", error);
		session->is_closing = true;
	} else if (request.n_words > 0) {
		command_execute(server->store, session, request.words,
		    request.n_words, reply);
	}
	request_deinit(&request);
}

static int
write_reply(echelon_conn *conn, struct session *session, struct reply *reply)
{
	int result;

	if (reply->length == 0) {
		return 0;
	}
	result = echelon_write(conn, reply->data, reply->length);
	if (result == -EMSGSIZE) {
		reply_refuse(reply);
		result = echelon_write(conn, reply->data, reply->length);
	}
	if (result == -ENOBUFS) {
		session->unsent = memory_get(reply->length);
		memcpy(session->unsent, reply->data, reply->length);
		session->unsent_length = reply->length;
	}
	return result;
}

static int
write_unsent(echelon_conn *conn, struct session *session)
{
	int result = echelon_write(conn, session->unsent,
	    session->unsent_length);

	if (result != -ENOBUFS) {
		free(session->unsent);
		session->unsent = NULL;
	}
	return result;
}

static int
answer(echelon_conn *conn, struct session *session, struct slice bytes)
{
	struct server *server = echelon_conn_context(conn);
	struct reply reply;
	int result;

	if (session->unsent != NULL) {
		return write_unsent(conn, session);
	}
	reply_init(&reply, session->protocol);
	execute(server, session, bytes, &reply);
	result = write_reply(conn, session, &reply);
	reply_deinit(&reply);
	return result;
}

static ptrdiff_t
answer_command(echelon_conn *conn, const void *data, size_t length)
{
	struct session *session = echelon_conn_data(conn);
	int result = answer(conn, session, (struct slice){ data, length });

	if (result != 0) {
		return result;
	}
	if (session->is_closing) {
		echelon_close(conn);
	}
	return (ptrdiff_t)length;
}

static void
close_session(echelon_conn *conn, int reason)
{
	struct server *server = echelon_conn_context(conn);
	struct session *session = echelon_conn_data(conn);

	(void)reason;
	transaction_unwatch(&session->transaction, server->store);
	session_destroy(session);
}

int
main(int argc, char **argv)
{
	static const struct echelon_handler handler = ECHELON_HANDLER(
		.frame = find_command, .on_open = open_session,
	    .on_data = answer_command, .on_close = close_session);
	struct server server;
	int status;

	hash_seed();
	server.store = store_create();
	session_list_init(&server.sessions);
	status = echelon_main(argc, argv, &handler, &server);
	if (session_list_count(&server.sessions) == 0) {
		session_list_deinit(&server.sessions);
		store_destroy(server.store);
	}
	return status;
}
