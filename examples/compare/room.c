/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Both sides of a connection have the same limit of descriptors, which servers
 * inherit. What a server lets in is bounded by limits.connections as well; the
 * others would wait in its backlog, unanswered, until the load generator gives
 * up.
 */
#include "room.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

/* What a process has open beside its connections: the engine keeps back 16,
 * and has two for each set of handles. */
#define DESCRIPTORS_BESIDE 64

#define GREEDY_PATTERN "thread-per-connection"

static uint64_t
get_descriptor_limit(void)
{
	struct rlimit limit;

	return getrlimit(RLIMIT_NOFILE, &limit) == 0 ? limit.rlim_cur
						     : RLIM_INFINITY;
}

static const char *
find_setting(const struct results_variant *variant, const char *key)
{
	for (size_t i = 0; i < variant->n_configuration; i++) {
		if (strcmp(variant->configuration[i].key, key) == 0) {
			return variant->configuration[i].value;
		}
	}
	return NULL;
}

/* SIZE_MAX where nothing bounds it. */
static size_t
get_connection_limit(const struct results_variant *variant)
{
	const char *value = find_setting(variant, "limits.connections");
	char *end;
	size_t limit;

	if (value == NULL) {
		return SIZE_MAX;
	}
	limit = strtoul(value, &end, 10);
	return *end == '\0' && end != value ? limit : SIZE_MAX;
}

static int
check_variant(struct session *session, const struct results_variant *variant,
    const char *what, size_t connections)
{
	bool is_greedy = strcmp(variant->pattern, GREEDY_PATTERN) == 0;
	uint64_t needed = connections * (is_greedy ? 2 : 1) +
	    DESCRIPTORS_BESIDE;
	uint64_t limit = get_descriptor_limit();
	size_t allowed = get_connection_limit(variant);

	if (needed > limit) {
		snprintf(session->error, sizeof(session->error),
		    "%s: %zu connections with %s need about %llu descriptors, "
		    "and %llu may be open (ulimit -Hn)",
		    what, connections, variant->id, (unsigned long long)needed,
		    (unsigned long long)limit);
		return -EINVAL;
	}
	if (connections > allowed) {
		snprintf(session->error, sizeof(session->error),
		    "%s: %zu connections, and limits.connections of %s is %zu",
		    what, connections, variant->id, allowed);
		return -EINVAL;
	}
	return 0;
}

static int
check_connections(struct session *session, const char *what, size_t connections)
{
	const struct results *results = session->results;
	int result = 0;

	for (size_t v = 0; v < results->n_variants && result == 0; v++) {
		result = check_variant(session, &results->variants[v], what,
		    connections);
	}
	return result;
}

static int
check_threads(struct session *session, double threads)
{
	const struct options *options = session->options;
	const char *settings[SETTINGS_MAX + 2] = { NULL };
	char setting[40];
	char why[VARIANT_ERROR];

	memcpy(settings, options->settings,
	    options->n_settings * sizeof(*settings));
	snprintf(setting, sizeof(setting), "engine.threads=%.0f", threads);
	settings[options->n_settings] = setting;
	for (size_t v = 0; v < session->n_variants; v++) {
		const char *id = session->variants[v].id;

		if (!variant_exists(id, settings, why)) {
			snprintf(session->error, sizeof(session->error),
			    "--sweep threads=%.0f: %s: %.300s", threads, id,
			    why);
			return -EINVAL;
		}
	}
	return 0;
}

static int
check_sweep(struct session *session, const struct sweep_plan *plan)
{
	int result = 0;

	for (size_t i = 0; i < plan->n_values && result == 0; i++) {
		if (plan->parameter == SWEEP_THREADS) {
			result = check_threads(session, plan->values[i]);
		} else if (plan->parameter == SWEEP_CONNECTIONS) {
			result = check_connections(session,
			    "--sweep connections", (size_t)plan->values[i]);
		}
	}
	return result;
}

int
room_check(struct session *session)
{
	const struct options *options = session->options;
	int result = 0;

	for (size_t w = 0; w < session->n_workloads && result == 0; w++) {
		const struct workload *workload = &session->workloads[w];

		result = check_connections(session,
		    options->connections > 0 ? "--connections" : workload->name,
		    workload->connections);
	}
	for (size_t i = 0; i < options->n_sweeps && result == 0; i++) {
		result = check_sweep(session, &options->sweeps[i]);
	}
	return result;
}
