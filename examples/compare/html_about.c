/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What one needs to judge the figures, and to get them again.
 */
#include "html.h"

#include <math.h>
#include <string.h>

static void
open_row(FILE *stream, const char *title)
{
	fprintf(stream, "<tr><th scope=\"row\">%s<td>", title);
}

static void
close_row(FILE *stream)
{
	fputs("\n", stream);
}

static void
print_text(FILE *stream, const char *title, const char *text)
{
	open_row(stream, title);
	html_text(stream, text);
	close_row(stream);
}

static void
print_amount(FILE *stream, const char *title, double amount, int digits,
    const char *unit)
{
	open_row(stream, title);
	if (isnan(amount)) {
		fputs("not known", stream);
	} else {
		fprintf(stream, "%.*f%s", digits, amount, unit);
	}
	close_row(stream);
}

static void
print_processors(FILE *stream, const char *title, const double *numbers,
    size_t n)
{
	open_row(stream, title);
	for (size_t i = 0; i < n; i++) {
		fprintf(stream, "%s%.0f", i > 0 ? ", " : "", numbers[i]);
	}
	close_row(stream);
}

static void
print_library(FILE *stream, const struct results_library *library)
{
	print_text(stream, "echelon", library->version);
	print_text(stream, "commit", library->commit);
	print_text(stream, "compiler", library->compiler);
	print_text(stream, "build", library->build);
}

static void
print_method(FILE *stream, const struct results_method *method)
{
	print_amount(stream, "rounds", method->rounds, 0, "");
	print_amount(stream, "a closed loop runs", method->seconds, 3,
	    "\u00a0s");
	print_amount(stream, "after warming up for", method->warmup, 3,
	    "\u00a0s");
	print_processors(stream, "servers on processors",
	    method->server_processors, method->n_server_processors);
	print_processors(stream, "load generator on processors",
	    method->client_processors, method->n_client_processors);
	print_text(stream, "they share one",
	    method->shares_processor ? "yes" : "no");
	print_text(stream, "load generator", method->driver);
	print_text(stream, "what counts as different", method->test);
}

void
html_machine(const struct results *results, FILE *stream)
{
	const struct results_machine *machine = &results->machine;

	open_row(stream, "began");
	html_moment(stream, results->started);
	close_row(stream);
	print_amount(stream, "took", results->seconds, 0, "\u00a0s");
	print_text(stream, "processor", machine->model);
	print_amount(stream, "processors to use", machine->processors, 0, "");
	print_amount(stream, "memory", machine->memory_bytes / (1 << 30), 1,
	    "\u00a0GiB");
	print_text(stream, "kernel", machine->kernel);
	print_text(stream, "frequency governor", machine->governor);
	print_amount(stream, "load before", machine->load_before, 2, "");
	print_amount(stream, "load after", machine->load_after, 2, "");
	print_amount(stream, "time kept by the hypervisor",
	    machine->steal * 100, 2, "\u00a0%");
	print_library(stream, &results->library);
	print_method(stream, &results->method);
}

/* What the columns of the reasons count. */
void
html_counters(const struct results *results, FILE *stream)
{
	(void)results;
	for (int i = 0; i < COUNTERS; i++) {
		print_text(stream, counter_infos[i].title,
		    counter_infos[i].about);
	}
	print_text(stream, "in queue",
	    "the request was ready, and no thread had it");
	print_text(stream, "in handler", "from its call to its return");
	print_text(stream, "in output",
	    "from the handler's return to the last byte of the reply");
	print_text(stream, "other", "reading, framing, letting go");
}

static const char *
get_setting(const struct results_variant *variant, const char *key)
{
	for (size_t i = 0; i < variant->n_configuration; i++) {
		if (strcmp(variant->configuration[i].key, key) == 0) {
			return variant->configuration[i].value;
		}
	}
	return NULL;
}

static bool
is_common(const struct results *results, const char *key)
{
	const char *first = get_setting(&results->variants[0], key);

	for (size_t v = 1; v < results->n_variants; v++) {
		const char *other = get_setting(&results->variants[v], key);

		if (first == NULL || other == NULL ||
		    strcmp(first, other) != 0) {
			return false;
		}
	}
	return true;
}

static void
print_setting(FILE *stream, const struct results *results, const char *key,
    bool common)
{
	size_t n = common ? 1 : results->n_variants;

	fputs("<tr><th scope=\"row\">", stream);
	html_text(stream, key);
	for (size_t v = 0; v < n; v++) {
		if (common) {
			fprintf(stream, "<td colspan=\"%zu\">",
			    results->n_variants);
		} else {
			fputs("<td class=\"differs\">", stream);
		}
		html_text(stream, get_setting(&results->variants[v], key));
	}
	fputs("\n", stream);
}

static void
print_settings(FILE *stream, const struct results *results, bool common)
{
	const struct results_variant *first = &results->variants[0];

	for (size_t i = 0; i < first->n_configuration; i++) {
		const char *key = first->configuration[i].key;

		if (is_common(results, key) == common) {
			print_setting(stream, results, key, common);
		}
	}
}

void
html_configuration(const struct results *results, FILE *stream)
{
	if (results->n_variants == 0) {
		return;
	}
	fputs("<thead><tr><th scope=\"col\">setting", stream);
	for (size_t v = 0; v < results->n_variants; v++) {
		fputs("<th scope=\"col\" data-key=\"", stream);
		html_text(stream, results->variants[v].id);
		fputs("\">", stream);
		html_name(stream, results->variants[v].id);
	}
	fputs("\n<tbody>\n", stream);
	print_settings(stream, results, false);
	print_settings(stream, results, true);
}

void
html_command(const struct results *results, FILE *stream)
{
	html_text(stream, results->command);
}
