/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ELN_TABLE_H
#define ELN_TABLE_H

/*
 * The connection table: slots by number.
 *
 * Slots come in chunks that are made when first needed and never freed or
 * moved while the engine lives: that is what lets anybody look at the run
 * word of any id (core/handle.h). Free slots are in a list, last freed first
 * used, so few stay warm. Taking and giving back happens once a connection.
 */

#include <stdint.h>

#include "sync/atomic.h"
#include "sync/lock.h"

struct echelon_conn;
struct echelon_engine;

enum {
	ELN_CHUNK = 64
};

struct eln_table {
	struct echelon_engine *engine; /* [const] */
	uint32_t capacity;             /* [const] slots, at most */
	struct eln_atomic_ptr *chunks; /* [atomic] each NULL, then const */
	struct eln_lock lock;
	struct echelon_conn *free;  /* [lock] */
	uint32_t n_made;            /* [lock] slots in chunks */
	struct eln_atomic32 n_used; /* [atomic] written under the lock */
};

/** Prepares an empty table for `capacity` slots. 0 or -ENOMEM. */
int eln_table_init(struct eln_table *table, struct echelon_engine *engine,
    uint32_t capacity);

/** Frees all chunks. */
void eln_table_deinit(struct eln_table *table);

/**
 * Takes a free slot, if fewer than `limit` are used. Its run word is free.
 * 0, -EAGAIN (limit reached), -ENOMEM.
 */
int eln_table_take(struct eln_table *table, uint64_t limit,
    struct echelon_conn **conn);

/** Gives a slot back whose run word is free. */
void eln_table_give(struct eln_table *table, struct echelon_conn *conn);

/** The connection in a slot that was in use once, or NULL. Any thread. */
struct echelon_conn *eln_table_at(const struct eln_table *table, uint32_t slot);

/** How many slots are in use. */
uint32_t eln_table_used(const struct eln_table *table);

/** Slots that exist: every connection is below this number. */
uint32_t eln_table_made(struct eln_table *table);

#endif
