/* SPDX-License-Identifier: BSD-2-Clause */
#include "command.h"

#include <math.h>
#include <stdlib.h>

/*
 * Commands on sorted sets.
 */

struct zadd {
	bool if_new, if_known, if_greater, if_less, counts_changed, adds_up;
	size_t first; /* the word with the first score */
	double *scores;
	size_t n_pairs;
	int64_t n_added, n_changed;
	bool was_done; /* the last pair was not skipped by a condition */
	double score;  /* the last pair's result */
};

static bool
take_zadd_option(struct slice word, struct zadd *zadd)
{
	if (slice_is(word, "NX")) {
		zadd->if_new = true;
	} else if (slice_is(word, "XX")) {
		zadd->if_known = true;
	} else if (slice_is(word, "GT")) {
		zadd->if_greater = true;
	} else if (slice_is(word, "LT")) {
		zadd->if_less = true;
	} else if (slice_is(word, "CH")) {
		zadd->counts_changed = true;
	} else if (slice_is(word, "INCR")) {
		zadd->adds_up = true;
	} else {
		return false;
	}
	return true;
}

static bool
are_compatible(struct call *call, const struct zadd *zadd)
{
	if (zadd->if_new && zadd->if_known) {
		reply_error(call->reply,
		    "ERR XX and NX options at the same "
		    "time are not compatible");
		return false;
	}
	if (zadd->if_greater + zadd->if_less + zadd->if_new > 1) {
		reply_error(call->reply,
		    "ERR GT, LT, and/or NX options at "
		    "the same time are not compatible");
		return false;
	}
	if (zadd->adds_up && zadd->n_pairs > 1) {
		reply_error(call->reply,
		    "ERR INCR option supports a single "
		    "increment-element pair");
		return false;
	}
	return true;
}

static bool
parse_zadd(struct call *call, struct zadd *zadd)
{
	size_t n = 2;

	while (n < call->n_words && take_zadd_option(call->words[n], zadd)) {
		n++;
	}
	zadd->first = n;
	zadd->n_pairs = (call->n_words - n) / 2;
	if (zadd->n_pairs == 0 || (call->n_words - n) % 2 != 0) {
		call_syntax_error(call);
		return false;
	}
	return are_compatible(call, zadd);
}

/* All scores are read before any is used; false: it has replied. */
static bool
read_scores(struct call *call, struct zadd *zadd)
{
	zadd->scores = memory_get(zadd->n_pairs * sizeof(*zadd->scores));
	for (size_t i = 0; i < zadd->n_pairs; i++) {
		if (!score_parse(call->words[zadd->first + 2 * i],
			&zadd->scores[i])) {
			reply_error(call->reply,
			    "ERR value is not a valid float");
			return false;
		}
	}
	return true;
}

/* False: the sum is no number, and it has replied so. */
static bool
change_score(struct call *call, struct zadd *zadd, struct zset *zset,
    struct member *member, double score)
{
	zadd->score = zadd->adds_up ? member->score + score : score;
	if (isnan(zadd->score)) {
		reply_error(call->reply,
		    "ERR resulting score is not a number (NaN)");
		return false;
	}
	zadd->was_done = !zadd->if_new &&
	    !(zadd->if_less && zadd->score >= member->score) &&
	    !(zadd->if_greater && zadd->score <= member->score);
	if (zadd->was_done && zadd->score != member->score) {
		zset_move(zset, member, zadd->score);
		zadd->n_changed++;
	}
	return true;
}

static bool
add_pair(struct call *call, struct zadd *zadd, struct zset *zset, size_t n)
{
	struct slice name = call->words[zadd->first + 2 * n + 1];
	struct member *member = zset_find(zset, name);

	if (member != NULL) {
		return change_score(call, zadd, zset, member, zadd->scores[n]);
	}
	zadd->score = zadd->scores[n];
	zadd->was_done = !zadd->if_known;
	if (zadd->was_done) {
		zset_add(zset, name, zadd->score);
		zadd->n_added++;
	}
	return true;
}

static void
reply_zadd(struct call *call, const struct zadd *zadd)
{
	if (!zadd->adds_up) {
		reply_integer(call->reply,
		    zadd->n_added +
			(zadd->counts_changed ? zadd->n_changed : 0));
	} else if (zadd->was_done) {
		reply_double(call->reply, zadd->score);
	} else {
		reply_null(call->reply);
	}
}

static void
add_pairs(struct call *call, struct zadd *zadd)
{
	struct key key;
	struct record *record;

	if (!call_find_typed(call, VALUE_ZSET, &key, &record)) {
		return;
	}
	if (record == NULL && !zadd->if_known) {
		record = store_insert(&key, VALUE_ZSET);
	}
	for (size_t i = 0; record != NULL && i < zadd->n_pairs; i++) {
		if (!add_pair(call, zadd, &record->value.as.zset, i)) {
			return;
		}
	}
	if (zadd->n_added + zadd->n_changed > 0) {
		store_touch(&key);
	}
	reply_zadd(call, zadd);
}

void
run_zadd(struct call *call)
{
	struct zadd zadd = { 0 };

	if (parse_zadd(call, &zadd) && read_scores(call, &zadd)) {
		add_pairs(call, &zadd);
	}
	free(zadd.scores);
}

static void
pop_least(struct call *call, struct zset *zset)
{
	struct member *member = zset_at(zset, 0);

	reply_bulk(call->reply, member->entry.key);
	reply_double(call->reply, member->score);
	zset_remove(zset, member);
}

static void
pop_many(struct call *call, struct zset *zset, size_t n)
{
	reply_pairs(call->reply, n);
	for (; n > 0; n--) {
		reply_pair(call->reply);
		pop_least(call, zset);
	}
}

void
run_zpopmin(struct call *call)
{
	bool has_count = call->n_words == 3;
	size_t count = 1;
	size_t n;
	struct key key;
	struct record *record;

	if (call->n_words > 3) {
		call_syntax_error(call);
		return;
	}
	if ((has_count && !call_count(call, 2, &count)) ||
	    !call_find_typed(call, VALUE_ZSET, &key, &record)) {
		return;
	}
	n = record == NULL ? 0 : value_count(&record->value);
	n = n < count ? n : count;
	if (n == 0) {
		reply_array(call->reply, 0);
		return;
	}
	store_touch(&key);
	if (has_count) {
		pop_many(call, &record->value.as.zset, n);
	} else {
		/* One pair, and not an array of one. */
		reply_array(call->reply, 2);
		pop_least(call, &record->value.as.zset);
	}
	call_drop_empty(call, record, &key);
}

void
run_zscore(struct call *call)
{
	const struct member *member = NULL;
	struct key key;
	struct record *record;

	if (!call_find_typed(call, VALUE_ZSET, &key, &record)) {
		return;
	}
	if (record != NULL) {
		member = zset_find(&record->value.as.zset, call->words[2]);
	}
	if (member == NULL) {
		reply_null(call->reply);
	} else {
		reply_double(call->reply, member->score);
	}
}

void
run_zcard(struct call *call)
{
	struct key key;
	struct record *record;

	if (call_find_typed(call, VALUE_ZSET, &key, &record)) {
		reply_integer(call->reply,
		    record == NULL ? 0 : (int64_t)value_count(&record->value));
	}
}

static void
reply_name(void *arg, const struct member *member)
{
	reply_bulk(arg, member->entry.key);
}

static void
reply_name_and_score(void *arg, const struct member *member)
{
	reply_pair(arg);
	reply_bulk(arg, member->entry.key);
	reply_double(arg, member->score);
}

static bool
parse_zrange(struct call *call, bool *with_scores)
{
	*with_scores = call->n_words > 4;
	for (size_t i = 4; i < call->n_words; i++) {
		if (!slice_is(call->words[i], "WITHSCORES")) {
			call_syntax_error(call);
			return false;
		}
	}
	return true;
}

void
run_zrange(struct call *call)
{
	bool with_scores;
	int64_t first;
	int64_t last;
	size_t n;
	struct key key;
	struct record *record;

	if (!parse_zrange(call, &with_scores) ||
	    !call_integer(call, 2, &first) || !call_integer(call, 3, &last) ||
	    !call_find_typed(call, VALUE_ZSET, &key, &record)) {
		return;
	}
	if (record == NULL ||
	    !range_within(&first, &last, value_count(&record->value))) {
		reply_array(call->reply, 0);
		return;
	}
	n = (size_t)(last - first + 1);
	if (with_scores) {
		reply_pairs(call->reply, n);
	} else {
		reply_array(call->reply, n);
	}
	zset_visit(&record->value.as.zset, (size_t)first, (size_t)last,
	    with_scores ? reply_name_and_score : reply_name, call->reply);
}
