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
 * A test describes a scene: the handler, and what goes on around it, as
 * threads of its own. The scene is run again and again, all of its threads and
 * the engine's on one thread of the system, and at each system call, lock,
 * wake-up and shared access of the library a scheduler chooses who goes on. A
 * violated claim, a crash, memory that is lost or used after it was freed, a
 * thread that sleeps for ever end the run: its steps are printed in one column
 * per thread, and a seed that repeats it.
 *
 * Such a program is linked to libechelon_explore.a *instead of* libechelon
 * (CMake: echelon::explore; `pkg-config --static echelon-explore`). Whatever
 * it calls of malloc, of pthread_create, _join, _detach, _self, _once,
 * _mutex_lock, _trylock, _unlock, _cond_wait, _timedwait, _signal,
 * _broadcast, of nanosleep and clock_gettime belongs to the run then, so
 * handlers with locks and threads of their own run as they are. Not so:
 * atomics of <stdatomic.h> (no other thread comes between them),
 * _Thread_local variables (there is one thread), other things that sleep.
 *
 * Static variables keep their values from run to run: `prepare` sets them.
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
	 *  `prepare` began, and claims what must be true then. */
	void (*finish)(void *context);

	/** The engine is stopped at any moment, not only in the end. */
	bool stops;

	/** Deadlines, and whatever else waits for time, may pass at any
	 *  moment, however early; otherwise only when nobody can go on. */
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
 *       --strategy random|pct   and --seed N: that schedule, printed
 *       --seed N
 *       --verbose               prints also what the library does
 *
 * @return for exit(3): 0 all went well, 1 a run failed, 2 usage
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
 * Waits for `length` bytes and claims that they are these. Other bytes, or
 * none for a minute in which nothing else went on, are a violated claim.
 *
 * @return true; false when the connection ended before
 */
bool echelon_explore_expect(echelon_explore_peer *peer, const void *bytes,
    size_t length);

/**
 * Waits for bytes.
 *
 * @return how many; 0 when the server has closed; -errno when it has reset
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
