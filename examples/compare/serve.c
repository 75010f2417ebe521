/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The child's side of a server: an engine of one pattern, run through the
 * public API as any program would embed it.
 *
 *     create, listen, start -> answer: the address
 *     SERVER_STATS          -> answer: the statistics
 *     SERVER_TRACE_START    -> answer
 *     SERVER_TRACE_STOP     -> events to SERVER_TRACE, answer: how many
 *     SERVER_STOP           -> stop, wait -> answer, destroy, exit
 *
 * The control socket is read by the main thread, which otherwise sleeps and
 * runs no handler, so that asking costs the pool nothing.
 */
#include "server.h"

#include "../work_handler.h"
#include "dialogue.h"
#include "stick.h"

#include <dlfcn.h>
#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

/* That each thread keeps: some 100 ms of a busy one. */
#define TRACE_EVENTS 32768

struct instance {
	echelon_engine *engine;
	const struct echelon_handler *handler;
	void *context;
	void *library; /* where the handler is, or NULL */
	struct work work;
	bool has_work;

	/* The last complaint, from whichever thread. */
	pthread_mutex_t lock;
	char complaint[SERVER_TEXT];
};

static void
keep_complaint(void *context, enum echelon_log_level level, const char *text)
{
	struct instance *instance = context;

	if (level > ECHELON_LOG_WARNING) {
		return;
	}
	pthread_mutex_lock(&instance->lock);
	snprintf(instance->complaint, sizeof(instance->complaint), "%s", text);
	pthread_mutex_unlock(&instance->lock);
}

static int
start_engine(struct instance *instance, const char *pattern,
    const char *const *settings)
{
	struct echelon_options options = ECHELON_OPTIONS_INIT;
	int result;

	options.pattern = pattern;
	options.settings = settings;
	options.log = keep_complaint;
	options.log_context = instance;
	result = echelon_engine_create(&options, &instance->engine);
	if (result == 0) {
		result = echelon_engine_listen(instance->engine, "127.0.0.1:0",
		    instance->handler, instance->context);
	}
	return result == 0 ? echelon_engine_start(instance->engine) : result;
}

static int
choose_handler(struct instance *instance, const char *library)
{
	int result;

	if (library[0] != '\0') {
		instance->handler = dialogue_load_handler(library,
		    &instance->library, instance->complaint,
		    sizeof(instance->complaint));
		return instance->handler == NULL ? -EINVAL : 0;
	}
	result = work_init(&instance->work, NULL);
	instance->has_work = result == 0;
	instance->handler = &stick_handler;
	instance->context = &instance->work;
	return result;
}

/* The default slack of 50 us would make every short sleep a longer one; the
 * engine's threads take it over from this one. */
static int
start(struct instance *instance, const char *pattern, const char *library,
    const char *const *settings)
{
	int result = choose_handler(instance, library);

	prctl(PR_SET_TIMERSLACK, 1UL);
	return result == 0 ? start_engine(instance, pattern, settings) : result;
}

static int
stop(struct instance *instance)
{
	echelon_engine_stop(instance->engine);
	return echelon_engine_wait(instance->engine);
}

static void
explain(struct instance *instance, struct server_answer *answer)
{
	pthread_mutex_lock(&instance->lock);
	snprintf(answer->text, sizeof(answer->text), "%s",
	    instance->complaint[0] != '\0' ? instance->complaint
					   : strerror(-answer->result));
	pthread_mutex_unlock(&instance->lock);
}

static int
send_answer(struct instance *instance, struct server_answer *answer)
{
	if (answer->result != 0) {
		explain(instance, answer);
	}
	return send(SERVER_CONTROL, answer, sizeof(*answer), MSG_NOSIGNAL) ==
		(ssize_t)sizeof(*answer)
	    ? answer->result
	    : -EPIPE;
}

static int
tell_address(struct instance *instance, int result)
{
	struct server_answer answer = { .result = result };

	if (result == 0) {
		answer.result = echelon_engine_address(instance->engine, 0,
		    answer.text, sizeof(answer.text));
	}
	return send_answer(instance, &answer);
}

static int
tell_stats(struct instance *instance)
{
	struct server_answer answer = {
		.stats = { .size = sizeof(answer.stats) },
	};

	answer.result = echelon_engine_stats(instance->engine, &answer.stats);
	return send_answer(instance, &answer);
}

static int
start_trace(struct instance *instance)
{
	struct server_answer answer = {
		.result = echelon_trace_start(instance->engine, TRACE_EVENTS),
	};

	return send_answer(instance, &answer);
}

static int
write_events(const struct echelon_trace_event *events, size_t n)
{
	const char *at = (const char *)events;
	size_t left = n * sizeof(*events);

	while (left > 0) {
		ssize_t written = write(SERVER_TRACE, at, left);

		if (written <= 0) {
			return -EIO;
		}
		at += written;
		left -= (size_t)written;
	}
	return 0;
}

static int
stop_trace(struct instance *instance)
{
	struct server_answer answer = { 0 };
	struct echelon_trace_event *events;
	size_t room;

	echelon_trace_stop(instance->engine);
	room = echelon_trace_read(instance->engine, NULL, 0);
	events = calloc(room + 1, sizeof(*events));
	if (events == NULL) {
		answer.result = -ENOMEM;
	} else {
		answer.events = echelon_trace_read(instance->engine, events,
		    room);
		answer.result = write_events(events, answer.events);
	}
	free(events);
	return send_answer(instance, &answer);
}

static int
obey_command(struct instance *instance, char command)
{
	switch (command) {
	case SERVER_STATS:
		return tell_stats(instance);
	case SERVER_TRACE_START:
		return start_trace(instance);
	case SERVER_TRACE_STOP:
		return stop_trace(instance);
	default:
		return -ESHUTDOWN;
	}
}

/* Until told to stop, or until nobody is there to tell. */
static void
obey(struct instance *instance)
{
	char command = 0;

	while (recv(SERVER_CONTROL, &command, 1, 0) == 1 &&
	    obey_command(instance, command) == 0) {
	}
}

int
serve(int argc, char **argv)
{
	struct instance instance = { .lock = PTHREAD_MUTEX_INITIALIZER };
	struct server_answer last = { 0 };
	int result;

	if (argc < 4) {
		return 2;
	}
	result = start(&instance, argv[2], argv[3],
	    (const char *const *)&argv[4]);
	result = tell_address(&instance, result);
	if (result == 0) {
		obey(&instance);
		last.result = stop(&instance);
		result = send_answer(&instance, &last);
	}

	/* What has not stopped may still use all of it. */
	if (last.result != 0) {
		_exit(1);
	}
	echelon_engine_destroy(instance.engine);
	if (instance.has_work) {
		work_deinit(&instance.work);
	}
	if (instance.library != NULL) {
		dlclose(instance.library);
	}
	return result == 0 ? 0 : 1;
}
