/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A workload is a section: its conditions, its verdict, what was measured,
 * the places for the two plots, and the reasons.
 */
#include "html.h"

#include <math.h>
#include <string.h>

enum {
	WHERE = 4
};

static const char *const where_titles[WHERE] = { "in queue", "in handler",
	"in output", "other" };

static void
print_conditions(FILE *stream, const struct results *results,
    const struct results_workload *workload)
{
	const struct results_method *method = &results->method;

	fprintf(stream, "<p class=\"conditions\">%.0f connection%s",
	    workload->connections, workload->connections == 1 ? "" : "s");
	if (workload->depth > 1) {
		fprintf(stream, ", %.0f requests in flight on each",
		    workload->depth);
	}
	if (isnan(workload->rate)) {
		fputs(", closed loop", stream);
	} else {
		fprintf(stream, ", open loop of %.0f requests/s",
		    workload->rate);
	}
	fputs("; servers on processor", stream);
	for (size_t i = 0; i < workload->n_server_processors; i++) {
		fprintf(stream, "%s %.0f", i > 0 ? "," : "",
		    workload->server_processors[i]);
	}
	fputs(", load generator on", stream);
	for (size_t i = 0; i < method->n_client_processors; i++) {
		fprintf(stream, "%s %.0f", i > 0 ? "," : "",
		    method->client_processors[i]);
	}
	fprintf(stream, "%s. What decides is %s.</p>\n",
	    workload->shares_processor ? ", which is <b>shared</b>" : "",
	    html_metric_title(html_deciding(workload->metric)));
}

static void
print_head(FILE *stream, const struct results_result *result)
{
	fputs("<tr><th scope=\"row\" data-key=\"", stream);
	html_text(stream, result->variant);
	fputs("\">", stream);
	html_name(stream, result->variant);
}

static void
print_spread(FILE *stream, enum metric metric,
    const struct results_spread *spread)
{
	fputs("<td>", stream);
	html_metric(stream, metric, spread->value);
	if (!isnan(spread->value)) {
		fputs("<small>", stream);
		html_range(stream, metric, spread->min, spread->max);
		fputs("</small>", stream);
	}
}

static const char *
name_class(const char *verdict)
{
	if (verdict == NULL || strcmp(verdict, "better") == 0) {
		return verdict == NULL ? "same" : "better";
	}
	return strcmp(verdict, "worse") == 0 ? "worse" : "same";
}

static void
print_relative(FILE *stream, const struct results_relative *relative,
    const char *variant)
{
	if (isnan(relative->value) || relative->to == NULL) {
		fputs("<td>n/a", stream);
	} else if (strcmp(relative->to, variant) == 0) {
		fputs("<td>1<small>the reference</small>", stream);
	} else {
		fprintf(stream,
		    "<td class=\"relative %s\">%.*f\u00d7<small>"
		    "%.*f\u2013%.*f</small><b>",
		    name_class(relative->verdict),
		    relative->value < 9.95 ? 2 : 0, relative->value,
		    relative->low < 9.95 ? 2 : 0, relative->low,
		    relative->high < 9.95 ? 2 : 0, relative->high);
		html_text(stream, relative->verdict);
		fputs("</b>", stream);
	}
}

static void
print_figures(FILE *stream, const struct results_result *result)
{
	print_head(stream, result);
	for (enum metric m = 0; m < METRICS; m++) {
		print_spread(stream, m, &result->median[m]);
	}
	print_relative(stream, &result->relative, result->variant);
	fputs("\n", stream);
	if (result->note != NULL) {
		fprintf(stream, "<tr class=\"note\"><td colspan=\"%d\">",
		    METRICS + 2);
		html_text(stream, result->note);
		fputs("\n", stream);
	}
}

static void
print_reasons(FILE *stream, const struct results_result *result)
{
	const struct results_where *where = &result->where;
	const double parts[WHERE] = { where->queue_us, where->handler_us,
		where->output_us, where->other_us };

	print_head(stream, result);
	for (int i = 0; i < COUNTERS; i++) {
		fputs("<td>", stream);
		html_number(stream, result->per_request[i]);
	}
	for (int i = 0; i < WHERE; i++) {
		fputs("<td>", stream);
		html_time(stream, parts[i]);
	}
	fputs("\n", stream);
}

static void
print_rows(FILE *stream, const struct results *results, const char *workload,
    void (*print)(FILE *, const struct results_result *))
{
	fputs("\n<tbody>\n", stream);
	for (size_t i = 0; i < results->n_results; i++) {
		if (strcmp(results->results[i].workload, workload) == 0) {
			print(stream, &results->results[i]);
		}
	}
	fputs("</table></div>\n", stream);
}

static void
open_table(FILE *stream, const char *class, const char *workload,
    const char *caption)
{
	fprintf(stream,
	    "<div class=\"wide\" role=\"region\" tabindex=\"0\" "
	    "aria-label=\"%s\"><table class=\"%s\" data-workload=\"",
	    caption, class);
	html_text(stream, workload);
	fprintf(stream,
	    "\"><caption>%s</caption>\n"
	    "<thead><tr><th scope=\"col\">pattern",
	    caption);
}

static void
print_figure_table(FILE *stream, const struct results *results,
    const struct results_workload *workload)
{
	enum metric deciding = html_deciding(workload->metric);

	open_table(stream, "figures", workload->id,
	    "Medians of the rounds, and the smallest and largest");
	for (enum metric m = 0; m < METRICS; m++) {
		fprintf(stream, "<th scope=\"col\"%s>%s",
		    m == deciding ? " class=\"deciding\"" : "",
		    html_metric_title(m));
	}
	fprintf(stream, "<th scope=\"col\">%s to the first",
	    html_metric_title(deciding));
	print_rows(stream, results, workload->id, print_figures);
}

static void
print_reason_table(FILE *stream, const struct results *results,
    const struct results_workload *workload)
{
	open_table(stream, "reasons", workload->id,
	    "The reasons: per request, on average");
	for (int i = 0; i < COUNTERS; i++) {
		fprintf(stream, "<th scope=\"col\" title=\"%s\">%s",
		    counter_infos[i].about, counter_infos[i].title);
	}
	for (int i = 0; i < WHERE; i++) {
		fprintf(stream, "<th scope=\"col\">%s", where_titles[i]);
	}
	print_rows(stream, results, workload->id, print_reasons);
}

static void
print_plot(FILE *stream, const char *kind, const char *workload,
    const char *caption)
{
	fprintf(stream, "<figure data-plot=\"%s\" data-workload=\"", kind);
	html_text(stream, workload);
	fprintf(stream, "\"><figcaption>%s</figcaption></figure>\n", caption);
}

static void
print_errors(FILE *stream, const struct results *results, const char *workload)
{
	for (size_t i = 0; i < results->n_results; i++) {
		const struct results_result *result = &results->results[i];

		if (strcmp(result->workload, workload) != 0) {
			continue;
		}
		for (size_t e = 0; e < result->n_errors; e++) {
			fputs("<p class=\"error\"><b>", stream);
			html_name(stream, result->variant);
			fputs("</b>: ", stream);
			html_text(stream, result->errors[e]);
			fputs("</p>\n", stream);
		}
	}
}

static void
print_workload(FILE *stream, const struct results *results,
    const struct results_workload *workload)
{
	fputs("<section class=\"workload\" id=\"w-", stream);
	html_text(stream, workload->id);
	fputs("\">\n<h2>", stream);
	html_text(stream, workload->id);
	fputs(" <small>", stream);
	html_text(stream, workload->title);
	fputs("</small></h2>\n", stream);
	print_conditions(stream, results, workload);
	html_clauses(results, stream, workload->verdict);
	print_errors(stream, results, workload->id);
	print_figure_table(stream, results, workload);
	fputs("<div class=\"pair\">\n", stream);
	print_plot(stream, "percentiles", workload->id,
	    "Latency, percentile by percentile");
	print_plot(stream, "where", workload->id,
	    "Where the time of a request goes");
	fputs("</div>\n", stream);
	print_reason_table(stream, results, workload);
	fputs("</section>\n", stream);
}

void
html_workloads(const struct results *results, FILE *stream)
{
	for (size_t w = 0; w < results->n_workloads; w++) {
		print_workload(stream, results, &results->workloads[w]);
	}
}
