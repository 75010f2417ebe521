/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef KV_REPLY_H
#define KV_REPLY_H

/*
 * The reply to one command, assembled in a buffer and written to the
 * connection in one piece.
 *
 * A command says what it replies: a map, a set, a double. How that looks on
 * the wire depends on the protocol that the connection speaks; RESP2 has no
 * such kinds and gets the nearest that it has.
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
	unsigned protocol; /* 2 or 3; HELLO may change it between replies */
	char *data;
	size_t length;
	size_t capacity;
	bool overflowed;
	char few[REPLY_FEW_BYTES];
};

void reply_init(struct reply *reply, unsigned protocol);
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
void reply_double(struct reply *reply, double value);
void reply_bool(struct reply *reply, bool value);

/** An integer of any size, in digits. */
void reply_big_number(struct reply *reply, const char *digits);

/** Text for people, such as INFO's. */
void reply_verbatim(struct reply *reply, struct slice text);

/** No value; no array. */
void reply_null(struct reply *reply);
void reply_null_array(struct reply *reply);

/** The head of an array, whose elements follow. */
void reply_array(struct reply *reply, size_t n_elements);

/** The head of a set, and of a map, whose pairs follow: key, value. */
void reply_set(struct reply *reply, size_t n_elements);
void reply_map(struct reply *reply, size_t n_pairs);

/** The head of an array of pairs, and what precedes each pair's elements. */
void reply_pairs(struct reply *reply, size_t n_pairs);
void reply_pair(struct reply *reply);

#endif
