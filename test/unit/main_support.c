/* SPDX-License-Identifier: BSD-2-Clause */
#include "main_support.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/engine_config.h"

/* The engine. */

struct echelon_engine {
	struct eln_config *config;
	int stopped[2]; /* pipes: readable once stop was called, ... */
	int drained[2]; /* ... and once all is answered */
	char address[256];
};

struct plan plan;

static echelon_engine the_engine;

int
eln_engine_create_with(const struct echelon_options *options,
    struct eln_config *new, echelon_engine **engine)
{
	options->log(options->log_context, ECHELON_LOG_WARNING, "created");
	the_engine.config = new;
	*engine = &the_engine;
	return pipe(the_engine.stopped) == 0 ? 0 : -errno;
}

static void
print_change(void *context, const struct eln_key *key, const char *value)
{
	(void)context;
	fprintf(stderr, "applied %s.%s=%s\n", key->section, key->name, value);
}

int
eln_engine_apply(echelon_engine *engine, struct eln_config *new)
{
	eln_config_compare(engine->config, new, print_change, NULL);
	eln_config_destroy(engine->config);
	engine->config = new;
	return 0;
}

int
echelon_engine_listen(echelon_engine *engine, const char *address,
    const struct echelon_handler *handler, void *context)
{
	(void)handler;
	(void)context;
	snprintf(engine->address, sizeof(engine->address), "%s", address);
	return plan.listen_result;
}

int
echelon_engine_address(echelon_engine *engine, unsigned n, char *buffer,
    size_t size)
{
	(void)n;
	snprintf(buffer, size, "%s", engine->address);
	return 0;
}

int
echelon_engine_start(echelon_engine *engine)
{
	if (plan.stops_itself) {
		echelon_engine_stop(engine);
	}
	return plan.start_result;
}

static void
put_byte(int file)
{
	ck_assert_int_eq(write(file, "x", 1), 1);
}

void
echelon_engine_stop(echelon_engine *engine)
{
	put_byte(engine->stopped[1]);
	if (!plan.never_drains) {
		put_byte(engine->drained[1]);
	}
}

int
echelon_engine_wait(echelon_engine *engine)
{
	char byte;

	while (read(engine->stopped[0], &byte, 1) != 1) {
	}
	while (read(engine->drained[0], &byte, 1) != 1) {
	}
	return plan.wait_result;
}

size_t
echelon_engine_stuck(echelon_engine *engine, echelon_conn_id *ids, size_t n)
{
	(void)engine;
	for (size_t i = 0; i < n; i++) {
		ids[i] = 100 + i;
	}
	return 40;
}

int
echelon_engine_stats(echelon_engine *engine, struct echelon_stats *stats)
{
	(void)engine;
	stats->threads = 3;
	return 0;
}

int
echelon_trace_start(echelon_engine *engine, size_t events)
{
	(void)engine;
	fprintf(stderr, "tracing %zu events\n", events);
	return plan.trace_result;
}

void
echelon_trace_stop(echelon_engine *engine)
{
	(void)engine;
	fputs("tracing is over\n", stderr);
}

/* One event. */
size_t
echelon_trace_read(echelon_engine *engine, struct echelon_trace_event *events,
    size_t n)
{
	(void)engine;
	if (n > 0) {
		events[0] = (struct echelon_trace_event){ .thread = 3,
			.conn = UINT64_C(0x200000001),
			.kind = ECHELON_TRACE_QUEUED };
	}
	return 1;
}

void
echelon_engine_destroy(echelon_engine *engine)
{
	eln_config_destroy(engine->config);
	fputs("destroyed\n", stderr);
	if (plan.late_signal != 0) {
		kill(getpid(), plan.late_signal);
	}
}

/* The server's process. */

pid_t server;
static int output; /* the server's stdout and stderr, one stream */
char said[8192];
static size_t n_said;

static const struct echelon_handler nothing = ECHELON_HANDLER(.on_data = NULL);

/* Runs in the server's process; 99 tells of a mask that has changed. */
static int
run_server(int argc, char **argv)
{
	sigset_t before;
	sigset_t after;
	int status;

	sigemptyset(&before);
	sigaddset(&before, SIGUSR2);
	sigprocmask(SIG_SETMASK, &before, NULL);
	status = echelon_main(argc, argv, &nothing, NULL);
	sigprocmask(SIG_SETMASK, NULL, &after);
	for (int i = 1; i < SIGRTMIN; i++) {
		if (sigismember(&before, i) != sigismember(&after, i)) {
			return 99;
		}
	}
	return status;
}

/* Starts a server with these arguments, ended by NULL. */
void
start_server(const char *const *arguments)
{
	char *argv[16] = { strdup("/usr/bin/server") };
	int argc = 1;
	int ends[2];

	for (; arguments[argc - 1] != NULL; argc++) {
		argv[argc] = strdup(arguments[argc - 1]);
	}
	n_said = 0;
	said[0] = '\0';
	ck_assert_int_eq(pipe(ends), 0);
	ck_assert_int_eq(pipe(the_engine.drained), 0);
	server = fork();
	ck_assert_int_ge(server, 0);
	if (server == 0) {
		dup2(ends[1], STDOUT_FILENO);
		dup2(ends[1], STDERR_FILENO);
		close(ends[0]);
		close(ends[1]);
		if (plan.output != NULL &&
		    freopen(plan.output, "w", stdout) == NULL) {
			exit(98);
		}
		exit(run_server(argc, argv));
	}
	close(ends[1]);
	output = ends[0];
	for (int i = 0; i < argc; i++) {
		free(argv[i]);
	}
}

/* Reads on; false at the end. */
static bool
hear(void)
{
	ssize_t n = read(output, said + n_said, sizeof(said) - n_said - 1);

	ck_assert_int_ge(n, 0);
	n_said += (size_t)n;
	said[n_said] = '\0';
	return n > 0;
}

/* Waits until the server has said this. */
void
expect(const char *text)
{
	while (strstr(said, text) == NULL) {
		ck_assert_msg(hear(), "\"%s\" is not in:\n%s", text, said);
	}
}

/* Waits for the server's end and returns its exit status. */
int
finish_server(void)
{
	int status;

	while (hear()) {
	}
	close(output);
	ck_assert_int_eq(waitpid(server, &status, 0), server);
	ck_assert_msg(WIFEXITED(status), "killed by %d:\n%s", WTERMSIG(status),
	    said);
	return WEXITSTATUS(status);
}

/* The server has taken all signals that were sent to it. */
void
await_signals_taken(void)
{
	char path[64];
	char line[128];
	bool pending = true;

	snprintf(path, sizeof(path), "/proc/%d/status", (int)server);
	while (pending) {
		FILE *status = fopen(path, "r");

		ck_assert_ptr_nonnull(status);
		while (fgets(line, sizeof(line), status) != NULL) {
			if (strncmp(line, "ShdPnd:", 7) == 0) {
				pending = strtoull(line + 7, NULL, 16) != 0;
			}
		}
		ck_assert_int_eq(fclose(status), 0);
	}
}

void
write_file(const char *path, const char *text)
{
	FILE *file = fopen(path, "w");

	ck_assert_ptr_nonnull(file);
	fputs(text, file);
	ck_assert_int_eq(fclose(file), 0);
}

void
release_server(void)
{
	put_byte(the_engine.drained[1]);
}
