/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ELN_HANDLE_SET_EPOLL_H
#define ELN_HANDLE_SET_EPOLL_H

#include "demux/handle_set.h"

/** epoll(7), edge-triggered. */
extern const struct eln_demultiplexer eln_demultiplexer_epoll;

#endif
