/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/table.h"

#include <errno.h>

#include "base/contract.h"
#include "base/memory.h"
#include "core/connection.h"
#include "core/engine.h"

static uint32_t
n_chunks(const struct eln_table *table)
{
	return (table->capacity + ELN_CHUNK - 1) / ELN_CHUNK;
}

int
eln_table_init(struct eln_table *table, struct echelon_engine *engine,
    uint32_t capacity)
{
	*table = (struct eln_table){ .engine = engine, .capacity = capacity };
	table->chunks = eln_allocate(&engine->memory,
	    n_chunks(table) * sizeof(*table->chunks));
	return table->chunks == NULL ? -ENOMEM : 0;
}

void
eln_table_deinit(struct eln_table *table)
{
	if (table->chunks == NULL) {
		return;
	}
	for (uint32_t i = 0; i < n_chunks(table); i++) {
		eln_release(&table->engine->memory,
		    eln_load_ptr_relaxed(&table->chunks[i]));
	}
	eln_release(&table->engine->memory, table->chunks);
	table->chunks = NULL;
}

/** Makes the next chunk and lists its slots as free. Under the lock. */
static int
make_chunk(struct eln_table *table)
{
	struct echelon_engine *engine = table->engine;
	struct echelon_conn *chunk = eln_allocate(&engine->memory,
	    ELN_CHUNK * sizeof(*chunk));

	if (chunk == NULL) {
		return -ENOMEM;
	}
	for (uint32_t i = ELN_CHUNK; i-- > 0;) {
		uint32_t slot = table->n_made + i;

		eln_connection_prepare(&chunk[i], engine, slot);
		if (slot < table->capacity) {
			chunk[i].next_free = table->free;
			table->free = &chunk[i];
		}
	}
	/* Release: pairs with the acquire in eln_table_at. */
	eln_store_ptr_release(&table->chunks[table->n_made / ELN_CHUNK], chunk);
	table->n_made += ELN_CHUNK;
	return 0;
}

static int
take_locked(struct eln_table *table, uint64_t limit, struct echelon_conn **conn)
{
	uint32_t used = eln_load32_relaxed(&table->n_used);

	if (used >= limit || used >= table->capacity) {
		return -EAGAIN;
	}
	if (table->free == NULL && make_chunk(table) != 0) {
		return -ENOMEM;
	}
	*conn = table->free;
	table->free = (*conn)->next_free;
	/* Sequentially consistent: the listener that found no slot says so
	 * and looks again; pairs with eln_table_give. */
	eln_exchange32(&table->n_used, used + 1);
	return 0;
}

int
eln_table_take(struct eln_table *table, uint64_t limit,
    struct echelon_conn **conn)
{
	int error;

	eln_lock_acquire(&table->lock);
	error = take_locked(table, limit, conn);
	eln_lock_release(&table->lock);
	return error;
}

void
eln_table_give(struct eln_table *table, struct echelon_conn *conn)
{
	eln_lock_acquire(&table->lock);
	conn->next_free = table->free;
	table->free = conn;
	eln_exchange32(&table->n_used, eln_load32_relaxed(&table->n_used) - 1);
	eln_lock_release(&table->lock);
}

struct echelon_conn *
eln_table_at(const struct eln_table *table, uint32_t slot)
{
	struct echelon_conn *chunk;

	if (slot >= table->capacity) {
		return NULL;
	}
	chunk = eln_load_ptr_acquire(&table->chunks[slot / ELN_CHUNK]);
	return chunk == NULL ? NULL : &chunk[slot % ELN_CHUNK];
}

uint32_t
eln_table_used(const struct eln_table *table)
{
	return eln_load32_sc(&table->n_used);
}

uint32_t
eln_table_made(struct eln_table *table)
{
	uint32_t made;

	eln_lock_acquire(&table->lock);
	made = table->n_made < table->capacity ? table->n_made
					       : table->capacity;
	eln_lock_release(&table->lock);
	return made;
}
