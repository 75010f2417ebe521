/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The table: a row of medians, and under it a row of [smallest..largest] of
 * the repetitions, which is all that it takes to see whether two medians
 * differ.
 */
#include "report.h"

#include <echelon/echelon.h>

#include <string.h>

#define BUSY_MACHINE 0.5
#define BUSY_CLIENT 0.9

double
report_expected_seconds(const struct options *options)
{
	double seconds = 0;

	for (size_t w = 0; w < WORKLOADS; w++) {
		if (options->chosen[w]) {
			seconds += options_seconds(options, &workloads[w]) +
			    options_warm_seconds(options);
		}
	}
	return seconds * (double)options->n_patterns * (double)options->reps;
}

static void
print_warnings(FILE *stream, const struct machine *machine)
{
	if (machine->shared) {
		fputs("warning: the load generator shares a processor with "
		      "the servers; requests per\n"
		      "         second and latency are those of both, CPU per "
		      "request is still the server's\n",
		    stream);
	}
	if (machine->load > BUSY_MACHINE * machine->processors) {
		fputs("warning: the machine was busy before this began; "
		      "expect wide spreads\n",
		    stream);
	}
}

void
report_header(FILE *stream, const struct results *results)
{
	const struct machine *machine = results->machine;
	const struct options *options = results->options;
	char servers[256];
	char client[256];

	machine_list(&machine->servers, servers, sizeof(servers));
	machine_list(&machine->client, client, sizeof(client));
	fprintf(stream,
	    "echelon compare %s\n"
	    "machine: %d processor%s, %s; %s; load %.2f\n"
	    "pinned:  servers to processor %s, load generator to %s\n"
	    "plan:    %zu pattern%s in turns, %zu repetition%s, about %.0f "
	    "s\n",
	    echelon_version(), machine->processors,
	    machine->processors == 1 ? "" : "s", machine->model,
	    machine->kernel, machine->load, servers, client,
	    options->n_patterns, options->n_patterns == 1 ? "" : "s",
	    options->reps, options->reps == 1 ? "" : "s",
	    report_expected_seconds(options));
	print_warnings(stream, machine);
}

/* Three significant digits, of thousands and millions too, but never more
 * than four after the point: at most 5 characters, 6 below 0.1. */
static void
format_number(char *text, size_t size, double value)
{
	const char *unit = "";

	if (value >= 999500) {
		value /= 1e6;
		unit = "M";
	} else if (value >= 9995) {
		value /= 1e3;
		unit = "k";
	}
	snprintf(text, size, "%.*f%s",
	    value >= 99.95                      ? 0
		: value >= 9.995                ? 1
		: value >= 0.0995 || value == 0 ? 2
						: 4,
	    value, unit);
}

/* Room for "[99.9k..99.9k]"; what is counted per request may be small, and
 * then it is "[0.0999..0.0999]". */
static int
get_width(int metric)
{
	return metric < METRIC_CPU ? 14 : 16;
}

static void
print_row(FILE *stream, const struct cell *cell, const char *name, size_t width,
    bool medians)
{
	fprintf(stream, "  %-*s", (int)width, name);
	for (int m = 0; m < METRICS; m++) {
		struct spread spread = summarise(cell->values[m], cell->reps);
		char low[16];
		char high[16];
		char column[40];

		if (metric_infos[m].title == NULL) {
			continue;
		}
		format_number(low, sizeof(low),
		    medians ? spread.median : spread.min);
		format_number(high, sizeof(high), spread.max);
		snprintf(column, sizeof(column), medians ? "%s" : "[%s..%s]",
		    low, high);
		fprintf(stream, " %*s", get_width(m), column);
	}
	fputc('\n', stream);
}

static void
print_titles(FILE *stream, size_t width)
{
	fprintf(stream, "  %-*s", (int)width, "");
	for (int m = 0; m < METRICS; m++) {
		if (metric_infos[m].title != NULL) {
			fprintf(stream, " %*s", get_width(m),
			    metric_infos[m].title);
		}
	}
	fputc('\n', stream);
}

static void
print_conditions(FILE *stream, const struct workload *workload)
{
	fprintf(stream, "\n%s: %s; %zu connection%s", workload->name,
	    workload->about, workload->connections,
	    workload->connections == 1 ? "" : "s");
	if (workload->depth > 1) {
		fprintf(stream, ", %zu deep", workload->depth);
	}
	if (workload_is_open(workload)) {
		fprintf(stream, ", open loop, %u/s\n", workload->rate);
	} else {
		fputs(", closed loop\n", stream);
	}
}

/* What a reader must know before believing a row. */
static void
print_notes(FILE *stream, const struct results *results, size_t w)
{
	bool client_is_busy = false;

	for (size_t p = 0; p < results->options->n_patterns; p++) {
		const struct cell *cell = &results->cells[w][p];

		if (cell->overrun > 0) {
			fprintf(stream,
			    "  note: %s fell behind the rate in %zu of %zu "
			    "repetitions; its latency is that of a backlog\n",
			    results->options->patterns[p], cell->overrun,
			    cell->reps);
		}
		client_is_busy |= summarise(cell->values[METRIC_CLIENT],
				      cell->reps)
				      .median > BUSY_CLIENT;
	}
	if (client_is_busy) {
		fputs("  note: the load generator was busy all the time; a "
		      "faster server could do more than shown\n",
		    stream);
	}
}

void
report_verdict(char *text, size_t size, const struct results *results, size_t w)
{
	const char *names[PATTERNS_MAX];
	size_t n = results->options->n_patterns;

	for (size_t p = 0; p < n; p++) {
		names[p] = results->options->patterns[p];
	}
	summary_sentence(text, size, workload_is_open(&results->workloads[w]),
	    results->cells[w], names, n);
}

/* Breaks a sentence into lines of at most `width`, indented. */
static void
print_wrapped(FILE *stream, const char *text, size_t width)
{
	size_t column = 0;

	while (*text != '\0') {
		size_t word = strcspn(text, " ");

		if (column > 0 && column + 1 + word > width) {
			column = 0;
		}
		fprintf(stream, "%s%.*s", column > 0 ? " " : "\n  ", (int)word,
		    text);
		column += word + (column > 0);
		text += word;
		text += strspn(text, " ");
	}
	fputs(".\n", stream);
}

void
report_workload(FILE *stream, const struct results *results, size_t w)
{
	size_t n = results->options->n_patterns;
	size_t width = 8;
	char verdict[SENTENCE_MAX];

	for (size_t p = 0; p < n; p++) {
		size_t length = strlen(results->options->patterns[p]);

		width = length > width ? length : width;
	}
	print_conditions(stream, &results->workloads[w]);
	print_titles(stream, width);
	for (size_t p = 0; p < n; p++) {
		const struct cell *cell = &results->cells[w][p];

		print_row(stream, cell, results->options->patterns[p], width,
		    true);
		print_row(stream, cell, "", width, false);
	}
	print_notes(stream, results, w);
	report_verdict(verdict, sizeof(verdict), results, w);
	print_wrapped(stream, verdict, 100);
}
