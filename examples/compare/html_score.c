/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One table of everything: a row for each variant, a column for each
 * workload, in a cell the metric that decides and how it stands to the others.
 * Who is marked is who the verdicts name, by the same rule.
 */
#include "html.h"
#include "verdict.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

struct column {
	const struct results_workload *workload;
	enum metric metric;
	bool may_claim;                        /* enough was run */
	size_t n_unbeaten;                     /* n: none beats another */
	const struct results_result **results; /* of the workload */
	struct verdict_place *places;
	size_t n;
};

static void
fill_column(struct column *column, const struct results *results,
    const struct results_workload *workload)
{
	column->workload = workload;
	column->metric = html_deciding(workload->metric);
	column->results = calloc(results->n_results + 1,
	    sizeof(*column->results));
	column->places = calloc(results->n_results + 1,
	    sizeof(*column->places));
	if (column->results == NULL || column->places == NULL) {
		abort();
	}
	for (size_t i = 0; i < results->n_results; i++) {
		if (strcmp(results->results[i].workload, workload->id) == 0) {
			column->results[column->n++] = &results->results[i];
		}
	}
	column->may_claim = verdict_is_judged(column->metric, column->results,
	    column->n);
	if (column->may_claim) {
		verdict_places(column->places, column->metric, column->results,
		    column->n);
	}
	for (size_t i = 0; i < column->n; i++) {
		column->n_unbeaten += column->places[i].standing == UNBEATEN;
	}
}

static void
empty_column(struct column *column)
{
	free(column->results);
	free(column->places);
}

/* "1.56x fewer", "170x longer": how far behind the first. */
static void
print_distance(FILE *stream, enum metric metric, double ratio)
{
	bool more = metric_infos[metric].more_is_better;
	double times = more ? ratio : 1 / ratio;

	if (times < 1.005) { /* another than the first beats it */
		fputs("behind", stream);
		return;
	}
	fprintf(stream, "%.*f\u00d7 %s", times < 9.95 ? 2 : 0, times,
	    more ? "fewer" : "longer");
}

static const char *
name_class(const struct column *column, size_t i)
{
	static const char *const classes[] = {
		[UNBEATEN] = "best",
		[BEHIND] = "behind",
		[UNDECIDED] = "undecided",
	};

	return column->n_unbeaten == column->n
	    ? "same"
	    : classes[column->places[i].standing];
}

static void
print_standing(FILE *stream, const struct column *column, size_t i)
{
	const struct verdict_place *place = &column->places[i];

	if (!column->may_claim) {
		fputs("not judged", stream);
	} else if (column->n_unbeaten == column->n) {
		fputs("no difference", stream);
	} else if (place->standing == BEHIND) {
		print_distance(stream, column->metric, place->ratio);
	} else if (place->standing == UNDECIDED) {
		fputs("undecided", stream);
	} else {
		fputs(column->n_unbeaten == 1 ? "\u2605 best"
					      : "\u2606 unbeaten",
		    stream);
	}
}

static void
print_cell(FILE *stream, const struct column *column, const char *variant)
{
	for (size_t i = 0; i < column->n; i++) {
		const struct results_result *result = column->results[i];

		if (strcmp(result->variant, variant) == 0) {
			fprintf(stream, "<td class=\"%s\">",
			    name_class(column, i));
			html_metric(stream, column->metric,
			    result->median[column->metric].value);
			fputs("<small>", stream);
			print_standing(stream, column, i);
			fputs(result->note != NULL ? " \u2020</small>"
						   : "</small>",
			    stream);
			return;
		}
	}
	fputs("<td>n/a", stream);
}

static void
print_variant(FILE *stream, const struct results_variant *variant,
    const struct column *columns, size_t n)
{
	fputs("<tr><th scope=\"row\" data-key=\"", stream);
	html_text(stream, variant->id);
	fputs("\"><b>", stream);
	html_name(stream, variant->id);
	fputs("</b><small>", stream);
	html_text(stream, variant->about);
	fputs("</small>", stream);
	for (size_t i = 0; i < n; i++) {
		print_cell(stream, &columns[i], variant->id);
	}
	fputs("\n", stream);
}

static void
print_titles(FILE *stream, const struct column *columns, size_t n)
{
	fputs("<thead><tr><th scope=\"col\">pattern", stream);
	for (size_t i = 0; i < n; i++) {
		const struct column *column = &columns[i];

		fputs("<th scope=\"col\"><a href=\"#w-", stream);
		html_text(stream, column->workload->id);
		fputs("\">", stream);
		html_name(stream, column->workload->id);
		fprintf(stream, "</a><small>%s</small>",
		    html_metric_title(column->metric));
	}
	fputs("\n", stream);
}

void
html_score(const struct results *results, FILE *stream)
{
	size_t n = results->n_workloads;
	struct column *columns = calloc(n + 1, sizeof(*columns));

	if (columns == NULL) {
		abort();
	}
	for (size_t i = 0; i < n; i++) {
		fill_column(&columns[i], results, &results->workloads[i]);
	}
	print_titles(stream, columns, n);
	fputs("<tbody>\n", stream);
	for (size_t i = 0; i < results->n_variants; i++) {
		print_variant(stream, &results->variants[i], columns, n);
	}
	for (size_t i = 0; i < n; i++) {
		empty_column(&columns[i]);
	}
	free(columns);
}
