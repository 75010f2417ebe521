/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The line server with echelon: where a request ends, and what answers it.
 * The threads, the order, the limits, the deadlines and the end are the
 * library's.
 */
#include <echelon/echelon.h>

#include <errno.h>
#include <string.h>

#include "service.h"

static ptrdiff_t
find_line(const void *data, size_t length, void *context)
{
	const char *end = memchr(data, '\n',
	    length < SERVICE_LINE ? length : SERVICE_LINE);

	(void)context;
	if (end != NULL) {
		return end - (const char *)data + 1;
	}
	return length < SERVICE_LINE ? 0 : -EMSGSIZE;
}

static ptrdiff_t
answer(echelon_conn *conn, const void *data, size_t length)
{
	char line[SERVICE_LINE];
	int result;

	memcpy(line, data, length);
	service_answer(line, length);
	result = echelon_write(conn, line, length);
	return result == 0 ? (ptrdiff_t)length : result;
}

static const struct echelon_handler lines = ECHELON_HANDLER(.frame = find_line,
    .on_data = answer);

int
main(int argc, char **argv)
{
	return echelon_main(argc, argv, &lines, NULL);
}
