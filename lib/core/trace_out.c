/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/trace_out.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

enum {
	LONGEST = 1024
};

void
eln_out_begin(struct eln_out *out, echelon_trace_sink *sink, void *context)
{
	out->sink = sink;
	out->context = context;
	out->error = 0;
	out->used = 0;
}

static void
give(struct eln_out *out)
{
	if (out->error == 0 && out->used > 0) {
		out->error = out->sink(out->context, out->buffer, out->used);
	}
	out->used = 0;
}

void
eln_out_print(struct eln_out *out, const char *format, ...)
{
	va_list arguments;
	int length;

	if (sizeof(out->buffer) - out->used < LONGEST) {
		give(out);
	}
	va_start(arguments, format);
	length = vsnprintf(out->buffer + out->used, LONGEST, format, arguments);
	va_end(arguments);
	if (length > 0) {
		out->used += length < LONGEST ? (size_t)length : LONGEST - 1;
	}
}

void
eln_out_xml(struct eln_out *out, const char *text)
{
	for (; *text != '\0'; text++) {
		switch (*text) {
		case '<':
			eln_out_print(out, "&lt;");
			break;
		case '>':
			eln_out_print(out, "&gt;");
			break;
		case '&':
			eln_out_print(out, "&amp;");
			break;
		case '"':
			eln_out_print(out, "&quot;");
			break;
		default:
			eln_out_print(out, "%c",
			    (unsigned char)*text < ' ' ? ' ' : *text);
			break;
		}
	}
}

void
eln_out_json(struct eln_out *out, const char *text)
{
	for (; *text != '\0'; text++) {
		bool quoted = *text == '"' || *text == '\\';

		eln_out_print(out, "%s%c", quoted ? "\\" : "",
		    (unsigned char)*text < ' ' ? ' ' : *text);
	}
}

int
eln_out_end(struct eln_out *out)
{
	give(out);
	return out->error;
}
