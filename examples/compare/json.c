/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The report as one JSON object:
 *
 *   { "echelon": "0.1.0",
 *     "machine": { ... },
 *     "workloads": [ { "name": "echo", ..., "verdict": "...",
 *       "patterns": [ { "pattern": "lf", "overrun": 0, "samples": 41270,
 *         "metrics": { "p99_us": { "median": 1.5, "min": 1.4, "max": 1.6,
 *                                  "values": [ ... ] }, ... } } ] } ] }
 */
#include "report.h"

#include <echelon/echelon.h>

static void
print_string(FILE *stream, const char *text)
{
	fputc('"', stream);
	for (; *text != '\0'; text++) {
		unsigned char byte = (unsigned char)*text;

		if (byte == '"' || byte == '\\') {
			fprintf(stream, "\\%c", byte);
		} else if (byte < 0x20) {
			fprintf(stream, "\\u%04x", byte);
		} else {
			fputc(byte, stream);
		}
	}
	fputc('"', stream);
}

static void
print_member(FILE *stream, const char *name, const char *value)
{
	fprintf(stream, "\"%s\": ", name);
	print_string(stream, value);
}

static void
print_machine(FILE *stream, const struct machine *machine)
{
	char list[256];

	fprintf(stream, "  \"machine\": { \"processors\": %d, ",
	    machine->processors);
	print_member(stream, "model", machine->model);
	fputs(", ", stream);
	print_member(stream, "kernel", machine->kernel);
	fprintf(stream, ", \"load\": %.2f,\n    ", machine->load);
	machine_list(&machine->servers, list, sizeof(list));
	print_member(stream, "server_cpus", list);
	fputs(", ", stream);
	machine_list(&machine->client, list, sizeof(list));
	print_member(stream, "client_cpus", list);
	fprintf(stream, ", \"shared\": %s },\n",
	    machine->shared ? "true" : "false");
}

static void
print_metric(FILE *stream, const struct cell *cell, int metric)
{
	struct spread spread = summarise(cell->values[metric], cell->reps);

	fprintf(stream,
	    "            \"%s\": { \"median\": %.6g, \"min\": %.6g, "
	    "\"max\": %.6g, \"values\": [",
	    metric_infos[metric].key, spread.median, spread.min, spread.max);
	for (size_t i = 0; i < cell->reps; i++) {
		fprintf(stream, "%s%.6g", i > 0 ? ", " : "",
		    cell->values[metric][i]);
	}
	fputs("] }", stream);
}

static void
print_cell(FILE *stream, const struct results *results, size_t w, size_t p)
{
	const struct cell *cell = &results->cells[w][p];

	fputs("        { ", stream);
	print_member(stream, "pattern", results->options->patterns[p]);
	fprintf(stream,
	    ", \"overrun\": %zu, \"samples\": %zu, "
	    "\"metrics\": {\n",
	    cell->overrun, cell->samples);
	for (int m = 0; m < METRICS; m++) {
		print_metric(stream, cell, m);
		fputs(m + 1 < METRICS ? ",\n" : " } }", stream);
	}
}

static void
print_workload(FILE *stream, const struct results *results, size_t w)
{
	const struct workload *workload = &results->workloads[w];
	char verdict[SENTENCE_MAX];

	fputs("    { ", stream);
	print_member(stream, "name", workload->name);
	fprintf(stream,
	    ", \"loop\": \"%s\", \"connections\": %zu, \"depth\": %zu, "
	    "\"rate\": %u,\n      \"seconds\": %g,\n      ",
	    workload_is_open(workload) ? "open" : "closed",
	    workload->connections, workload->depth, workload->rate,
	    options_seconds(results->options, workload));
	report_verdict(verdict, sizeof(verdict), results, w);
	print_member(stream, "verdict", verdict);
	fputs(",\n      \"patterns\": [\n", stream);
	for (size_t p = 0; p < results->options->n_patterns; p++) {
		print_cell(stream, results, w, p);
		fputs(p + 1 < results->options->n_patterns ? ",\n" : " ] }",
		    stream);
	}
}

void
report_json(FILE *stream, const struct results *results)
{
	const char *comma = "";

	fputs("{ ", stream);
	print_member(stream, "echelon", echelon_version());
	fputs(",\n", stream);
	print_machine(stream, results->machine);
	fprintf(stream, "  \"repetitions\": %zu,\n  \"workloads\": [\n",
	    results->options->reps);
	for (size_t w = 0; w < WORKLOADS; w++) {
		if (results->options->chosen[w]) {
			fputs(comma, stream);
			print_workload(stream, results, w);
			comma = ",\n";
		}
	}
	fputs(" ] }\n", stream);
}
