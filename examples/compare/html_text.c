/* SPDX-License-Identifier: BSD-2-Clause */
#include "html.h"

#include "text.h"

#include <math.h>
#include <string.h>

static void
print_byte(FILE *stream, char byte)
{
	switch (byte) {
	case '&':
		fputs("&amp;", stream);
		break;
	case '<':
		fputs("&lt;", stream);
		break;
	case '>':
		fputs("&gt;", stream);
		break;
	case '"':
		fputs("&quot;", stream);
		break;
	default:
		fputc(byte, stream);
	}
}

static void
print_bytes(FILE *stream, const char *text, size_t length)
{
	for (size_t i = 0; i < length; i++) {
		print_byte(stream, text[i]);
	}
}

void
html_text(FILE *stream, const char *text)
{
	text = text != NULL ? text : "not known";
	print_bytes(stream, text, strlen(text));
}

static void
print_name(FILE *stream, const char *name, size_t length)
{
	for (size_t i = 0; i < length; i++) {
		print_byte(stream, name[i]);
		if (name[i] == ':' || name[i] == '+') {
			fputs("<wbr>", stream);
		}
	}
}

void
html_name(FILE *stream, const char *name)
{
	print_name(stream, name, strlen(name));
}

static bool
may_be_in_name(char byte)
{
	return byte != '\0' && strchr(" ,;()'.", byte) == NULL;
}

/* The length of the id that the text begins with, or 0. */
static size_t
find_name(const struct results *results, const char *text, size_t room)
{
	for (size_t v = 0; v < results->n_variants; v++) {
		const char *id = results->variants[v].id;
		size_t length = strlen(id);

		if (length <= room && strncmp(text, id, length) == 0 &&
		    (length == room || !may_be_in_name(text[length]))) {
			return length;
		}
	}
	return 0;
}

void
html_sentence(FILE *stream, const struct results *results, const char *text,
    size_t length)
{
	bool may_begin = true;

	for (size_t i = 0; i < length;) {
		size_t name = may_begin
		    ? find_name(results, text + i, length - i)
		    : 0;

		if (name > 0) {
			fputs("<b>", stream);
			print_name(stream, text + i, name);
			fputs("</b>", stream);
			i += name;
			may_begin = false;
		} else {
			may_begin = !may_be_in_name(text[i]);
			print_byte(stream, text[i++]);
		}
	}
}

void
html_number(FILE *stream, double number)
{
	char text[24];

	text_number(text, sizeof(text), number);
	fputs(text, stream);
}

static int
count_digits(double value)
{
	if (value == 0 || value >= 99.95) {
		return 0;
	}
	return value >= 9.995 ? 1 : 2;
}

void
html_time(FILE *stream, double us)
{
	const char *unit = "\u00b5s";

	if (isnan(us)) {
		fputs("n/a", stream);
		return;
	}
	if (us >= 999500) {
		us /= 1e6;
		unit = "s";
	} else if (us >= 999.5) {
		us /= 1e3;
		unit = "ms";
	}
	fprintf(stream, "%.*f\u00a0%s", count_digits(us), us, unit);
}

void
html_metric(FILE *stream, enum metric metric, double value)
{
	if (metric == METRIC_RATE) {
		html_number(stream, value);
	} else {
		html_time(stream, value);
	}
}

const char *
html_metric_title(enum metric metric)
{
	static const char *const titles[METRICS] = {
		[METRIC_RATE] = "requests/s",
		[METRIC_P50] = "p50",
		[METRIC_P99] = "p99",
		[METRIC_P999] = "p99.9",
		[METRIC_MAX] = "longest",
		[METRIC_CPU] = "CPU per request",
	};

	return titles[metric];
}

enum metric
html_deciding(const char *key)
{
	int metric = key != NULL ? metric_find(key, strlen(key)) : -1;

	return metric < 0 ? METRIC_RATE : (enum metric)metric;
}
