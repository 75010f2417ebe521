/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ELN_TRACE_TRACK_H
#define ELN_TRACE_TRACK_H

/*
 * A track, as trace.c writes and trace_read.c reads it.
 */

#include <stdint.h>

#include "sync/trail.h"

struct eln_track {
	struct eln_track *next;  /* [lock] */
	struct eln_trail *trail; /* [const] */
	uint64_t session;        /* [its writer, under the lock] */
	uint64_t last_time;      /* [its writer] ns */
	uint32_t thread;         /* [const] its number */
};

/* A record: time; id; detail in the upper half, kind, role below. */
static inline struct eln_trail_record
eln_track_pack(uint64_t time, uint64_t id, uint32_t kind, uint32_t role,
    uint32_t detail)
{
	return (struct eln_trail_record){ { time, id,
	    (uint64_t)detail << 32 | kind << 8 | role } };
}

#endif
