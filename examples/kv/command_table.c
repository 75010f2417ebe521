/* SPDX-License-Identifier: BSD-2-Clause */
#include "command.h"

#include <string.h>

/* Ordered by name, for the search. */
static const struct command commands[] = {
	{ "append", 3, KEYS_FIRST, run_append },
	{ "auth", -2, KEYS_NONE, run_auth },
	{ "client", -2, KEYS_IN_SUB, NULL },
	{ "client|getname", 2, KEYS_NONE, run_client_getname },
	{ "client|id", 2, KEYS_NONE, run_client_id },
	{ "client|info", 2, KEYS_NONE, run_client_info },
	{ "client|list", -2, KEYS_NONE, run_client_list },
	{ "client|setinfo", 4, KEYS_NONE, run_client_setinfo },
	{ "client|setname", 3, KEYS_NONE, run_client_setname },
	{ "command", -1, KEYS_IN_SUB, run_command },
	{ "command|count", 2, KEYS_NONE, run_command_count },
	{ "command|docs", -2, KEYS_NONE, run_command_docs },
	{ "config", -2, KEYS_IN_SUB, NULL },
	{ "config|get", -3, KEYS_NONE, run_config_get },
	{ "config|set", -4, KEYS_NONE, run_config_set },
	{ "dbsize", 1, KEYS_EVERY, run_dbsize },
	{ "debug", -2, KEYS_NONE, run_debug },
	{ "decr", 2, KEYS_FIRST, run_decr },
	{ "decrby", 3, KEYS_FIRST, run_decrby },
	{ "del", -2, KEYS_REST, run_del },
	{ "discard", 1, KEYS_OWN, run_discard },
	{ "echo", 2, KEYS_NONE, run_echo },
	{ "exec", 1, KEYS_OWN, run_exec },
	{ "exists", -2, KEYS_REST, run_exists },
	{ "expire", -3, KEYS_FIRST, run_expire },
	{ "flushall", -1, KEYS_EVERY, run_flushall },
	{ "flushdb", -1, KEYS_EVERY, run_flushdb },
	{ "get", 2, KEYS_FIRST, run_get },
	{ "getset", 3, KEYS_FIRST, run_getset },
	{ "hdel", -3, KEYS_FIRST, run_hdel },
	{ "hello", -1, KEYS_NONE, run_hello },
	{ "hexists", 3, KEYS_FIRST, run_hexists },
	{ "hget", 3, KEYS_FIRST, run_hget },
	{ "hgetall", 2, KEYS_FIRST, run_hgetall },
	{ "hincrby", 4, KEYS_FIRST, run_hincrby },
	{ "hkeys", 2, KEYS_FIRST, run_hkeys },
	{ "hlen", 2, KEYS_FIRST, run_hlen },
	{ "hmget", -3, KEYS_FIRST, run_hmget },
	{ "hmset", -4, KEYS_FIRST, run_hmset },
	{ "hset", -4, KEYS_FIRST, run_hset },
	{ "hvals", 2, KEYS_FIRST, run_hvals },
	{ "incr", 2, KEYS_FIRST, run_incr },
	{ "incrby", 3, KEYS_FIRST, run_incrby },
	{ "info", -1, KEYS_EVERY, run_info },
	{ "keys", 2, KEYS_EVERY, run_keys },
	{ "lindex", 3, KEYS_FIRST, run_lindex },
	{ "llen", 2, KEYS_FIRST, run_llen },
	{ "lpop", -2, KEYS_FIRST, run_lpop },
	{ "lpush", -3, KEYS_FIRST, run_lpush },
	{ "lrange", 4, KEYS_FIRST, run_lrange },
	{ "mget", -2, KEYS_REST, run_mget },
	{ "mset", -3, KEYS_PAIRS, run_mset },
	{ "multi", 1, KEYS_OWN, run_multi },
	{ "persist", 2, KEYS_FIRST, run_persist },
	{ "pexpire", -3, KEYS_FIRST, run_pexpire },
	{ "ping", -1, KEYS_NONE, run_ping },
	{ "pttl", 2, KEYS_FIRST, run_pttl },
	{ "quit", -1, KEYS_OWN, run_quit },
	{ "reset", 1, KEYS_OWN, run_reset },
	{ "rpop", -2, KEYS_FIRST, run_rpop },
	{ "rpush", -3, KEYS_FIRST, run_rpush },
	{ "sadd", -3, KEYS_FIRST, run_sadd },
	{ "scard", 2, KEYS_FIRST, run_scard },
	{ "select", 2, KEYS_NONE, run_select },
	{ "set", -3, KEYS_FIRST, run_set },
	{ "setex", 4, KEYS_FIRST, run_setex },
	{ "setnx", 3, KEYS_FIRST, run_setnx },
	{ "sismember", 3, KEYS_FIRST, run_sismember },
	{ "smembers", 2, KEYS_FIRST, run_smembers },
	{ "spop", -2, KEYS_FIRST, run_spop },
	{ "srem", -3, KEYS_FIRST, run_srem },
	{ "strlen", 2, KEYS_FIRST, run_strlen },
	{ "ttl", 2, KEYS_FIRST, run_ttl },
	{ "type", 2, KEYS_FIRST, run_type },
	{ "unwatch", 1, KEYS_NONE, run_unwatch },
	{ "watch", -2, KEYS_OWN, run_watch },
	{ "zadd", -4, KEYS_FIRST, run_zadd },
	{ "zcard", 2, KEYS_FIRST, run_zcard },
	{ "zpopmin", -2, KEYS_FIRST, run_zpopmin },
	{ "zrange", -4, KEYS_FIRST, run_zrange },
	{ "zscore", 3, KEYS_FIRST, run_zscore },
};

struct command_list
command_table(void)
{
	return (struct command_list){ commands,
		sizeof(commands) / sizeof(commands[0]) };
}

bool
command_is_sub(const struct command *command)
{
	return strchr(command->name, '|') != NULL;
}
