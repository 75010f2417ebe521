/* SPDX-License-Identifier: BSD-2-Clause */
#include "command.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/*
 * DEBUG: SLEEP, a handler that blocks, and PROTOCOL, one reply of each kind.
 */

/*
 * Blocks the thread, as a handler may that calls a slow service. It runs
 * with no lock held, so only its own connection waits.
 */
static void
sleep_for(double seconds)
{
	static const double longest = 86400 * 365.0;
	struct timespec left;

	if (!(seconds > 0)) {
		return;
	}
	seconds = seconds < longest ? seconds : longest;
	left.tv_sec = (time_t)seconds;
	left.tv_nsec = (long)((seconds - floor(seconds)) * 1e9);
	while (nanosleep(&left, &left) != 0) {
	}
}

static void
run_sleep(struct call *call)
{
	char text[32] = "";
	struct slice word = call->words[2];

	memcpy(text, word.data,
	    word.length < sizeof(text) ? word.length : sizeof(text) - 1);
	sleep_for(strtod(text, NULL));
	reply_status(call->reply, "OK");
}

static void
reply_a_string(struct reply *reply)
{
	reply_bulk_text(reply, "Hello World");
}

static void
reply_an_integer(struct reply *reply)
{
	reply_integer(reply, 12345);
}

static void
reply_a_double(struct reply *reply)
{
	reply_double(reply, 3.141);
}

static void
reply_a_big_number(struct reply *reply)
{
	reply_big_number(reply, "1234567999999999999999999999999999999");
}

static void
reply_an_array(struct reply *reply)
{
	reply_array(reply, 3);
	for (int i = 0; i < 3; i++) {
		reply_integer(reply, i);
	}
}

static void
reply_a_set(struct reply *reply)
{
	reply_set(reply, 3);
	for (int i = 0; i < 3; i++) {
		reply_integer(reply, i);
	}
}

static void
reply_a_map(struct reply *reply)
{
	reply_map(reply, 3);
	for (int i = 0; i < 3; i++) {
		reply_integer(reply, i);
		reply_bool(reply, i == 1);
	}
}

static void
reply_a_verbatim(struct reply *reply)
{
	reply_verbatim(reply, slice_of("This is a verbatim\nstring"));
}

static void
reply_true(struct reply *reply)
{
	reply_bool(reply, true);
}

static void
reply_false(struct reply *reply)
{
	reply_bool(reply, false);
}

static void
run_protocol(struct call *call)
{
	static const struct {
		const char *name;
		void (*reply)(struct reply *reply);
	} kinds[] = {
		{ "string", reply_a_string },
		{ "integer", reply_an_integer },
		{ "double", reply_a_double },
		{ "bignum", reply_a_big_number },
		{ "null", reply_null },
		{ "array", reply_an_array },
		{ "set", reply_a_set },
		{ "map", reply_a_map },
		{ "verbatim", reply_a_verbatim },
		{ "true", reply_true },
		{ "false", reply_false },
	};

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		if (slice_is(call->words[2], kinds[i].name)) {
			kinds[i].reply(call->reply);
			return;
		}
	}
	reply_error(call->reply,
	    "ERR Wrong protocol type name. Please use one of the following: "
	    "string|integer|double|bignum|null|array|set|map|verbatim|true|"
	    "false");
}

void
run_debug(struct call *call)
{
	struct slice word = call->words[1];

	if (call->n_words == 3 && slice_is(word, "SLEEP")) {
		run_sleep(call);
	} else if (call->n_words == 3 && slice_is(word, "PROTOCOL")) {
		run_protocol(call);
	} else {
		reply_error(call->reply,
		    "ERR unknown subcommand or wrong number of arguments for "
		    "'%.*s'. Try DEBUG HELP.",
		    (int)strnlen(word.data,
			word.length < 128 ? word.length : 128),
		    word.data);
	}
}
