/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Before anything is measured: which variants and workloads there are, and
 * what the results say about them, the machine and the library.
 */
#include "session.h"

#include "about.h"
#include "command.h"
#include "room.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void
warn(struct session *session, const char *id)
{
	struct results *results = session->results;

	*RESULTS_ADD(results->warnings, results->n_warnings) =
	    results_text("%s is left out: this library has no such pattern or "
			 "setting",
		id);
}

static void
add_variant(struct session *session, const char *id)
{
	session->variants[session->n_variants++] = variant_make(id);
}

/* What was asked for must exist; of the list only what exists is taken. */
static int
choose_variants(struct session *session)
{
	const struct options *options = session->options;
	char why[VARIANT_ERROR];

	for (size_t i = 0; i < options->n_patterns; i++) {
		add_variant(session, options->patterns[i]);
		if (!variant_exists(options->patterns[i], NULL, why)) {
			return session_fail(session, i, "", -EINVAL, why);
		}
	}
	for (size_t i = 0; i < VARIANT_INFOS && options->n_patterns == 0; i++) {
		const struct variant_info *info = &variant_infos[i];

		if (info->when != VARIANT_BY_DEFAULT && !options->is_full) {
			continue;
		}
		if (variant_exists(info->id, NULL, why)) {
			add_variant(session, info->id);
		} else {
			warn(session, info->id);
		}
	}
	return 0;
}

/* A variant that there is, and that is refused nevertheless. */
static int
explain_settings(struct session *session, size_t v)
{
	const struct options *options = session->options;
	const char *settings[SETTINGS_MAX + 1] = { NULL };
	char why[VARIANT_ERROR] = "its settings cannot be read";

	memcpy(settings, options->settings,
	    options->n_settings * sizeof(*settings));
	(void)variant_exists(session->variants[v].id, settings, why);
	return session_fail(session, v, "", -EINVAL, why);
}

static int
describe_variants(struct session *session)
{
	const struct options *options = session->options;
	struct results *results = session->results;

	for (size_t v = 0; v < session->n_variants; v++) {
		int result = variant_describe(&session->variants[v],
		    options->settings, options->n_settings,
		    RESULTS_ADD(results->variants, results->n_variants));

		if (result != 0) {
			return explain_settings(session, v);
		}
	}
	return 0;
}

static void
add_workload(struct session *session, struct workload workload)
{
	const struct options *options = session->options;

	if (options->connections > 0) {
		workload.connections = options->connections;
	}
	if (options->rate > 0 &&
	    (workload_is_open(&workload) || workload.job == 0)) {
		workload.rate = options->rate;
	}
	session->workloads[session->n_workloads++] = workload;
}

static void
choose_workloads(struct session *session)
{
	const struct options *options = session->options;
	const struct driver *driver = options->driver;

	for (size_t i = 0; driver != NULL && i < driver->n_workloads; i++) {
		add_workload(session, driver->workloads[i]);
	}
	if (driver != NULL) {
		return;
	}
	if (options->handler != NULL) {
		snprintf(session->title, sizeof(session->title),
		    "%.150s, a handler of yours", options->handler);
		add_workload(session,
		    (struct workload){ .name = "handler",
			.about = session->title,
			.connections = 64,
			.depth = 1 });
		return;
	}
	for (size_t w = 0; w < WORKLOADS; w++) {
		if (options->chosen[w]) {
			add_workload(session, workloads[w]);
		}
	}
}

static void
describe_workload(struct session *session, const struct workload *workload)
{
	struct results *results = session->results;
	struct results_workload *described = RESULTS_ADD(results->workloads,
	    results->n_workloads);
	cpu_set_t both;
	cpu_set_t one;
	const cpu_set_t *cpus = session_processors(session, workload, &one);

	described->id = results_text("%s", workload->name);
	described->title = results_text("%s", workload->about);
	described->job = workload->job != 0 ? results_text("%c", workload->job)
					    : NULL;
	described->connections = (double)workload->connections;
	described->depth = (double)workload->depth;
	described->rate = workload_is_open(workload) ? workload->rate
						     : (double)NAN;
	described->metric = results_text("%s",
	    metric_infos[workload_metric(workload)].key);
	about_processors(cpus, &described->server_processors,
	    &described->n_server_processors);
	CPU_AND(&both, cpus, &session->machine->client);
	described->shares_processor = CPU_COUNT(&both) > 0;
}

/* Where all processors are used there are none left for the client. */
static void
warn_of_sharing(struct session *session)
{
	struct results *results = session->results;

	for (size_t w = 0; w < results->n_workloads; w++) {
		if (results->workloads[w].shares_processor) {
			*RESULTS_ADD(results->warnings, results->n_warnings) =
			    results_text("%s: the load generator shares a "
					 "processor with the servers; requests "
					 "per second and latency are those of "
					 "both, CPU per request is still the "
					 "server's",
				results->workloads[w].id);
		}
	}
}

/* A program that a driver drives stands beside this one. */
static int
find_served(struct session *session, const struct driver *driver)
{
	char *slash;
	ssize_t n;

	n = readlink("/proc/self/exe", session->program,
	    sizeof(session->program) - 64);
	if (n <= 0) {
		return -errno;
	}
	session->program[n] = '\0';
	slash = strrchr(session->program, '/');
	snprintf(slash + 1, 64, "%s", driver->serves);
	if (access(session->program, X_OK) == 0) {
		return 0;
	}
	snprintf(session->error, sizeof(session->error),
	    "--driver %s: there is no %.300s to drive", driver->name,
	    session->program);
	return -ENOPKG;
}

static int
find_programs(struct session *session)
{
	const struct driver *driver = session->options->driver;

	if (driver == NULL) {
		return 0;
	}
	if (!command_exists(driver->name)) {
		snprintf(session->error, sizeof(session->error),
		    "--driver %s: there is no program %s; it is in the package "
		    "%s",
		    driver->name, driver->name, driver->package);
		return -ENOPKG;
	}
	return driver->serves != NULL ? find_served(session, driver) : 0;
}

static int
open_dialogue(struct session *session)
{
	const struct options *options = session->options;
	const struct dialogue_plan plan = {
		.handler = options->handler,
		.request = options->request,
		.reply_bytes = options->reply_bytes,
	};
	void *library;
	int result;

	if (options->handler == NULL) {
		return 0;
	}
	if (dialogue_load_handler(options->handler, &library, session->error,
		sizeof(session->error)) == NULL) {
		return -EINVAL;
	}
	if (options->driver != NULL) {
		return 0;
	}
	result = dialogue_init(&session->dialogue, &plan, session->error,
	    sizeof(session->error));
	session->has_dialogue = result == 0;
	return result == 0 ? 0 : -EINVAL;
}

int
session_prepare(struct session *session)
{
	int result = find_programs(session);

	if (result == 0) {
		result = choose_variants(session);
	}
	if (result == 0) {
		result = describe_variants(session);
	}
	if (result == 0) {
		result = open_dialogue(session);
	}
	if (result != 0) {
		return result;
	}
	choose_workloads(session);
	for (size_t w = 0; w < session->n_workloads; w++) {
		describe_workload(session, &session->workloads[w]);
	}
	warn_of_sharing(session);
	return room_check(session);
}
