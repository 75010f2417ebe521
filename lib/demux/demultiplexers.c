/* SPDX-License-Identifier: BSD-2-Clause */
#include <stddef.h>

#include "demux/handle_set.h"
#include "demux/handle_set_epoll.h"

const struct eln_demultiplexer *const eln_demultiplexers[] = {
	&eln_demultiplexer_epoll,
	NULL,
};
