/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ELN_MESSAGE_H
#define ELN_MESSAGE_H

/*
 * Messages to connections: echelon_post, and the list in each connection.
 */

#include <echelon/connection.h>
#include <stdbool.h>

#include "base/ghost.h"

struct eln_message {
	struct eln_message *next; /* [connection's lock], then its owner */
	void *message;
	echelon_release_fn *release;
	ELN_GHOST(bool released;)
};

/** Takes the oldest message of a connection that is run; NULL: none. */
struct eln_message *eln_connection_take_message(echelon_conn *conn);

/** Takes no more messages and releases those that wait. */
void eln_connection_end_messages(echelon_conn *conn);

/** Releases a message, delivered or not. */
void eln_message_release(echelon_engine *engine, struct eln_message *message);

#endif
