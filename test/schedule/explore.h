/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TEST_SCHEDULE_EXPLORE_H
#define TEST_SCHEDULE_EXPLORE_H

/*
 * The schedule explorer: runs the library's own code in many orders.
 *
 *   body ──spawn──▶ fibres ──each shared access, lock, sleep──▶ a point
 *                                                                │
 *            the strategy chooses: which fibre goes on, which ◀──┘
 *            buffered store drains, which value a weak load
 *            returns, whether time passes
 *
 * The library is compiled a second time (echelon_explored) with seam/ first on
 * its include path: there sync/atomic.h and ck_pr.h make every access to a
 * shared word a point, over the memory of memory.h. Threads are fibres, all on
 * one thread of the system, so a run depends on nothing but its options and
 * can be repeated exactly.
 *
 * A run ends OK when every fibre has returned, or sleeps and was expected to
 * (a daemon); it fails when a claim is violated, when all others sleep for
 * ever, and when it has too many points.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Sleeping without a time limit. */
#define EXPLORE_FOREVER UINT64_MAX

enum explore_strategy {
	EXPLORE_RANDOM,     /* any choice, each as likely */
	EXPLORE_PCT,        /* priorities that change at `depth` - 1 points */
	EXPLORE_EXHAUSTIVE, /* all, with at most `max_preemptions` */
	EXPLORE_REPLAY      /* the choices of `path` */
};

enum explore_weak {
	EXPLORE_LOADS_NEW,        /* every load returns the newest value */
	EXPLORE_LOADS_OLD,        /* it may return an older one, as on ARM */
	EXPLORE_LOADS_OLD_ACQUIRE /* acquire loads and sequentially consistent
				   * ones still older ones, as in C11 */
};

enum explore_buffers {
	EXPLORE_NO_BUFFERS,
	EXPLORE_TSO,         /* stores drain in order, as on x86 */
	EXPLORE_OUT_OF_ORDER /* in any order that release stores allow */
};

struct explore_options {
	enum explore_strategy strategy;
	unsigned depth; /* PCT: how many orderings a bug needs; 0: 3 */
	uint64_t seed;
	unsigned max_preemptions;           /* EXHAUSTIVE */
	enum explore_buffers store_buffers; /* plain and release stores wait */
	enum explore_weak weak_loads;
	uint32_t max_points; /* 0: 100,000 */
	uint32_t length;     /* PCT: points of a usual run; 0: 1,000 */
	const char *path;    /* REPLAY: what explore_path() returned */
	bool prints;         /* records the schedule, for explore_print() */
	bool brief;          /* and of it only what explore_say() says */
};

enum explore_result {
	EXPLORE_OK,
	EXPLORE_FAILED,
	EXPLORE_DEADLOCK,
	EXPLORE_TOO_LONG
};

/* ---- outside of a run ---- */

/**
 * One run: resets everything, runs `body` as fibre 0 until every fibre ended
 * or none can run. Memory that the run allocated and did not free is gone
 * afterwards.
 */
enum explore_result explore_run(const struct explore_options *options,
    void (*body)(void *arg), void *arg);

/** EXHAUSTIVE: forgets what was run; the next run is the first. */
void explore_restart(void);

/** EXHAUSTIVE: whether the last run was not the last one. */
bool explore_has_more(void);

/** How many points the last run had. */
uint64_t explore_points(void);

/** A number that two different schedules are unlikely to share. */
uint64_t explore_fingerprint(void);

/** The choices of the last run, for EXPLORE_REPLAY; until the next run. */
const char *explore_path(void);

/** Why the last run failed, one sentence; "" if it did not. */
const char *explore_reason(void);

/** Prints the schedule of the last run, one column per fibre that has a
 *  line. */
void explore_print(void);

/* ---- from a fibre ---- */

/** Starts a fibre; returns its number. It runs when it is chosen. */
unsigned explore_spawn(const char *name, void *(*run)(void *arg), void *arg);

/** Sleeps until that fibre has returned; returns what it did. */
void *explore_join(unsigned fibre);

unsigned explore_self(void);

/** The number that the next spawned fibre will have. */
unsigned explore_spawns(void);

/** Ends this fibre, as if what it runs had returned. */
_Noreturn void explore_exit(void *result);

/** Whether that fibre sleeps. */
bool explore_sleeps(unsigned fibre);

/** Whether that fibre has ended, or sleeps without a time limit for what is
 *  not there. */
bool explore_rests(unsigned fibre);

/** The scheduler may switch here. Does nothing outside of a run. */
void explore_point(const char *what, const void *where);

/**
 * Sleeps until ready(arg), or until the clock reaches now + timeout_ns
 * (EXPLORE_FOREVER: never). A point, and a full fence. `ready` only looks.
 *
 * @return whether ready(arg); false: timed out
 */
bool explore_wait(const char *what, bool (*ready)(const void *arg),
    const void *arg, uint64_t timeout_ns);

/** Sleeps for a time, and nothing else ends it. */
void explore_sleep(const char *what, uint64_t ns);

/** What a system call finds in a word. No point. */
uint32_t explore_peek32(const void *word);

/** A full fence. No point; after a point of its own, as stores may still wait
 *  until then. */
void explore_full_fence(void);

/** What a system call is to the memory, as long as it does not sleep: all that
 *  was stored is seen, and locks of the kernel are taken and released; to what
 *  is no call it is no fence. No point. */
void explore_system_call(void);

/** Sleeps for ever, and that is expected: a handler that never ends. */
_Noreturn void explore_never(const char *what);

/**
 * The clock, in ns. It moves on a little at every point, and jumps to the
 * earliest time limit when no fibre can run, and when the scheduler wants it.
 */
uint64_t explore_now(void);

/** A choice of the run, 0 to n - 1; part of the schedule. (EXHAUSTIVE tries
 *  no more than the first 64.) */
uint32_t explore_random(uint32_t n);

/** True now and then: something that is allowed, and unusual. */
bool explore_rarely(const char *what);

/** A violated claim ends the run as FAILED; printf-like. */
void explore_check(bool holds, const char *sentence, ...)
    __attribute__((format(printf, 2, 3)));

/** Ends the run as FAILED. */
_Noreturn void explore_fail(const char *sentence, ...)
    __attribute__((format(printf, 1, 2)));

/** This fibre may still sleep at the end. */
void explore_expect_daemon(unsigned fibre);

/** Whether that fibre has returned. */
bool explore_has_ended(unsigned fibre);

/** Nothing that only time brings is of interest any more: the run is over
 *  when no fibre can run, though some have time limits. */
void explore_stop_clock(void);

/** While nothing else runs: accesses are no points, until it is false. */
void explore_set_up(bool begins);

/** Time limits are reached only when no fibre can run; otherwise whenever the
 *  scheduler wants it. */
void explore_be_patient(void);
bool explore_is_patient(void);

/** Calls claim(arg) when no fibre can run any more, before the run is judged;
 *  its accesses are no points. */
void explore_at_rest(void (*claim)(void *arg), void *arg);

/** This fibre has no column in the printed schedule. */
void explore_hide(unsigned fibre);

/** A line for the printed schedule, a brief one too, no point; printf-like. */
void explore_say(const char *sentence, ...)
    __attribute__((format(printf, 1, 2)));

/** A line for the printed schedule, no point; printf-like. */
void explore_note(const char *sentence, ...)
    __attribute__((format(printf, 1, 2)));

#endif
