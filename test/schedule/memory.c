/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * The memory of a run.
 *
 *   fibre ──store──▶ its buffer ──drain──▶ the word, and its history
 *     ▲                 │ forwards                     │
 *     └────load─────────┴── newest, or an older one ◀──┘
 *
 * Store buffers: a store that is not sequentially consistent waits in a short
 * queue of its fibre, whose own loads see it there. It drains when the
 * scheduler chooses, when the queue is full, and before a read-modify-write,
 * a full fence or a system call of its fibre. In order (TSO, x86); or in any
 * order in which no store passes an earlier one to its word, a release store
 * no earlier one, and none a fence for stores. A compare-and-swap that fails
 * stores nothing, so only those to its own word drain before it, but on x86.
 *
 * Old values: each word keeps its last values. A *view* says for each word
 * how old a value may be at least: a fibre has one, and a value carries one
 * if it was stored with release. What is read with acquire adds its view to
 * the reader's; so does a fence afterwards for what was read relaxed. Reading
 * a value makes all older ones of that word too old. (This is the view
 * semantics of C11 as in Kang and others, POPL 2017, without promises: a load
 * never returns what has not been stored yet.) Read-modify-writes, also those
 * that fail, return the newest.
 *
 * One order: full fences also go through one view of the whole run. What is
 * sequentially consistent adds to that view what it did, and a load that is
 * may be no older than it was at the last such access or fence of its fibre:
 * so it may come before all that the others did since. Two memories: on ARM a
 * read-modify-write adds all that its fibre knows of, and an acquire load is
 * bound as the others are; in C11 it adds its own word, and an acquire load is
 * not bound.
 *
 * Late loads: otherwise a load is done where it stands in the program. Only
 * ck_ring's copy of a slot may be done after the compare-and-swap behind it.
 *
 * The memory itself has what was stored last, also by a store that waits: ck
 * reads its own counters plainly. What others see of such a word is kept
 * beside it meanwhile. If a word was changed behind the explorer's back, its
 * history begins anew.
 */

#include "memory.h"

#include <inttypes.h>
#include <string.h>

#include "buffer.h"
#include "explore_internal.h"
#include "history.h"

static struct explore_run *const run = &explore_the_run;

void
explore_store(const struct explore_site *site, void *word, unsigned bytes,
    uint64_t value, enum explore_order order)
{
	if (explore_pass()) {
		explore_buffer_put(site, word, bytes, value,
		    order == EXPLORE_RELEASE);
	} else {
		explore_word_write(word, bytes, value);
	}
}

/* ---- loads ---- */

uint64_t
explore_load(const struct explore_site *site, const void *word, unsigned bytes,
    enum explore_order order)
{
	uint64_t newest;
	uint64_t value;

	if (!explore_pass()) {
		return explore_word_read(word, bytes);
	}
	newest = explore_word_read(word, bytes);
	value = newest;
	if (!explore_buffer_find(word, &value) && explore_is_weak()) {
		value = explore_history_load(run->current, word, newest, order,
		    true);
	}
	if (value == newest) {
		explore_print_access(run->current, site, "is %#" PRIx64, value);
	} else {
		explore_print_access(run->current, site,
		    "is %#" PRIx64 " (not %#" PRIx64 ")", value, newest);
	}
	return value;
}

/* ---- late loads ---- */

/* A load that has not been done yet, by fibre; site NULL: none. */
struct late {
	const struct explore_site *site;
	const uint64_t *word;
	uint64_t *value;
};

static struct late late[EXPLORE_FIBRES];

/** What comes next in the program comes after the load, too. */
static void
settle(void)
{
	struct late load = late[run->current];

	if (load.site != NULL) {
		late[run->current].site = NULL;
		*load.value = explore_load(load.site, load.word,
		    sizeof(*load.word), EXPLORE_RELAXED);
	}
}

void
explore_load_late(const struct explore_site *site, const uint64_t *word,
    uint64_t *value)
{
	settle();
	if (run->runs && !run->judges && explore_is_weak() &&
	    explore_choose(EXPLORE_CHOOSE_VALUE, 2) == 1) {
		late[run->current] = (struct late){ site, word, value };
	} else {
		*value = explore_load(site, word, sizeof(*word),
		    EXPLORE_RELAXED);
	}
}

/* ---- read-modify-writes ---- */

/** What has to be seen by all before a read-modify-write looks at its word. */
static void
flush_before_look(const void *word, unsigned bytes)
{
	if (run->options.store_buffers == EXPLORE_TSO) {
		explore_buffer_flush();
	} else {
		explore_buffer_flush_into(word, bytes);
	}
}

/** And before it stores there. */
static void
flush_before_change(enum explore_order order)
{
	if (order == EXPLORE_SC) {
		explore_buffer_flush();
	} else {
		explore_buffer_flush_fenced();
	}
}

static uint64_t
changed(uint64_t value, enum explore_change change, uint64_t operand)
{
	switch (change) {
	case EXPLORE_SET:
		return operand;
	case EXPLORE_ADD:
		return value + operand;
	case EXPLORE_OR:
		return value | operand;
	case EXPLORE_AND:
		return value & operand;
	}
	return value;
}

static void
replace(void *word, unsigned bytes, uint64_t before, uint64_t after,
    enum explore_order order)
{
	if (explore_is_weak()) {
		explore_history_change(run->current, word, before, after,
		    order == EXPLORE_SC);
	}
	explore_word_write(word, bytes, after);
}

uint64_t
explore_change(const struct explore_site *site, void *word, unsigned bytes,
    enum explore_change change, uint64_t operand, enum explore_order order)
{
	bool is_point = explore_pass();
	uint64_t before;
	uint64_t after;

	if (is_point) {
		flush_before_look(word, bytes);
		flush_before_change(order);
	}
	before = explore_word_read(word, bytes);
	after = changed(before, change, operand);
	if (!is_point) {
		explore_word_write(word, bytes, after);
		return before;
	}
	explore_print_access(run->current, site, "%#" PRIx64 ", now %#" PRIx64,
	    before, after);
	replace(word, bytes, before, after, order);
	return before;
}

/** A compare-and-swap has found another value. */
static void
fail_to_swap(const struct explore_site *site, const void *word, uint64_t before,
    uint64_t expected, enum explore_order order)
{
	explore_print_access(run->current, site,
	    "is %#" PRIx64 ", not %#" PRIx64, before, expected);
	if (explore_is_weak()) {
		(void)explore_history_load(run->current, word, before, order,
		    false);
	}
}

bool
explore_cas(const struct explore_site *site, void *word, unsigned bytes,
    uint64_t *expected, uint64_t value, enum explore_order order)
{
	bool is_point = explore_pass();
	uint64_t before;

	if (is_point) {
		flush_before_look(word, bytes);
	}
	before = explore_word_read(word, bytes);
	if (before != *expected) {
		if (is_point) {
			fail_to_swap(site, word, before, *expected, order);
		}
		*expected = before;
		return false;
	}
	if (!is_point) {
		explore_word_write(word, bytes, value);
		return true;
	}
	flush_before_change(order);
	explore_print_access(run->current, site, "%#" PRIx64 ", now %#" PRIx64,
	    before, value);
	replace(word, bytes, before, value, order);
	settle();
	return true;
}

/* ---- fences ---- */

void
explore_memory_fence(void)
{
	explore_buffer_flush();
	if (explore_is_weak()) {
		explore_history_fence(run->current, true, true, true);
	}
}

void
explore_fence(const struct explore_site *site, enum explore_fence fence)
{
	if (fence != EXPLORE_FENCE_STORE) {
		settle();
	}
	/* Only a full one is an event: it empties the buffer. */
	if (fence == EXPLORE_FENCE_FULL &&
	    run->options.store_buffers != EXPLORE_NO_BUFFERS) {
		if (!explore_pass()) {
			return;
		}
		explore_print_access(run->current, site, "%s", "");
	}
	switch (fence) {
	case EXPLORE_FENCE_LATE:
		if (explore_is_weak()) {
			explore_history_fence_late(run->current);
		}
		break;
	case EXPLORE_FENCE_LOAD:
		if (explore_is_weak()) {
			explore_history_fence(run->current, true, false, false);
		}
		break;
	case EXPLORE_FENCE_STORE:
		explore_buffer_fence_stores();
		if (explore_is_weak()) {
			explore_history_fence(run->current, false, true, false);
		}
		break;
	case EXPLORE_FENCE_FULL:
		explore_memory_fence();
		break;
	}
}

bool
explore_is_local(const void *address)
{
	const struct fibre_context *own = &run->fibres[run->current].context;

	return (uintptr_t)address - (uintptr_t)own->stack < own->bytes;
}

/* ---- a run ---- */

void
explore_memory_begin(void)
{
	memset(late, 0, sizeof(late));
	if (explore_is_weak()) {
		explore_history_begin();
	}
}

void
explore_memory_end(void)
{
	explore_buffer_end();
}

void
explore_memory_spawn(unsigned fibre)
{
	if (run->n_fibres > 1) {
		explore_memory_fence();
	}
	if (explore_is_weak()) {
		explore_history_spawn(run->current, fibre);
	}
}

void
explore_memory_join(unsigned fibre)
{
	if (explore_is_weak()) {
		explore_history_join(run->current, fibre);
	}
}

void
explore_full_fence(void)
{
	if (run->runs) {
		explore_memory_fence();
	}
}

void
explore_system_call(void)
{
	if (!run->runs) {
		return;
	}
	explore_buffer_flush();
	if (explore_is_weak()) {
		explore_history_lock(run->current);
	}
}
