/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the script of the page works with. The results stand in it as JSON in
 * which no '<' occurs, so that nothing in them can end the element; the
 * plotting library as base64 of what gzip made of it, a third of its size.
 */
#include "html.h"
#include "html_assets.h"

#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Lanes count in tenths of a microsecond. */
#define TENTHS 10
#define LONGEST_US 1e9

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

/*
 * A shallow copy without what would be most of the file: the rounds, which are
 * not drawn; the configuration, which stands in a table; and the spans, which
 * html_lanes() says shorter.
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
		copy.timelines[i].n_spans = 0;
	}
	return copy;
}

static void
free_copy(struct results *copy)
{
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

/* The letter of a role in a lane, or 0. */
static char
get_letter(const char *role)
{
	static const struct {
		const char *role;
		char letter;
	} letters[] = { { "asynchronous", 'a' }, { "leader", 'l' },
		{ "dispatching", 'd' }, { "processing", 'w' },
		{ "parked", 'p' }, { "searching", 's' } };

	for (size_t i = 0; i < sizeof(letters) / sizeof(*letters); i++) {
		if (strcmp(letters[i].role, role) == 0) {
			return letters[i].letter;
		}
	}
	return '\0';
}

static bool
is_plain(const char *handle)
{
	size_t i = 0;

	while (isalnum((unsigned char)handle[i])) {
		i++;
	}
	return i > 0 && handle[i] == '\0';
}

/* A file may have any numbers, and none. */
static bool
can_be_drawn(const struct results_span *span)
{
	return get_letter(span->role) != '\0' && span->begin_us >= 0 &&
	    span->end_us >= span->begin_us && span->end_us <= LONGEST_US;
}

/* Returns when the span ends. */
static long
print_span(FILE *stream, const struct results_span *span, long at)
{
	long begin;
	long end;

	if (!can_be_drawn(span)) {
		return at;
	}
	begin = lround(span->begin_us * TENTHS);
	end = lround(span->end_us * TENTHS);
	if (begin != at) {
		fprintf(stream, "_%ld ", begin - at);
	}
	fprintf(stream, "%c%ld", get_letter(span->role), end - begin);
	if (is_plain(span->handle)) {
		fprintf(stream, ",%s", span->handle);
	}
	fputc(' ', stream);
	return end;
}

static void
print_lane(FILE *stream, const struct results_timeline *timeline, size_t thread)
{
	long at = 0;

	fputc('"', stream);
	for (size_t i = 0; i < timeline->n_spans; i++) {
		const struct results_span *span = &timeline->spans[i];

		if (span->thread == (double)thread) {
			at = print_span(stream, span, at);
		}
	}
	fputc('"', stream);
}

void
html_lanes(const struct results *results, FILE *stream)
{
	fputc('[', stream);
	for (size_t i = 0; i < results->n_timelines; i++) {
		const struct results_timeline *timeline = &results
							       ->timelines[i];

		fputs(i > 0 ? ",\n[" : "[", stream);
		for (size_t t = 0; t < timeline->n_threads; t++) {
			fputs(t > 0 ? "," : "", stream);
			print_lane(stream, timeline, t);
		}
		fputc(']', stream);
	}
	fputc(']', stream);
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
