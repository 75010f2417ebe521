/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A sweep is a plot and its table: a column for each value, a row for each
 * variant, who wins marked, and a sentence for each crossing.
 */
#include "html.h"
#include "spread.h"

#include <math.h>
#include <string.h>

static void
print_value(FILE *stream, const struct results_sweep *sweep, double value)
{
	bool is_time = sweep->unit != NULL && strcmp(sweep->unit, "us") == 0;

	if (!is_time || value == 0) {
		fprintf(stream, "%g", value);
	} else if (value < 1e3) {
		fprintf(stream, "%g\u00a0\u00b5s", value);
	} else if (value < 1e6) {
		fprintf(stream, "%g\u00a0ms", value / 1e3);
	} else {
		fprintf(stream, "%g\u00a0s", value / 1e6);
	}
}

static void
print_cell(FILE *stream, const struct results_sweep *sweep,
    const struct results_winners *winners, const char *variant)
{
	const struct results_point *point = results_find_point(sweep, variant,
	    winners->value);
	enum metric metric = html_deciding(sweep->metric);
	bool wins = results_is_winner(winners, variant);

	if (point == NULL || isnan(point->median)) {
		fputs("<td>n/a", stream);
		return;
	}
	fprintf(stream, "<td%s>", wins ? " class=\"best\"" : "");
	html_metric(stream, metric, point->median);
	fputs("<small>", stream);
	html_range(stream, metric, point->min, point->max);
	fprintf(stream, "</small>%s",
	    !wins                          ? ""
		: winners->n_variants == 1 ? "<small>\u2605 best</small>"
					   : "<small>\u2606 unbeaten</small>");
}

static void
print_row(FILE *stream, const struct results_sweep *sweep, const char *variant)
{
	fputs("<tr><th scope=\"row\" data-key=\"", stream);
	html_text(stream, variant);
	fputs("\">", stream);
	html_name(stream, variant);
	for (size_t i = 0; i < sweep->n_winners; i++) {
		print_cell(stream, sweep, &sweep->winners[i], variant);
	}
	fputs("\n", stream);
}

static void
print_table(FILE *stream, const struct results *results,
    const struct results_sweep *sweep, size_t index)
{
	fprintf(stream,
	    "<div class=\"wide\" role=\"region\" tabindex=\"0\" "
	    "aria-label=\"sweep\"><table class=\"sweep\" data-sweep=\"%zu\">"
	    "<caption>%s by ",
	    index, html_metric_title(html_deciding(sweep->metric)));
	html_text(stream, sweep->parameter);
	fputs(": medians, and the smallest and largest; marked is whom "
	      "nobody beats, where somebody is behind</caption>\n"
	      "<thead><tr><th scope=\"col\">pattern",
	    stream);
	for (size_t i = 0; i < sweep->n_winners; i++) {
		fputs("<th scope=\"col\">", stream);
		print_value(stream, sweep, sweep->winners[i].value);
	}
	fputs("\n<tbody>\n", stream);
	for (size_t v = 0; v < results->n_variants; v++) {
		print_row(stream, sweep, results->variants[v].id);
	}
	fputs("</table></div>\n", stream);
}

static void
print_crossovers(FILE *stream, const struct results_sweep *sweep)
{
	for (size_t i = 0; i < sweep->n_crossovers; i++) {
		const struct results_crossover
		    *crossover = &sweep->crossovers[i];

		fputs("<li><b>", stream);
		html_name(stream, crossover->before);
		fputs("</b> is better at ", stream);
		print_value(stream, sweep, crossover->from);
		fputs(", <b>", stream);
		html_name(stream, crossover->after);
		fputs("</b> at ", stream);
		print_value(stream, sweep, crossover->to);
		fputs("</li>\n", stream);
	}
}

static bool
has_longer_window(const struct results_sweep *sweep)
{
	for (size_t i = 0; i < sweep->n_points; i++) {
		if (sweep->points[i].seconds > sweep->seconds) {
			return true;
		}
	}
	return false;
}

static void
print_sweep(FILE *stream, const struct results *results, size_t index)
{
	const struct results_sweep *sweep = &results->sweeps[index];

	fprintf(stream, "<section class=\"sweep\" id=\"s-%zu\">\n<h2>", index);
	fputs("Sweep of ", stream);
	html_text(stream, sweep->parameter);
	fputs(" <small>", stream);
	html_text(stream, sweep->workload);
	fprintf(stream, "; %g rounds of %g s%s", sweep->rounds, sweep->seconds,
	    has_longer_window(sweep) ? " or more" : "");
	fputs("</small></h2>\n<ul class=\"clauses\">", stream);
	print_crossovers(stream, sweep);
	if (sweep->rounds < ROUNDS_FOR_VERDICT) {
		fputs("<li>" TOO_FEW_ROUNDS "</li>", stream);
	} else if (sweep->n_crossovers == 0) {
		fputs("<li>No crossing was seen.</li>", stream);
	}
	fprintf(stream,
	    "</ul>\n<figure data-plot=\"sweep\" data-sweep=\"%zu\">"
	    "<figcaption>Who wins at which value: medians, and the smallest "
	    "and largest</figcaption></figure>\n",
	    index);
	print_table(stream, results, sweep, index);
	fputs("</section>\n", stream);
}

void
html_sweeps(const struct results *results, FILE *stream)
{
	for (size_t i = 0; i < results->n_sweeps; i++) {
		print_sweep(stream, results, i);
	}
}
