/* SPDX-License-Identifier: BSD-2-Clause */
#include "os/wakeup.h"

#include <stdint.h>
#include <sys/eventfd.h>

#include "os/sys.h"

int
eln_wakeup_open(void)
{
	return eln_sys->eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
}

void
eln_wakeup_set(int wakeup)
{
	uint64_t one = 1;

	/* -EAGAIN: the counter is full, so it is readable already. */
	(void)eln_sys->write(wakeup, &one, sizeof(one));
}

void
eln_wakeup_clear(int wakeup)
{
	uint64_t count;

	(void)eln_sys->read(wakeup, &count, sizeof(count));
}
