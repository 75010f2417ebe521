/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * compare: one handler under several patterns.
 *
 *     arguments -> session (measures) -> results -> table, files, exit status
 *                  or a file of results ----^
 *
 * A variant is a pattern with settings; each measurement of one has a server
 * process of its own, which is this program once more.
 */
#include "about.h"
#include "expression.h"
#include "machine.h"
#include "noise.h"
#include "options.h"
#include "outputs.h"
#include "progress.h"
#include "server.h"
#include "session.h"
#include "table.h"

#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum {
	EXIT_USAGE = 2,
	EXIT_CONDITION = 3, /* --fail-if is true */
	EXIT_NO_PROGRAM = 69,
	EXIT_INTERRUPTED = 130
};

struct run {
	int argc;
	char **argv;
	struct options options;
	struct machine machine;
	struct outputs outputs;
	struct results results;
	bool has_results; /* some are complete */
	struct session session;
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
		fputs("compare: interrupted\n", stderr);
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
read_machine(struct run *run)
{
	struct machine *machine = &run->machine;
	int status;

	if (machine_read(machine) != 0) {
		return complain(1, "cannot read which processors there are");
	}
	status = choose_processors(machine, &machine->servers, "--server-cpus",
	    run->options.server_cpus);
	return status != 0 ? status
			   : choose_processors(machine, &machine->client,
				 "--client-cpus", run->options.client_cpus);
}

static int
prepare(struct run *run)
{
	struct session *session = &run->session;
	int result;

	*session = (struct session){ .options = &run->options,
		.machine = &run->machine,
		.results = &run->results,
		.table = run->outputs.table,
		.interrupted = &interrupted };
	about_begin(&run->results, &run->machine, &run->options, run->argc,
	    run->argv);
	machine_raise_descriptors();
	result = session_prepare(session);
	if (result != 0) {
		return complain(result == -EINVAL ? EXIT_USAGE
			: result == -ENOPKG       ? EXIT_NO_PROGRAM
						  : 1,
		    "%s", session->error);
	}
	if (machine_pin(&run->machine.client) != 0) {
		return complain(1, "cannot pin the load generator");
	}
	return 0;
}

/* The expression must be about what will be measured. */
static int
check_condition(struct run *run)
{
	char error[EXPRESSION_ERROR] = "";
	enum expression_value value;
	int result = 0;

	if (run->options.fail_if != NULL && run->results.n_workloads > 0) {
		result = expression_evaluate(run->options.fail_if,
		    &run->results, run->results.workloads[0].id, &value, error,
		    sizeof(error));
	}
	return result == 0 ? 0
			   : complain(EXIT_USAGE, "--fail-if: \"%s\" %s",
				 run->options.fail_if, error);
}

static void
warn_of_end(struct results *results, const char *why)
{
	*RESULTS_ADD(results->warnings, results->n_warnings) =
	    results_text("this is not all that was asked for: %s",
		interrupted ? "it was interrupted" : why);
}

/* What was complete when it failed is shown and kept as ever. */
static int
measure(struct run *run)
{
	struct noise_clock clock = noise_read();
	time_t begin = time(NULL);
	struct session *session = &run->session;
	FILE *table = run->outputs.table;
	struct noise noise;
	int status = 0;
	int result;

	table_header(table, &run->results, session_expected_seconds(session));
	fflush(table);
	result = session_run(session);
	if (result != 0) {
		const char *why = session->error[0] != '\0' ? session->error
							    : strerror(-result);

		status = complain(result == -EINVAL ? EXIT_USAGE : 1, "%s",
		    why);
		warn_of_end(&run->results, why);
	}
	run->has_results = session->n_done > 0;
	noise = noise_since(&clock);
	about_end(&run->results, difftime(time(NULL), begin), &noise);
	if (run->has_results) {
		fputc('\n', table);
		table_warnings(table, &run->results);
	}
	result = flush(table, "the table");
	return status != 0 ? status : result;
}

/* The results as they were measured before. */
static int
load_results(struct run *run)
{
	const char *path = run->options.from;
	FILE *stream = fopen(path, "re");
	char error[256];
	int result;

	if (stream == NULL) {
		return complain(1, "--from: \"%s\" cannot be opened: %s", path,
		    strerror(errno));
	}
	result = results_read_json(&run->results, stream, error, sizeof(error));
	fclose(stream);
	if (result != 0) {
		return complain(1, "--from: \"%s\": %s", path, error);
	}
	run->has_results = true;
	table_all(run->outputs.table, &run->results);
	return flush(run->outputs.table, "the table");
}

/* Is the expression true of any workload? */
static int
judge_condition(struct run *run)
{
	const struct results *results = &run->results;
	const char *expression = run->options.fail_if;
	char error[EXPRESSION_ERROR];
	size_t known = 0;
	int status = 0;

	for (size_t w = 0; w < results->n_workloads && expression != NULL;
	     w++) {
		enum expression_value value = EXPRESSION_UNKNOWN;

		if (expression_evaluate(expression, results,
			results->workloads[w].id, &value, error,
			sizeof(error)) != 0) {
			return complain(EXIT_USAGE, "--fail-if: \"%s\" %s",
			    expression, error);
		}
		known += value != EXPRESSION_UNKNOWN;
		if (value == EXPRESSION_TRUE) {
			status = complain(EXIT_CONDITION,
			    "--fail-if: %s: \"%s\" is true",
			    results->workloads[w].id, expression);
		}
	}
	if (expression != NULL && known == 0) {
		return complain(EXIT_USAGE,
		    "--fail-if: \"%s\" needs what was not measured",
		    expression);
	}
	return status;
}

static int
measure_all(struct run *run)
{
	int status = read_machine(run);

	catch_interrupts();
	if (status == 0) {
		status = prepare(run);
	}
	if (status == 0) {
		status = check_condition(run);
	}
	return status == 0 ? measure(run) : status;
}

static int
run_plan(struct run *run)
{
	char error[OUTPUT_ERROR];
	int status;

	if (outputs_open(&run->outputs, &run->options, error) != 0) {
		outputs_close(&run->outputs);
		return complain(1, "%s", error);
	}
	status = run->options.from != NULL ? load_results(run)
					   : measure_all(run);
	session_deinit(&run->session);
	results_round(&run->results);
	if (run->has_results &&
	    outputs_write(&run->outputs, &run->results, error) != 0) {
		status = complain(1, "%s", error);
	}
	outputs_close(&run->outputs);
	return status == 0 ? judge_condition(run) : status;
}

/* A handler is loaded here to look at it; what it does at the end of a process
 * is for its servers to wait for, not for us. */
static void
leave_to_handler(const struct options *options, int status)
{
	if (options->handler != NULL) {
		fflush(NULL);
		_exit(status);
	}
}

int
main(int argc, char **argv)
{
	struct run *run;
	char error[512];
	int status;

	if (argc > 1 && strcmp(argv[1], SERVER_ARGUMENT) == 0) {
		return serve(argc, argv);
	}
	run = calloc(1, sizeof(*run));
	if (run == NULL) {
		return complain(1, "out of memory");
	}
	run->argc = argc;
	run->argv = argv;
	if (options_parse(&run->options, argc, argv, error, sizeof(error)) !=
	    0) {
		status = complain(EXIT_USAGE, "%s", error);
	} else if (run->options.wants_help) {
		options_print_help(stdout);
		status = flush(stdout, "the help");
	} else {
		status = run_plan(run);
	}
	leave_to_handler(&run->options, status);
	results_deinit(&run->results);
	free(run);
	return status;
}
