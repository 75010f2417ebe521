/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ELN_FLUSH_H
#define ELN_FLUSH_H

/*
 * From a connection's output to its socket, with what follows from it: room
 * is watched for while the socket takes no more, the connection's input is
 * paused while too much is unsent, and an error ends the connection.
 */

#include <stdbool.h>

struct echelon_conn;
struct eln_thread;

/**
 * Gives the socket what it takes; the scratch is empty afterwards.
 *
 * @return 0 all is sent, -EAGAIN some is not; else the connection is dead
 */
int eln_connection_flush(struct echelon_conn *conn, struct eln_thread *thread);

/** Pauses input above half of limits.output, until below a quarter. For
 *  output that the socket has refused; what it has not been offered may leave
 *  at once. */
void eln_connection_set_pause(struct echelon_conn *conn,
    struct eln_thread *thread);

/** Drops what is unsent, releasing what was lent. */
void eln_connection_drop_output(struct echelon_conn *conn,
    struct eln_thread *thread);

/** Whether there is output that nobody has offered to the socket. */
bool eln_connection_flush_is_due(const struct echelon_conn *conn,
    const struct eln_thread *thread);

/** Whether there is room again after a write was refused: below the low mark,
 *  and for what that write wanted. */
bool eln_connection_has_room(const struct echelon_conn *conn);

#endif
