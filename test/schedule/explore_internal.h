/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TEST_SCHEDULE_EXPLORE_INTERNAL_H
#define TEST_SCHEDULE_EXPLORE_INTERNAL_H

/*
 * What the explorer's files share: the run (explore.c), its choices
 * (choose.c), its memory (memory.c) and how it is printed (print.c).
 */

#include "explore.h"
#include "fibre.h"

enum {
	EXPLORE_FIBRES = 64,
	EXPLORE_NAME = 24
};

enum explore_fibre_state {
	EXPLORE_RUNS,
	EXPLORE_SLEEPS,
	EXPLORE_ENDED
};

struct explore_fibre {
	struct fibre_context context;
	char name[EXPLORE_NAME];
	enum explore_fibre_state state;
	bool daemon;
	bool hidden; /* in print */
	void *(*run)(void *arg);
	void *arg;
	void *result;

	/* While it sleeps. */
	const char *sleeps_in;
	bool (*ready)(const void *arg);
	const void *ready_arg;
	uint64_t deadline;
};

struct explore_run {
	struct explore_options options;
	bool runs;
	bool judges; /* the claim at rest, or what is set up */
	enum explore_result result;
	char reason[512];
	uint64_t n_points;
	uint64_t fingerprint;
	bool timeless;  /* the clock stands still */
	bool patient;   /* it jumps only when no fibre can run */
	uint64_t clock; /* ns, without what points add */
	unsigned n_fibres;
	unsigned current;
	struct fibre_context host;
	struct explore_fibre fibres[EXPLORE_FIBRES];
	void (*claim)(void *arg);
	void *claim_arg;
};

extern struct explore_run explore_the_run;

/** A point that says itself what it was. False: no run, do as you like. */
bool explore_pass(void);

/** Ends the run now; does not return to the fibre. */
_Noreturn void explore_end_run(enum explore_result result);

/** Ends the run for `reason`, which has been written. */
_Noreturn void explore_fail_as(enum explore_result result);

/* ---- scheduler.c ---- */

/** Lets the scheduler switch. `ends`: the running fibre never goes on. */
void explore_schedule(bool ends);

/* ---- choose.c: every choice of a run ---- */

enum explore_choice {
	EXPLORE_CHOOSE_AGENT, /* which fibre, drain, or the clock */
	EXPLORE_CHOOSE_VALUE, /* 0: the newest */
	EXPLORE_CHOOSE_NUMBER,
	EXPLORE_CHOOSE_RARE /* 0: as usual */
};

enum explore_agent_kind {
	EXPLORE_AGENT_FIBRE,
	EXPLORE_AGENT_DRAIN,
	EXPLORE_AGENT_CLOCK
};

struct explore_agent {
	enum explore_agent_kind kind;
	unsigned fibre;
	unsigned entry; /* DRAIN: which of its store buffer */
	unsigned cost;  /* EXHAUSTIVE: preemptions */
};

enum {
	EXPLORE_AGENTS = 64
};

void explore_choose_begin(const struct explore_options *options);
void explore_choose_end(void);

/** Which of the agents acts next. */
unsigned explore_choose_agent(const struct explore_agent *agents, unsigned n);

/** 0 to n - 1. */
uint32_t explore_choose(enum explore_choice kind, uint32_t n);

/** Whether it is chosen when a fibre is left which of its stores drain, and
 *  not at any time. */
bool explore_drains_when_left(void);

/* ---- memory.c, buffer.c: drains, as the scheduler sees them ---- */

/** Whether loads may be old. */
static inline bool
explore_is_weak(void)
{
	return explore_the_run.options.weak_loads != EXPLORE_LOADS_NEW;
}

void explore_memory_begin(void);
void explore_memory_end(void);

/** Appends what may drain; returns the new number of agents. */
unsigned explore_memory_agents(struct explore_agent *agents, unsigned n);
void explore_memory_drain(unsigned fibre, unsigned entry);

/** A fibre starts, ends, is joined; the edges between them. */
void explore_memory_spawn(unsigned fibre);
void explore_memory_join(unsigned fibre);

/** The fibre is left for another: EXHAUSTIVE drains what it chooses. */
void explore_memory_leave(unsigned fibre);

/** Whether stores of the running fibre wait. */
bool explore_memory_waits(void);

/** A full fence of the running fibre. */
void explore_memory_fence(void);

/* ---- print.c: the schedule as it was ---- */

void explore_print_begin(void);
void explore_print_line(unsigned fibre, const char *text);
struct explore_site;
void explore_print_access(unsigned fibre, const struct explore_site *site,
    const char *effect, ...) __attribute__((format(printf, 3, 4)));
bool explore_prints(void);

#endif
