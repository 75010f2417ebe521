/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A page of verdicts and figures.
 */
#include "report_html.h"

#include "text.h"

#include <errno.h>
#include <string.h>

static void
print_text(FILE *stream, const char *text)
{
	for (; *text != '\0'; text++) {
		switch (*text) {
		case '&':
			fputs("&amp;", stream);
			break;
		case '<':
			fputs("&lt;", stream);
			break;
		case '>':
			fputs("&gt;", stream);
			break;
		default:
			fputc(*text, stream);
		}
	}
}

static void
print_row(FILE *stream, const struct results_result *result)
{
	fputs("<tr><th>", stream);
	print_text(stream, result->variant);
	for (enum metric m = 0; m < METRICS; m++) {
		char number[24];

		text_number(number, sizeof(number), result->median[m].value);
		fprintf(stream, "<td>%s", number);
	}
	fputs("\n", stream);
}

static void
print_workload(FILE *stream, const struct results *results,
    const struct results_workload *workload)
{
	fputs("<h2>", stream);
	print_text(stream, workload->id);
	fputs("</h2>\n<p>", stream);
	print_text(stream, workload->verdict);
	fputs("\n<table>\n<tr><th>", stream);
	for (enum metric m = 0; m < METRICS; m++) {
		fprintf(stream, "<th>%s", metric_infos[m].title);
	}
	fputc('\n', stream);
	for (size_t i = 0; i < results->n_results; i++) {
		if (strcmp(results->results[i].workload, workload->id) == 0) {
			print_row(stream, &results->results[i]);
		}
	}
	fputs("</table>\n", stream);
}

int
report_html(const struct results *results, FILE *stream)
{
	fputs("<!DOCTYPE html>\n<meta charset=\"utf-8\">\n"
	      "<title>echelon compare</title>\n<h1>echelon compare</h1>\n",
	    stream);
	for (size_t w = 0; w < results->n_workloads; w++) {
		print_workload(stream, results, &results->workloads[w]);
	}
	return ferror(stream) != 0 ? -errno : 0;
}
