/* SPDX-License-Identifier: BSD-2-Clause */
#include "text.h"

#include <math.h>
#include <stdarg.h>
#include <string.h>

void
text_append(struct text *text, const char *format, ...)
{
	va_list arguments;
	int n;

	va_start(arguments, format);
	n = vsnprintf(text->at, text->room, format, arguments);
	va_end(arguments);
	if (n > 0 && text->room > 0) {
		size_t used = (size_t)n < text->room ? (size_t)n
						     : text->room - 1;

		text->at += used;
		text->room -= used;
	}
}

void
text_value(char *text, size_t size, double value, const char *unit)
{
	if (unit == NULL || value == 0) {
		snprintf(text, size, "%g", value);
	} else if (strcmp(unit, "us") != 0 || value < 1e3) {
		snprintf(text, size, "%g %s", value, unit);
	} else if (value < 1e6) {
		snprintf(text, size, "%g ms", value / 1e3);
	} else {
		snprintf(text, size, "%g s", value / 1e6);
	}
}

static int
count_digits(double value)
{
	if (value == 0 || value >= 99.95) {
		return 0;
	}
	if (value >= 9.995) {
		return 1;
	}
	return value >= 0.0995 ? 2 : 4;
}

void
text_number(char *text, size_t size, double value)
{
	const char *unit = "";

	if (isnan(value)) {
		snprintf(text, size, "n/a");
		return;
	}
	if (value >= 999500) {
		value /= 1e6;
		unit = "M";
	} else if (value >= 9995) {
		value /= 1e3;
		unit = "k";
	}
	snprintf(text, size, "%.*f%s", count_digits(value), value, unit);
}

void
text_wrap(FILE *stream, const char *text, const char *indent, size_t width)
{
	size_t column = 0;

	while (*text != '\0') {
		size_t word = strcspn(text, " ");

		if (column > 0 && column + 1 + word > width) {
			fputc('\n', stream);
			column = 0;
		}
		fprintf(stream, "%s%.*s", column > 0 ? " " : indent, (int)word,
		    text);
		column += word + (column > 0 ? 1 : strlen(indent));
		text += word;
		text += strspn(text, " ");
	}
	fputc('\n', stream);
}
