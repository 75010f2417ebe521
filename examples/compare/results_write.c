/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Results as JSON. The two outermost levels have a line for each member or
 * element, what is deeper stands in one line: a row of the tables is a line of
 * the file.
 */
#include "results.h"
#include "results_shape.h"

#include <errno.h>
#include <math.h>

#define LINES_DEPTH 2

struct writer {
	FILE *stream;
	int depth;
};

static void
open_group(struct writer *writer, char bracket)
{
	fputc(bracket, writer->stream);
	writer->depth++;
}

/* What stands before the i-th element. */
static void
separate(const struct writer *writer, size_t i)
{
	if (i > 0) {
		fputc(',', writer->stream);
	}
	if (writer->depth <= LINES_DEPTH) {
		fprintf(writer->stream, "\n%*s", writer->depth, "");
	} else if (i > 0) {
		fputc(' ', writer->stream);
	}
}

static void
close_group(struct writer *writer, char bracket, size_t n)
{
	writer->depth--;
	if (writer->depth < LINES_DEPTH && n > 0) {
		fprintf(writer->stream, "\n%*s", writer->depth, "");
	}
	fputc(bracket, writer->stream);
}

static void
write_text(const struct writer *writer, const char *text)
{
	FILE *stream = writer->stream;

	if (text == NULL) {
		fputs("null", stream);
		return;
	}
	fputc('"', stream);
	for (; *text != '\0'; text++) {
		unsigned char byte = (unsigned char)*text;

		if (byte == '"' || byte == '\\') {
			fprintf(stream, "\\%c", byte);
		} else if (byte < 0x20 || byte == 0x7f) {
			fprintf(stream, "\\u%04x", byte);
		} else {
			fputc(byte, stream);
		}
	}
	fputc('"', stream);
}

/* Counts in full, everything else to six digits, which is more than any
 * measurement here has. */
static void
write_number(const struct writer *writer, double number)
{
	if (!isfinite(number)) {
		fputs("null", writer->stream);
	} else if (number == floor(number) && fabs(number) < 1e15) {
		fprintf(writer->stream, "%.0f", number);
	} else {
		fprintf(writer->stream, "%.6g", number);
	}
}

static void write_object(struct writer *writer, const struct shape *shape,
    const char *object);

static void
write_numbers(struct writer *writer, const double *numbers, size_t n)
{
	open_group(writer, '[');
	for (size_t i = 0; i < n; i++) {
		separate(writer, i);
		write_number(writer, numbers[i]);
	}
	close_group(writer, ']', n);
}

static void
write_texts(struct writer *writer, char *const *texts, size_t n)
{
	open_group(writer, '[');
	for (size_t i = 0; i < n; i++) {
		separate(writer, i);
		write_text(writer, texts[i]);
	}
	close_group(writer, ']', n);
}

/* A map is an array here and one object there. */
static void
write_map(struct writer *writer, const struct shape *shape, const char *items,
    size_t n)
{
	open_group(writer, '{');
	for (size_t i = 0; i < n; i++) {
		const char *item = items + i * shape->size;

		separate(writer, i);
		write_text(writer,
		    *(char *const *)(const void *)(item +
			shape->members[0].offset));
		fputs(": ", writer->stream);
		write_text(writer,
		    *(char *const *)(const void *)(item +
			shape->members[1].offset));
	}
	close_group(writer, '}', n);
}

static void
write_objects(struct writer *writer, const struct shape *shape,
    const char *items, size_t n)
{
	if (shape->form == SHAPE_MAP) {
		write_map(writer, shape, items, n);
		return;
	}
	open_group(writer, '[');
	for (size_t i = 0; i < n; i++) {
		separate(writer, i);
		write_object(writer, shape, items + i * shape->size);
	}
	close_group(writer, ']', n);
}

static void
write_member(struct writer *writer, const struct member *member,
    const char *object)
{
	const void *at = object + member->offset;
	size_t n = member_count(member, object);

	switch (member->kind) {
	case MEMBER_TEXT:
	case MEMBER_MAYBE_TEXT:
		write_text(writer, *(char *const *)at);
		break;
	case MEMBER_NUMBER:
		write_number(writer, *(const double *)at);
		break;
	case MEMBER_FLAG:
		fputs(*(const bool *)at ? "true" : "false", writer->stream);
		break;
	case MEMBER_NUMBERS:
		write_numbers(writer, *(double *const *)at, n);
		break;
	case MEMBER_TEXTS:
		write_texts(writer, *(char *const *const *)at, n);
		break;
	case MEMBER_OBJECT:
		write_object(writer, member->shape, at);
		break;
	case MEMBER_OBJECTS:
		write_objects(writer, member->shape, *(char *const *)at, n);
		break;
	}
}

static void
write_object(struct writer *writer, const struct shape *shape,
    const char *object)
{
	bool is_tuple = shape->form == SHAPE_TUPLE;

	open_group(writer, is_tuple ? '[' : '{');
	for (size_t i = 0; i < shape->n_members; i++) {
		separate(writer, i);
		if (!is_tuple) {
			write_text(writer, shape->members[i].name);
			fputs(": ", writer->stream);
		}
		write_member(writer, &shape->members[i], object);
	}
	close_group(writer, is_tuple ? ']' : '}', shape->n_members);
}

int
results_write_json(const struct results *results, FILE *stream)
{
	struct writer writer = { .stream = stream };

	write_object(&writer, &results_shape, (const char *)results);
	fputc('\n', stream);
	return ferror(stream) != 0 || fflush(stream) != 0 ? -errno : 0;
}
