/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * What the classics are made of (examples/broken/classic.h), on the schedule
 * explorer: words in its memory, threads that are its fibres, and a futex.
 */

#include "words.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include "classic.h"
#include "schedule/explore.h"
#include "schedule/memory.h"

enum {
	PLACES = 64,
	THREADS = 8,
	SENTENCE = 256
};

/* A thread that sleeps on a word; on its stack. */
struct sleeper {
	const struct word *word;
	struct sleeper *next;
	bool is_woken;
};

struct thread {
	void (*run)(uint32_t number);
	uint32_t number;
};

static const struct classic *running;
static struct sleeper *sleepers; /* the longest first */
static struct thread threads[THREADS];
static unsigned n_threads;

/* ---- places ---- */

/** The explorer's word for it, which lives on. */
static const struct explore_site *
site_of(const struct place *place)
{
	static struct explore_site sites[PLACES];
	static const struct place *places[PLACES];
	unsigned i = 0;

	while (places[i] != place && places[i] != NULL) {
		i++;
		explore_check(i < PLACES, "more than %d places", PLACES);
	}
	places[i] = place;
	sites[i] = (struct explore_site){ .what = place->what,
		.word = place->word[0] == '&' ? place->word + 1 : place->word,
		.file = place->file,
		.line = place->line,
		.function = place->function };
	return &sites[i];
}

/* ---- words ---- */

uint32_t
classic_load(const struct place *place, const struct word *word)
{
	return (uint32_t)explore_load(site_of(place), &word->value,
	    sizeof(word->value), EXPLORE_ACQUIRE);
}

void
classic_store(const struct place *place, struct word *word, uint32_t value)
{
	explore_store(site_of(place), &word->value, sizeof(word->value), value,
	    EXPLORE_RELEASE);
}

void
classic_fence(const struct place *place)
{
	explore_fence(site_of(place), EXPLORE_FENCE_FULL);
}

static uint32_t
change(const struct place *place, struct word *word, enum explore_change how,
    uint32_t operand)
{
	return (uint32_t)explore_change(site_of(place), &word->value,
	    sizeof(word->value), how, operand, EXPLORE_SC);
}

uint32_t
classic_add(const struct place *place, struct word *word, uint32_t n)
{
	return change(place, word, EXPLORE_ADD, n);
}

uint32_t
classic_or(const struct place *place, struct word *word, uint32_t bits)
{
	return change(place, word, EXPLORE_OR, bits);
}

uint32_t
classic_and(const struct place *place, struct word *word, uint32_t mask)
{
	return change(place, word, EXPLORE_AND, mask);
}

bool
classic_cas(const struct place *place, struct word *word, uint32_t expected,
    uint32_t value)
{
	uint64_t seen = expected;

	return explore_cas(site_of(place), &word->value, sizeof(word->value),
	    &seen, value, EXPLORE_SC);
}

/* ---- futex ---- */

static bool
is_woken(const void *arg)
{
	return ((const struct sleeper *)arg)->is_woken;
}

void
classic_park(const struct place *place, struct word *word, uint32_t value)
{
	struct sleeper self = { .word = word };
	struct sleeper **end = &sleepers;

	/* The kernel compares and falls asleep at once. */
	classic_fence(place);
	if (explore_peek32(&word->value) != value) {
		explore_note("(it has changed: does not sleep)");
		return;
	}
	while (*end != NULL) {
		end = &(*end)->next;
	}
	*end = &self;
	(void)explore_wait("park", is_woken, &self, EXPLORE_FOREVER);
}

void
classic_wake(const struct place *place, struct word *word)
{
	struct sleeper **at = &sleepers;

	classic_fence(place);
	while (*at != NULL && (*at)->word != word) {
		at = &(*at)->next;
	}
	if (*at == NULL) {
		explore_note("(nobody sleeps there)");
		return;
	}
	(*at)->is_woken = true;
	*at = (*at)->next;
}

/* ---- threads and rules ---- */

static void *
run_thread(void *arg)
{
	const struct thread *thread = arg;

	thread->run(thread->number);
	return NULL;
}

void
start_thread(const char *name, void (*run)(uint32_t number), uint32_t number)
{
	struct thread *thread = &threads[n_threads++];

	explore_check(n_threads <= THREADS, "more than %d threads", THREADS);
	*thread = (struct thread){ .run = run, .number = number };
	explore_expect_daemon(explore_spawn(name, run_thread, thread));
}

_Noreturn void
never_end(void)
{
	explore_never("a handler that never ends");
}

void
rule(bool holds, const char *violated, ...)
{
	char sentence[SENTENCE];
	va_list arguments;

	if (holds) {
		return;
	}
	va_start(arguments, violated);
	(void)vsnprintf(sentence, sizeof(sentence), violated, arguments);
	va_end(arguments);
	explore_fail("%s", sentence);
}

static void
judge_rest(void *classic)
{
	(void)classic;
	running->when_all_rest();
}

void
words_run(void *classic)
{
	running = *(const struct classic *const *)classic;
	sleepers = NULL;
	n_threads = 0;
	if (running->when_all_rest != NULL) {
		explore_at_rest(judge_rest, NULL);
	}
	explore_hide(0); /* it only starts the others */
	running->set_up();
}
