/* SPDX-License-Identifier: BSD-2-Clause */
#include "markdown.h"

#include "text.h"

#include <errno.h>
#include <math.h>
#include <string.h>

/* What has a meaning in a table or in text loses it. */
static void
print_text(FILE *stream, const char *text)
{
	for (; *text != '\0'; text++) {
		if (strchr("|*_`<\\", *text) != NULL) {
			fputc('\\', stream);
		}
		fputc(*text == '\n' ? ' ' : *text, stream);
	}
}

static void
print_number(FILE *stream, double value)
{
	char text[24];

	text_number(text, sizeof(text), value);
	fprintf(stream, " %s |", text);
}

static void
print_spread(FILE *stream, const struct results_spread *spread)
{
	char value[24];
	char min[24];
	char max[24];

	if (isnan(spread->value)) {
		fputs(" n/a |", stream);
		return;
	}
	text_number(value, sizeof(value), spread->value);
	text_number(min, sizeof(min), spread->min);
	text_number(max, sizeof(max), spread->max);
	fprintf(stream, " %s (%s..%s) |", value, min, max);
}

static void
print_titles(FILE *stream, const char *const *titles, size_t n)
{
	fputs("| pattern |", stream);
	for (size_t i = 0; i < n; i++) {
		fprintf(stream, " %s |", titles[i]);
	}
	fputs("\n|---|", stream);
	for (size_t i = 0; i < n; i++) {
		fputs("---:|", stream);
	}
	fputc('\n', stream);
}

static void
print_name(FILE *stream, const char *name)
{
	fputs("| ", stream);
	print_text(stream, name);
	fputs(" |", stream);
}

static void
print_figures(FILE *stream, const struct results_result *result)
{
	const struct results_relative *relative = &result->relative;

	print_name(stream, result->variant);
	for (enum metric m = 0; m < METRICS; m++) {
		print_spread(stream, &result->median[m]);
	}
	if (isnan(relative->value)) {
		fputs(" n/a | |\n", stream);
	} else {
		fprintf(stream, " %.2f (%.2f..%.2f) | %s |\n", relative->value,
		    relative->low, relative->high, relative->verdict);
	}
}

static void
print_reasons(FILE *stream, const struct results_result *result)
{
	const struct results_where *where = &result->where;

	print_name(stream, result->variant);
	for (int i = 0; i < COUNTERS; i++) {
		print_number(stream, result->per_request[i]);
	}
	print_number(stream, where->queue_us);
	print_number(stream, where->handler_us);
	print_number(stream, where->output_us);
	print_number(stream, where->other_us);
	fputc('\n', stream);
}

static void
print_rows(FILE *stream, const struct results *results, const char *workload,
    void (*print)(FILE *, const struct results_result *))
{
	for (size_t i = 0; i < results->n_results; i++) {
		if (strcmp(results->results[i].workload, workload) == 0) {
			print(stream, &results->results[i]);
		}
	}
	fputc('\n', stream);
}

static void
print_notes(FILE *stream, const struct results *results, const char *workload)
{
	for (size_t i = 0; i < results->n_results; i++) {
		const struct results_result *result = &results->results[i];

		if (strcmp(result->workload, workload) == 0 &&
		    result->note != NULL) {
			fputs("- ", stream);
			print_text(stream, result->variant);
			fputs(": ", stream);
			print_text(stream, result->note);
			fputs("\n", stream);
		}
	}
}

static void
print_workload(FILE *stream, const struct results *results,
    const struct results_workload *workload)
{
	const char *titles[METRICS + 2];
	const char *reasons[COUNTERS + 4];
	char relative[64];

	snprintf(relative, sizeof(relative), "%s, relative", workload->metric);
	for (int i = 0; i < METRICS; i++) {
		titles[i] = metric_infos[i].title;
	}
	titles[METRICS] = relative;
	titles[METRICS + 1] = "verdict";
	for (int i = 0; i < COUNTERS; i++) {
		reasons[i] = counter_infos[i].title;
	}
	reasons[COUNTERS] = "in queue us";
	reasons[COUNTERS + 1] = "handler us";
	reasons[COUNTERS + 2] = "output us";
	reasons[COUNTERS + 3] = "other us";
	fprintf(stream, "\n## %s\n\n", workload->id);
	print_text(stream, workload->title);
	fprintf(stream, "; %.0f connections, %s loop.\n\n",
	    workload->connections, isnan(workload->rate) ? "closed" : "open");
	print_text(stream, workload->verdict);
	fputs(".\n\n", stream);
	print_titles(stream, titles, METRICS + 2);
	print_rows(stream, results, workload->id, print_figures);
	fputs("Per request, and where its time went:\n\n", stream);
	print_titles(stream, reasons, COUNTERS + 4);
	print_rows(stream, results, workload->id, print_reasons);
	print_notes(stream, results, workload->id);
}

static void
print_sweep(FILE *stream, const struct results_sweep *sweep)
{
	fprintf(stream, "\n## Sweep of %s\n\n", sweep->parameter);
	print_text(stream, sweep->workload);
	fprintf(stream,
	    "; %.0f rounds.\n\n"
	    "| %s%s%s | window s | pattern | %s |\n|---:|---:|---|---:|\n",
	    sweep->rounds, sweep->parameter, sweep->unit != NULL ? ", " : "",
	    sweep->unit != NULL ? sweep->unit : "", sweep->metric);
	for (size_t i = 0; i < sweep->n_points; i++) {
		const struct results_point *point = &sweep->points[i];
		const struct results_spread spread = { point->median,
			point->min, point->max };

		fprintf(stream, "| %g | %g ", point->value, point->seconds);
		print_name(stream, point->variant);
		print_spread(stream, &spread);
		fputc('\n', stream);
	}
}

static void
print_list(FILE *stream, const char *title, char *const *texts, size_t n)
{
	if (n > 0) {
		fprintf(stream, "\n%s:\n\n", title);
	}
	for (size_t i = 0; i < n; i++) {
		fputs("- ", stream);
		print_text(stream, texts[i]);
		fputc('\n', stream);
	}
}

int
report_markdown(const struct results *results, FILE *stream)
{
	const struct results_machine *machine = &results->machine;

	fprintf(stream, "# echelon compare %s\n\n", results->library.version);
	fprintf(stream, "%s, %.0f processors, ", results->started,
	    machine->processors);
	print_text(stream, machine->model);
	fputs(", ", stream);
	print_text(stream, machine->kernel);
	fputs(". Medians of ", stream);
	fprintf(stream, "%.0f rounds, smallest and largest in parentheses; ",
	    results->method.rounds);
	print_text(stream, results->method.test);
	fputs(".\n\n`", stream);
	fputs(results->command, stream);
	fputs("`\n", stream);
	print_list(stream, "Verdicts", results->verdicts, results->n_verdicts);
	print_list(stream, "Warnings", results->warnings, results->n_warnings);
	for (size_t w = 0; w < results->n_workloads; w++) {
		print_workload(stream, results, &results->workloads[w]);
	}
	for (size_t i = 0; i < results->n_sweeps; i++) {
		print_sweep(stream, &results->sweeps[i]);
	}
	return ferror(stream) != 0 || fflush(stream) != 0 ? -errno : 0;
}
