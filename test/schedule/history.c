/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * What words were, and who knows of it.
 *
 *   address ──place──▶ word: value 7 8 9 10 ◀── newest
 *                                    │ has the view of who stored it
 *   view: for each word, the number of the oldest value that may be read
 *
 * Values have numbers, from 1 for each word; the last few are kept. A word and
 * its part of every view begin when it is first touched in a run, so nothing
 * need be cleared in between. memory.c says what the views mean.
 */

#include "history.h"

#include <string.h>

#include "explore_internal.h"

enum {
	WORDS = 1024,
	PLACES = 4 * WORDS,
	HISTORY = 4
};

/* For each word the number of the oldest value that may be read. */
struct view {
	uint32_t at_least[WORDS];
};

struct value {
	uint64_t value;
	uint32_t number;
	uint32_t n_view; /* words of its view; the rest is 0 */
	uint32_t view[WORDS];
};

struct word {
	uint32_t last; /* number of the newest value */
	uint32_t n;    /* values that are kept */
	struct value values[HISTORY];
};

struct place {
	const void *address;
	uint32_t run;
	uint32_t word;
};

/* A fibre's views: what it has to see; what its sequentially consistent loads
 * have to see besides; what it has to see after an acquire fence; what a
 * relaxed store of it carries since its last release fence; and what of the
 * first it has to see for what it read, not for what it wrote. */
struct views {
	struct view now;
	struct view sc;
	struct view read;
	struct view acquired;
	struct view released;
};

/* A store that has been made and is not seen yet. */
struct carried {
	struct view view;
	uint32_t n; /* words of it */
};

static struct views fibres[EXPLORE_FIBRES];
static struct carried carried[EXPLORE_FIBRES][EXPLORE_SLOTS];
static struct view all;  /* of what is sequentially consistent */
static struct view lock; /* of who took that one */
static struct word words[WORDS];
static struct place places[PLACES];
static uint32_t n_words;
static uint32_t this_run;

void
explore_history_begin(void)
{
	n_words = 0;
	this_run++;
}

static uint32_t
hash(const void *address)
{
	uint64_t bits = (uint64_t)(uintptr_t)address / 4;

	return (uint32_t)((bits * UINT64_C(0x9e3779b97f4a7c15)) >> 40) % PLACES;
}

static void
forget_views_of(uint32_t id)
{
	for (unsigned i = 0; i < explore_the_run.n_fibres; i++) {
		fibres[i].now.at_least[id] = 0;
		fibres[i].sc.at_least[id] = 0;
		fibres[i].read.at_least[id] = 0;
		fibres[i].acquired.at_least[id] = 0;
		fibres[i].released.at_least[id] = 0;
	}
	all.at_least[id] = 0;
	lock.at_least[id] = 0;
}

static struct value *
value_of(struct word *word, uint32_t number)
{
	return &word->values[number % HISTORY];
}

/** A new newest value, without a view. */
static struct value *
add_value(struct word *word, uint64_t value)
{
	struct value *next = value_of(word, ++word->last);

	next->value = value;
	next->number = word->last;
	next->n_view = 0;
	word->n += word->n < HISTORY;
	return next;
}

/** Where the word at an address is, or would be. */
static struct place *
find_place(const void *address)
{
	uint32_t at = hash(address);

	while (places[at].run == this_run && places[at].address != address) {
		at = (at + 1) % PLACES;
	}
	return &places[at];
}

/** The word at an address. */
static struct word *
find_word(const void *address, uint64_t newest)
{
	struct place *place = find_place(address);
	struct word *word;

	if (place->run != this_run) {
		explore_check(n_words < WORDS, "more than %d words", WORDS);
		*place = (struct place){ address, this_run, n_words };
		forget_views_of(n_words);
		word = &words[n_words++];
		word->last = 0;
		word->n = 0;
		(void)add_value(word, newest);
		return word;
	}
	word = &words[place->word];
	if (value_of(word, word->last)->value != newest) {
		(void)add_value(word, newest);
		word->n = 1;
	}
	return word;
}

static uint32_t
id_of(const struct word *word)
{
	return (uint32_t)(word - words);
}

static void
raise(struct view *view, const uint32_t *other, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++) {
		if (other[i] > view->at_least[i]) {
			view->at_least[i] = other[i];
		}
	}
}

static void
read_value(unsigned fibre, uint32_t id, const struct value *value, bool acquire)
{
	struct views *own = &fibres[fibre];

	if (value->number > own->now.at_least[id]) {
		own->now.at_least[id] = value->number;
	}
	if (value->number > own->acquired.at_least[id]) {
		own->acquired.at_least[id] = value->number;
	}
	if (value->number > own->read.at_least[id]) {
		own->read.at_least[id] = value->number;
	}
	raise(&own->acquired, value->view, value->n_view);
	if (acquire) {
		raise(&own->now, value->view, value->n_view);
		raise(&own->read, value->view, value->n_view);
	}
}

static bool
is_as_on_arm(void)
{
	return explore_the_run.options.weak_loads == EXPLORE_LOADS_OLD;
}

/** Whether such a load does not come before the fibre's last access that is
 *  sequentially consistent: LDAR, for C11's acquire loads too. */
static bool
is_in_one_order(enum explore_order order)
{
	return order == EXPLORE_SC ||
	    (order == EXPLORE_ACQUIRE && is_as_on_arm());
}

/** The oldest value that the fibre may read with such a load. */
static uint32_t
oldest(const struct views *own, uint32_t id, enum explore_order order)
{
	uint32_t now = own->now.at_least[id];
	uint32_t sc = own->sc.at_least[id];

	return is_in_one_order(order) && sc > now ? sc : now;
}

/** The fibre has done what is sequentially consistent: up to that value. */
static void
take_place(struct views *own, uint32_t id, uint32_t number)
{
	if (number > all.at_least[id]) {
		all.at_least[id] = number;
	}
	raise(&own->sc, all.at_least, n_words);
}

uint64_t
explore_history_load(unsigned fibre, const void *address, uint64_t newest,
    enum explore_order order, bool old)
{
	struct word *word = find_word(address, newest);
	uint32_t id = id_of(word);
	uint32_t least = oldest(&fibres[fibre], id, order);
	const struct value *value;
	uint32_t n = word->n;

	if (least != 0 && n > word->last - least + 1) {
		n = word->last - least + 1;
	}
	value = value_of(word,
	    word->last - (old ? explore_choose(EXPLORE_CHOOSE_VALUE, n) : 0));
	read_value(fibre, id, value, order != EXPLORE_RELAXED);
	if (order == EXPLORE_SC) {
		take_place(&fibres[fibre], id, value->number);
	}
	return value->value;
}

/** The value's view becomes this one. */
static void
give_view(struct value *value, const struct view *view, uint32_t n)
{
	memcpy(value->view, view->at_least, n * sizeof(value->view[0]));
	memset(value->view + n, 0, (n_words - n) * sizeof(value->view[0]));
	value->n_view = n_words;
}

static void
wrote(struct views *own, uint32_t id, uint32_t number)
{
	own->now.at_least[id] = number;
	own->acquired.at_least[id] = number;
}

void
explore_history_carry(unsigned fibre, unsigned slot, bool release)
{
	const struct views *own = &fibres[fibre];
	struct carried *store = &carried[fibre][slot];

	store->n = n_words;
	memcpy(store->view.at_least,
	    release ? own->now.at_least : own->released.at_least,
	    n_words * sizeof(store->view.at_least[0]));
}

void
explore_history_arrive(unsigned fibre, unsigned slot, const void *address,
    uint64_t newest, uint64_t stored)
{
	struct word *word = find_word(address, newest);
	struct carried *store = &carried[fibre][slot];
	struct value *value;

	value = add_value(word, stored);
	wrote(&fibres[fibre], id_of(word), value->number);
	give_view(value, &store->view, store->n);
	value->view[id_of(word)] = value->number;
}

void
explore_history_follow(unsigned fibre, unsigned slot, const void *address)
{
	struct carried *store = &carried[fibre][slot];
	const struct place *place = find_place(address);
	uint32_t id;

	if (place->run != this_run) {
		return;
	}
	id = place->word;
	/* Words that are new since then. */
	while (store->n <= id) {
		store->view.at_least[store->n++] = 0;
	}
	store->view.at_least[id] = words[id].last;
}

void
explore_history_fenced(unsigned fibre, const void *address)
{
	const struct place *place = find_place(address);

	if (place->run == this_run) {
		fibres[fibre]
		    .released.at_least[place->word] = words[place->word].last;
	}
}

void
explore_history_change(unsigned fibre, const void *address, uint64_t newest,
    uint64_t stored, bool sc)
{
	struct word *word = find_word(address, newest);
	struct views *own = &fibres[fibre];
	struct view view;
	const struct value *before;
	struct value *value;

	before = value_of(word, word->last);
	read_value(fibre, id_of(word), before, sc);
	/* It goes on carrying what the value before it carried. */
	memcpy(view.at_least, sc ? own->now.at_least : own->released.at_least,
	    n_words * sizeof(view.at_least[0]));
	raise(&view, before->view, before->n_view);
	value = add_value(word, stored);
	wrote(own, id_of(word), value->number);
	view.at_least[id_of(word)] = value->number;
	give_view(value, &view, n_words);
	if (sc) {
		if (is_as_on_arm()) {
			raise(&all, own->now.at_least, n_words);
		}
		take_place(own, id_of(word), value->number);
	}
}

void
explore_history_fence(unsigned fibre, bool acquire, bool release, bool full)
{
	struct views *own = &fibres[fibre];

	if (acquire) {
		raise(&own->now, own->acquired.at_least, n_words);
	}
	if (full) {
		raise(&all, own->now.at_least, n_words);
		raise(&own->now, all.at_least, n_words);
		raise(&own->acquired, all.at_least, n_words);
	}
	if (release) {
		memcpy(own->released.at_least, own->now.at_least,
		    n_words * sizeof(own->released.at_least[0]));
	}
}

void
explore_history_lock(unsigned fibre)
{
	struct views *own = &fibres[fibre];

	raise(&own->now, lock.at_least, n_words);
	raise(&own->read, lock.at_least, n_words);
	raise(&own->acquired, lock.at_least, n_words);
	raise(&lock, own->now.at_least, n_words);
}

void
explore_history_fence_late(unsigned fibre)
{
	struct views *own = &fibres[fibre];

	raise(&own->released, own->read.at_least, n_words);
}

void
explore_history_spawn(unsigned fibre, unsigned child)
{
	struct views *views = &fibres[child];
	size_t bytes = n_words * sizeof(views->now.at_least[0]);

	memset(views->now.at_least, 0, bytes);
	if (child != fibre) {
		memcpy(views->now.at_least, fibres[fibre].now.at_least, bytes);
	}
	memcpy(views->sc.at_least, views->now.at_least, bytes);
	memcpy(views->read.at_least, views->now.at_least, bytes);
	memcpy(views->acquired.at_least, views->now.at_least, bytes);
	memcpy(views->released.at_least, views->now.at_least, bytes);
}

void
explore_history_join(unsigned fibre, unsigned child)
{
	struct views *own = &fibres[fibre];

	raise(&own->now, fibres[child].now.at_least, n_words);
	raise(&own->acquired, fibres[child].now.at_least, n_words);
}
