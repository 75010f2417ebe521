/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ECHELON_COMPARE_ROOM_H
#define ECHELON_COMPARE_ROOM_H

#include "session.h"

/*
 * Is there room for what will be measured last, too? Whatever a server or the
 * load generator would refuse after minutes is refused here: more connections
 * than there may be, or a number of threads that a pattern does not take.
 *
 * 0, or -EINVAL and the session's `error`.
 */
int room_check(struct session *session);

#endif
