/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * Store buffers, and the words that stores on their way out of them change;
 * memory.c has the whole.
 */

#include "buffer.h"

#include <inttypes.h>
#include <string.h>

#include "explore_internal.h"
#include "history.h"

enum {
	BUFFER = EXPLORE_SLOTS
};

struct entry {
	const struct explore_site *site;
	void *word;
	unsigned bytes;
	uint64_t value;
	bool release;
	uint32_t epoch; /* which fence for stores it came after */
	unsigned slot;  /* in history.c */
};

struct buffer {
	unsigned n;
	unsigned slots; /* that are in use, a bit each */
	uint32_t epoch;
	struct entry entries[BUFFER];
};

static struct buffer buffers[EXPLORE_FIBRES];
static struct explore_run *const run = &explore_the_run;

static bool
has_buffers(void)
{
	return run->options.store_buffers != EXPLORE_NO_BUFFERS;
}

static struct buffer *
own_buffer(void)
{
	return &buffers[run->current];
}

/* ---- the words themselves ---- */

/* A word with stores that wait, and what others see of it. */
struct hidden {
	const void *word;
	uint64_t seen;
	unsigned n; /* stores that wait */
};

static struct hidden hidden[EXPLORE_FIBRES * BUFFER];
static unsigned n_hidden;

static struct hidden *
find_hidden(const void *word)
{
	for (unsigned i = 0; i < n_hidden; i++) {
		if (hidden[i].word == word) {
			return &hidden[i];
		}
	}
	return NULL;
}

static uint64_t
read_memory(const void *word, unsigned bytes)
{
	uint32_t value32;
	uint64_t value64;

	if (bytes == sizeof(value32)) {
		memcpy(&value32, word, sizeof(value32));
		return value32;
	}
	memcpy(&value64, word, sizeof(value64));
	return value64;
}

static void
write_memory(void *word, unsigned bytes, uint64_t value)
{
	uint32_t value32 = (uint32_t)value;

	if (bytes == sizeof(value32)) {
		memcpy(word, &value32, sizeof(value32));
	} else {
		memcpy(word, &value, sizeof(value));
	}
}

uint64_t
explore_word_read(const void *word, unsigned bytes)
{
	const struct hidden *kept = find_hidden(word);

	return kept == NULL ? read_memory(word, bytes) : kept->seen;
}

void
explore_word_write(void *word, unsigned bytes, uint64_t value)
{
	struct hidden *kept = find_hidden(word);

	if (kept == NULL) {
		write_memory(word, bytes, value);
	} else {
		kept->seen = value;
	}
}

/** A store begins to wait. */
static void
hide(const struct entry *entry)
{
	struct hidden *kept = find_hidden(entry->word);

	if (kept == NULL) {
		kept = &hidden[n_hidden++];
		*kept = (struct hidden){ .word = entry->word,
			.seen = read_memory(entry->word, entry->bytes) };
	}
	kept->n++;
	write_memory(entry->word, entry->bytes, entry->value);
}

/** A store has waited. */
static void
reveal(const struct entry *entry)
{
	struct hidden *kept = find_hidden(entry->word);

	if (kept == NULL) {
		explore_fail("a store waits that was not made");
	}
	kept->seen = entry->value;
	if (--kept->n == 0) {
		write_memory(entry->word, entry->bytes, entry->value);
		*kept = hidden[--n_hidden];
	}
}

uint32_t
explore_peek32(const void *word)
{
	return (uint32_t)explore_word_read(word, sizeof(uint32_t));
}

/* ---- stores ---- */

/** The store is seen by all. */
static void
arrive(unsigned fibre, const struct entry *entry)
{
	if (explore_is_weak()) {
		explore_history_arrive(fibre, entry->slot, entry->word,
		    explore_word_read(entry->word, entry->bytes), entry->value);
	}
	reveal(entry);
}

/** Those that are kept behind it come after it for who sees them. */
static void
let_follow(unsigned fibre, const struct entry *first, unsigned from)
{
	struct buffer *buffer = &buffers[fibre];

	for (unsigned i = from; i < buffer->n; i++) {
		const struct entry *entry = &buffer->entries[i];

		if (entry->release || entry->epoch != first->epoch) {
			explore_history_follow(fibre, entry->slot, first->word);
		}
	}
}

/** Takes an entry out of a buffer. */
static void
drain(unsigned fibre, unsigned which)
{
	struct buffer *buffer = &buffers[fibre];
	struct entry entry = buffer->entries[which];

	buffer->n--;
	buffer->slots &= ~(1u << entry.slot);
	memmove(&buffer->entries[which], &buffer->entries[which + 1],
	    (buffer->n - which) * sizeof(entry));
	arrive(fibre, &entry);
	if (explore_is_weak()) {
		let_follow(fibre, &entry, which);
		if (entry.epoch != buffer->epoch) {
			explore_history_fenced(fibre, entry.word);
		}
	}
}

void
explore_memory_drain(unsigned fibre, unsigned which)
{
	const struct entry *entry = &buffers[fibre].entries[which];

	explore_print_access(fibre, entry->site, "= %#" PRIx64 " arrives",
	    entry->value);
	drain(fibre, which);
}

void
explore_buffer_flush(void)
{
	while (own_buffer()->n > 0) {
		drain(run->current, 0);
	}
}

/** Whether an entry may drain before the earlier ones. */
static bool
may_drain(const struct buffer *buffer, unsigned which)
{
	const struct entry *entry = &buffer->entries[which];

	if (which == 0) {
		return true;
	}
	if (run->options.store_buffers != EXPLORE_OUT_OF_ORDER ||
	    entry->release || entry->epoch != buffer->entries[0].epoch) {
		return false;
	}
	for (unsigned i = 0; i < which; i++) {
		if (buffer->entries[i].word == entry->word) {
			return false;
		}
	}
	return true;
}

unsigned
explore_memory_agents(struct explore_agent *agents, unsigned n)
{
	bool when_left = explore_drains_when_left();

	if (!has_buffers()) {
		return n;
	}
	for (unsigned i = 0; i < run->n_fibres; i++) {
		/* Its own drains are chosen when it is left. */
		if (when_left && i == run->current) {
			continue;
		}
		for (unsigned k = 0; k < buffers[i].n && n < EXPLORE_AGENTS;
		     k++) {
			if (may_drain(&buffers[i], k)) {
				agents[n++] = (struct explore_agent){
					EXPLORE_AGENT_DRAIN, i, k, 1
				};
			}
		}
	}
	return n;
}

/** One of the entries that may drain, by number; or none. */
static bool
drain_chosen(unsigned fibre, uint32_t choice)
{
	for (unsigned k = 0; k < buffers[fibre].n; k++) {
		if (may_drain(&buffers[fibre], k) && --choice == 0) {
			explore_memory_drain(fibre, k);
			return true;
		}
	}
	return false;
}

static uint32_t
count_drainable(unsigned fibre)
{
	uint32_t n = 0;

	for (unsigned k = 0; k < buffers[fibre].n; k++) {
		n += may_drain(&buffers[fibre], k);
	}
	return n;
}

void
explore_memory_leave(unsigned fibre)
{
	if (!explore_drains_when_left()) {
		return;
	}
	while (buffers[fibre].n > 0) {
		uint32_t choice = explore_random(count_drainable(fibre) + 1);

		if (choice == 0 || !drain_chosen(fibre, choice)) {
			return;
		}
	}
}

static void
append(struct buffer *buffer, struct entry *entry)
{
	entry->slot = (unsigned)__builtin_ctz(~buffer->slots);
	entry->epoch = buffer->epoch;
	buffer->slots |= 1u << entry->slot;
	buffer->entries[buffer->n++] = *entry;
	hide(entry);
	if (explore_is_weak()) {
		explore_history_carry(run->current, entry->slot,
		    entry->release);
	}
}

void
explore_buffer_put(const struct explore_site *site, void *word, unsigned bytes,
    uint64_t value, bool release)
{
	struct entry entry = { .site = site,
		.word = word,
		.bytes = bytes,
		.value = value,
		.release = release };

	if (own_buffer()->n == BUFFER) {
		drain(run->current, 0);
	}
	append(own_buffer(), &entry);
	if (has_buffers()) {
		explore_print_access(run->current, site, "= %#" PRIx64 " ...",
		    value);
	} else {
		explore_print_access(run->current, site, "= %#" PRIx64, value);
		drain(run->current, 0);
	}
}

bool
explore_buffer_find(const void *word, uint64_t *value)
{
	const struct buffer *buffer = own_buffer();

	for (unsigned i = buffer->n; i > 0; i--) {
		if (buffer->entries[i - 1].word == word) {
			*value = buffer->entries[i - 1].value;
			return true;
		}
	}
	return false;
}

static bool
is_into(const struct entry *entry, const void *block, size_t bytes)
{
	return (uintptr_t)entry->word - (uintptr_t)block < bytes;
}

/** Lets an entry drain, after those that it may not pass. */
static void
drain_after_others(unsigned which)
{
	while (!may_drain(own_buffer(), which)) {
		drain(run->current, 0);
		which--;
	}
	drain(run->current, which);
}

void
explore_buffer_flush_into(const void *block, size_t bytes)
{
	const struct buffer *buffer = own_buffer();
	unsigned i = 0;

	while (i < buffer->n) {
		if (is_into(&buffer->entries[i], block, bytes)) {
			drain_after_others(i);
			i = 0;
		} else {
			i++;
		}
	}
}

void
explore_buffer_flush_fenced(void)
{
	const struct buffer *buffer = own_buffer();

	while (buffer->n > 0 && buffer->entries[0].epoch != buffer->epoch) {
		drain(run->current, 0);
	}
}

void
explore_buffer_fence_stores(void)
{
	own_buffer()->epoch++;
}

bool
explore_memory_waits(void)
{
	return own_buffer()->n > 0;
}

void
explore_buffer_end(void)
{
	n_hidden = 0;
	for (unsigned i = 0; i < run->n_fibres; i++) {
		buffers[i] = (struct buffer){ .n = 0 };
	}
}
