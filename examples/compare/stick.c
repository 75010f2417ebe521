/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Everything but the new job goes to the handler of `work` as it came.
 */
#include "stick.h"

#include "../work_handler.h"

#include <errno.h>
#include <stdint.h>
#include <string.h>
#include <time.h>

static void
sleep_us(uint32_t us)
{
	struct timespec left = { .tv_sec = us / 1000000,
		.tv_nsec = (long)(us % 1000000) * 1000 };

	while (us > 0 && nanosleep(&left, &left) == -1 && errno == EINTR) {
	}
}

static ptrdiff_t
frame(const void *data, size_t length, void *context)
{
	return work_handler.frame(data, length, context);
}

static ptrdiff_t
on_data(echelon_conn *conn, const void *data, size_t length)
{
	unsigned char reply[WORK_BYTES];
	uint32_t us;
	int result;

	memcpy(reply, data, sizeof(reply));
	if (reply[0] != STICK_WAIT) {
		return work_handler.on_data(conn, data, length);
	}
	memcpy(&us, reply + STICK_WAIT_AT, sizeof(us));
	sleep_us(us);
	reply[1] = WORK_DONE;
	result = echelon_write(conn, reply, sizeof(reply));
	return result < 0 ? result : (ptrdiff_t)length;
}

const struct echelon_handler stick_handler = ECHELON_HANDLER(.frame = frame,
    .on_data = on_data);
