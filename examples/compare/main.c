/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * compare: one handler under several patterns.
 *
 * A variant is a pattern argument with a server process of its own, started
 * once and idle while others are measured. The plan, per workload:
 *
 *     repetition 0   A B C
 *     repetition 1   C B A
 *     repetition 2   A B C  ...
 *
 * so that what changes slowly on a machine falls on all of them alike. Each of
 * these letters is a step (step.h).
 *
 * There is one way out: every server is stopped or killed there.
 */
#include "machine.h"
#include "options.h"
#include "progress.h"
#include "report.h"
#include "server.h"
#include "step.h"

#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define EXIT_USAGE 2
#define EXIT_INTERRUPTED 130

struct run {
	struct options options;
	struct machine machine;
	struct results results;
	struct server servers[PATTERNS_MAX];
	size_t n_servers;
	size_t steps_done;
	size_t steps;
	FILE *table;
	FILE *json; /* NULL: not wanted */
};

static volatile sig_atomic_t interrupted;

static void
note_interrupt(int number)
{
	interrupted = number;
}

/* No SA_RESTART: what waits shall look at `interrupted`. */
static void
catch_interrupts(void)
{
	struct sigaction action = { .sa_handler = note_interrupt };

	sigemptyset(&action.sa_mask);
	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
	sigaction(SIGHUP, &action, NULL);
}

static int __attribute__((format(printf, 2, 3)))
complain(int status, const char *format, ...)
{
	va_list arguments;

	progress_clear();
	if (interrupted) {
		return EXIT_INTERRUPTED;
	}
	fputs("compare: ", stderr);
	va_start(arguments, format);
	vfprintf(stderr, format, arguments);
	va_end(arguments);
	fputc('\n', stderr);
	return status;
}

/* Says why what was printed has not arrived. */
static int
flush(FILE *stream, const char *what)
{
	if (ferror(stream) != 0 || fflush(stream) != 0) {
		return complain(1, "%s cannot be written: %s", what,
		    strerror(errno));
	}
	return 0;
}

static int
run_step(struct run *run, size_t w, size_t p, size_t rep)
{
	const struct workload *workload = &run->results.workloads[w];
	const struct step step = {
		.workload = workload,
		.seconds = options_seconds(&run->options, workload),
		.warm_seconds = options_warm_seconds(&run->options),
		.seed = rep + 1,
		.interrupted = &interrupted,
	};
	char error[STEP_ERROR];

	progress_show(run->steps_done++, run->steps, workload->name,
	    run->options.patterns[p]);
	if (step_run(&step, &run->servers[p], &run->results.cells[w][p],
		error) != 0) {
		return complain(1, "%s: %s: %s", run->options.patterns[p],
		    workload->name, error);
	}
	return 0;
}

static int
run_workload(struct run *run, size_t w)
{
	size_t n = run->options.n_patterns;
	int status = 0;

	for (size_t rep = 0; rep < run->options.reps; rep++) {
		for (size_t i = 0; i < n && status == 0; i++) {
			size_t p = rep % 2 == 0 ? i : n - 1 - i;

			status = run_step(run, w, p, rep);
		}
	}
	progress_clear();
	if (status == 0) {
		report_workload(run->table, &run->results, w);
		status = flush(run->table, "the table");
	}
	return status;
}

static int
run_workloads(struct run *run)
{
	int status = 0;

	for (size_t w = 0; w < WORKLOADS && status == 0; w++) {
		if (run->options.chosen[w]) {
			status = run_workload(run, w);
		}
	}
	return status;
}

static int
start_servers(struct run *run)
{
	const struct server_plan plan = {
		.cpus = &run->machine.servers,
		.settings = run->options.settings,
		.n_settings = run->options.n_settings,
	};

	while (run->n_servers < run->options.n_patterns) {
		size_t p = run->n_servers++;
		struct server *server = &run->servers[p];
		int result = server_start(server, &plan,
		    run->options.patterns[p]);

		if (result != 0) {
			char text[sizeof(server->error) + PATTERN_MAX + 16];

			options_explain(text, sizeof(text),
			    run->options.patterns[p], server->error);
			/* A setting that is none was in our arguments. */
			return complain(result == -EINVAL ? EXIT_USAGE : 1,
			    "%s", text);
		}
	}
	return 0;
}

static int
end_servers(struct run *run, int status)
{
	for (size_t p = 0; p < run->n_servers; p++) {
		struct server *server = &run->servers[p];

		if (status != 0) {
			server_kill(server);
		} else if (server_stop(server) != 0) {
			status = complain(1, "%s: %s", run->options.patterns[p],
			    server->error);
		}
	}
	return status;
}

/* Appending, so that what the file has stays until there is better. */
static int
open_json(struct run *run)
{
	const char *path = run->options.json;

	if (path != NULL) {
		run->json = strcmp(path, "-") == 0 ? stdout : fopen(path, "ae");
		if (run->json == NULL) {
			return complain(1,
			    "--json: \"%s\" cannot be opened: %s", path,
			    strerror(errno));
		}
	}
	return 0;
}

static int
write_json(struct run *run)
{
	int status;

	if (run->json == NULL) {
		return 0;
	}
	/* What cannot be cut, such as a pipe, has nothing to be cut. */
	if (run->json != stdout) {
		(void)!ftruncate(fileno(run->json), 0);
	}
	report_json(run->json, &run->results);
	status = flush(run->json, "the file of --json");
	if (run->json != stdout && fclose(run->json) != 0 && status == 0) {
		status = complain(1, "the file of --json: %s", strerror(errno));
	}
	return status;
}

/* The workloads as the flags want them. */
static void
plan_run(struct run *run)
{
	const struct options *options = &run->options;

	for (size_t w = 0; w < WORKLOADS; w++) {
		struct workload *workload = &run->results.workloads[w];

		*workload = workloads[w];
		if (options->connections > 0) {
			workload->connections = options->connections;
		}
		if (options->rate > 0 && workload_is_open(workload)) {
			workload->rate = options->rate;
		}
		run->steps += options->chosen[w]
		    ? options->reps * options->n_patterns
		    : 0;
	}
	run->results.options = options;
	run->results.machine = &run->machine;
	run->table = options->json != NULL && strcmp(options->json, "-") == 0
	    ? stderr
	    : stdout;
}

/* Before anything is said about a plan, all that it needs is there. */
static int
prepare(struct run *run)
{
	int status;

	machine_raise_descriptors();
	if (machine_pin(&run->machine.client) != 0) {
		return complain(1, "cannot pin the load generator");
	}
	status = start_servers(run);
	if (status == 0) {
		status = open_json(run);
	}
	if (status == 0) {
		report_header(run->table, &run->results);
		status = flush(run->table, "the table");
	}
	return status;
}

static int
run_plan(struct run *run)
{
	int status;

	plan_run(run);
	catch_interrupts();
	status = prepare(run);
	if (status == 0) {
		status = run_workloads(run);
	}
	status = end_servers(run, status);
	if (interrupted) {
		fputs("compare: interrupted\n", stderr);
		return EXIT_INTERRUPTED;
	}
	return status == 0 ? write_json(run) : status;
}

static int
choose_processors(struct machine *machine, cpu_set_t *cpus, const char *flag,
    const char *list)
{
	char usable[256];
	const char *wrong;

	if (list == NULL) {
		return 0;
	}
	wrong = machine_choose(machine, cpus, list);
	if (wrong == NULL) {
		return 0;
	}
	machine_list(&machine->allowed, usable, sizeof(usable));
	return complain(EXIT_USAGE, "%s: \"%s\" %s; usable: %s", flag, list,
	    wrong, usable);
}

static int
read_arguments(struct run *run, int argc, char **argv)
{
	struct options *options = &run->options;
	struct machine *machine = &run->machine;
	char error[256];
	int status;

	if (options_parse(options, argc, argv, error, sizeof(error)) != 0) {
		return complain(EXIT_USAGE, "%s", error);
	}
	if (machine_read(machine) != 0) {
		return complain(1, "cannot read which processors there are");
	}
	status = choose_processors(machine, &machine->servers, "--server-cpus",
	    options->server_cpus);
	return status != 0 ? status
			   : choose_processors(machine, &machine->client,
				 "--client-cpus", options->client_cpus);
}

int
main(int argc, char **argv)
{
	struct run *run;
	int status;

	if (argc > 1 && strcmp(argv[1], SERVER_ARGUMENT) == 0) {
		return serve(argc, argv);
	}
	run = calloc(1, sizeof(*run));
	if (run == NULL) {
		return complain(1, "out of memory");
	}
	status = read_arguments(run, argc, argv);
	if (status == 0 && run->options.wants_help) {
		options_print_help(stdout);
		status = flush(stdout, "the help");
	} else if (status == 0) {
		status = run_plan(run);
	}
	free(run);
	return status;
}
