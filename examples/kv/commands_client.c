/* SPDX-License-Identifier: BSD-2-Clause */
#include "command.h"

#include <stdlib.h>

/*
 * Commands about the client's own connection.
 */

void
run_ping(struct call *call)
{
	if (call->n_words > 2) {
		call_wrong_arity(call, call->command->name);
	} else if (call->n_words == 2) {
		reply_bulk(call->reply, call->words[1]);
	} else {
		reply_status(call->reply, "PONG");
	}
}

void
run_echo(struct call *call)
{
	reply_bulk(call->reply, call->words[1]);
}

void
run_quit(struct call *call)
{
	reply_status(call->reply, "OK");
	call->session->is_closing = true;
}

void
run_select(struct call *call)
{
	int64_t database;

	if (!call_integer(call, 1, &database)) {
		return;
	}
	if (database < 0 || database >= STORE_DATABASES) {
		reply_error(call->reply, "ERR DB index is out of range");
		return;
	}
	session_set_database(call->session, (unsigned)database);
	reply_status(call->reply, "OK");
}

/* There is one user, "default", who has no password: any will do. */
static bool
is_known_user(struct call *call, struct slice user)
{
	if (slice_compare(user, slice_of("default")) != 0) {
		reply_error(call->reply,
		    "WRONGPASS invalid username-password pair or user is "
		    "disabled.");
		return false;
	}
	return true;
}

void
run_auth(struct call *call)
{
	if (call->n_words > 3) {
		call_syntax_error(call);
	} else if (call->n_words == 2) {
		reply_error(call->reply,
		    "ERR AUTH <password> called without any password "
		    "configured for the default user. Are you sure your "
		    "configuration is correct?");
	} else if (is_known_user(call, call->words[1])) {
		reply_status(call->reply, "OK");
	}
}

static bool
is_valid_name(struct call *call, struct slice name)
{
	for (size_t i = 0; i < name.length; i++) {
		if (name.data[i] < '!' || name.data[i] > '~') {
			reply_error(call->reply,
			    "ERR Client names cannot contain spaces, newlines "
			    "or special characters.");
			return false;
		}
	}
	return true;
}

/*
 * The words behind HELLO 3; false: it has replied what is wrong. What stands
 * before that has been done, as in redis.
 */
static bool
take_hello_options(struct call *call)
{
	size_t taken;

	for (size_t n = 2; n < call->n_words; n += taken) {
		struct slice word = call->words[n];
		size_t left = call->n_words - n - 1;

		if (slice_is(word, "AUTH") && left >= 2) {
			taken = 3;
			if (!is_known_user(call, call->words[n + 1])) {
				return false;
			}
		} else if (slice_is(word, "SETNAME") && left >= 1) {
			taken = 2;
			if (!is_valid_name(call, call->words[n + 1])) {
				return false;
			}
			session_set_name(call->session, call->words[n + 1]);
		} else {
			reply_error(call->reply,
			    "ERR Syntax error in HELLO option '%.*s'",
			    (int)(word.length < 128 ? word.length : 128),
			    word.data);
			return false;
		}
	}
	return true;
}

static bool
read_protocol(struct call *call, int64_t *protocol)
{
	if (!integer_parse(call->words[1], protocol)) {
		reply_error(call->reply,
		    "ERR Protocol version is not an integer or out of range");
		return false;
	}
	if (*protocol != 2 && *protocol != 3) {
		reply_error(call->reply,
		    "NOPROTO unsupported protocol version");
		return false;
	}
	return true;
}

void
run_hello(struct call *call)
{
	int64_t protocol = call->session->protocol;

	if (call->n_words > 1 &&
	    (!read_protocol(call, &protocol) || !take_hello_options(call))) {
		return;
	}
	session_set_protocol(call->session, (unsigned)protocol);
	call->reply->protocol = (unsigned)protocol;
	reply_map(call->reply, 7);
	reply_bulk_text(call->reply, "server");
	reply_bulk_text(call->reply, "redis");
	reply_bulk_text(call->reply, "version");
	reply_bulk_text(call->reply, "7.0.15");
	reply_bulk_text(call->reply, "proto");
	reply_integer(call->reply, protocol);
	reply_bulk_text(call->reply, "id");
	reply_integer(call->reply, (int64_t)call->session->id);
	reply_bulk_text(call->reply, "mode");
	reply_bulk_text(call->reply, "standalone");
	reply_bulk_text(call->reply, "role");
	reply_bulk_text(call->reply, "master");
	reply_bulk_text(call->reply, "modules");
	reply_array(call->reply, 0);
}

void
run_client_setname(struct call *call)
{
	if (is_valid_name(call, call->words[2])) {
		session_set_name(call->session, call->words[2]);
		reply_status(call->reply, "OK");
	}
}

void
run_client_getname(struct call *call)
{
	if (call->session->name == NULL) {
		reply_null(call->reply);
	} else {
		reply_bulk_text(call->reply, call->session->name);
	}
}

/* What newer clients say about themselves; nobody asks for it. */
void
run_client_setinfo(struct call *call)
{
	if (slice_is(call->words[2], "LIB-NAME") ||
	    slice_is(call->words[2], "LIB-VER")) {
		reply_status(call->reply, "OK");
	} else {
		reply_error(call->reply, "ERR Unrecognized option '%.*s'",
		    (int)(call->words[2].length < 128 ? call->words[2].length
						      : 128),
		    call->words[2].data);
	}
}

void
run_client_id(struct call *call)
{
	reply_integer(call->reply, (int64_t)call->session->id);
}

static void
reply_sessions(struct call *call, const struct session *only)
{
	char *text = session_describe(call->session->list, only);

	reply_verbatim(call->reply, slice_of(text));
	free(text);
}

void
run_client_list(struct call *call)
{
	if (call->n_words > 2) {
		call_syntax_error(call);
	} else {
		reply_sessions(call, NULL);
	}
}

void
run_client_info(struct call *call)
{
	reply_sessions(call, call->session);
}
