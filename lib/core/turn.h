/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ELN_TURN_H
#define ELN_TURN_H

/*
 * Inside a turn: what turn.c, which decides, and steps.c, which does, share.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct echelon_conn;
struct eln_thread;

enum eln_step {
	ELN_STEP_NONE,
	ELN_STEP_OPEN,      /* on_open */
	ELN_STEP_DEADLINES, /* which has passed? */
	ELN_STEP_TIMEOUT,   /* on_timeout */
	ELN_STEP_FLUSH,     /* the socket takes output again */
	ELN_STEP_MESSAGE,   /* on_message */
	ELN_STEP_WRITABLE,  /* on_writable */
	ELN_STEP_FRAME,     /* is there a whole request? */
	ELN_STEP_DATA,      /* on_data */
	ELN_STEP_READ,      /* receive */
	ELN_STEP_FIN,       /* on_end */
	ELN_STEP_DRAINED,   /* all that a drain answers is answered */
	ELN_STEP_END,       /* on_close, then linger or free */
	ELN_STEP_DISCARD,   /* lingering: receive and forget */
	ELN_STEP_FREE       /* the connection is gone after this */
};

/** One turn; on the stack of its thread. */
struct eln_turn_state {
	struct echelon_conn *conn;
	struct eln_thread *thread;
	bool marked;     /* the monitor knows that we are in handlers */
	uint64_t coarse; /* coarse clock when it was looked at last */
	size_t most;     /* bytes: limits.turn when it began; a reload may
			  * change that at any time */
	size_t bytes;    /* received in this turn */
	unsigned calls;  /* of handler functions */
	uint64_t id;     /* for traces: also when the connection is gone */
};

/** Does one step, which must be the next one; it may block if it calls. */
void eln_turn_step(struct eln_turn_state *turn, enum eln_step step);

/** The thread leaves handlers: tells the monitor, if that was told. */
void eln_turn_unmark(struct eln_turn_state *turn);

#endif
