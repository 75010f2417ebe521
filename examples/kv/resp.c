/* SPDX-License-Identifier: BSD-2-Clause */
#include "resp.h"

#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/*
 * "$0\r\n\r\n": an element takes at least these. The bound counts them but
 * for the last few elements, so that a short command with a mistake in it is
 * refused when the mistake comes, and does not wait for the rest.
 */
enum {
	SMALLEST_ELEMENT = 6,
	FEW_ELEMENTS = 64
};

struct cursor {
	const char *data;
	size_t length;
	size_t at;
	struct resp_scan scan;
};

__attribute__((format(printf, 2, 3))) static void
give_up(struct cursor *cursor, const char *format, ...)
{
	va_list arguments;

	cursor->scan.kind = RESP_BROKEN;
	cursor->scan.length = cursor->length;
	va_start(arguments, format);
	vsnprintf(cursor->scan.error, sizeof(cursor->scan.error), format,
	    arguments);
	va_end(arguments);
}

static void
want_more(struct cursor *cursor, size_t at_least)
{
	cursor->scan.kind = RESP_UNFINISHED;
	cursor->scan.length = at_least;
}

/*
 * Finds the line at the cursor and moves behind it. False: it has said why
 * not. A line that is too long is refused whether or not its end has come,
 * so that the answer does not depend on how the bytes were cut.
 */
static bool
take_line(struct cursor *cursor, const char *what, struct slice *line)
{
	const char *start = cursor->data + cursor->at;
	size_t left = cursor->length - cursor->at;
	size_t looked_at = left < RESP_LINE_BYTES + 1
	    ? left
	    : (size_t)RESP_LINE_BYTES + 1;
	const char *end = left == 0 ? NULL : memchr(start, '\r', looked_at);

	if (end == NULL && left > RESP_LINE_BYTES) {
		give_up(cursor, "too big %s count string", what);
		return false;
	}
	if (end == NULL || (size_t)(end - start) + 2 > left) {
		want_more(cursor, cursor->length + 1);
		return false;
	}
	*line = (struct slice){ start, (size_t)(end - start) };
	cursor->at += line->length + 2;
	return true;
}

static bool
take_count(struct cursor *cursor, int64_t *count)
{
	struct slice line;

	if (!take_line(cursor, "mbulk", &line)) {
		return false;
	}
	line.data++;
	line.length--;
	if (!integer_parse(line, count) || *count > INT_MAX) {
		give_up(cursor, "invalid multibulk length");
		return false;
	}
	return true;
}

/* Moves behind an element, whose last bytes may be still to come. */
static bool
take_element(struct cursor *cursor)
{
	struct slice line;
	int64_t bytes;

	if (!take_line(cursor, "bulk", &line)) {
		return false;
	}
	/* An empty line has length 0, and then its first byte is the CR. */
	if (line.data[0] != '$') {
		give_up(cursor, "expected '$', got '%c'", line.data[0]);
		return false;
	}
	line.data++;
	line.length--;
	if (!integer_parse(line, &bytes) || bytes < 0 ||
	    bytes > RESP_BULK_BYTES) {
		give_up(cursor, "invalid bulk length");
		return false;
	}
	cursor->at += (size_t)bytes + 2;
	return true;
}

static size_t
bound_of(const struct cursor *cursor, size_t n_missing)
{
	size_t bound = cursor->at;

	if (n_missing > FEW_ELEMENTS) {
		bound += (n_missing - FEW_ELEMENTS) * SMALLEST_ELEMENT;
	}
	return bound > cursor->length ? bound : cursor->length + 1;
}

static void
scan_array(struct cursor *cursor)
{
	int64_t count;
	size_t left;

	if (!take_count(cursor, &count)) {
		return;
	}
	left = count > 0 ? (size_t)count : 0;
	cursor->scan.n_elements = left;
	while (left > 0 && cursor->at < cursor->length &&
	    take_element(cursor)) {
		left--;
	}
	if (cursor->scan.kind == RESP_BROKEN) {
		return;
	}
	if (left > 0 || cursor->at > cursor->length) {
		want_more(cursor, bound_of(cursor, left));
		return;
	}
	cursor->scan.kind = RESP_ARRAY;
	cursor->scan.length = cursor->at;
}

static void
scan_inline(struct cursor *cursor)
{
	size_t looked_at = cursor->length < RESP_LINE_BYTES + 1
	    ? cursor->length
	    : (size_t)RESP_LINE_BYTES + 1;
	const char *end = memchr(cursor->data, '\n', looked_at);

	if (end != NULL) {
		cursor->scan.kind = RESP_INLINE;
		cursor->scan.length = (size_t)(end - cursor->data) + 1;
	} else if (cursor->length > RESP_LINE_BYTES) {
		give_up(cursor, "too big inline request");
	} else {
		want_more(cursor, cursor->length + 1);
	}
}

struct resp_scan
resp_scan(const char *data, size_t length)
{
	struct cursor cursor = { .data = data, .length = length };

	if (data[0] == '*') {
		scan_array(&cursor);
	} else {
		scan_inline(&cursor);
	}
	return cursor.scan;
}
