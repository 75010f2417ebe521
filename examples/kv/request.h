/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef KV_REQUEST_H
#define KV_REQUEST_H

/*
 * One command, taken apart into its words.
 *
 * Arrays are read by hiredis's reader; the words then lie in the bytes that
 * were given, uncopied. Inline commands, which that reader does not know,
 * are split here, with quotes and escapes as redis has them, into a scratch
 * of their own. Either way the words live as long as the request and the
 * bytes.
 */

#include <hiredis/read.h>

#include "bytes.h"

enum {
	REQUEST_FEW_WORDS = 8,
	REQUEST_ERROR_ROOM = 160
};

struct request {
	struct slice *words;
	size_t n_words;
	size_t capacity;
	char *scratch; /* of an inline command */
	size_t base;   /* where the command begins in the reader's buffer */
	redisReader *reader;
	const char *data;
	struct slice few[REQUEST_FEW_WORDS];
};

/** A reader for request_parse, one per connection; never NULL. */
redisReader *request_reader_create(void);

/**
 * Takes one command apart. It may have no words: an empty line.
 *
 * @param reader  borrowed; useless after an error
 * @param data    borrowed for as long as the request lives
 * @param error   says what is wrong: "Protocol error: ..."
 *
 * @return 0, or -EPROTO; the request is to be deinitialised either way
 */
int request_parse(struct request *request, redisReader *reader,
    const char *data, size_t length, char error[REQUEST_ERROR_ROOM]);

/** Frees what the request owns; idempotent. */
void request_deinit(struct request *request);

#endif
