/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ELN_WATCH_H
#define ELN_WATCH_H

/*
 * Who watches a handle, and for what.
 *
 *   registered once    the demultiplexer of its set, which goes on reporting;
 *                      only room for output is asked for and forgotten
 *   one event a time   the demultiplexer, silent after an event until the turn
 *                      that used it up ends with eln_watch_again
 *   by the pattern     a thread of the pattern's own; the end of the turn says
 *                      what for. Only connections: listeners are the set's
 *
 * In the last two a handle is not watched for what is known already: input
 * that is there and not read yet (held, paused, no room for the reply) would
 * be reported for ever. And a hang-up, which poll(2) and epoll(7) report
 * whatever was asked for, is the last that a handle is watched for. See
 * docs/decisions/0022.
 */

#include <stdbool.h>

struct eln_handle;

/** Begins to watch a handle for input; it is in use. 0 or -errno. */
int eln_watch(struct eln_handle *handle);

/** Ends it, before the descriptor is closed. Its owner. */
void eln_unwatch(struct eln_handle *handle);

/** Also watches for room for output, or no longer. Its owner. 0 or -errno. */
int eln_watch_output(struct eln_handle *handle, bool output);

/**
 * A turn is about to end, and next the handle shall be watched for `interest`
 * (enum eln_interest) and errors. Its owner. 0 or -errno.
 */
int eln_watch_again(struct eln_handle *handle, unsigned interest);

#endif
