/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * An engine is made and unmade here, and its settings are applied. How its
 * threads live is core/life.c, how it ends core/end.c.
 */

#include "core/engine.h"

#include <errno.h>
#include <string.h>

#include "base/contract.h"
#include "base/memory.h"
#include "core/config.h"
#include "core/connection.h"
#include "core/engine_config.h"
#include "core/message.h"
#include "core/options.h"
#include "core/trace.h"
#include "os/sys.h"

enum {
	RESERVED_DESCRIPTORS = 16,
	MOST_CONNECTIONS = 1000000,
	FEWEST_AUTOMATIC_THREADS = 16,
	AUTOMATIC_THREADS_PER_PROCESSOR = 4,
	MOST_AUTOMATIC_THREADS = 512
};

/* Which key each live setting comes from. */
static const enum eln_core_key live_keys[ELN_LIVE] = {
	[ELN_LIVE_CONNECTIONS] = ELN_LIMITS_CONNECTIONS,
	[ELN_LIVE_INPUT] = ELN_LIMITS_INPUT,
	[ELN_LIVE_OUTPUT] = ELN_LIMITS_OUTPUT,
	[ELN_LIVE_TURN] = ELN_LIMITS_TURN,
	[ELN_LIVE_MESSAGES] = ELN_LIMITS_MESSAGES,
	[ELN_LIVE_REQUEST] = ELN_DEADLINES_REQUEST,
	[ELN_LIVE_IDLE] = ELN_DEADLINES_IDLE,
	[ELN_LIVE_WRITE_STALL] = ELN_DEADLINES_WRITE_STALL,
	[ELN_LIVE_LINGER] = ELN_DEADLINES_LINGER,
	[ELN_LIVE_DRAIN] = ELN_DEADLINES_DRAIN,
	[ELN_LIVE_REPORT] = ELN_DEADLINES_REPORT,
	[ELN_LIVE_LOG_LEVEL] = ELN_LOG_LEVEL,
};

struct eln_handle *
eln_engine_handle(struct echelon_engine *engine, uint32_t slot)
{
	if ((slot & ELN_LISTENER_SLOT) != 0) {
		return &engine->listeners.all[slot & ~ELN_LISTENER_SLOT].handle;
	}
	return &eln_table_at(&engine->table, slot)->handle;
}

bool
eln_engine_is_stopping(const struct echelon_engine *engine)
{
	return eln_load32_sc(&engine->stopping) != 0;
}

bool
eln_engine_is_cut_off(const struct echelon_engine *engine)
{
	return eln_load32_sc(&engine->cut) != 0;
}

uint32_t
eln_engine_end_reasons(const struct echelon_engine *engine)
{
	uint32_t reasons = 0;

	if (eln_engine_is_stopping(engine)) {
		reasons |= ELN_REASON_DRAIN;
	}
	if (eln_engine_is_cut_off(engine)) {
		reasons |= ELN_REASON_CUT_OFF;
	}
	return reasons;
}

void
eln_engine_handle_opened(struct echelon_engine *engine)
{
	eln_add32(&engine->handles, 1);
}

void
eln_engine_handle_closed(struct echelon_engine *engine)
{
	if (eln_add32(&engine->handles, (uint32_t)-1) == 1 &&
	    eln_engine_is_stopping(engine)) {
		eln_monitor_ring(engine);
	}
}

void
eln_engine_signal_all(struct echelon_engine *engine, uint32_t reasons)
{
	uint32_t made = eln_table_made(&engine->table);

	/* Between what the caller has set (`stopping`) and the run words read
	 * below: a connection opened now is seen here, or sees it. */
	eln_fence();
	eln_listeners_signal(engine, reasons);
	for (uint32_t slot = 0; slot < made; slot++) {
		struct eln_handle *handle = &eln_table_at(&engine->table, slot)
						 ->handle;

		if (eln_run_signal(&handle->run,
			eln_run_generation(&handle->run),
			reasons) == ELN_MADE_READY) {
			eln_set_post(handle->set, handle);
		}
	}
}

#ifdef ELN_GHOSTS
uint64_t
eln_engine_progress(const struct echelon_engine *engine)
{
	uint32_t made = eln_crew_made(&engine->crew);
	uint64_t sum = 1;

	for (uint32_t i = 0; i < made; i++) {
		const struct eln_counters
		    *counters = &eln_crew_at(&engine->crew, i)->counters;

		/* Relaxed: that it changes is enough, and orders nothing. */
		sum += eln_load64_relaxed(&counters->n[ELN_TURNS]) +
		    eln_load64_relaxed(&counters->n[ELN_WAITS]);
	}
	return sum;
}
#endif

/* ---- settings ---- */

static void
apply_live(struct echelon_engine *engine, const struct eln_config *config)
{
	for (unsigned i = 0; i < ELN_LIVE; i++) {
		uint64_t value = eln_config_get(config, live_keys[i]);

		if (i == ELN_LIVE_LOG_LEVEL) {
			value += ECHELON_LOG_ERROR; /* from an index */
		}
		if (i == ELN_LIVE_CONNECTIONS &&
		    value > engine->table.capacity) {
			value = engine->table.capacity;
			eln_log(engine, ECHELON_LOG_INFO,
			    "limits.connections is %u: the limit of open "
			    "descriptors leaves no more",
			    engine->table.capacity);
		}
		eln_store64_relaxed(&engine->live[i], value);
	}
}

static void
log_waiting(void *context, const struct eln_key *key, const char *value)
{
	if (!key->live) {
		eln_log(context, ECHELON_LOG_WARNING,
		    "%s.%s = %s takes effect at the next start", key->section,
		    key->name, value);
	}
}

int
eln_engine_apply(echelon_engine *engine, struct eln_config *config)
{
	apply_live(engine, config);
	/* Compared with what the engine was made with, and runs with. */
	eln_config_compare(engine->config, config, log_waiting, engine);
	eln_config_destroy(config);
	/* There may be room for more, and deadlines may be earlier. */
	eln_listeners_look_again(engine);
	eln_engine_signal_all(engine, ELN_REASON_TIMER);
	eln_log(engine, ECHELON_LOG_INFO, "settings were read again");
	return 0;
}

int
echelon_engine_reload(echelon_engine *engine)
{
	struct eln_problem problem = { .text = "" };
	struct eln_config *config;
	int error = eln_options_read(&engine->options, &config, &problem);

	if (error != 0) {
		eln_log(engine, ECHELON_LOG_ERROR, "%s",
		    problem.text[0] != '\0' ? problem.text : strerror(-error));
		return error;
	}
	return eln_engine_apply(engine, config);
}

/* ---- making ---- */

static unsigned
wanted_threads(const struct eln_config *config)
{
	uint64_t threads = eln_config_get(config, ELN_ENGINE_THREADS);
	unsigned automatic = eln_os_processors() *
	    AUTOMATIC_THREADS_PER_PROCESSOR;

	if (threads != 0) {
		return (unsigned)threads;
	}
	if (automatic > MOST_AUTOMATIC_THREADS) {
		return MOST_AUTOMATIC_THREADS;
	}
	return automatic < FEWEST_AUTOMATIC_THREADS ? FEWEST_AUTOMATIC_THREADS
						    : automatic;
}

/** How many connections the process can have open. */
static uint32_t
possible_connections(const struct echelon_engine *engine)
{
	uint64_t limit = eln_os_descriptor_limit();
	uint64_t reserved = RESERVED_DESCRIPTORS + 2 * engine->n_sets;
	uint64_t each = engine->pattern->thread_each ? 2 : 1;
	uint64_t possible = limit > reserved ? (limit - reserved) / each : 1;

	if (possible > MOST_CONNECTIONS) {
		return MOST_CONNECTIONS;
	}
	return possible > 0 ? (uint32_t)possible : 1;
}

/** The configured one, as the pattern uses it. */
static const struct eln_demultiplexer *
wanted_demultiplexer(const struct echelon_engine *engine)
{
	const struct eln_config *config = engine->config;
	const struct eln_pattern *pattern = engine->pattern;
	const struct eln_demultiplexer
	    *demultiplexer = eln_demultiplexers[eln_config_get(config,
		ELN_ENGINE_DEMULTIPLEXER)];

	if (pattern->one_shot != NULL &&
	    pattern->one_shot(eln_config_pattern_values(config))) {
		return demultiplexer->one_shot;
	}
	return demultiplexer;
}

static int
make_sets(struct echelon_engine *engine, uint32_t capacity)
{
	const struct eln_demultiplexer
	    *demultiplexer = wanted_demultiplexer(engine);
	/* Slots are dealt to the sets in turns. */
	uint32_t each = capacity / engine->n_sets + 1;

	if (demultiplexer == NULL) {
		eln_log(engine, ECHELON_LOG_ERROR,
		    "this demultiplexer cannot watch for one event at a time");
		return -EINVAL;
	}
	engine->sets = eln_allocate(&engine->memory,
	    engine->n_sets * sizeof(*engine->sets));
	if (engine->sets == NULL) {
		return -ENOMEM;
	}
	for (unsigned i = 0; i < engine->n_sets; i++) {
		engine->sets[i].wakeup = -1;
	}
	for (unsigned i = 0; i < engine->n_sets; i++) {
		int error = eln_set_init(&engine->sets[i], engine,
		    demultiplexer, each + ELN_MOST_LISTENERS);

		if (error != 0) {
			return error;
		}
	}
	return 0;
}

/** How many sets and pool threads the pattern wants. Returns the latter. */
static unsigned
count_parts(struct echelon_engine *engine, const struct eln_pattern *pattern,
    const uint64_t *values)
{
	unsigned wanted = wanted_threads(engine->config);
	unsigned threads = eln_pattern_threads(pattern, values, wanted);
	unsigned waiters = 0;

	engine->pattern = pattern;
	engine->n_sets = pattern->n_sets == NULL
	    ? 1
	    : pattern->n_sets(values, wanted);
	if (pattern->n_waiters != NULL) {
		waiters = pattern->n_waiters(values);
	}
	engine->n_handler_threads = threads - waiters;
	return threads;
}

/** Everything that the settings say; what was made stays for unmake. */
static int
make(struct echelon_engine *engine)
{
	const uint64_t *values = eln_config_pattern_values(engine->config);
	const struct eln_pattern *pattern = eln_config_pattern(engine->config);
	unsigned threads = count_parts(engine, pattern, values);
	uint32_t capacity;
	int error;

	eln_monitor_init(engine);
	engine->stall_tick = eln_config_get(engine->config,
	    ELN_ENGINE_STALL_TICK);
	capacity = possible_connections(engine);
	error = make_sets(engine, capacity);
	if (error == 0) {
		error = eln_crew_init(&engine->crew, engine, threads,
		    threads + (pattern->thread_each ? 2 * capacity : 0));
	}
	if (error == 0) {
		error = eln_table_init(&engine->table, engine, capacity);
	}
	if (error == 0) {
		error = eln_listeners_init(engine);
	}
	if (error == 0) {
		error = pattern->create(engine, values, &engine->core);
	}
	if (error == 0) {
		apply_live(engine, engine->config);
	}
	return error;
}

/** Closes connections of an engine that never ran. */
static void
drop_connections(struct echelon_engine *engine)
{
	uint32_t made;

	if (engine->table.chunks == NULL) {
		return;
	}
	made = eln_table_made(&engine->table);
	for (uint32_t slot = 0; slot < made; slot++) {
		struct echelon_conn *conn = eln_table_at(&engine->table, slot);

		eln_connection_end_messages(conn);
		eln_input_clear(&conn->input, &engine->memory);
		eln_output_drop(&conn->output, &engine->memory);
		if (conn->handle.fd >= 0) {
			ELN_GHOST_GIVE(conn->handle.fd, &conn->handle);
			(void)eln_sys->close(conn->handle.fd);
		}
	}
}

static void
unmake(struct echelon_engine *engine)
{
	struct echelon_allocator memory = engine->memory;

	if (engine->core != NULL) {
		engine->pattern->destroy(engine->core);
	}
	if (engine->listeners.all != NULL) {
		eln_listeners_deinit(engine);
	}
	drop_connections(engine);
	eln_table_deinit(&engine->table);
	eln_trace_deinit(engine);
	eln_crew_deinit(&engine->crew);
	for (unsigned i = 0; engine->sets != NULL && i < engine->n_sets; i++) {
		eln_set_deinit(&engine->sets[i]);
	}
	eln_release(&memory, engine->sets);
	eln_config_destroy(engine->config);
	eln_options_deinit(&engine->options);
	eln_release(&memory, engine);
}

/** Makes an engine with a copy of the options; nothing is taken. */
static int
allocate(const struct echelon_options *options, echelon_engine **result)
{
	struct echelon_options copy;
	echelon_engine *engine;
	int error = eln_options_copy(&copy, options);

	if (error != 0) {
		return error;
	}
	engine = eln_allocate(&copy.allocator, sizeof(*engine));
	if (engine == NULL) {
		eln_options_deinit(&copy);
		return -ENOMEM;
	}
	engine->options = copy;
	engine->memory = copy.allocator;
	eln_store64_relaxed(&engine->live[ELN_LIVE_LOG_LEVEL],
	    ECHELON_LOG_INFO);
	*result = engine;
	return 0;
}

int
eln_engine_create_with(const struct echelon_options *options,
    struct eln_config *config, echelon_engine **result)
{
	echelon_engine *engine;
	int error = allocate(options, &engine);

	if (error != 0) {
		return error;
	}
	engine->config = config;
	error = make(engine);
	if (error != 0) {
		eln_log(engine, ECHELON_LOG_ERROR, "cannot make an engine: %s",
		    strerror(-error));
		engine->config = NULL;
		unmake(engine);
		return error;
	}
	*result = engine;
	return 0;
}

/** Says through the options' log function what was wrong. */
static void
log_problem(const struct echelon_options *options, const char *text)
{
	if (options->log != NULL && text[0] != '\0') {
		options->log(options->log_context, ECHELON_LOG_ERROR, text);
	}
}

int
echelon_engine_create(const struct echelon_options *options,
    echelon_engine **result)
{
	struct eln_problem problem = { .text = "" };
	struct echelon_options copy;
	struct eln_config *config;
	int error = eln_options_copy(&copy, options);

	if (error != 0) {
		return error;
	}
	error = eln_options_read(&copy, &config, &problem);
	if (error != 0) {
		log_problem(&copy, problem.text);
	} else {
		error = eln_engine_create_with(&copy, config, result);
		if (error != 0) {
			eln_config_destroy(config);
		}
	}
	eln_options_deinit(&copy);
	return error;
}

void
echelon_engine_destroy(echelon_engine *engine)
{
	if (engine == NULL) {
		return;
	}
	ELN_CONTRACT(!engine->started,
	    "an engine is destroyed after echelon_engine_wait returned 0");
	unmake(engine);
}
