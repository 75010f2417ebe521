/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * lib/sync/trail.c. Claim: a record that a reader gets is the one it asked
 * for, whole.
 */

#include "sync/trail.h"

#include <stdlib.h>

#include "modules.h"
#include "schedule/explore.h"

enum {
	CAPACITY = 2,
	RECORDS = 5,
	READS = 2
};

static struct eln_trail *trail;

static struct eln_trail_record
record_of(uint64_t i)
{
	return (struct eln_trail_record){ { 10 * i + 1, 10 * i + 2,
	    10 * i + 3 } };
}

static void *
write_records(void *arg)
{
	for (uint64_t i = 0; i < RECORDS; i++) {
		struct eln_trail_record record = record_of(i);

		eln_trail_put(trail, &record);
	}
	return arg;
}

static void
check_record(uint64_t i, const struct eln_trail_record *record)
{
	struct eln_trail_record right = record_of(i);

	for (unsigned k = 0; k < ELN_TRAIL_WORDS; k++) {
		explore_check(record->words[k] == right.words[k],
		    "record %u is torn: word %u is %u", (unsigned)i, k,
		    (unsigned)record->words[k]);
	}
}

static void *
read_records(void *arg)
{
	for (unsigned n = 0; n < READS; n++) {
		uint64_t first;
		uint64_t end;

		eln_trail_range(trail, &first, &end);
		for (uint64_t i = first; i < end; i++) {
			struct eln_trail_record record;

			if (eln_trail_get(trail, i, &record)) {
				check_record(i, &record);
			}
		}
	}
	return arg;
}

void
module_trail(void *arg)
{
	(void)arg;
	trail = eln_trail_init(calloc(1, eln_trail_bytes(CAPACITY)), CAPACITY);
	(void)explore_spawn("writer", write_records, NULL);
	(void)explore_spawn("reader", read_records, NULL);
}
