/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * echo: the smallest server. Every byte goes back; the pattern, the threads
 * and the limits are settings (`echo --help`), and SIGTERM drains it.
 */
#include <echelon/echelon.h>

/* Takes nothing while there is no room, and is asked again once there is. */
static ptrdiff_t
reply(echelon_conn *conn, const void *data, size_t length)
{
	return echelon_write(conn, data, length) == 0 ? (ptrdiff_t)length : 0;
}

static const struct echelon_handler echo = ECHELON_HANDLER(.on_data = reply);

int
main(int argc, char **argv)
{
	return echelon_main(argc, argv, &echo, NULL);
}
