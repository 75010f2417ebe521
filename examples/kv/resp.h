/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef KV_RESP_H
#define KV_RESP_H

/*
 * Where a command ends in a stream of bytes, and why it never will.
 *
 * A command is an array of bulk strings, or a line of words (inline). The
 * answer depends on the bytes alone: resp_scan keeps no state, allocates
 * nothing, and says for an unfinished command how many bytes it needs at
 * least. Asked again only when they have come, a sender of many small pieces
 * costs little: the bound grows by a constant share of what is missing.
 *
 * What is no command, and with which words it is refused, is as in redis.
 */

#include "bytes.h"

enum {
	RESP_LINE_BYTES = 64 * 1024,
	RESP_BULK_BYTES = 512 << 20
};

enum resp_kind {
	RESP_UNFINISHED,
	RESP_ARRAY,
	RESP_INLINE,
	RESP_BROKEN
};

struct resp_scan {
	enum resp_kind kind;
	/** Of the command; unfinished: how many bytes it takes at least. */
	size_t length;
	/** Of an array. */
	size_t n_elements;
	/** Why it is broken: "invalid bulk length". */
	char error[64];
};

/** Looks at the first command of these bytes; there is at least one. */
struct resp_scan resp_scan(const char *data, size_t length);

#endif
