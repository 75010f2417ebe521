/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * A run of a scene, from an empty kernel to the last block of memory.
 */

#include "scene.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "os/sys.h"
#include "posix.h"
#include "schedule/arena.h"
#include "schedule/explore.h"
#include "schedule/kernel.h"

enum {
	THREADS = 16,
	WINDOW = 256, /* bytes that a side of a connection keeps */
	SENTENCE = 256
};

struct scene_run scene_run;

static const struct echelon_explore_scene *
scene(void)
{
	return scene_run.scene;
}

/* ---- the beginning ---- */

static void
make_engine(void)
{
	struct echelon_options options = ECHELON_OPTIONS_INIT;
	int error;

	if (scene()->options != NULL) {
		options = *scene()->options;
	}
	options.pattern = scene_run.pattern;
	/* Nobody else runs yet: no order to be chosen. */
	explore_set_up(true);
	error = echelon_engine_create(&options, &scene_run.engine);
	explore_set_up(false);
	explore_check(error == 0, "echelon_engine_create gave %d: %s", error,
	    strerror(-error));
}

static void
start_engine(void)
{
	int error = echelon_engine_adopt(scene_run.engine,
	    kernel_listener(SCENE_PORT), scene_handler(), scene()->context);

	explore_check(error == 0, "echelon_engine_adopt gave %d", error);
	error = echelon_engine_start(scene_run.engine);
	explore_check(error == 0, "echelon_engine_start gave %d", error);
}

static void
begin(void)
{
	struct kernel_options options = {
		.sending = WINDOW, .receiving = WINDOW, .moody = true
	};

	scene_run.engine = NULL;
	scene_run.stopped = false;
	scene_run.n_connections = 0;
	posix_threads_begin();
	posix_locks_begin();
	posix_specifics_begin();
	kernel_reset(&options);
	eln_sys = &kernel_sys;
	if (!scene()->hurries) {
		explore_be_patient();
	}
}

/* ---- threads of the scene ---- */

static void *
run_thread(void *thread)
{
	((const struct echelon_explore_thread *)thread)->run(scene()->context);
	return NULL;
}

static void *
stop_sometime(void *unused)
{
	scene_stop(scene_run.engine);
	return unused;
}

static void
run_threads(void)
{
	const struct echelon_explore_thread *thread = scene()->threads;
	unsigned fibres[THREADS];
	unsigned n = 0;

	if (scene()->stops) {
		fibres[n++] = explore_spawn("stop", stop_sometime, NULL);
	}
	for (; thread != NULL && thread->name != NULL; thread++) {
		struct echelon_explore_thread *copy;

		explore_check(n < THREADS, "more than %d threads", THREADS);
		memcpy(&copy, &thread, sizeof(copy));
		fibres[n++] = explore_spawn(thread->name, run_thread, copy);
	}
	while (n > 0) {
		(void)explore_join(fibres[--n]);
	}
}

/* ---- the end ---- */

void
scene_stop(echelon_engine *engine)
{
	if (!scene_run.stopped) {
		explore_say("echelon_engine_stop");
		scene_run.stopped = true;
		/* The drain deadline is not to pass before its time. */
		explore_be_patient();
	}
	echelon_engine_stop(engine);
}

static void
end_engine(void)
{
	int error;

	scene_stop(scene_run.engine);
	error = echelon_engine_wait(scene_run.engine);
	explore_check(error != -ETIMEDOUT,
	    "a handler has not returned by the drain deadline");
	explore_check(error == 0, "echelon_engine_wait gave %d", error);
	if (scene()->finish != NULL) {
		scene()->finish(scene()->context);
	}
	echelon_engine_destroy(scene_run.engine);
}

void
scene_play(void *unused)
{
	size_t blocks;

	(void)unused;
	begin();
	blocks = explore_arena_live();
	make_engine();
	if (scene()->prepare != NULL) {
		scene()->prepare(scene()->context);
	}
	start_engine();
	run_threads();
	end_engine();
	explore_arena_check();
	if (!posix_threads_end()) {
		return; /* who still sleeps may have memory */
	}
	posix_specifics_end();
	explore_arena_check();
	explore_check(explore_arena_live() == blocks,
	    "%zu blocks of memory have not been freed",
	    explore_arena_live() - blocks);
}

/* ---- from anywhere in a run ---- */

static bool
is_never(const void *unused)
{
	(void)unused;
	return false;
}

void
scene_sleep(const char *what, uint64_t ns)
{
	(void)explore_wait(what, is_never, NULL, ns);
}

echelon_engine *
echelon_explore_engine(void)
{
	return scene_run.engine;
}

unsigned
echelon_explore_random(unsigned n)
{
	return explore_random(n);
}

void
echelon_explore_point(void)
{
	if (scene_run.runs) {
		explore_point("echelon_explore_point", NULL);
	}
}

void
echelon_explore_note(const char *format, ...)
{
	char sentence[SENTENCE];
	va_list arguments;

	va_start(arguments, format);
	(void)vsnprintf(sentence, sizeof(sentence), format, arguments);
	va_end(arguments);
	explore_say("%s", sentence);
}

void
echelon_explore_check(bool holds, const char *format, ...)
{
	char sentence[SENTENCE];
	va_list arguments;

	if (holds) {
		return;
	}
	va_start(arguments, format);
	(void)vsnprintf(sentence, sizeof(sentence), format, arguments);
	va_end(arguments);
	explore_fail("%s", sentence);
}
