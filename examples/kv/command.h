/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef KV_COMMAND_H
#define KV_COMMAND_H

/*
 * Executing one command: words in, a reply out; no socket anywhere.
 *
 *     look up the name -> check the number of words -> lock the stripes of
 *     its keys -> run -> unlock -> free what was removed
 *
 * A command names its keys in the table; it runs with their stripes locked
 * and with no other lock, and never blocks under them. What blocks
 * (DEBUG SLEEP) names no keys; in a transaction it runs under the locks of
 * the other commands, as the client asked.
 *
 * Behind MULTI a command that passes the checks is queued instead of run
 * (transaction.h). EXEC runs it with the stripes of all of them locked.
 */

#include "reply.h"
#include "session.h"
#include "store.h"

/** Which words of a command are keys. */
enum command_keys {
	KEYS_NONE,
	KEYS_FIRST, /* the word behind the name */
	KEYS_REST,  /* all words behind the name */
	KEYS_PAIRS, /* every second one */
	KEYS_EVERY, /* it sees the whole store */
	KEYS_OWN,   /* it locks them itself; it is never queued */
	KEYS_IN_SUB /* the second word names a command of its own */
};

struct call;

typedef void command_fn(struct call *call);

struct command {
	const char *name; /* lower case; CLIENT ID is "client|id" */
	int arity;        /* words, with the name; negative: at least so many */
	enum command_keys keys;
	command_fn *run; /* may be NULL where the keys are in a sub */
};

struct command_list {
	const struct command *commands;
	size_t count;
};

struct call {
	struct store *store;
	struct session *session;
	struct reply *reply;
	const struct slice *words;
	size_t n_words;
	const struct command *command;
	uint64_t first_hash; /* of words[1], where that is a key */
	int64_t now_ms;      /* where it has keys */
	struct garbage garbage;
};

/** Executes a command of at least one word. */
void command_execute(struct store *store, struct session *session,
    const struct slice *words, size_t n_words, struct reply *reply);

/*
 * For the commands themselves.
 */

/** The key that is the n-th word. */
struct key call_key(struct call *call, size_t n);

/** The stripes of the words that are keys; sets first_hash. */
uint32_t call_stripes(struct call *call, enum command_keys keys);

/** Runs the command of a call whose stripes are locked. */
void call_run_locked(struct call *call);

/** The clock that commands go by, in milliseconds since the epoch. */
int64_t clock_ms(void);

/** The record of a key, or NULL. */
struct record *call_find(struct call *call, const struct key *key);

/**
 * Finds the record of the first key, which must hold this type or nothing.
 *
 * @return false: it has replied that the type is wrong
 */
bool call_find_typed(struct call *call, enum value_type type, struct key *key,
    struct record **record);

/** Takes a record out when its last element is gone. */
void call_drop_empty(struct call *call, struct record *record,
    const struct key *key);

/** Reads the n-th word as an integer; false: it has replied the error. */
bool call_integer(struct call *call, size_t n, int64_t *value);

/** Reads the n-th word as a count from 0; false: it has replied. */
bool call_count(struct call *call, size_t n, size_t *value);

void call_abort_exec(struct call *call);
void call_wrong_type(struct call *call);
void call_syntax_error(struct call *call);
void call_wrong_arity(struct call *call, const char *name);

/**
 * Turns a range as in LRANGE, whose negative ends count from the back, into
 * one within `count` elements; false if it is empty.
 */
bool range_within(int64_t *first, int64_t *last, size_t count);

/** Whether a pattern as in KEYS matches. */
bool glob_matches(struct slice pattern, struct slice text, bool any_case);

/** All commands and subcommands, ordered by name. */
struct command_list command_table(void);

/** Whether this one's first word is another one's name. */
bool command_is_sub(const struct command *command);

/* By the file that has them: commands_FILE.c. */
command_fn run_ping, run_echo, run_quit, run_select, run_auth, run_hello;
command_fn run_client_getname, run_client_id, run_client_info;
command_fn run_client_list, run_client_setinfo, run_client_setname;
command_fn run_command, run_command_count, run_command_docs;
command_fn run_config_get, run_config_set, run_info;
command_fn run_debug;
command_fn run_multi, run_exec, run_discard, run_watch, run_unwatch;
command_fn run_reset;
command_fn run_del, run_exists, run_type, run_expire, run_pexpire, run_ttl;
command_fn run_pttl, run_persist, run_keys, run_dbsize, run_flushall;
command_fn run_flushdb;
command_fn run_get, run_set, run_setex, run_setnx, run_getset, run_append;
command_fn run_strlen, run_incr, run_decr, run_incrby, run_decrby, run_mget;
command_fn run_mset;
command_fn run_lpush, run_rpush, run_lpop, run_rpop, run_lrange, run_llen;
command_fn run_lindex;
command_fn run_sadd, run_srem, run_spop, run_scard, run_sismember;
command_fn run_smembers;
command_fn run_hset, run_hget, run_hdel, run_hlen, run_hexists, run_hgetall;
command_fn run_hkeys, run_hvals, run_hincrby, run_hmget, run_hmset;
command_fn run_zadd, run_zpopmin, run_zscore, run_zcard, run_zrange;

#endif
