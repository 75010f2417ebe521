/* SPDX-License-Identifier: BSD-2-Clause */
#include "command.h"

/*
 * The commands that make a transaction of others. They are never queued,
 * and lock what they need themselves.
 */

void
run_multi(struct call *call)
{
	struct transaction *transaction = &call->session->transaction;

	if (transaction->is_open) {
		reply_error(call->reply, "ERR MULTI calls can not be nested");
		return;
	}
	transaction->is_open = true;
	reply_status(call->reply, "OK");
}

static void
end_transaction(struct call *call)
{
	transaction_discard(&call->session->transaction);
	transaction_unwatch(&call->session->transaction, call->store);
}

void
run_discard(struct call *call)
{
	if (!call->session->transaction.is_open) {
		reply_error(call->reply, "ERR DISCARD without MULTI");
		return;
	}
	end_transaction(call);
	reply_status(call->reply, "OK");
}

/* EXEC that is itself mistaken ends the transaction all the same. */
void
call_abort_exec(struct call *call)
{
	end_transaction(call);
	reply_error(call->reply,
	    "EXECABORT Transaction discarded because of: wrong number of "
	    "arguments for 'exec' command");
}

static void
watch_keys(struct call *call)
{
	for (size_t i = 1; i < call->n_words; i++) {
		struct key key = call_key(call, i);

		/* One that has expired is watched as one that is not there. */
		call_find(call, &key);
		if (!transaction_watch(&call->session->transaction, &key)) {
			reply_error(call->reply, "ERR too many watched keys");
			return;
		}
	}
	reply_status(call->reply, "OK");
}

void
run_watch(struct call *call)
{
	uint32_t stripes;

	if (call->session->transaction.is_open) {
		reply_error(call->reply,
		    "ERR WATCH inside MULTI is not allowed");
		return;
	}
	stripes = call_stripes(call, KEYS_REST);
	call->now_ms = clock_ms();
	store_lock(call->store, stripes);
	watch_keys(call);
	store_unlock(call->store, stripes);
	garbage_free(&call->garbage);
}

void
run_unwatch(struct call *call)
{
	transaction_unwatch(&call->session->transaction, call->store);
	reply_status(call->reply, "OK");
}

static void
run_queued(struct call *call, const struct queued *queued)
{
	struct call one = *call;

	one.command = queued->command;
	one.words = queued->words;
	one.n_words = queued->n_words;
	one.first_hash = queued->first_hash;
	call_run_locked(&one);
	call->garbage = one.garbage;
}

/*
 * The stripes of all keys are locked; the watches end before anything runs.
 * The replies are one reply: too long, it is refused, and all has run.
 */
static void
exec_locked(struct call *call)
{
	struct transaction *transaction = &call->session->transaction;
	bool is_touched = transaction_is_touched(transaction, call->now_ms,
	    &call->garbage);

	transaction_unwatch_locked(transaction);
	if (transaction->is_broken) {
		reply_error(call->reply,
		    "EXECABORT Transaction discarded because of previous "
		    "errors.");
		return;
	}
	if (is_touched) {
		reply_null_array(call->reply);
		return;
	}
	reply_array(call->reply, transaction->n_queued);
	for (const struct queued *q = transaction->first; q != NULL;
	     q = q->next) {
		run_queued(call, q);
	}
}

void
run_exec(struct call *call)
{
	struct transaction *transaction = &call->session->transaction;
	uint32_t stripes = transaction->stripes | transaction->watched_stripes;

	if (!transaction->is_open) {
		reply_error(call->reply, "ERR EXEC without MULTI");
		return;
	}
	call->now_ms = clock_ms();
	store_lock(call->store, stripes);
	exec_locked(call);
	store_unlock(call->store, stripes);
	garbage_free(&call->garbage);
	transaction_discard(transaction);
}

/* As if the connection were new. */
void
run_reset(struct call *call)
{
	end_transaction(call);
	session_set_database(call->session, 0);
	session_set_name(call->session, slice_of(""));
	session_set_protocol(call->session, 2);
	call->reply->protocol = 2;
	reply_status(call->reply, "RESET");
}
