/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef HALF_SYNC_HALF_ASYNC_QUEUEING_LAYER_H
#define HALF_SYNC_HALF_ASYNC_QUEUEING_LAYER_H

/*
 * The queueing layer: ready handles on their way from the asynchronous to the
 * synchronous layer. It comes in two makes, `queue_kind`:
 *
 *   ring    a lock-free ring for each asynchronous thread, workers that park
 *           in a lot, one wake for a batch (queue_of_rings.c)
 *   locked  one queue for all with a lock and a condition, one signal for
 *           each handle, as the books have it (queue_with_lock.c)
 */

#include <stdbool.h>

struct eln_core;
struct eln_handle;
struct eln_thread;
struct layer;

struct queue_kind {
	/** Makes room for `capacity` handles. On failure `destroy` undoes it.
	 *  0 or -ENOMEM. */
	int (*create)(struct eln_core *core, unsigned capacity);
	void (*destroy)(struct eln_core *core);

	/** Adds a handle. The asynchronous thread of the layer. False: full. */
	bool (*put)(struct eln_core *core, struct layer *layer,
	    struct eln_thread *thread, struct eln_handle *handle);
	/** The batch is put: what was, shall be taken. The same thread. */
	void (*flush)(struct eln_core *core, struct layer *layer,
	    struct eln_thread *thread);
	/** Whether there is room again for a layer that met a full queue: it
	 *  is at half or below. Any thread. */
	bool (*is_low)(const struct eln_core *core, const struct layer *layer);
	/** No more will be put. The last asynchronous thread to leave. */
	void (*end)(struct eln_core *core);

	/** Takes a handle; blocks until there is one. NULL: the end has come
	 *  and the queue is empty. Workers. */
	struct eln_handle *(*take)(struct eln_core *core,
	    struct eln_thread *thread);
};

extern const struct queue_kind eln_hsha_queue_of_rings;
extern const struct queue_kind eln_hsha_queue_with_lock;

#endif
