/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * Unit tests of how kv reads commands and writes replies: the same bytes mean
 * the same, however they are cut, and nothing hostile costs much.
 */

#include <check.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../examples/kv/command.h"
#include "../../examples/kv/reply.h"
#include "../../examples/kv/request.h"
#include "../../examples/kv/resp.h"

/* Streams with whole commands, and broken ones; NULs are not among them. */
static const char *const streams[] = {
	"PING\r\n",
	"\r\n\n\r\nPING\r\n",
	"*1\r\n$4\r\nPING\r\n",
	"*0\r\n*-1\r\nPING\n",
	"*2\r\n$4\r\nECHO\r\n$5\r\na\r\nbc\r\n*1\r\n$4\r\nPING\r\n",
	"*2\r\n$0\r\n\r\n$1\r\nx\r\nGET \"a b\" 'c'\r\n",
	"*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$12\r\n$4\r\n*1\r\n\r\n\r\n\r\n",
	"PING\r\nGET \"a\r\nPING\r\n",
	"*1\r\n$4\r\nPING\r\n*x\r\n",
	"*2\r\n$1\r\na\r\nb\r\n",
	"*1\r\n$-1\r\n",
	"*1\r\n$536870913\r\n",
	"*2147483648\r\n",
	"*1\r\n\r\n",
};

enum {
	N_STREAMS = sizeof(streams) / sizeof(streams[0])
};

/* What a stream means: its words, or why it is broken, as text. */
struct meaning {
	char text[1024];
	size_t length;
};

static void
note(struct meaning *meaning, const char *text, size_t length)
{
	ck_assert_uint_lt(meaning->length + length, sizeof(meaning->text));
	memcpy(meaning->text + meaning->length, text, length);
	meaning->length += length;
}

/* Reads one command as the server does; false: the stream is broken. */
static bool
note_command(struct meaning *meaning, redisReader *reader, const char *data,
    size_t length)
{
	char error[REQUEST_ERROR_ROOM];
	struct request request;
	int result = request_parse(&request, reader, data, length, error);

	for (size_t i = 0; result == 0 && i < request.n_words; i++) {
		note(meaning, "<", 1);
		note(meaning, request.words[i].data, request.words[i].length);
		note(meaning, ">", 1);
	}
	note(meaning, ".", 1);
	if (result != 0) {
		ck_assert_int_eq(result, -EPROTO);
		note(meaning, error, strlen(error));
	}
	request_deinit(&request);
	return result == 0;
}

/*
 * Feeds a stream in pieces of `step` bytes to the scan, each in memory of
 * exactly its length, so that a look behind the end is found out.
 */
static void
read_stream(const char *stream, size_t step, struct meaning *meaning)
{
	redisReader *reader = request_reader_create();
	size_t total = strlen(stream);
	size_t begin = 0;
	bool is_whole = true;

	for (size_t end = step < total ? step : total; is_whole;
	     end = end + step < total ? end + step : total) {
		while (is_whole && begin < end) {
			char *seen = memory_get(end - begin);
			struct resp_scan scan;

			memcpy(seen, stream + begin, end - begin);
			scan = resp_scan(seen, end - begin);
			if (scan.kind == RESP_UNFINISHED) {
				ck_assert_uint_gt(scan.length, end - begin);
				free(seen);
				break;
			}
			is_whole = note_command(meaning, reader, seen,
			    scan.length);
			begin += scan.length;
			free(seen);
		}
		if (end == total) {
			break;
		}
	}
	redisReaderFree(reader);
}

START_TEST(pieces_mean_what_the_whole_means)
{
	struct meaning whole = { .length = 0 };

	read_stream(streams[_i], strlen(streams[_i]), &whole);

	ck_assert_uint_gt(whole.length, 0);
	for (size_t step = 1; step < strlen(streams[_i]); step++) {
		struct meaning cut = { .length = 0 };

		read_stream(streams[_i], step, &cut);
		ck_assert_uint_eq(cut.length, whole.length);
		ck_assert_mem_eq(cut.text, whole.text, whole.length);
	}
}
END_TEST

START_TEST(broken_stream_is_the_rest_of_the_input)
{
	struct resp_scan scan = resp_scan("*x\r\nPING\r\n", 10);

	ck_assert_int_eq(scan.kind, RESP_BROKEN);
	ck_assert_uint_eq(scan.length, 10);
	ck_assert_str_eq(scan.error, "invalid multibulk length");
}
END_TEST

START_TEST(unfinished_command_says_what_it_needs_at_least)
{
	ck_assert_uint_eq(resp_scan("*1\r\n$1000\r\n", 11).length, 1013);
	ck_assert_uint_eq(resp_scan("*2\r\n$1000\r\n", 11).length,
	    11 + 1000 + 2);
	ck_assert_uint_eq(resp_scan("*1000064\r\n", 10).length,
	    10 + 6 * 1000000);
	ck_assert_uint_eq(resp_scan("PIN", 3).length, 4);
}
END_TEST

/* Counts scans of a sender of `n` empty words, a byte at a time. */
static size_t
count_scans(size_t n)
{
	size_t room = 16 + 6 * n;
	char *command = memory_get(room);
	size_t length = (size_t)snprintf(command, room, "*%zu\r\n", n);
	size_t needed = 1;
	size_t scans = 0;

	for (size_t i = 0; i < n; i++) {
		memcpy(command + length, "$0\r\n\r\n", 6);
		length += 6;
	}
	for (size_t end = 1; end <= length; end++) {
		if (end >= needed) {
			struct resp_scan scan = resp_scan(command, end);

			scans++;
			needed = scan.length;
			ck_assert(end == length ? scan.kind == RESP_ARRAY
						: needed > end);
		}
	}
	free(command);
	return scans;
}

START_TEST(sender_of_single_bytes_costs_few_scans)
{
	ck_assert_uint_lt(count_scans(100000), 1000);
}
END_TEST

START_TEST(line_without_end_is_refused_at_the_same_length_in_any_cut)
{
	static const char starts[] = "P*";
	size_t length = RESP_LINE_BYTES + 10;
	char *line = memory_get(length);

	memset(line, '1', length);
	line[0] = starts[_i];

	ck_assert_int_eq(resp_scan(line, RESP_LINE_BYTES).kind,
	    RESP_UNFINISHED);
	ck_assert_int_eq(resp_scan(line, RESP_LINE_BYTES + 1).kind,
	    RESP_BROKEN);
	memcpy(line + length - 2, "\r\n", 2);
	ck_assert_int_eq(resp_scan(line, length).kind, RESP_BROKEN);
	free(line);
}
END_TEST

static const struct {
	const char *line, *words; /* NULL: unbalanced */
} lines[] = {
	{ "\n", "" },
	{ "  \t \r\n", "" },
	{ "a b  c\r\n", "<a><b><c>" },
	{ "\"a b\" c\n", "<a b><c>" },
	{ "'a b' c\n", "<a b><c>" },
	{ "\"\" ''\n", "<><>" },
	{ "x\"a b\"\n", "<xa b>" },
	{ "\"\\x41\\n\\q\\xg\"\n", "<A\nqxg>" },
	{ "'\\x41\\'b'\n", "<\\x41'b>" },
	{ "\"a\"b\n", NULL },
	{ "'a'b\n", NULL },
	{ "\"a\n", NULL },
	{ "'a\n", NULL },
	{ "\"a\\\"\n", NULL },
};

enum {
	N_LINES = sizeof(lines) / sizeof(lines[0])
};

START_TEST(inline_command_is_split_at_blanks_and_quotes)
{
	struct meaning meaning = { .length = 0 };
	redisReader *reader = request_reader_create();
	bool is_whole = note_command(&meaning, reader, lines[_i].line,
	    strlen(lines[_i].line));

	redisReaderFree(reader);
	note(&meaning, "", 1);
	ck_assert(is_whole == (lines[_i].words != NULL));
	if (is_whole) {
		/* Without the full stop at the end. */
		meaning.text[meaning.length - 2] = '\0';
		ck_assert_str_eq(meaning.text, lines[_i].words);
	} else {
		ck_assert_str_eq(meaning.text,
		    ".Protocol error: unbalanced quotes in request");
	}
}
END_TEST

START_TEST(words_lie_in_the_bytes_given_whatever_was_read_before)
{
	static const char command[] = "*2\r\n$4\r\nECHO\r\n$3\r\na\0b\r\n";
	char error[REQUEST_ERROR_ROOM];
	redisReader *reader = request_reader_create();

	/* The reader drops what it has read once it is 1 KiB. */
	for (int i = 0; i < 200; i++) {
		struct request request;

		ck_assert_int_eq(request_parse(&request, reader, command,
				     sizeof(command) - 1, error),
		    0);
		ck_assert_uint_eq(request.n_words, 2);
		ck_assert_ptr_eq(request.words[0].data, command + 8);
		ck_assert_ptr_eq(request.words[1].data, command + 18);
		ck_assert_uint_eq(request.words[1].length, 3);
		request_deinit(&request);
	}
	redisReaderFree(reader);
}
END_TEST

START_TEST(header_without_line_feed_is_a_protocol_error)
{
	char error[REQUEST_ERROR_ROOM];
	struct request request;
	redisReader *reader = request_reader_create();

	ck_assert_int_eq(request_parse(&request, reader, "*1\rX$4\r\nPING\r\n",
			     14, error),
	    -EPROTO);
	ck_assert_int_eq(strncmp(error, "Protocol error: ", 16), 0);
	request_deinit(&request);
	redisReaderFree(reader);
}
END_TEST

START_TEST(reply_above_the_limit_becomes_an_error)
{
	static char chunk[1 << 20];
	struct reply reply;

	reply_init(&reply, 2);
	for (int i = 0; i < 65; i++) {
		reply_bulk(&reply, (struct slice){ chunk, sizeof(chunk) });
	}
	ck_assert(reply.overflowed);
	ck_assert_uint_le(reply.length, REPLY_MAX_BYTES);
	reply_refuse(&reply);
	ck_assert(!reply.overflowed);
	ck_assert_uint_lt(reply.length, 100);
	ck_assert_mem_eq(reply.data, "-ERR ", 5);
	reply_deinit(&reply);
}
END_TEST

START_TEST(reply_grows_out_of_its_struct_without_losing_bytes)
{
	struct reply reply;
	int64_t n = 0;
	char *at;

	reply_init(&reply, 2);
	for (int64_t i = 0; i < 1000; i++) {
		reply_integer(&reply, i * i - 500);
	}
	at = reply.data;
	while (at < reply.data + reply.length) {
		ck_assert_int_eq(*at, ':');
		ck_assert_int_eq(strtoll(at + 1, &at, 10), n * n - 500);
		ck_assert_mem_eq(at, "\r\n", 2);
		at += 2;
		n++;
	}
	ck_assert_int_eq(n, 1000);
	reply_deinit(&reply);
}
END_TEST

START_TEST(pattern_of_many_stars_is_answered_in_no_time)
{
	char text[20000];
	char stars[400];

	memset(text, 'a', sizeof(text));
	for (size_t i = 0; i < sizeof(stars); i++) {
		stars[i] = "*a"[i % 2];
	}
	stars[sizeof(stars) - 1] = 'b';

	ck_assert(!glob_matches((struct slice){ stars, sizeof(stars) },
	    (struct slice){ text, sizeof(text) }, false));
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("kv_protocol");
	TCase *read = tcase_create("reading");
	TCase *write = tcase_create("writing");
	SRunner *runner;
	int failed;

	tcase_add_loop_test(read, pieces_mean_what_the_whole_means, 0,
	    N_STREAMS);
	tcase_add_test(read, broken_stream_is_the_rest_of_the_input);
	tcase_add_test(read, unfinished_command_says_what_it_needs_at_least);
	tcase_add_test(read, sender_of_single_bytes_costs_few_scans);
	tcase_add_loop_test(read,
	    line_without_end_is_refused_at_the_same_length_in_any_cut, 0, 2);
	tcase_add_loop_test(read, inline_command_is_split_at_blanks_and_quotes,
	    0, N_LINES);
	tcase_add_test(read,
	    words_lie_in_the_bytes_given_whatever_was_read_before);
	tcase_add_test(read, header_without_line_feed_is_a_protocol_error);
	tcase_add_test(write, reply_above_the_limit_becomes_an_error);
	tcase_add_test(write,
	    reply_grows_out_of_its_struct_without_losing_bytes);
	tcase_add_test(read, pattern_of_many_stars_is_answered_in_no_time);
	suite_add_tcase(suite, read);
	suite_add_tcase(suite, write);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
