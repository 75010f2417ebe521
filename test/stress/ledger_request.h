/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef STRESS_LEDGER_REQUEST_H
#define STRESS_LEDGER_REQUEST_H

/*
 * What request number `sequence` of connection `connection` looks like, for
 * who sends it and for who checks that it came back. Nothing is stored: its
 * bytes are a header and a stretch of one table of random bytes, and where
 * in the table and how long follows from the seed and the two numbers.
 *
 *   header (20 bytes)                                 payload (1 byte to
 *   length · connection · sequence · job · CRC-32     `longest`, log-uniform)
 *
 * A position is how far one direction of a connection has come: the request
 * that is on its way, and how much of it has passed.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	LEDGER_HEADER = 20,
	LEDGER_LONGEST = 100 * 1024
};

/** How the requests of one connection are made. */
struct ledger_kind {
	uint32_t connection;
	size_t longest;  /* payload, at most LEDGER_LONGEST */
	uint32_t n_jobs; /* `job` is a random number below it; 0 for 1 */
	bool has_crc;    /* else the header has 0 */
};

struct ledger_request {
	unsigned char header[LEDGER_HEADER];
	const unsigned char *payload;
	size_t length; /* of all */
};

/** Fills the table, once, before the other functions. */
void ledger_init(uint64_t seed);

void ledger_make(struct ledger_request *request, const struct ledger_kind *kind,
    uint32_t sequence);

/** The bytes from `offset` on, up to where they are in one piece. */
const unsigned char *ledger_piece(const struct ledger_request *request,
    size_t offset, size_t *length);

struct ledger_position {
	struct ledger_kind kind;
	struct ledger_request request;
	uint32_t sequence;
	size_t offset; /* in the request */
};

/** Before the first byte of the first request. */
void ledger_begin(struct ledger_position *position,
    const struct ledger_kind *kind);

/** Moves on by `n` bytes, not beyond the end of this request. */
void ledger_advance(struct ledger_position *position, size_t n);

/** Whether the next `n` bytes are these, which it then moves on by; else it
 *  stays before the piece that differs. */
bool ledger_matches(struct ledger_position *position, const void *data,
    size_t n);

/** A random number from 1 to `most`, each order of magnitude as likely. */
size_t ledger_log_uniform(uint64_t *random, size_t most);

/** `frame` of the server: header and payload. */
ptrdiff_t ledger_frame(const void *data, size_t length, void *context);

/** The sequence number, and the job, in a whole request. */
uint32_t ledger_sequence(const void *data);
uint32_t ledger_job(const void *data);

/** Whether a whole request is the one that its CRC was made of. */
bool ledger_is_intact(const void *data, size_t length);

#endif
