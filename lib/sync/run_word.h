/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ELN_RUN_WORD_H
#define ELN_RUN_WORD_H

/*
 * The run word: who may touch a handle, and why somebody should.
 *
 *   free ──open──▶ ready ◀────────signal, a reason shows───── idle
 *                   │  ▲                                       ▲
 *                  take └──yield──┐                            │
 *                   ▼             │                            │
 *   free ◀──close── running ──────┴──let_go, no reason shows───┘
 *
 * One 64-bit word: generation (32 bits, never 0), reasons, flags, state.
 *
 * Invariant: between take and the next let_go, yield or close exactly one
 * thread owns the handle, and only it touches what the handle guards.
 *
 *   - signal sets a reason. On an idle handle the one whose signal made a
 *     reason show makes it ready, and must hand it to somebody (MADE_READY).
 *     On a ready or running one it only adds the reason (ADDED): the owner
 *     looks again before it lets go. With another generation, or free: STALE,
 *     nothing changed. So an event never reaches a successor.
 *   - The flags held and paused hide the reasons input and peer-closed; what
 *     is hidden stays set. Only the owner changes flags, and looks afterwards.
 *   - close makes the slot free and moves the generation on.
 *
 * All changes are sequentially consistent read-modify-writes on this word, so
 * each owner sees all that earlier owners wrote, and who set a reason is seen
 * by the owner that takes it. Test: test/unit/run_word.c, test/model/.
 */

#include <stdbool.h>
#include <stdint.h>

#include "sync/atomic.h"

struct eln_run_word {
	struct eln_atomic64 word; /* [atomic] */
};

enum eln_run_state {
	ELN_FREE = 0,
	ELN_IDLE = 1,
	ELN_READY = 2,
	ELN_RUNNING = 3
};

/* Why a handle should be looked at. */
enum eln_reason {
	ELN_REASON_OPEN = 0x0100,        /* the connection is new */
	ELN_REASON_INPUT = 0x0200,       /* bytes, or connections to accept */
	ELN_REASON_OUTPUT = 0x0400,      /* the socket takes output again */
	ELN_REASON_PEER_CLOSED = 0x0800, /* FIN, or urgent: read all */
	ELN_REASON_ERROR = 0x1000,       /* reset and the like */
	ELN_REASON_MESSAGE = 0x2000,     /* echelon_post */
	ELN_REASON_TIMER = 0x4000,       /* a deadline may have passed */
	ELN_REASON_DRAIN = 0x8000,       /* the engine stops: answer, close */
	ELN_REASON_CUT_OFF = 0x10000,    /* the drain deadline: close now */
	ELN_REASON_HANGUP = 0x20000,     /* no way is open any more */
	ELN_REASONS = 0x3ff00
};

/* What hides input and peer-closed. */
enum eln_run_flag {
	ELN_HELD = 0x04,  /* the handler holds the connection */
	ELN_PAUSED = 0x08 /* too much output is unsent */
};

enum eln_signal {
	ELN_STALE,
	ELN_ADDED,
	ELN_MADE_READY
};

/** Makes a free slot ready for the first time; the caller hands it over. */
void eln_run_open(struct eln_run_word *run, uint32_t reasons);

/** Sets reasons, if the generation is still this one. Any thread. */
enum eln_signal eln_run_signal(struct eln_run_word *run, uint32_t generation,
    uint32_t reasons);

/** Ready to running. Returns the reasons that show, and clears them. */
uint32_t eln_run_take(struct eln_run_word *run);

/** While running: returns the reasons that show now, and clears them. */
uint32_t eln_run_look(struct eln_run_word *run);

/** While running: sets reasons for a later look. */
void eln_run_remember(struct eln_run_word *run, uint32_t reasons);

/** While running: sets flags. */
void eln_run_hide(struct eln_run_word *run, uint32_t flags);

/** While running: clears flags. */
void eln_run_show(struct eln_run_word *run, uint32_t flags);

/** While running: which flags are set. */
uint32_t eln_run_flags(const struct eln_run_word *run);

/**
 * Running to idle, unless a reason shows: then it returns false, the caller
 * still owns the handle and must look.
 */
bool eln_run_let_go(struct eln_run_word *run);

/** Running to ready again, with these reasons; the caller hands it over. */
void eln_run_yield(struct eln_run_word *run, uint32_t reasons);

/** Running to free; returns the generation that ended. */
uint32_t eln_run_close(struct eln_run_word *run);

/** The generation now in the slot. Relaxed: a snapshot. */
uint32_t eln_run_generation(const struct eln_run_word *run);

/** The state now. Relaxed: a snapshot, for hints and reports. */
enum eln_run_state eln_run_state(const struct eln_run_word *run);

#endif
