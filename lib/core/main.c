/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A whole server in one call.
 *
 * Two threads beside the engine's: the caller's takes signals by sigwait,
 * and a *waiter* is in echelon_engine_wait. The waiter tells the caller of
 * the end by a signal to it alone, which is why the loop asks `ended` before
 * it looks at which signal came:
 *
 *   SIGTERM, SIGINT           stop; the waiter's wait returns in the end
 *   a handler called stop     the same, without a signal of the user's
 *   SIGTERM while draining    nothing: supervisors and wrappers send it twice
 *   SIGINT while draining     exit 1 at once: somebody sits there and wants it
 *   SIGHUP                    settings are built anew and applied
 *
 * Settings are built the same way every time: file, environment, arguments.
 */
#include <echelon/main.h>

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <echelon/engine.h>
#include <echelon/stats.h>
#include <echelon/version.h>

#include "base/compiler.h"
#include "core/config.h"
#include "core/config_value.h"
#include "core/engine_config.h"
#include "core/main_arguments.h"
#include "core/main_trace.h"
#include "core/pattern.h"
#include "os/thread.h"
#include "sync/atomic.h"

enum {
	STATUS_OK = 0,
	STATUS_FAILED = 1,
	STATUS_USAGE = 2
};

struct server {
	struct eln_arguments arguments;
	struct eln_main_trace trace;
	const struct echelon_handler *handler;
	void *context;
	echelon_engine *engine;
	const struct eln_pattern *pattern;
	char address[ELN_VALUE_SIZE]; /* to listen on */
	uint64_t log_level; /* of our own lines; the engine has its own */

	sigset_t signals; /* the three that are ours */
	bool stopping;

	pthread_t caller; /* [const] */
	struct eln_os_thread waiter;
	int result;                /* [waiter], until it has ended */
	struct eln_atomic32 ended; /* [atomic] */
};

/* One line is one call of fprintf, which keeps lines of threads apart. */
static void
write_log(void *context, enum echelon_log_level level, const char *text)
{
	static const char *const names[] = {
		[ECHELON_LOG_ERROR] = "error",
		[ECHELON_LOG_WARNING] = "warning",
		[ECHELON_LOG_INFO] = "info",
		[ECHELON_LOG_DEBUG] = "debug",
	};

	(void)context;
	fprintf(stderr, "echelon: %s: %s\n", names[level], text);
}

static void log_line(const struct server *server, enum echelon_log_level level,
    const char *format, ...) __attribute__((format(printf, 3, 4)));

static void
log_line(const struct server *server, enum echelon_log_level level,
    const char *format, ...)
{
	char text[768];
	va_list arguments;

	if (level > server->log_level) {
		return;
	}
	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	write_log(NULL, level, text);
}

/* What went wrong: the problem, where there is one. */
static const char *
explain(const struct eln_problem *problem, int error)
{
	return problem->text[0] != '\0' ? problem->text : strerror(-error);
}

/* The index of the choice log.level is that of enum echelon_log_level, but
 * from 0. */
static uint64_t
log_level_of(const struct eln_config *config)
{
	return eln_config_get(config, ELN_LOG_LEVEL) + ECHELON_LOG_ERROR;
}

static void
reload(struct server *server)
{
	struct eln_config *config;
	struct eln_problem problem;
	uint64_t log_level;
	int error = eln_arguments_build(&server->arguments, &config, &problem);

	if (error != 0) {
		log_line(server, ECHELON_LOG_ERROR,
		    "reload: nothing changed: %s", explain(&problem, error));
		return;
	}
	log_level = log_level_of(config);
	error = eln_engine_apply(server->engine, config);
	if (error != 0) {
		log_line(server, ECHELON_LOG_ERROR,
		    "reload: nothing changed: %s", strerror(-error));
		return;
	}
	server->log_level = log_level;
}

static void *
run_waiter(void *context)
{
	struct server *server = context;

	server->result = echelon_engine_wait(server->engine);
	/* Pairs with the acquire in serve. */
	eln_store32_release(&server->ended, 1);
	(void)pthread_kill(server->caller, SIGHUP);
	return NULL;
}

static void
stop(struct server *server, int signal)
{
	if (server->stopping && signal == SIGINT) {
		log_line(server, ECHELON_LOG_ERROR,
		    "interrupted while draining");
		/* Handlers run: nothing of this process can be taken down. */
		_exit(STATUS_FAILED);
	}
	if (!server->stopping) {
		server->stopping = true;
		log_line(server, ECHELON_LOG_INFO, "%s: draining",
		    signal == SIGINT ? "SIGINT" : "SIGTERM");
		echelon_engine_stop(server->engine);
	}
}

/* Takes signals until the engine has ended. */
static void
serve(struct server *server)
{
	for (;;) {
		int signal;

		(void)sigwait(&server->signals, &signal);
		/* Acquire: pairs with the release in run_waiter. */
		if (eln_load32_acquire(&server->ended) != 0) {
			return;
		}
		if (signal != SIGHUP) {
			stop(server, signal);
		} else if (!server->stopping) {
			reload(server);
		}
	}
}

static void
report_stuck(const struct server *server)
{
	echelon_conn_id ids[32];
	size_t n = echelon_engine_stuck(server->engine, ids, ELN_COUNT(ids));

	for (size_t i = 0; i < n && i < ELN_COUNT(ids); i++) {
		log_line(server, ECHELON_LOG_ERROR,
		    "handler of connection %" PRIx64 " has not returned",
		    ids[i]);
	}
	if (n > ELN_COUNT(ids)) {
		log_line(server, ECHELON_LOG_ERROR,
		    "and the handlers of %zu more", n - ELN_COUNT(ids));
	}
}

/* 0, or the exit status of a server whose trace could not be written. */
static int
write_trace(struct server *server)
{
	int error = eln_main_trace_write(&server->trace, server->engine);

	if (error == 0) {
		return STATUS_OK;
	}
	log_line(server, ECHELON_LOG_ERROR, "cannot write the trace: %s",
	    strerror(-error));
	return STATUS_FAILED;
}

/* After wait: the exit status; frees the engine if nothing uses it. */
static int
end(struct server *server)
{
	int status = write_trace(server);

	if (server->result == 0) {
		echelon_engine_destroy(server->engine);
		return status;
	}
	if (server->result == -ETIMEDOUT) {
		report_stuck(server);
	} else {
		log_line(server, ECHELON_LOG_ERROR, "cannot wait: %s",
		    strerror(-server->result));
	}
	return STATUS_FAILED;
}

static void
announce(const struct server *server)
{
	char address[256];
	int error = echelon_engine_address(server->engine, 0, address,
	    sizeof(address));

	if (error != 0) {
		log_line(server, ECHELON_LOG_ERROR,
		    "cannot tell the address: %s", strerror(-error));
		return;
	}
	printf("listening on %s\n", address);
	(void)fflush(stdout);
}

/* Says how handlers are served. */
static void
describe(const struct server *server)
{
	struct echelon_stats stats = { .size = sizeof(stats) };

	if (server->pattern->thread_each) {
		log_line(server, ECHELON_LOG_INFO,
		    "pattern %s, a thread for each connection",
		    server->pattern->name);
	} else if (echelon_engine_stats(server->engine, &stats) == 0) {
		log_line(server, ECHELON_LOG_INFO,
		    "pattern %s, %" PRIu64 " thread%s", server->pattern->name,
		    stats.threads, stats.threads == 1 ? "" : "s");
	}
}

/* Where the number of threads is not what it seems. */
static void
warn_of_threads(const struct server *server, const struct eln_config *config)
{
	const struct eln_pattern *pattern = server->pattern;
	const uint64_t *values = eln_config_pattern_values(config);
	bool has_choice = eln_pattern_threads(pattern, values, 1) !=
	    eln_pattern_threads(pattern, values, 2);

	if (!eln_config_is_given(config, ELN_ENGINE_THREADS)) {
		return;
	}
	if (!has_choice) {
		log_line(server, ECHELON_LOG_WARNING,
		    "engine.threads means nothing to pattern %s",
		    pattern->name);
	} else if (eln_config_get(config, ELN_ENGINE_THREADS) == 1) {
		log_line(server, ECHELON_LOG_WARNING,
		    "engine.threads is 1: while one handler blocks, nobody "
		    "else is served");
	}
}

/* Takes the config, also on failure. */
static int
create_engine(struct server *server, struct eln_config *config)
{
	struct echelon_options options = ECHELON_OPTIONS_INIT;
	int error;

	options.log = write_log;
	server->pattern = eln_config_pattern(config);
	server->log_level = log_level_of(config);
	snprintf(server->address, sizeof(server->address), "%s",
	    eln_config_text(config, ELN_ENGINE_LISTEN));
	warn_of_threads(server, config);
	error = eln_engine_create_with(&options, config, &server->engine);
	if (error != 0) {
		eln_config_destroy(config);
	}
	return error;
}

/* Starts the threads, the waiter too. */
static int
start(struct server *server)
{
	int error = eln_main_trace_start(&server->trace, server->engine);

	if (error == 0) {
		error = echelon_engine_start(server->engine);
	}
	if (error != 0) {
		echelon_engine_destroy(server->engine);
		return error;
	}
	error = eln_os_thread_start(&server->waiter, "echelon-wait", run_waiter,
	    server);
	if (error != 0) {
		echelon_engine_stop(server->engine);
		server->result = echelon_engine_wait(server->engine);
		(void)end(server);
	}
	return error;
}

/* All of a server's life, with its signals blocked. Why create or listen
 * failed the engine has logged. */
static int
run(struct server *server, struct eln_config *config)
{
	int error = create_engine(server, config);

	if (error != 0) {
		return STATUS_FAILED;
	}
	error = echelon_engine_listen(server->engine, server->address,
	    server->handler, server->context);
	if (error != 0) {
		echelon_engine_destroy(server->engine);
		return error == -EINVAL ? STATUS_USAGE : STATUS_FAILED;
	}
	error = start(server);
	if (error != 0) {
		log_line(server, ECHELON_LOG_ERROR, "cannot start: %s",
		    strerror(-error));
		return STATUS_FAILED;
	}
	announce(server);
	describe(server);
	serve(server);
	eln_os_thread_join(&server->waiter);
	return end(server);
}

/* Runs with our signals blocked, and leaves the caller's mask as it was. */
static int
run_with_signals(struct server *server, struct eln_config *config)
{
	const struct timespec now = { 0, 0 };
	sigset_t before;
	int status;

	sigemptyset(&server->signals);
	sigaddset(&server->signals, SIGTERM);
	sigaddset(&server->signals, SIGINT);
	sigaddset(&server->signals, SIGHUP);
	pthread_sigmask(SIG_BLOCK, &server->signals, &before);
	server->caller = pthread_self();
	status = run(server, config);
	/* The waiter's signal, or the user's second one, has come too late;
	 * pending it would kill the process now that it has drained. */
	while (sigtimedwait(&server->signals, NULL, &now) > 0) {
	}
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return status;
}

/* The exit status of a command whose result is its output. */
static int
finish_output(void)
{
	return fflush(stdout) == 0 && !ferror(stdout) ? STATUS_OK
						      : STATUS_FAILED;
}

static int
refuse(const struct eln_problem *problem, int error)
{
	write_log(NULL, ECHELON_LOG_ERROR, explain(problem, error));
	return STATUS_USAGE;
}

static int
run_configured(struct server *server)
{
	struct eln_problem problem;
	struct eln_config *config;
	int error = eln_arguments_build(&server->arguments, &config, &problem);
	int status;

	if (error != 0) {
		return refuse(&problem, error);
	}
	if (server->arguments.action == ELN_ACTION_PRINT_CONFIG) {
		eln_config_print(config, stdout);
		eln_config_destroy(config);
		return finish_output();
	}
	error = eln_main_trace_open(&server->trace,
	    eln_arguments_program(&server->arguments), config, &problem);
	if (error != 0) {
		eln_config_destroy(config);
		(void)refuse(&problem, error);
		return error == -EINVAL ? STATUS_USAGE : STATUS_FAILED;
	}
	status = run_with_signals(server, config);
	eln_main_trace_close(&server->trace);
	return status;
}

int
echelon_main(int argc, char **argv, const struct echelon_handler *handler,
    void *context)
{
	struct server server = { .handler = handler, .context = context };
	struct eln_problem problem;
	int error = eln_arguments_read(&server.arguments, argc, argv, &problem);

	if (error != 0) {
		return refuse(&problem, error);
	}
	switch (server.arguments.action) {
	case ELN_ACTION_HELP:
		eln_arguments_print_help(&server.arguments, stdout);
		return finish_output();
	case ELN_ACTION_VERSION:
		printf("echelon %s\n", echelon_version());
		return finish_output();
	case ELN_ACTION_SERVE:
	case ELN_ACTION_PRINT_CONFIG:
		break;
	}
	return run_configured(&server);
}
