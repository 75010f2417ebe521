/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/message.h"

#include <errno.h>

#include "base/ghost.h"
#include "base/memory.h"
#include "core/connection.h"
#include "core/engine.h"
#include "core/trace.h"

/*
 * A message is put into the list of the connection's slot under the slot's
 * lock, where also stands whether the slot takes messages; the generation is
 * compared there too. So a message either is in the list before the
 * connection ends, and is delivered or released then, or is refused: it
 * cannot reach a successor.
 */

void
eln_message_release(struct echelon_engine *engine, struct eln_message *message)
{
	ELN_GHOST_CLAIM(ELN_CLAIM_MESSAGE, !message->released);
	ELN_GHOST(message->released = true;)
	if (message->release != NULL) {
		message->release(message->message);
	}
	eln_release_raw(&engine->memory, message);
}

struct eln_message *
eln_connection_take_message(struct echelon_conn *conn)
{
	struct eln_message *message;

	eln_lock_acquire(&conn->lock);
	message = conn->messages;
	if (message != NULL) {
		conn->messages = message->next;
		conn->n_messages--;
	}
	eln_lock_release(&conn->lock);
	return message;
}

void
eln_connection_end_messages(struct echelon_conn *conn)
{
	struct eln_message *message;

	eln_lock_acquire(&conn->lock);
	conn->closed_to_messages = true;
	message = conn->messages;
	conn->messages = NULL;
	conn->n_messages = 0;
	eln_lock_release(&conn->lock);

	while (message != NULL) {
		struct eln_message *next = message->next;

		eln_message_release(conn->engine, message);
		message = next;
	}
}

static int
append_locked(struct echelon_conn *conn, uint32_t generation,
    struct eln_message *message)
{
	uint64_t limit = eln_live(conn->engine, ELN_LIVE_MESSAGES);

	if (eln_run_generation(&conn->handle.run) != generation ||
	    eln_run_state(&conn->handle.run) == ELN_FREE ||
	    conn->closed_to_messages) {
		return -ESTALE;
	}
	if (conn->n_messages >= limit) {
		return -EAGAIN;
	}
	if (conn->messages == NULL) {
		conn->messages = message;
	} else {
		conn->last_message->next = message;
	}
	conn->last_message = message;
	conn->n_messages++;
	return 0;
}

/** Puts the message and makes the connection look at it. */
static int
put(struct echelon_engine *engine, echelon_conn_id id,
    struct eln_message *message)
{
	uint32_t generation = eln_id_generation(id);
	struct echelon_conn *conn = eln_table_at(&engine->table,
	    eln_id_slot(id));
	uint64_t time;
	int error;

	if (conn == NULL) {
		return -ESTALE;
	}
	time = eln_trace_time(engine);
	eln_lock_acquire(&conn->lock);
	error = append_locked(conn, generation, message);
	eln_lock_release(&conn->lock);
	if (error == 0) {
		eln_trace_outside_at(engine, time, ECHELON_TRACE_POSTED, id, 0);
	}
	if (error == 0 &&
	    eln_run_signal(&conn->handle.run, generation, ELN_REASON_MESSAGE) ==
		ELN_MADE_READY) {
		eln_set_post(conn->handle.set, &conn->handle);
	}
	return error;
}

static int
post(struct echelon_engine *engine, echelon_conn_id id, void *content,
    echelon_release_fn *release)
{
	struct eln_message *message;
	int error;

	if (eln_load32_acquire(&engine->state) == ELN_ENGINE_STOPPED) {
		return -ESHUTDOWN;
	}
	message = eln_allocate_raw(&engine->memory, sizeof(*message));
	if (message == NULL) {
		return -ENOMEM;
	}
	*message = (struct eln_message){ .message = content,
		.release = release };
	error = put(engine, id, message);
	if (error != 0) {
		eln_release_raw(&engine->memory, message);
	}
	return error;
}

int
echelon_post(echelon_engine *engine, echelon_conn_id id, void *message,
    echelon_release_fn *release)
{
	int error = post(engine, id, message, release);

	if (error != 0 && release != NULL) {
		release(message);
	}
	return error;
}
