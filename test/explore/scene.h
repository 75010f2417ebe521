/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TEST_EXPLORE_SCENE_H
#define TEST_EXPLORE_SCENE_H

/*
 * One run of a scene (echelon/explore.h): scene.c begins and ends it, peer.c
 * has the clients, calls.c shows what the handler and its users do, posix.h has
 * what they call of POSIX, main.c chooses the schedules.
 */

#include <echelon/explore.h>
#include <stdbool.h>
#include <stdint.h>

enum {
	SCENE_PORT = 7,
	SCENE_CONNECTIONS = 64 /* with a number, in a run */
};

struct scene_run {
	const struct echelon_explore_scene *scene;
	const char *pattern;
	echelon_engine *engine;
	bool stopped;
	bool runs; /* there is a run; otherwise all calls are the system's */
	unsigned n_connections;
	echelon_conn_id ids[SCENE_CONNECTIONS];
};

extern struct scene_run scene_run;

/** The body of a run; `scene_run` has the scene and the pattern. */
void scene_play(void *unused);

/** Stops the engine. From now on whatever has been begun is ended in its
 *  time. */
void scene_stop(echelon_engine *engine);

/** Sleeps for so long on the clock of the run. */
void scene_sleep(const char *what, uint64_t ns);

/** The handler that stands before the scene's, and shows its calls. */
const struct echelon_handler *scene_handler(void);

#endif
