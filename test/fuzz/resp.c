/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Any bytes as what a client of kv sends. Where a command ends does not
 * depend on how the bytes are cut; what it is told to need at least, it
 * needs; and every command is answered by replies that hiredis can read.
 */

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <hiredis/hiredis.h>

#include "../../examples/kv/command.h"
#include "../../examples/kv/request.h"
#include "../../examples/kv/resp.h"
#include "fuzz.h"

enum {
	MOST_COMMANDS = 64,
	MOST_PREFIXES = 512
};

struct server {
	struct store *store;
	struct session_list sessions;
	struct session *session;
};

/* DEBUG SLEEP: nobody waits here. */
int
nanosleep(const struct timespec *time, struct timespec *left)
{
	(void)time;
	(void)left;
	return 0;
}

/** What is said of the beginning of a command agrees with the whole. */
static void
claim_prefixes(const char *data, size_t size, const struct resp_scan *whole)
{
	size_t most = size < MOST_PREFIXES ? size : MOST_PREFIXES;

	for (size_t length = 1; length <= most; length++) {
		struct resp_scan part = resp_scan(data, length);

		if (part.kind == RESP_UNFINISHED) {
			fuzz_claim(part.length > length,
			    "an unfinished command needs more bytes");
			fuzz_claim(whole->kind == RESP_BROKEN ||
				part.length <= whole->length ||
				part.length <= length + 1,
			    "it needs what it was said to need");
			continue;
		}
		fuzz_claim(part.kind == whole->kind,
		    "what a command is does not depend on the bytes behind it");
		if (part.kind != RESP_BROKEN) {
			fuzz_claim(part.length == whole->length &&
				part.n_elements == whole->n_elements,
			    "where it ends does not either");
		}
	}
}

/** What was replied is one reply, or as many as the command makes. */
static void
claim_reply(const struct reply *reply)
{
	redisReader *reader = redisReaderCreate();
	void *object = NULL;

	fuzz_claim(reader != NULL, "there is memory");
	/* hiredis 0.14 reads RESP2 only. */
	if (reply->protocol == 2 && reply->length > 0) {
		fuzz_claim(redisReaderFeed(reader, reply->data,
			       reply->length) == REDIS_OK,
		    "a reply can be fed");
		do {
			object = NULL;
			fuzz_claim(redisReaderGetReply(reader, &object) ==
				REDIS_OK,
			    "a reply can be read");
			if (object != NULL) {
				freeReplyObject(object);
			}
		} while (object != NULL);
		fuzz_claim(reader->pos == reader->len, "a reply is whole");
	}
	redisReaderFree(reader);
}

/** Executes one command; false: the connection would close. */
static bool
execute(struct server *server, const char *data, size_t length)
{
	struct session *session = server->session;
	char error[REQUEST_ERROR_ROOM];
	struct request request;
	struct reply reply;
	bool goes_on = true;

	reply_init(&reply, session->protocol);
	if (request_parse(&request, session->reader, data, length, error) !=
	    0) {
		reply_error(&reply, "ERR %s", error);
		goes_on = false;
	} else if (request.n_words > 0) {
		command_execute(server->store, session, request.words,
		    request.n_words, &reply);
		goes_on = !session->is_closing;
	}
	request_deinit(&request);
	claim_reply(&reply);
	reply_deinit(&reply);
	return goes_on;
}

static void
start(struct server *server)
{
	server->store = store_create();
	session_list_init(&server->sessions);
	server->session = session_create(&server->sessions, "127.0.0.1:1");
}

static void
end(struct server *server)
{
	transaction_unwatch(&server->session->transaction, server->store);
	session_destroy(server->session);
	session_list_deinit(&server->sessions);
	store_destroy(server->store);
}

void
fuzz_one(const uint8_t *data, size_t size)
{
	const char *at = (const char *)data;
	struct server server;

	start(&server);
	for (int n = 0; size > 0 && n < MOST_COMMANDS; n++) {
		struct resp_scan scan = resp_scan(at, size);

		claim_prefixes(at, size, &scan);
		if (scan.kind == RESP_UNFINISHED) {
			break;
		}
		fuzz_claim(scan.length <= size, "a command has been sent");
		if (!execute(&server, at,
			scan.kind == RESP_BROKEN ? size : scan.length)) {
			break;
		}
		at += scan.length;
		size -= scan.length;
	}
	end(&server);
}
