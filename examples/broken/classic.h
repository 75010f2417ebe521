/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef CLASSIC_H
#define CLASSIC_H

/*
 * What the classics of this folder are made of. Each file is one mistake that
 * real servers have had, small enough to be read in a minute, and the same
 * program repaired: where they differ, `#ifdef REPAIRED` shows both.
 *
 * Threads share `struct word`s. At each of the calls below another thread may
 * go on, and the program `broken` tries many orders in which they do. All
 * else, plain C, belongs to whoever runs it.
 */

#include <stdbool.h>
#include <stdint.h>

struct word {
	uint32_t value;
};

/* ---- words ---- */

/* As on x86: a store may wait in the processor's store buffer, while what
 * stands behind it is done already. All others are seen at once. */
#define load(word) classic_load(PLACE("load", word), (word))
#define store(word, value) classic_store(PLACE("store", word), (word), (value))

/* Waits until all stores of this thread are seen by the others. */
#define fence() classic_fence(PLACE("fence", ))

/* These return what was there, and are fences as well. */
#define add(word, n) classic_add(PLACE("add", word), (word), (uint32_t)(n))
#define set_bits(word, bits) classic_or(PLACE("or", word), (word), (bits))
#define clear_bits(word, bits) \
	classic_and(PLACE("and", word), (word), ~(uint32_t)(bits))

/* Stores `value` if `expected` is there, and returns whether it was. */
#define compare_and_swap(word, expected, value)                          \
	classic_cas(PLACE("compare and swap", word), (word), (expected), \
	    (value))

/* ---- sleeping: futex(2) ---- */

/* Sleeps if the word still is `value`, until somebody wakes it. */
#define park(word, value) classic_park(PLACE("park", word), (word), (value))
/* Wakes one thread that sleeps there, if there is one. */
#define wake(word) classic_wake(PLACE("wake", word), (word))

/* ---- a classic ---- */

/* A rule that does not hold ends the run; `broken` shows how it came about. */
void rule(bool holds, const char *violated, ...)
    __attribute__((format(printf, 2, 3)));

/* From a set-up only. The threads of a server are left asleep in the end. */
void start_thread(const char *name, void (*run)(uint32_t number),
    uint32_t number);

/* A handler that never returns. */
_Noreturn void never_end(void);

struct classic {
	const char *name;
	const char *rule; /* one sentence */
	const char *memory;
	void (*set_up)(void);        /* before each run: words, and threads */
	void (*when_all_rest)(void); /* is all well? May be NULL. */
};

/* The two twins are two objects of one file. */
#ifdef REPAIRED
#define CLASSIC(name) const struct classic name##_repaired
#else
#define CLASSIC(name) const struct classic name##_broken
#endif

extern const struct classic lead_broken;
extern const struct classic lead_repaired;
extern const struct classic lost_wake_broken;
extern const struct classic lost_wake_repaired;
extern const struct classic rearm_broken;
extern const struct classic rearm_repaired;
extern const struct classic stale_event_broken;
extern const struct classic stale_event_repaired;

/* ---- behind the macros ---- */

/* A line of the source, for the columns. */
struct place {
	const char *what;
	const char *word;
	const char *file;
	int line;
	const char *function;
};

#define PLACE(what_, word_)                                           \
	__extension__({                                               \
		static const struct place place_ = { (what_), #word_, \
			__FILE__, __LINE__, __func__ };               \
		&place_;                                              \
	})

uint32_t classic_load(const struct place *place, const struct word *word);
void classic_store(const struct place *place, struct word *word,
    uint32_t value);
void classic_fence(const struct place *place);
uint32_t classic_add(const struct place *place, struct word *word, uint32_t n);
uint32_t classic_or(const struct place *place, struct word *word,
    uint32_t bits);
uint32_t classic_and(const struct place *place, struct word *word,
    uint32_t mask);
bool classic_cas(const struct place *place, struct word *word,
    uint32_t expected, uint32_t value);
void classic_park(const struct place *place, struct word *word, uint32_t value);
void classic_wake(const struct place *place, struct word *word);

#endif
