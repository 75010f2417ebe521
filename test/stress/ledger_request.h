/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef STRESS_LEDGER_REQUEST_H
#define STRESS_LEDGER_REQUEST_H

/*
 * What request number `sequence` of connection `connection` looks like, for
 * who sends it and for who checks that it came back. Nothing is stored: its
 * bytes are a header and a stretch of one table of random bytes, and where
 * in the table and how long follows from the seed and the two numbers.
 *
 *   header (12 bytes)                     payload (1 byte to 100 KiB,
 *   length · connection · sequence        log-uniform)
 */

#include <stddef.h>
#include <stdint.h>

enum {
	LEDGER_HEADER = 12,
	LEDGER_LONGEST = 100 * 1024
};

struct ledger_request {
	unsigned char header[LEDGER_HEADER];
	const unsigned char *payload;
	size_t length; /* of all */
};

/** Fills the table, once, before the other functions. */
void ledger_init(uint64_t seed);

void ledger_make(struct ledger_request *request, uint32_t connection,
    uint32_t sequence);

/** The bytes from `offset` on, up to where they are in one piece. */
const unsigned char *ledger_piece(const struct ledger_request *request,
    size_t offset, size_t *length);

/** A random number from 1 to `most`, each order of magnitude as likely. */
size_t ledger_log_uniform(uint64_t *random, size_t most);

/** `frame` of the server: header and payload. */
ptrdiff_t ledger_frame(const void *data, size_t length, void *context);

/** The sequence number in a whole request. */
uint32_t ledger_sequence(const void *data);

#endif
