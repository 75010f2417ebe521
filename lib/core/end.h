/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ELN_END_H
#define ELN_END_H

/*
 * The end of an engine, conducted by its monitor:
 *
 *   stop asked ─▶ drain: every handle gets the reason drain
 *              ─▶ last handle closed, or the drain deadline is near: then
 *                 cut off: what is left gets the reason cut-off
 *              ─▶ last handle closed, or the deadline: the core is stopped,
 *                 pool threads leave as they come out of handlers
 *              ─▶ all left: stopped; some not by the deadline: stuck, and
 *                 stopped when the last of them has left after all
 */

#include <stdbool.h>
#include <stdint.h>

struct echelon_engine;

/**
 * Does what is due at `now`. False: the engine has stopped, the monitor may
 * leave. Else `*until_next` is when it is due again, in ns from now, if
 * nobody rings before.
 */
bool eln_end_conduct(struct echelon_engine *engine, uint64_t now,
    uint64_t *until_next);

#endif
