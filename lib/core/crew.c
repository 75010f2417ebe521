/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/crew.h"

#include <errno.h>

#include "base/memory.h"
#include "core/engine.h"

static uint32_t
n_chunks(const struct eln_crew *crew)
{
	return (crew->capacity + ELN_CREW_CHUNK - 1) / ELN_CREW_CHUNK;
}

static int
make_chunk(struct eln_crew *crew, uint32_t i)
{
	struct eln_thread *chunk = eln_allocate(&crew->engine->memory,
	    ELN_CREW_CHUNK * sizeof(*chunk));

	if (chunk == NULL) {
		return -ENOMEM;
	}
	/* Release: pairs with the acquire in eln_crew_at. */
	eln_store_ptr_release(&crew->chunks[i], chunk);
	return 0;
}

/** Makes the next thread. Under the lock, or before anybody looks. */
static int
make_thread(struct eln_crew *crew, struct eln_thread **result)
{
	struct echelon_engine *engine = crew->engine;
	uint32_t i = eln_load32_relaxed(&crew->n_made);
	struct eln_atomic_ptr *chunk = &crew->chunks[i / ELN_CREW_CHUNK];
	struct eln_thread *thread;

	if (eln_load_ptr_relaxed(chunk) == NULL &&
	    make_chunk(crew, i / ELN_CREW_CHUNK) != 0) {
		return -ENOMEM;
	}
	thread = eln_crew_at(crew, i);
	thread->engine = engine;
	thread->index = i;
	thread->scratch = eln_allocate_raw(&engine->memory, ELN_SCRATCH_BYTES);
	if (thread->scratch == NULL) {
		return -ENOMEM;
	}
	/* Release: pairs with the acquire in eln_crew_made. */
	eln_store32_release(&crew->n_made, i + 1);
	*result = thread;
	return 0;
}

int
eln_crew_init(struct eln_crew *crew, struct echelon_engine *engine,
    uint32_t n_pool, uint32_t capacity)
{
	struct eln_thread *thread;
	int error = 0;

	*crew = (struct eln_crew){
		.engine = engine,
		.n_pool = n_pool,
		.capacity = capacity,
	};
	crew->chunks = eln_allocate(&engine->memory,
	    n_chunks(crew) * sizeof(*crew->chunks));
	if (crew->chunks == NULL) {
		return -ENOMEM;
	}
	for (uint32_t i = 0; i < n_pool && error == 0; i++) {
		error = make_thread(crew, &thread);
	}
	return error;
}

void
eln_crew_deinit(struct eln_crew *crew)
{
	uint32_t made = eln_load32_relaxed(&crew->n_made);

	if (crew->chunks == NULL) {
		return;
	}
	for (uint32_t i = 0; i < made; i++) {
		eln_release_raw(&crew->engine->memory,
		    eln_crew_at(crew, i)->scratch);
	}
	for (uint32_t i = 0; i < n_chunks(crew); i++) {
		eln_release(&crew->engine->memory,
		    eln_load_ptr_relaxed(&crew->chunks[i]));
	}
	eln_release(&crew->engine->memory, crew->chunks);
	crew->chunks = NULL;
}

uint32_t
eln_crew_made(const struct eln_crew *crew)
{
	return eln_load32_acquire(&crew->n_made);
}

struct eln_thread *
eln_crew_at(const struct eln_crew *crew, uint32_t i)
{
	struct eln_thread
	    *chunk = eln_load_ptr_acquire(&crew->chunks[i / ELN_CREW_CHUNK]);

	return &chunk[i % ELN_CREW_CHUNK];
}

static int
take_locked(struct eln_crew *crew, struct eln_thread **thread)
{
	if (crew->spare != NULL) {
		*thread = crew->spare;
		crew->spare = (*thread)->next;
		return 0;
	}
	if (eln_load32_relaxed(&crew->n_made) >= crew->capacity) {
		return -EBUSY;
	}
	return make_thread(crew, thread);
}

int
eln_crew_take(struct eln_crew *crew, struct eln_thread **thread)
{
	int error;

	eln_lock_acquire(&crew->lock);
	error = take_locked(crew, thread);
	eln_lock_release(&crew->lock);
	return error;
}

void
eln_crew_give(struct eln_crew *crew, struct eln_thread *thread)
{
	eln_lock_acquire(&crew->lock);
	thread->next = crew->spare;
	crew->spare = thread;
	eln_lock_release(&crew->lock);
}

void
eln_crew_leave(struct eln_crew *crew, struct eln_thread *thread)
{
	eln_lock_acquire(&crew->lock);
	thread->next = crew->left;
	crew->left = thread;
	eln_lock_release(&crew->lock);
}

struct eln_thread *
eln_crew_reap(struct eln_crew *crew)
{
	struct eln_thread *thread;

	eln_lock_acquire(&crew->lock);
	thread = crew->left;
	if (thread != NULL) {
		crew->left = thread->next;
	}
	eln_lock_release(&crew->lock);
	if (thread != NULL) {
		eln_os_thread_join(&thread->os);
	}
	return thread;
}
