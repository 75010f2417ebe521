/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A handler of a user, in a file of its own: every line comes back.
 */
#include <echelon/echelon.h>

#include <string.h>

static ptrdiff_t
frame(const void *data, size_t length, void *context)
{
	const char *end = memchr(data, '\n', length);

	(void)context;
	return end == NULL ? 0 : end - (const char *)data + 1;
}

static ptrdiff_t
on_data(echelon_conn *conn, const void *data, size_t length)
{
	int result = echelon_write(conn, data, length);

	return result < 0 ? result : (ptrdiff_t)length;
}

const struct echelon_handler echelon_compare_handler = ECHELON_HANDLER(
	.frame = frame, .on_data = on_data);
