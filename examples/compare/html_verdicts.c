/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A verdict is "ID: CLAUSE; CLAUSE; ...", a clause is "METRIC: WHO, BY HOW
 * MUCH". Both are taken apart here, for the eye to find the part it wants.
 */
#include "html.h"

#include <string.h>

enum {
	NAMED_IN_TITLE = 5
};

static const char *
plural(size_t n)
{
	return n == 1 ? "" : "s";
}

void
html_title(const struct results *results, FILE *stream)
{
	size_t n = results->n_variants;

	if (n > NAMED_IN_TITLE) {
		fprintf(stream, "%zu patterns compared", n);
		return;
	}
	for (size_t v = 0; v < n; v++) {
		html_text(stream, results->variants[v].id);
		if (v + 1 < n) {
			fputs(v + 2 < n ? ", " : " and ", stream);
		}
	}
	fputs(n > 1 ? " compared" : " measured", stream);
}

void
html_summary(const struct results *results, FILE *stream)
{
	const struct results_machine *machine = &results->machine;
	size_t n = results->n_warnings;

	fprintf(stream, "%zu workload%s, %.0f round%s each, in turns. ",
	    results->n_workloads, plural(results->n_workloads),
	    results->method.rounds, results->method.rounds == 1 ? "" : "s");
	html_text(stream, machine->model);
	fprintf(stream, ", %.0f processor%s, ", machine->processors,
	    machine->processors == 1 ? "" : "s");
	html_text(stream, machine->kernel);
	fputs(". <time>", stream);
	html_moment(stream, results->started);
	fputs("</time>", stream);
	if (n > 0) {
		fprintf(stream,
		    " <a class=\"alert\" href=\"#warnings\">%zu warning%s</a>",
		    n, plural(n));
	}
}

static void
print_clause(const struct results *results, FILE *stream, const char *text,
    size_t length)
{
	const char *colon = memchr(text, ':', length);

	fputs("<li>", stream);
	while (colon != NULL && colon[1] != ' ') {
		colon = memchr(colon + 1, ':',
		    length - (size_t)(colon + 1 - text));
	}
	if (colon != NULL) {
		fputs("<span class=\"metric\">", stream);
		html_sentence(stream, results, text, (size_t)(colon - text));
		fputs(":</span>", stream);
		length -= (size_t)(colon + 1 - text);
		text = colon + 1;
	}
	html_sentence(stream, results, text, length);
	fputs("</li>", stream);
}

void
html_clauses(const struct results *results, FILE *stream, const char *verdict)
{
	fputs("<ul class=\"clauses\">", stream);
	for (;;) {
		const char *end = strstr(verdict, "; ");

		print_clause(results, stream, verdict,
		    end != NULL ? (size_t)(end - verdict) : strlen(verdict));
		if (end == NULL) {
			break;
		}
		verdict = end + 2;
	}
	fputs("</ul>", stream);
}

/* A sweep may have the name of a workload. */
static bool
is_of_workload(const struct results *results, const char *verdict)
{
	const char *rest = strstr(verdict, ": ");

	for (size_t w = 0; w < results->n_workloads && rest != NULL; w++) {
		const struct results_workload *workload = &results
							       ->workloads[w];

		if (strncmp(verdict, workload->id, strlen(workload->id)) == 0 &&
		    strcmp(rest + 2, workload->verdict) == 0) {
			return true;
		}
	}
	return false;
}

void
html_verdicts(const struct results *results, FILE *stream)
{
	fputs("<dl class=\"verdicts\">\n", stream);
	for (size_t i = 0; i < results->n_verdicts; i++) {
		const char *verdict = results->verdicts[i];
		const char *rest = strstr(verdict, ": ");

		fputs(is_of_workload(results, verdict) ? "<dt>" : "<dt>sweep ",
		    stream);
		if (rest != NULL) {
			html_sentence(stream, results, verdict,
			    (size_t)(rest - verdict));
		}
		fputs("</dt><dd>", stream);
		html_clauses(results, stream,
		    rest != NULL ? rest + 2 : verdict);
		fputs("</dd>\n", stream);
	}
	fputs("</dl>", stream);
}

void
html_warnings(const struct results *results, FILE *stream)
{
	if (results->n_warnings == 0) {
		fputs("<p>None.</p>", stream);
		return;
	}
	fputs("<ul class=\"warnings\">\n", stream);
	for (size_t i = 0; i < results->n_warnings; i++) {
		fputs("<li>", stream);
		html_text(stream, results->warnings[i]);
		fputs("</li>\n", stream);
	}
	fputs("</ul>", stream);
}
