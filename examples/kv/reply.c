/* SPDX-License-Identifier: BSD-2-Clause */
#include "reply.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	ERROR_ROOM = 512
};

void
reply_init(struct reply *reply, unsigned protocol)
{
	reply->protocol = protocol;
	reply->data = reply->few;
	reply->length = 0;
	reply->capacity = sizeof(reply->few);
	reply->overflowed = false;
}

void
reply_deinit(struct reply *reply)
{
	if (reply->data != reply->few) {
		free(reply->data);
	}
	reply_init(reply, reply->protocol);
}

static void
grow(struct reply *reply, size_t needed)
{
	size_t capacity = reply->capacity * 2;

	if (capacity < needed) {
		capacity = needed;
	}
	if (reply->data == reply->few) {
		reply->data = memory_get(capacity);
		memcpy(reply->data, reply->few, reply->length);
	} else {
		reply->data = memory_resize(reply->data, capacity);
	}
	reply->capacity = capacity;
}

/* Returns room for `bytes` more, or NULL when the reply is too long. */
static char *
reserve(struct reply *reply, size_t bytes)
{
	size_t needed = reply->length + bytes;

	if (needed > REPLY_MAX_BYTES) {
		reply->overflowed = true;
		return NULL;
	}
	if (needed > reply->capacity) {
		grow(reply, needed);
	}
	return reply->data + reply->length;
}

static void
append(struct reply *reply, struct slice bytes)
{
	char *room = reserve(reply, bytes.length);

	if (room != NULL) {
		memcpy(room, bytes.data, bytes.length);
		reply->length += bytes.length;
	}
}

/* The first line of everything that begins with a number; returns its end. */
static char *
put_head(char *room, char kind, int64_t number)
{
	*room++ = kind;
	room += integer_format(room, number);
	memcpy(room, "\r\n", 2);
	return room + 2;
}

static void
append_head(struct reply *reply, char kind, int64_t number)
{
	char *end = reserve(reply, INTEGER_ROOM + 3);

	if (end != NULL) {
		end = put_head(end, kind, number);
		reply->length = (size_t)(end - reply->data);
	}
}

void
reply_refuse(struct reply *reply)
{
	reply_deinit(reply);
	reply_error(reply, "ERR the reply is longer than the server's limit");
}

void
reply_status(struct reply *reply, const char *text)
{
	append(reply, slice_of("+"));
	append(reply, slice_of(text));
	append(reply, slice_of("\r\n"));
}

void
reply_error(struct reply *reply, const char *format, ...)
{
	char text[ERROR_ROOM];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	for (char *c = text; *c != '\0'; c++) {
		if (*c == '\r' || *c == '\n') {
			*c = ' ';
		}
	}
	append(reply, slice_of("-"));
	append(reply, slice_of(text));
	append(reply, slice_of("\r\n"));
}

void
reply_integer(struct reply *reply, int64_t value)
{
	append_head(reply, ':', value);
}

void
reply_bulk(struct reply *reply, struct slice bytes)
{
	size_t most = INTEGER_ROOM + 3 + bytes.length + 2;
	char *end = reserve(reply, most);

	if (end == NULL) {
		return;
	}
	end = put_head(end, '$', (int64_t)bytes.length);
	memcpy(end, bytes.data, bytes.length);
	end += bytes.length;
	memcpy(end, "\r\n", 2);
	reply->length = (size_t)(end + 2 - reply->data);
}

void
reply_bulk_text(struct reply *reply, const char *text)
{
	reply_bulk(reply, slice_of(text));
}

/* What RESP3 writes as one line: ",1.5", and RESP2 as a bulk string. */
static void
append_line_or_bulk(struct reply *reply, const char *kind, struct slice text)
{
	if (reply->protocol < 3) {
		reply_bulk(reply, text);
		return;
	}
	append(reply, slice_of(kind));
	append(reply, text);
	append(reply, slice_of("\r\n"));
}

void
reply_double(struct reply *reply, double value)
{
	char text[SCORE_ROOM];
	size_t length = score_format(text, value);

	append_line_or_bulk(reply, ",", (struct slice){ text, length });
}

void
reply_big_number(struct reply *reply, const char *digits)
{
	append_line_or_bulk(reply, "(", slice_of(digits));
}

void
reply_bool(struct reply *reply, bool value)
{
	if (reply->protocol < 3) {
		reply_integer(reply, value);
	} else {
		append(reply, slice_of(value ? "#t\r\n" : "#f\r\n"));
	}
}

void
reply_verbatim(struct reply *reply, struct slice text)
{
	static const char format[] = "txt:";

	if (reply->protocol < 3) {
		reply_bulk(reply, text);
		return;
	}
	append_head(reply, '=', (int64_t)(strlen(format) + text.length));
	append(reply, slice_of(format));
	append(reply, text);
	append(reply, slice_of("\r\n"));
}

void
reply_null(struct reply *reply)
{
	append(reply, slice_of(reply->protocol < 3 ? "$-1\r\n" : "_\r\n"));
}

void
reply_null_array(struct reply *reply)
{
	append(reply, slice_of(reply->protocol < 3 ? "*-1\r\n" : "_\r\n"));
}

void
reply_array(struct reply *reply, size_t n_elements)
{
	append_head(reply, '*', (int64_t)n_elements);
}

void
reply_set(struct reply *reply, size_t n_elements)
{
	append_head(reply, reply->protocol < 3 ? '*' : '~',
	    (int64_t)n_elements);
}

void
reply_map(struct reply *reply, size_t n_pairs)
{
	if (reply->protocol < 3) {
		reply_array(reply, 2 * n_pairs);
	} else {
		append_head(reply, '%', (int64_t)n_pairs);
	}
}

void
reply_pairs(struct reply *reply, size_t n_pairs)
{
	reply_array(reply, reply->protocol < 3 ? 2 * n_pairs : n_pairs);
}

void
reply_pair(struct reply *reply)
{
	if (reply->protocol >= 3) {
		reply_array(reply, 2);
	}
}
