/* SPDX-License-Identifier: BSD-2-Clause */
#include "command.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/*
 * Commands about the server itself: what clients ask before they begin.
 */

/* The version of the server that the commands behave like. */
static const char redis_version[] = "7.0.15";

static void
reply_command(struct call *call, const struct command *command)
{
	static const int last[] = { [KEYS_FIRST] = 1,
		[KEYS_REST] = -1,
		[KEYS_PAIRS] = -1,
		[KEYS_NONE] = 0,
		[KEYS_EVERY] = 0,
		[KEYS_OWN] = 0,
		[KEYS_IN_SUB] = 0 };
	int last_key = last[command->keys];
	int step = command->keys == KEYS_PAIRS ? 2 : 1;

	reply_array(call->reply, 6);
	reply_bulk_text(call->reply, command->name);
	reply_integer(call->reply, command->arity);
	reply_set(call->reply, 0);
	reply_integer(call->reply, last_key == 0 ? 0 : 1);
	reply_integer(call->reply, last_key);
	reply_integer(call->reply, last_key == 0 ? 0 : step);
}

/* Subcommands are not counted. */
static size_t
count_commands(void)
{
	struct command_list all = command_table();
	size_t count = 0;

	for (size_t i = 0; i < all.count; i++) {
		count += !command_is_sub(&all.commands[i]);
	}
	return count;
}

void
run_command_count(struct call *call)
{
	reply_integer(call->reply, (int64_t)count_commands());
}

/* Clients take no documents for none, and ask for nothing else. */
void
run_command_docs(struct call *call)
{
	reply_map(call->reply, 0);
}

void
run_command(struct call *call)
{
	struct command_list all = command_table();

	reply_array(call->reply, count_commands());
	for (size_t i = 0; i < all.count; i++) {
		if (!command_is_sub(&all.commands[i])) {
			reply_command(call, &all.commands[i]);
		}
	}
}

/* What clients ask for; none of it can be set while the server runs. */
static const struct {
	const char *name, *value;
} settings[] = {
	{ "appendonly", "no" },
	{ "databases", "16" },
	{ "maxmemory", "0" },
	{ "maxmemory-policy", "noeviction" },
	{ "proto-max-bulk-len", "536870912" },
	{ "save", "" },
};

enum {
	N_SETTINGS = sizeof(settings) / sizeof(settings[0])
};

static bool
is_asked_for(const struct call *call, const char *name)
{
	for (size_t i = 2; i < call->n_words; i++) {
		if (glob_matches(call->words[i], slice_of(name), true)) {
			return true;
		}
	}
	return false;
}

void
run_config_get(struct call *call)
{
	size_t count = 0;

	for (size_t i = 0; i < N_SETTINGS; i++) {
		count += is_asked_for(call, settings[i].name);
	}
	reply_map(call->reply, count);
	for (size_t i = 0; i < N_SETTINGS; i++) {
		if (is_asked_for(call, settings[i].name)) {
			reply_bulk_text(call->reply, settings[i].name);
			reply_bulk_text(call->reply, settings[i].value);
		}
	}
}

void
run_config_set(struct call *call)
{
	struct slice name = call->words[2];
	int length = (int)strnlen(name.data,
	    name.length < 128 ? name.length : 128);

	for (size_t i = 0; i < N_SETTINGS; i++) {
		if (call->n_words % 2 == 0 &&
		    slice_is(name, settings[i].name)) {
			reply_error(call->reply,
			    "ERR CONFIG SET failed (possibly related to "
			    "argument '%.*s') - can't set immutable config",
			    length, name.data);
			return;
		}
	}
	reply_error(call->reply,
	    "ERR Unknown option or number of arguments for CONFIG SET - "
	    "'%.*s'",
	    length, name.data);
}

static void
describe_database(FILE *out, struct call *call, unsigned database)
{
	size_t keys = 0;
	size_t expires = 0;

	for (unsigned i = 0; i < STORE_STRIPES; i++) {
		const struct keyspace *space = store_keyspace(call->store,
		    database, i);

		keys += space->records.count;
		expires += space->n_expiring;
	}
	if (keys > 0) {
		fprintf(out, "db%u:keys=%zu,expires=%zu,avg_ttl=0\r\n",
		    database, keys, expires);
	}
}

static void
describe_server(FILE *out, struct call *call)
{
	(void)call;
	fprintf(out,
	    "redis_version:%s\r\nredis_mode:standalone\r\n"
	    "process_id:%ld\r\n",
	    redis_version, (long)getpid());
}

static void
describe_clients(FILE *out, struct call *call)
{
	fprintf(out, "connected_clients:%zu\r\n",
	    session_list_count(call->session->list));
}

static void
describe_persistence(FILE *out, struct call *call)
{
	(void)call;
	fprintf(out, "loading:0\r\n");
}

static void
describe_replication(FILE *out, struct call *call)
{
	(void)call;
	fprintf(out, "role:master\r\nconnected_slaves:0\r\n");
}

static void
describe_keyspace(FILE *out, struct call *call)
{
	for (unsigned i = 0; i < STORE_DATABASES; i++) {
		describe_database(out, call, i);
	}
}

static bool
wants_section(const struct call *call, const char *name)
{
	for (size_t i = 1; i < call->n_words; i++) {
		struct slice word = call->words[i];

		if (slice_is(word, name) || slice_is(word, "all") ||
		    slice_is(word, "default") || slice_is(word, "everything")) {
			return true;
		}
	}
	return call->n_words == 1;
}

static void
describe_sections(FILE *out, struct call *call)
{
	static const struct {
		const char *name;
		void (*describe)(FILE *out, struct call *call);
	} sections[] = {
		{ "Server", describe_server },
		{ "Clients", describe_clients },
		{ "Persistence", describe_persistence },
		{ "Replication", describe_replication },
		{ "Keyspace", describe_keyspace },
	};
	const char *between = "";

	for (size_t i = 0; i < sizeof(sections) / sizeof(sections[0]); i++) {
		if (wants_section(call, sections[i].name)) {
			fprintf(out, "%s# %s\r\n", between, sections[i].name);
			sections[i].describe(out, call);
			between = "\r\n";
		}
	}
}

void
run_info(struct call *call)
{
	char *text = NULL;
	size_t length = 0;
	FILE *out = open_memstream(&text, &length);

	if (out == NULL) {
		abort();
	}
	describe_sections(out, call);
	if (fclose(out) != 0) {
		abort();
	}
	reply_verbatim(call->reply, (struct slice){ text, length });
	free(text);
}
