/* SPDX-License-Identifier: BSD-2-Clause */
#include "request.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "resp.h"

static void
reserve_words(struct request *request, size_t capacity)
{
	size_t bytes = capacity * sizeof(*request->words);

	if (capacity <= request->capacity) {
		return;
	}
	if (request->words == request->few) {
		request->words = memory_get(bytes);
		memcpy(request->words, request->few, sizeof(request->few));
	} else {
		request->words = memory_resize(request->words, bytes);
	}
	request->capacity = capacity;
}

static void
add_word(struct request *request, struct slice word)
{
	if (request->n_words == request->capacity) {
		reserve_words(request, request->capacity * 2);
	}
	request->words[request->n_words++] = word;
}

/*
 * The reader's objects. What it builds is the request itself, which stands
 * for the array and for each of its strings; that is enough for a reader
 * that only wants to know that there is an object. A string lies as far
 * behind the command's start in our bytes as in the reader's copy of them,
 * which it moves when it has read the last one.
 */
static void *
read_string(const redisReadTask *task, char *text, size_t length)
{
	struct request *request = task->privdata;
	size_t at = (size_t)(text - request->reader->buf) - request->base;

	add_word(request, (struct slice){ request->data + at, length });
	return request;
}

static void *
read_array(const redisReadTask *task, int n_elements)
{
	(void)n_elements;
	return task->privdata;
}

static void *
refuse_integer(const redisReadTask *task, long long value)
{
	(void)task;
	(void)value;
	return NULL;
}

static void *
refuse_nil(const redisReadTask *task)
{
	(void)task;
	return NULL;
}

static void
free_nothing(void *object)
{
	(void)object;
}

redisReader *
request_reader_create(void)
{
	static redisReplyObjectFunctions functions = {
		.createString = read_string,
		.createArray = read_array,
		.createInteger = refuse_integer,
		.createNil = refuse_nil,
		.freeObject = free_nothing,
	};
	redisReader *reader = redisReaderCreateWithFunctions(&functions);

	if (reader == NULL) {
		abort();
	}
	return reader;
}

static int
read_array_command(struct request *request, const struct resp_scan *scan,
    char error[REQUEST_ERROR_ROOM])
{
	redisReader *reader = request->reader;
	void *object = NULL;

	reserve_words(request, scan->n_elements);
	reader->privdata = request;
	if (redisReaderFeed(reader, request->data, scan->length) == REDIS_OK) {
		request->base = reader->len - scan->length;
		redisReaderGetReply(reader, &object);
	}
	/* The reader wants CRLF where redis takes any byte behind a CR. */
	if (object == NULL || request->n_words != scan->n_elements) {
		snprintf(error, REQUEST_ERROR_ROOM, "Protocol error: %s",
		    reader->err != 0 ? reader->errstr : "expected CRLF");
		return -EPROTO;
	}
	return 0;
}

/* A line being split: what is left of it, and where its words are put. */
struct splitter {
	const char *at, *end;
	char *out;
};

static int
hex_digit(char c)
{
	if (c >= '0' && c <= '9') {
		return c - '0';
	}
	c = (char)tolower((unsigned char)c);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static char
escaped(char c)
{
	switch (c) {
	case 'n':
		return '\n';
	case 'r':
		return '\r';
	case 't':
		return '\t';
	case 'b':
		return '\b';
	case 'a':
		return '\a';
	default:
		return c;
	}
}

/* Behind a backslash between double quotes. */
static void
take_escape(struct splitter *line)
{
	if (line->end - line->at >= 3 && line->at[0] == 'x' &&
	    hex_digit(line->at[1]) >= 0 && hex_digit(line->at[2]) >= 0) {
		*line->out++ = (char)(hex_digit(line->at[1]) * 16 +
		    hex_digit(line->at[2]));
		line->at += 3;
		return;
	}
	*line->out++ = escaped(*line->at++);
}

/* Behind an opening quote. A closing one must end the word. */
static bool
take_quoted(struct splitter *line, char quote)
{
	while (line->at < line->end && *line->at != quote) {
		bool escapes = *line->at == '\\' && line->at + 1 < line->end;

		if (escapes && quote == '"') {
			line->at++;
			take_escape(line);
		} else if (escapes && line->at[1] == '\'') {
			line->at++;
			*line->out++ = *line->at++;
		} else {
			*line->out++ = *line->at++;
		}
	}
	if (line->at == line->end) {
		return false;
	}
	line->at++;
	return line->at == line->end || isspace((unsigned char)*line->at);
}

static bool
ends_word(char c)
{
	return c == ' ' || c == '\n' || c == '\r' || c == '\t';
}

static bool
take_word(struct splitter *line)
{
	while (line->at < line->end && !ends_word(*line->at)) {
		char c = *line->at++;

		if (c == '"' || c == '\'') {
			return take_quoted(line, c);
		}
		*line->out++ = c;
	}
	return true;
}

static void
skip_blanks(struct splitter *line)
{
	while (line->at < line->end && isspace((unsigned char)*line->at)) {
		line->at++;
	}
}

static int
split_inline_command(struct request *request, size_t length,
    char error[REQUEST_ERROR_ROOM])
{
	struct splitter line = { request->data, request->data + length, NULL };

	/* A word is never longer than what it was written as. */
	request->scratch = memory_get(length);
	line.out = request->scratch;
	for (skip_blanks(&line); line.at < line.end; skip_blanks(&line)) {
		char *word = line.out;

		if (!take_word(&line)) {
			snprintf(error, REQUEST_ERROR_ROOM,
			    "Protocol error: unbalanced quotes in request");
			return -EPROTO;
		}
		add_word(request,
		    (struct slice){ word, (size_t)(line.out - word) });
	}
	return 0;
}

int
request_parse(struct request *request, redisReader *reader, const char *data,
    size_t length, char error[REQUEST_ERROR_ROOM])
{
	struct resp_scan scan = resp_scan(data, length);

	request->words = request->few;
	request->n_words = 0;
	request->capacity = REQUEST_FEW_WORDS;
	request->scratch = NULL;
	request->reader = reader;
	request->data = data;
	switch (scan.kind) {
	case RESP_ARRAY:
		return scan.n_elements == 0
		    ? 0
		    : read_array_command(request, &scan, error);
	case RESP_INLINE:
		return split_inline_command(request, scan.length - 1, error);
	case RESP_UNFINISHED:
	case RESP_BROKEN:
		break;
	}
	snprintf(error, REQUEST_ERROR_ROOM, "Protocol error: %s", scan.error);
	return -EPROTO;
}

void
request_deinit(struct request *request)
{
	if (request->words != request->few) {
		free(request->words);
	}
	free(request->scratch);
	request->words = request->few;
	request->scratch = NULL;
}
