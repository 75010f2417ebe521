/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A workload has three small tables, one row a variant each: what it did, why
 * (table_reasons.c), and its sentence. The column "to hsha" has the ratio, its
 * interval and a mark: + better, - worse, = no difference seen, ? not judged.
 */
#include "table.h"

#include "crossover.h"
#include "progress.h"
#include "table_reasons.h"
#include "text.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define GREEN "\033[32m"
#define RED "\033[31m"
#define PLAIN "\033[0m"

static void
print_list(FILE *stream, const double *numbers, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		fprintf(stream, "%s%.0f", i > 0 ? "," : "", numbers[i]);
	}
}

void
table_header(FILE *stream, const struct results *results, double seconds)
{
	const struct results_machine *machine = &results->machine;
	const struct results_method *method = &results->method;

	fprintf(stream, "echelon compare %s\n", results->library.version);
	fprintf(stream, "machine: %.0f processor%s, %s; %s; load %.2f\n",
	    machine->processors, machine->processors == 1 ? "" : "s",
	    machine->model, machine->kernel, machine->load_before);
	fputs("pinned:  servers to processor ", stream);
	print_list(stream, method->server_processors,
	    method->n_server_processors);
	fputs(", load generator to ", stream);
	print_list(stream, method->client_processors,
	    method->n_client_processors);
	fprintf(stream, "%s\nplan:    %zu pattern%s in turns, %.0f round%s",
	    method->shares_processor ? ", which is shared" : "",
	    results->n_variants, results->n_variants == 1 ? "" : "s",
	    method->rounds, method->rounds == 1 ? "" : "s");
	if (seconds > 0) {
		fprintf(stream, ", about %.0f s\n", seconds);
	} else {
		fprintf(stream, ", measured %s\n", results->started);
	}
}

static void
print_conditions(FILE *stream, const struct results_workload *workload)
{
	fprintf(stream, "\n%s: %s; %.0f connection%s", workload->id,
	    workload->title, workload->connections,
	    workload->connections == 1 ? "" : "s");
	if (workload->depth > 1) {
		fprintf(stream, ", %.0f deep", workload->depth);
	}
	if (isnan(workload->rate)) {
		fputs(", closed loop\n", stream);
	} else {
		fprintf(stream, ", open loop, %.0f/s\n", workload->rate);
	}
}

static void
print_number(FILE *stream, int width, double value)
{
	char text[24];

	text_number(text, sizeof(text), value);
	fprintf(stream, " %*s", width, text);
}

/* Half of the way from the smallest to the largest, of the median. */
static void
print_spread(FILE *stream, const struct results_spread *spread)
{
	double part = (spread->max - spread->min) / 2 / spread->value * 100;
	char text[24];

	if (isnan(part) || part > 999) {
		snprintf(text, sizeof(text), "%s", isnan(part) ? "" : ">999%");
	} else {
		snprintf(text, sizeof(text), "%.0f%%", part);
	}
	fprintf(stream, " %5s", text);
}

static void
print_relative(FILE *stream, const struct results_relative *relative,
    bool is_first)
{
	bool colour = progress_has_colour(fileno(stream));
	const char *verdict = relative->verdict;
	char low[16];
	char high[16];
	char mark = '?';
	char text[64];

	if (is_first || isnan(relative->value)) {
		fprintf(stream, " %17s", is_first ? "1   " : "n/a  ");
		return;
	}
	if (strcmp(verdict, "better") == 0) {
		mark = '+';
	} else if (strcmp(verdict, "worse") == 0) {
		mark = '-';
	} else if (strcmp(verdict, "no difference seen") == 0) {
		mark = '=';
	}
	text_number(low, sizeof(low), relative->low);
	text_number(high, sizeof(high), relative->high);
	snprintf(text, sizeof(text), "%.2f %s..%s %c", relative->value, low,
	    high, mark);
	fprintf(stream, " %s%17s%s",
	    !colour           ? ""
		: mark == '+' ? GREEN
		: mark == '-' ? RED
			      : "",
	    text, colour ? PLAIN : "");
}

static void
print_result(FILE *stream, const struct results_result *result, size_t width,
    enum metric metric, bool is_first)
{
	const struct results_spread *median = result->median;

	fprintf(stream, "  %-*s", (int)width, result->variant);
	print_number(stream, 6, median[METRIC_RATE].value);
	print_number(stream, 7, median[METRIC_P50].value);
	print_number(stream, 7, median[METRIC_P99].value);
	print_number(stream, 8, median[METRIC_P999].value);
	print_number(stream, 6, median[METRIC_CPU].value);
	print_spread(stream, &median[metric]);
	print_relative(stream, &result->relative, is_first);
	fputc('\n', stream);
}

size_t
table_name_width(const struct results *results)
{
	size_t width = 12;

	for (size_t i = 0; i < results->n_variants; i++) {
		size_t length = strlen(results->variants[i].id);

		width = length > width ? length : width;
	}
	return width;
}

static void
print_figures(FILE *stream, const struct results *results,
    const struct results_workload *workload)
{
	size_t width = table_name_width(results);
	int metric = metric_find(workload->metric, strlen(workload->metric));
	const char *short_name;
	char to[24];

	metric = metric < 0 ? METRIC_RATE : metric;
	short_name = metric == METRIC_RATE ? "req/s" : "p99";
	snprintf(to, sizeof(to), "%s to first  ", short_name);
	fprintf(stream, "  %-*s %6s %7s %7s %8s %6s %5s %17s\n", (int)width, "",
	    "req/s", "p50 us", "p99 us", "p99.9 us", "CPU us", "+-", to);
	for (size_t v = 0; v < results->n_variants; v++) {
		const struct results_result *result = results_find(results,
		    workload->id, results->variants[v].id);

		if (result != NULL) {
			print_result(stream, result, width, (enum metric)metric,
			    v == 0);
		}
	}
}

static void
print_notes(FILE *stream, const struct results *results,
    const struct results_workload *workload)
{
	char note[700];

	for (size_t v = 0; v < results->n_variants; v++) {
		const struct results_result *result = results_find(results,
		    workload->id, results->variants[v].id);

		if (result != NULL && result->note != NULL) {
			snprintf(note, sizeof(note), "note: %s: %.500s",
			    result->variant, result->note);
			text_wrap(stream, note, "  ", TABLE_WIDTH);
		}
	}
}

void
table_workload(FILE *stream, const struct results *results,
    const struct results_workload *workload)
{
	print_conditions(stream, workload);
	print_figures(stream, results, workload);
	table_reasons(stream, results, workload);
	print_notes(stream, results, workload);
	text_wrap(stream, workload->verdict, "  ", TABLE_WIDTH);
	fflush(stream);
}

/* As many values as there is room for; all of them are in the files. */
static size_t
count_columns(const struct results_sweep *sweep, size_t width)
{
	size_t room = width + 2 < TABLE_WIDTH ? (TABLE_WIDTH - width - 2) / 9
					      : 1;

	return sweep->n_winners < room ? sweep->n_winners : room;
}

void
table_sweep(FILE *stream, const struct results *results,
    const struct results_sweep *sweep)
{
	size_t width = table_name_width(results);
	size_t columns = count_columns(sweep, width);
	char *sentence = crossover_sentence(sweep);
	char title[24];

	fprintf(stream, "\nsweep of %s: requests per second; %s\n  %-*s",
	    sweep->parameter, sweep->workload, (int)width, "");
	for (size_t i = 0; i < columns; i++) {
		text_value(title, sizeof(title), sweep->winners[i].value,
		    sweep->unit);
		fprintf(stream, " %8s", title);
	}
	fputc('\n', stream);
	for (size_t v = 0; v < results->n_variants; v++) {
		fprintf(stream, "  %-*s", (int)width, results->variants[v].id);
		for (size_t i = 0; i < columns; i++) {
			const struct results_point *point =
			    results_find_point(sweep, results->variants[v].id,
				sweep->winners[i].value);

			print_number(stream, 8,
			    point != NULL ? point->median : (double)NAN);
		}
		fputc('\n', stream);
	}
	text_wrap(stream, sentence, "  ", TABLE_WIDTH);
	free(sentence);
	fflush(stream);
}

void
table_warnings(FILE *stream, const struct results *results)
{
	char warning[700];

	for (size_t i = 0; i < results->n_warnings; i++) {
		snprintf(warning, sizeof(warning), "warning: %.600s",
		    results->warnings[i]);
		text_wrap(stream, warning, "", TABLE_WIDTH);
	}
}

void
table_all(FILE *stream, const struct results *results)
{
	table_header(stream, results, 0);
	for (size_t w = 0; w < results->n_workloads; w++) {
		table_workload(stream, results, &results->workloads[w]);
	}
	for (size_t i = 0; i < results->n_sweeps; i++) {
		table_sweep(stream, results, &results->sweeps[i]);
	}
	fputc('\n', stream);
	table_warnings(stream, results);
}
