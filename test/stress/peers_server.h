/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef STRESS_PEERS_SERVER_H
#define STRESS_PEERS_SERVER_H

/*
 * The server that hostile peers meet: it sends each request back, in one of
 * five ways, and keeps books that must balance at the end.
 *
 *   job         reply
 *   COPIED      echelon_write
 *   LENT        echelon_write_ref
 *   IN_PARTS    two writes with a flush between them
 *   SLOW        after the handler has slept a little
 *   LATER       hold; a thread of the server's own posts it; on_message
 *               writes it and resumes
 *
 * What is checked in each call, and ends the server at once when untrue: the
 * thread is alone in this connection; a request is intact and the next one of
 * its connection, so none was lost, doubled or reordered on the way in. And
 * after the end: as many connections were closed as opened, everything lent
 * or posted was released exactly once, and no descriptor is left.
 */

#include <echelon/echelon.h>

enum peers_job {
	PEERS_COPIED,
	PEERS_LENT,
	PEERS_IN_PARTS,
	PEERS_SLOW,
	PEERS_LATER,
	PEERS_JOBS
};

extern const struct echelon_handler peers_handler;

/** Before the server is started, in the process of its client: makes the file
 *  in which the server writes down why it closes connections. */
void peers_server_init(void);

/** In that process: prints what is written there of a client's port. */
void peers_server_explain(unsigned port);

/** For struct child_server: starts the thread that posts; ends it; balances
 *  the books. */
void peers_server_before(void);
void peers_server_stopped(void);
void peers_server_after(void);

#endif
