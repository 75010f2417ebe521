/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ECHELON_EXPLORE_H
#define ECHELON_EXPLORE_H

/**
 * @file
 * For tests only: your handler under whole engines, in many orders.
 *
 *     scene:  threads that you write        the engine, its real code
 *             connect, send, expect, reset ──▶ a kernel in memory ──▶ handler
 *             echelon_post, stop            ──▶
 *
 * A scene is run again and again, on one thread of the system: at each system
 * call, lock, wake-up and shared access of the library a scheduler chooses who
 * goes on. A violated claim, a crash, memory lost or used after it was freed, a
 * thread that sleeps for ever end the run: its steps are printed, a column per
 * thread, and a seed that repeats it.
 *
 * Link libechelon_explore.a *instead of* libechelon (CMake: echelon::explore;
 * `pkg-config --cflags --libs echelon-explore`). Of what is linked statically
 * these calls belong to the run:
 *
 * - pthread_create, _join, _detach, _self, _exit, mutexes, conditions, _once,
 *   thread-specific values
 * - sleeping, sched_yield, and all clocks: one, which begins at 1 s
 * - malloc and its kin, strdup, strndup, asprintf, getline, getdelim
 *
 * Other locks, semaphores, barriers, pthread_cancel, _kill and <threads.h> end
 * it, saying so. Not seen: shared libraries; atomics (no other thread comes
 * between them) and _Thread_local (there is one thread); what else sleeps or
 * spins stops all. Static variables, rand(3)'s too, keep their values from run
 * to run.
 *
 * Limits of a run: 16 threads of the scene, one less with `stops`; 64 ever
 * started, the engine's too, with 256 KiB of stack; 256 locks and conditions
 * not destroyed; 256 thread-specific values; 100,000 points at which others may
 * go on; 1 GiB ever allocated.
 *
 * docs/testing-your-handler.md is a walk through an example.
 */

#include <stdbool.h>
#include <stddef.h>

#include "engine.h"
#include "handler.h"

#ifdef __cplusplus
extern "C" {
#endif

/** The client's end of a connection. */
typedef struct echelon_explore_peer echelon_explore_peer;

/** Something that goes on beside the engine, most often a client. */
struct echelon_explore_thread {
	/** For its column. */
	const char *name;
	void (*run)(void *context);
};

/** What is explored. 0 or NULL means the default everywhere. */
struct echelon_explore_scene {
	/** sizeof(struct echelon_explore_scene); ECHELON_EXPLORE_SCENE. */
	size_t size;

	const struct echelon_handler *handler;

	/** For echelon_conn_context, and for all functions of the scene. */
	void *context;

	/** The engine's settings, deadlines above all; its pattern is not
	 *  looked at. */
	const struct echelon_options *options;

	/** Under which patterns, the last one NULL; NULL: under each. */
	const char *const *patterns;

	/** Begins a run: sets static variables. */
	void (*prepare)(void *context);

	/** All run at once; the last one without a name. When all have
	 *  returned, the engine is stopped. */
	const struct echelon_explore_thread *threads;

	/** When the engine has stopped, and before it is destroyed: ends what
	 *  `prepare` began, and claims what must be true then. Detached
	 *  threads have a second more of the run's clock; if one still sleeps
	 *  then, memory is not counted. */
	void (*finish)(void *context);

	/** The engine is stopped at any moment, not only in the end. */
	bool stops;

	/** Until the stop, whatever waits for time, deadlines above all, may
	 *  pass at any moment, however early; else only when nobody can go on. */
	bool hurries;
};

/** Initialises a scene, as ECHELON_HANDLER does a handler. */
#define ECHELON_EXPLORE_SCENE(...)                                        \
	{                                                                 \
		.size = sizeof(struct echelon_explore_scene), __VA_ARGS__ \
	}

/**
 * Explores a scene as the command line says, and prints how it went; meant
 * to be all of main().
 *
 *     PROGRAM                   each pattern, 2,000 schedules of each
 *       --pattern PATTERN       this one
 *       --schedules N           so many; half of them by priorities (pct)
 *       --seed N                with --pattern: that schedule, printed,
 *       --strategy random|pct   of this half (random)
 *       --verbose               prints also what the library does
 *
 * A command line that is wrong ends the program with 2.
 *
 * @return for exit(3): 0 all went well, 1 a run failed
 */
int echelon_explore_main(int argc, char **argv,
    const struct echelon_explore_scene *scene);

/* ---- from a thread of the scene ---- */

/**
 * Connects to the engine. The peer lives until the end of the run.
 *
 * @return NULL when the engine has been stopped
 *
 * @par Blocks  while the backlog is full
 */
echelon_explore_peer *echelon_explore_connect(void);

/**
 * Sends bytes, in pieces that the run chooses.
 *
 * @return whether the connection took them all
 *
 * @par Blocks  while the server does not read
 */
bool echelon_explore_send(echelon_explore_peer *peer, const void *bytes,
    size_t length);

/**
 * Waits for `length` bytes and claims that they are these.
 *
 * @return true; false when the connection ended before
 *
 * @par Blocks  as echelon_explore_receive
 */
bool echelon_explore_expect(echelon_explore_peer *peer, const void *bytes,
    size_t length);

/**
 * Waits for bytes.
 *
 * @return how many; 0 when the server has closed; -errno when it has reset
 *
 * @par Blocks  for 25 hours of the run's clock, longer than any deadline; that
 *              nothing came is a violated claim then. With `hurries`, for ever
 */
ptrdiff_t echelon_explore_receive(echelon_explore_peer *peer, void *buffer,
    size_t length);

/** Sends FIN; receiving goes on. */
void echelon_explore_finish(echelon_explore_peer *peer);

/** Closes; with bytes unread, that is a reset. Nothing may follow. */
void echelon_explore_close(echelon_explore_peer *peer);

/** Resets. Nothing may follow. */
void echelon_explore_reset(echelon_explore_peer *peer);

/** Lets time pass: so long on the clock of the run. */
void echelon_explore_pause(unsigned milliseconds);

/* ---- from anywhere in a run ---- */

/** The engine of the run, for echelon_post and echelon_engine_stop. */
echelon_engine *echelon_explore_engine(void);

/** A choice of the run, 0 to n - 1, which a seed repeats. */
unsigned echelon_explore_random(unsigned n);

/** Another thread may go on here: put it where threads of yours share memory
 *  without a lock. Does nothing outside of a run. */
void echelon_explore_point(void);

/** A line in the column of this thread; as printf. */
void echelon_explore_note(const char *format, ...)
#ifdef __GNUC__
    __attribute__((format(printf, 1, 2)))
#endif
    ;

/** A claim; if it does not hold, the run has failed. As printf. */
void echelon_explore_check(bool holds, const char *format, ...)
#ifdef __GNUC__
    __attribute__((format(printf, 2, 3)))
#endif
    ;

#ifdef __cplusplus
}
#endif

#endif
