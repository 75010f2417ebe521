/* SPDX-License-Identifier: BSD-2-Clause */
#include "html.h"

#include "text.h"

#include <math.h>
#include <string.h>

/* Between a number and its unit no line ends. */
#define UNIT_SPACE "\u00a0"

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

static void
format_time(char *text, size_t size, double us)
{
	const char *unit = "\u00b5s";

	if (isnan(us)) {
		snprintf(text, size, "n/a");
		return;
	}
	if (us >= 999500) {
		us /= 1e6;
		unit = "s";
	} else if (us >= 999.5) {
		us /= 1e3;
		unit = "ms";
	}
	snprintf(text, size, "%.*f" UNIT_SPACE "%s", count_digits(us), us,
	    unit);
}

void
html_time(FILE *stream, double us)
{
	char text[32];

	format_time(text, sizeof(text), us);
	fputs(text, stream);
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

static void
print_times(FILE *stream, double min, double max)
{
	char first[32];
	char last[32];
	const char *first_unit;
	const char *last_unit;

	format_time(first, sizeof(first), min);
	format_time(last, sizeof(last), max);
	first_unit = strstr(first, UNIT_SPACE);
	last_unit = strstr(last, UNIT_SPACE);
	if (first_unit != NULL && last_unit != NULL &&
	    strcmp(first_unit, last_unit) == 0) {
		first[first_unit - first] = '\0';
	}
	fprintf(stream, "%s\u2013%s", first, last);
}

void
html_range(FILE *stream, enum metric metric, double min, double max)
{
	if (metric == METRIC_RATE) {
		html_number(stream, min);
		fputs("\u2013", stream);
		html_number(stream, max);
	} else {
		print_times(stream, min, max);
	}
}

void
html_moment(FILE *stream, const char *iso)
{
	static const char form[] = "0000-00-00T00:00";
	bool fits = iso != NULL && strlen(iso) >= sizeof(form) - 1;

	for (size_t i = 0; fits && i < sizeof(form) - 1; i++) {
		fits = form[i] == '0' ? iso[i] >= '0' && iso[i] <= '9'
				      : iso[i] == form[i];
	}
	if (fits) {
		fprintf(stream, "%.10s %.5s UTC", iso, iso + 11);
	} else {
		html_text(stream, iso);
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
