/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef KV_REPLY_H
#define KV_REPLY_H

/*
 * The reply to one command, in RESP2, assembled in a buffer and written to
 * the connection in one piece.
 *
 * Short ones, which are nearly all, fit into the struct and cost no
 * allocation. One above REPLY_MAX_BYTES becomes an error.
 */

#include "bytes.h"

enum {
	REPLY_FEW_BYTES = 512,
	REPLY_MAX_BYTES = 64 << 20
};

struct reply {
	char *data;
	size_t length;
	size_t capacity;
	bool overflowed;
	char few[REPLY_FEW_BYTES];
};

void reply_init(struct reply *reply);
void reply_deinit(struct reply *reply);

/** Replaces all of it by an error that says that it is too long. */
void reply_refuse(struct reply *reply);

/** A simple string: "OK". */
void reply_status(struct reply *reply, const char *text);

/** An error: "ERR syntax error"; line ends in it become blanks. */
__attribute__((format(printf, 2, 3))) void reply_error(struct reply *reply,
    const char *format, ...);

void reply_integer(struct reply *reply, int64_t value);
void reply_bulk(struct reply *reply, struct slice bytes);
void reply_bulk_text(struct reply *reply, const char *text);
void reply_score(struct reply *reply, double score);

/** No value; no array. */
void reply_null(struct reply *reply);
void reply_null_array(struct reply *reply);

/** The head of an array, whose elements follow. */
void reply_array(struct reply *reply, size_t n_elements);

#endif
