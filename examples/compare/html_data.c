/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the script of the page works with. The results stand in it as JSON in
 * which no '<' occurs, so that nothing in them can end the element; the
 * plotting library as base64 of what gzip made of it, a third of its size.
 */
#include "html.h"
#include "html_assets.h"

#include <stdlib.h>
#include <string.h>

#define SHORTEST_US 1

/* Spaces between the tokens are left out. Of '<', which occurs within texts
 * alone, the escape is written. */
static void
print_compact(FILE *stream, const char *json, size_t length)
{
	bool in_text = false;

	for (size_t i = 0; i < length; i++) {
		char byte = json[i];

		if (byte == '\\' && in_text && i + 1 < length) {
			fputc(byte, stream);
			fputc(json[++i], stream);
		} else if (byte == '<') {
			fputs("\\u003c", stream);
		} else if (in_text || (byte != ' ' && byte != '\n')) {
			in_text ^= byte == '"';
			fputc(byte, stream);
		}
	}
}

static void *
copy_array(const void *array, size_t n, size_t size)
{
	void *copy = calloc(n + 1, size);

	if (copy == NULL) {
		abort();
	}
	if (n > 0) {
		memcpy(copy, array, n * size);
	}
	return copy;
}

static struct results_timeline
leave_out_blinks(const struct results_timeline *timeline)
{
	struct results_timeline copy = *timeline;

	copy.spans = copy_array(timeline->spans, timeline->n_spans,
	    sizeof(*copy.spans));
	copy.n_spans = 0;
	for (size_t i = 0; i < timeline->n_spans; i++) {
		const struct results_span *span = &timeline->spans[i];

		if (span->end_us - span->begin_us >= SHORTEST_US) {
			copy.spans[copy.n_spans++] = *span;
		}
	}
	return copy;
}

/*
 * A shallow copy without what is not drawn and would be half of the file: the
 * rounds; the configuration, which stands in a table; and what took a thread
 * so short that no zoom shows it.
 */
static struct results
leave_out(const struct results *results)
{
	struct results copy = *results;

	copy.variants = copy_array(results->variants, results->n_variants,
	    sizeof(*copy.variants));
	for (size_t i = 0; i < copy.n_variants; i++) {
		copy.variants[i].n_configuration = 0;
	}
	copy.results = copy_array(results->results, results->n_results,
	    sizeof(*copy.results));
	for (size_t i = 0; i < copy.n_results; i++) {
		copy.results[i].n_rounds = 0;
	}
	copy.timelines = copy_array(results->timelines, results->n_timelines,
	    sizeof(*copy.timelines));
	for (size_t i = 0; i < copy.n_timelines; i++) {
		copy.timelines[i] = leave_out_blinks(&results->timelines[i]);
	}
	return copy;
}

static void
free_copy(struct results *copy)
{
	for (size_t i = 0; i < copy->n_timelines; i++) {
		free(copy->timelines[i].spans);
	}
	free(copy->timelines);
	free(copy->results);
	free(copy->variants);
}

void
html_data(const struct results *results, FILE *stream)
{
	struct results copy = leave_out(results);
	char *json = NULL;
	size_t length = 0;
	FILE *memory = open_memstream(&json, &length);

	if (memory == NULL || results_write_json(&copy, memory) != 0 ||
	    fclose(memory) != 0) {
		abort();
	}
	print_compact(stream, json, length);
	free(json);
	free_copy(&copy);
}

static void
print_group(FILE *stream, const unsigned char *bytes, size_t n)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				     "abcdefghijklmnopqrstuvwxyz"
				     "0123456789+/";
	unsigned group = (unsigned)bytes[0] << 16;

	group |= n > 1 ? (unsigned)bytes[1] << 8 : 0;
	group |= n > 2 ? (unsigned)bytes[2] : 0;
	for (size_t i = 0; i < 4; i++) {
		fputc(i <= n ? digits[group >> (18 - 6 * i) & 63] : '=',
		    stream);
	}
}

static bool
has_library(void)
{
	return html_chart.length > 0;
}

void
html_library(const struct results *results, FILE *stream)
{
	(void)results;
	for (size_t i = 0; i < html_chart.length; i += 3) {
		size_t left = html_chart.length - i;

		print_group(stream, html_chart.bytes + i, left < 3 ? left : 3);
	}
}

void
html_library_licence(const struct results *results, FILE *stream)
{
	(void)results;
	if (has_library()) {
		fwrite(html_chart_notice.bytes, 1, html_chart_notice.length,
		    stream);
	} else {
		fputs("none", stream);
	}
}
