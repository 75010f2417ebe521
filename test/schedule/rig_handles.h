/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TEST_SCHEDULE_RIG_HANDLES_H
#define TEST_SCHEDULE_RIG_HANDLES_H

/*
 * The handles of a rig, their turns, and the handle sets that watch them.
 */

#include "demux/handle_set.h"

extern const struct eln_demultiplexer rig_demultiplexer;
extern const struct eln_demultiplexer rig_demultiplexer_one_shot;

/** Makes the rig's handles: idle, watched, dealt to the sets in turns. */
void rig_make_handles(void);

#endif
