/* SPDX-License-Identifier: BSD-2-Clause */
#include <echelon/echelon.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/*
 * A user's program: an engine inside a main() of its own, which sends itself
 * a request and wants the same bytes back. Exit status 0 says that the
 * installed headers and library work together.
 */

static const char request[] = "all of this comes back";

static ptrdiff_t
echo(echelon_conn *conn, const void *data, size_t length)
{
	int error = echelon_write(conn, data, length);

	return error != 0 ? error : (ptrdiff_t)length;
}

static const struct echelon_handler handler = ECHELON_HANDLER(.on_data = echo);

static void
require(int ok, const char *what)
{
	if (!ok) {
		fprintf(stderr, "consumer: %s failed\n", what);
		exit(1);
	}
}

static int
connect_to(const char *address)
{
	struct sockaddr_in peer = { .sin_family = AF_INET };
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	require(fd >= 0, "socket");
	peer.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	peer.sin_port = htons((uint16_t)atoi(strrchr(address, ':') + 1));
	require(connect(fd, (struct sockaddr *)&peer, sizeof(peer)) == 0,
	    "connect");
	return fd;
}

static void
exchange(int fd)
{
	char reply[sizeof(request)];

	require(write(fd, request, sizeof(request)) == sizeof(request),
	    "write");
	require(recv(fd, reply, sizeof(reply), MSG_WAITALL) == sizeof(reply),
	    "recv");
	require(memcmp(request, reply, sizeof(reply)) == 0, "echo");
}

int
main(void)
{
	struct echelon_options options = ECHELON_OPTIONS_INIT;
	char address[64];
	echelon_engine *engine;
	int fd;

	require(echelon_engine_create(&options, &engine) == 0, "create");
	require(echelon_engine_listen(engine, "127.0.0.1:0", &handler, NULL) ==
		0,
	    "listen");
	require(echelon_engine_address(engine, 0, address, sizeof(address)) ==
		0,
	    "address");
	require(echelon_engine_start(engine) == 0, "start");

	fd = connect_to(address);
	exchange(fd);
	close(fd);

	echelon_engine_stop(engine);
	require(echelon_engine_wait(engine) == 0, "wait");
	echelon_engine_destroy(engine);
	return 0;
}
